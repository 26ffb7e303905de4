//! Which labels are drawn together: those of one file that stand on the same or neighbouring lines.

use crate::source::{FileId, Loc, Position, Span};

use crate::report::mask::Masked;
use crate::report::view::{Shown, ShownLabel, View};

/// A span over more lines than this is drawn at its first line only.
const MOST_LINES: usize = 4;

/// A label ready to be drawn: its span lies on character boundaries and ends before the end of its last line.
#[derive(Debug)]
pub struct Part {
    pub span: Span,
    /// 0-based lines of its start and end.
    pub first: usize,
    pub last: usize,
    pub start: Position,
    pub text: Masked,
    pub primary: bool,
}

/// Labels of one file, in the order of the file.
#[derive(Debug)]
pub struct Cluster {
    pub file: FileId,
    pub path: Masked,
    pub parts: Vec<Part>,
}

impl Cluster {
    pub fn first(&self) -> usize {
        self.parts.iter().map(|part| part.first).min().unwrap_or(0)
    }

    pub fn last(&self) -> usize {
        self.parts.iter().map(|part| part.last).max().unwrap_or(0)
    }

    /// Whether the part stands near the others and covers none of them: crossing underlines cannot be read.
    fn takes(&self, file: FileId, part: &Part) -> bool {
        self.file == file
            && part.first <= self.last() + 2
            && self.first() <= part.last + 2
            && self.parts.iter().all(|own| apart(own.span, part.span))
            && (part.first == part.last || self.parts.iter().all(|own| own.first == own.last))
    }
}

fn apart(left: Span, right: Span) -> bool {
    left.end.max(left.start + 1) <= right.start || right.end.max(right.start + 1) <= left.start
}

/// The labels of a finding, each in the first cluster that takes it.
pub fn clusters(view: &View, shown: &Shown) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for (index, label) in shown.labels.iter().enumerate() {
        let twin = |other: &ShownLabel| other.at == label.at && other.text == label.text;
        if shown.labels.iter().take(index).any(twin) {
            continue;
        }
        let (file, part) = (label.at.file, part(view, label));
        match clusters.iter_mut().find(|cluster| cluster.takes(file, &part)) {
            Some(cluster) => cluster.parts.push(part),
            None => clusters.push(Cluster { file, path: label.path.clone(), parts: vec![part] }),
        }
    }
    for cluster in &mut clusters {
        cluster.parts.sort_by_key(|part| (part.span, !part.primary));
    }
    clusters
}

fn part(view: &View, label: &ShownLabel) -> Part {
    let (file, lines) = (label.at.file, view.lines(label.at.file));
    let span = view.on_boundaries(label.at);
    let first = lines.line_of(span.start);
    // A span that ends with a line end ends on that line, not on the next one.
    let mut last = lines.line_of(span.end.max(span.start + 1) - u32::from(span.end > span.start));
    if last >= first + MOST_LINES {
        last = first;
    }
    let start = span.start.min(view.line_span(file, first).end);
    let end = span.end.min(view.line_span(file, last).end).max(start);
    Part {
        span: Span::new(start, end),
        first,
        last,
        start: view.region(Loc::new(file, span)).start,
        text: label.text.clone(),
        primary: label.primary,
    }
}
