//! YAML: a small tree with the exact place of every key and value, made from the parser's events. Aliases point to the node
//! they name, so that an anchor's content exists once; merge keys are followed when a mapping is looked at.

mod comments;
mod embedded;
mod joined;
mod kind;
mod mask;
mod parse;
mod scalar;
mod walk;

pub use embedded::embedded;
pub use kind::yaml_kind;
pub use parse::parse;
pub use scalar::Style;
pub use walk::{Scope, Walker};

use rustc_hash::FxHashSet;

use super::interpolate::Syntax;
use super::mapped::Mapped;
use super::{FileError, FileFacts};
use crate::source::{FileId, Span};

/// How many merge keys may be followed from one mapping to the next.
const MAX_MERGES: usize = 16;

/// All documents of one text.
#[derive(Debug, Default)]
pub struct Tree<'s> {
    source: &'s str,
    nodes: Vec<Node>,
    documents: Vec<NodeId>,
    pub comments: Vec<Span>,
    pub errors: Vec<FileError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(u32);

#[derive(Debug)]
struct Node {
    at: Span,
    /// A tag that is not of YAML's core schema, without its `!`.
    tag: Option<String>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Scalar(Scalar),
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
}

/// A scalar as it reads, without its quotes, escapes and indentation.
#[derive(Debug)]
pub struct Scalar {
    pub text: Mapped,
    /// The content without quotes.
    pub at: Span,
    pub style: Style,
}

/// A node of a tree, seen from outside.
#[derive(Debug, Clone, Copy)]
pub struct Value<'t> {
    tree: &'t Tree<'t>,
    pub id: NodeId,
}

impl Tree<'_> {
    pub fn documents(&self) -> impl Iterator<Item = Value<'_>> {
        self.documents.iter().map(|id| Value { tree: self, id: *id })
    }

    /// Every scalar of the file, keys too, once and in order.
    pub fn scalars(&self) -> impl Iterator<Item = Value<'_>> {
        let all = (0..self.nodes.len() as u32).map(|id| Value { tree: self, id: NodeId(id) });
        all.filter(|value| value.scalar().is_some())
    }
}

impl<'t> Value<'t> {
    fn node(self) -> &'t Node {
        &self.tree.nodes[self.id.0 as usize]
    }

    fn other(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    pub fn at(self) -> Span {
        self.node().at
    }

    pub fn tag(self) -> Option<&'t str> {
        self.node().tag.as_deref()
    }

    pub fn scalar(self) -> Option<&'t Scalar> {
        match &self.node().content {
            Content::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn as_str(self) -> Option<&'t str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    /// Nothing, `~` or `null`, unquoted.
    pub fn is_null(self) -> bool {
        let plain = self.scalar().filter(|scalar| scalar.style == Style::Plain && self.tag().is_none());
        plain.is_some_and(|scalar| matches!(scalar.text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub fn is_mapping(self) -> bool {
        matches!(self.node().content, Content::Mapping(_))
    }

    pub fn is_sequence(self) -> bool {
        matches!(self.node().content, Content::Sequence(_))
    }

    /// The items of a sequence; empty for anything else.
    pub fn items(self) -> impl Iterator<Item = Value<'t>> {
        let items = match &self.node().content {
            Content::Sequence(items) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |id| self.other(*id))
    }

    /// The items of a sequence, or the value itself when it is a scalar that is not null.
    pub fn items_or_self(self) -> Vec<Value<'t>> {
        match self.scalar() {
            Some(_) if self.is_null() => Vec::new(),
            Some(_) => vec![self],
            None => self.items().collect(),
        }
    }

    /// The pairs of a mapping as written, merge keys included; empty for anything else.
    fn own_pairs(self) -> impl Iterator<Item = (Value<'t>, Value<'t>)> {
        let pairs = match &self.node().content {
            Content::Mapping(pairs) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().map(move |(key, value)| (self.other(*key), self.other(*value)))
    }

    /// The pairs of a mapping whose keys are scalars, in order, followed by those that its merge keys (`<<`) bring. A key that
    /// stands twice is given twice.
    pub fn pairs(self) -> Vec<(Value<'t>, Value<'t>)> {
        let mut pairs = Vec::new();
        self.collect_pairs(&mut pairs, &mut FxHashSet::default(), 0);
        pairs
    }

    fn collect_pairs(self, pairs: &mut Vec<(Value<'t>, Value<'t>)>, seen: &mut FxHashSet<NodeId>, depth: usize) {
        if depth > MAX_MERGES || !seen.insert(self.id) {
            return;
        }
        let mut merged = Vec::new();
        for (key, value) in self.own_pairs() {
            match key.as_str() {
                Some("<<") if value.is_sequence() => merged.extend(value.items()),
                Some("<<") => merged.push(value),
                Some(_) => pairs.push((key, value)),
                None => {}
            }
        }
        merged.into_iter().for_each(|value| value.collect_pairs(pairs, seen, depth + 1));
    }

    /// The value of a key; the mapping's own pairs win over merged ones.
    pub fn get(self, key: &str) -> Option<Value<'t>> {
        self.find(key, &mut FxHashSet::default(), 0)
    }

    fn find(self, key: &str, seen: &mut FxHashSet<NodeId>, depth: usize) -> Option<Value<'t>> {
        if depth > MAX_MERGES || !seen.insert(self.id) {
            return None;
        }
        let own = self.own_pairs().find(|(name, _)| name.as_str() == Some(key));
        own.map(|(_, value)| value).or_else(|| {
            let mut merges = self.own_pairs().filter(|(name, _)| name.as_str() == Some("<<"));
            merges.find_map(|(_, value)| {
                let mut sources = value.items().chain(value.is_mapping().then_some(value));
                sources.find_map(|source| source.find(key, seen, depth + 1))
            })
        })
    }

    /// The text of a key's scalar value.
    pub fn get_str(self, key: &str) -> Option<&'t str> {
        self.get(key).and_then(Self::as_str)
    }
}

/// Lowers a YAML file that nothing is known about: Helm values, settings, Ansible variables, platform files.
pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let tree = parse(text);
    let mut walker = Walker::new(file, Syntax::Settings);
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    for document in tree.documents() {
        if name.starts_with("taskfile.") {
            walker.short_tasks(document);
        }
        walker.walk(document, &Scope::default());
    }
    walker.finish(tree.comments, tree.errors)
}

#[cfg(test)]
mod tests;
