//! Things beside one another that send exactly the same: one bundle of arrows stands for all of theirs.

use std::collections::BTreeMap;

use super::super::{Link, Picture};
use super::{SOURCES, column};

/// How many arrows a bundle must save.
const MIN_SAVED: usize = 3;

#[derive(Debug)]
pub struct Bundle {
    /// From the top.
    pub sources: Vec<usize>,
    pub targets: Vec<(usize, Link)>,
}

/// What each node of the first column sends, by node.
type Sent = BTreeMap<usize, Vec<(usize, Link)>>;

fn sent(picture: &Picture) -> Sent {
    let mut sent = Sent::new();
    for edge in picture.edges.iter().filter(|edge| column(picture.nodes[edge.from].kind) == SOURCES) {
        sent.entry(edge.from).or_default().push((edge.to, edge.kind));
    }
    sent
}

/// The bundles of a column in that order.
pub fn of(picture: &Picture, sources: &[usize]) -> Vec<Bundle> {
    let sent = sent(picture);
    let mut bundles: Vec<Bundle> = Vec::new();
    for source in sources {
        let targets = sent.get(source).cloned().unwrap_or_default();
        match bundles.last_mut() {
            Some(last) if last.targets == targets => last.sources.push(*source),
            _ => bundles.push(Bundle { sources: vec![*source], targets }),
        }
    }
    bundles.retain(|bundle| (bundle.sources.len() - 1) * bundle.targets.len() >= MIN_SAVED);
    bundles
}

/// Puts those that send the same beside one another.
pub fn gather(picture: &Picture, sources: &mut [usize]) {
    let sent = sent(picture);
    let mut first: BTreeMap<&[(usize, Link)], usize> = BTreeMap::new();
    for (index, source) in sources.iter().enumerate() {
        first.entry(sent.get(source).map_or(&[], Vec::as_slice)).or_insert(index);
    }
    let place = |source: &usize| sent.get(source).and_then(|targets| first.get(targets.as_slice()));
    sources.sort_by_key(|source| place(source).copied());
}
