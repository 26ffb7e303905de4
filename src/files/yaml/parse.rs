//! From YAML text to a [`Tree`]: saphyr's events with their places in bytes. What was read before an error is kept, and the
//! documents after it are read all the same.

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::scalar::{self, Style};
use super::{Content, Node, NodeId, Scalar, Tree, comments, joined, mask};
use crate::files::FileError;
use crate::source::Span;

/// Collections nested deeper than this end the reading of their document.
const MAX_DEPTH: usize = 200;

/// How many bytes of a document may be read again because of its indentation.
const MAX_AGAIN: usize = 8 << 20;

/// Parses all documents of a text. Total, and linear in the length of the text.
pub fn parse(text: &str) -> Tree<'_> {
    let (masked, templates) = mask::mask(text);
    let mut tree = Tree { source: text, ..Tree::default() };
    for (start, end) in documents(&masked) {
        document(&mut tree, &masked, start..end, !templates.is_empty());
    }
    // A template may stand for anything: what does not parse with a placeholder in its place is no error of the author.
    if !templates.is_empty() {
        tree.errors.clear();
    }
    tree.comments = comments::find(&masked, &tree);
    tree
}

/// The byte ranges of the documents: each starts at a line `---`, because an error in one must not hide the next.
fn documents(text: &str) -> Vec<(usize, usize)> {
    let mut starts = vec![0];
    let mut only_directives = true;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let marker =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        if marker && at > 0 && !only_directives {
            starts.push(at);
        }
        let blank = line.trim().is_empty() || line.starts_with(['#', '%']);
        only_directives = blank && (only_directives || marker);
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).collect()
}

/// Parses one document. Where saphyr minds how text in brackets or quotes is indented, its lines are joined and the document is
/// read again: PyYAML and what reads compose files do not mind.
fn document(tree: &mut Tree<'_>, masked: &str, range: Range<usize>, templated: bool) {
    let (nodes, documents) = (tree.nodes.len(), tree.documents.len());
    let mut text = Cow::Borrowed(&masked[range.clone()]);
    let mut again = 0;
    loop {
        let Err(failure) = Builder::new(tree, masked, &text, range.start, templated).run() else { return };
        again += text.len();
        let within = failure.within.filter(|_| again < MAX_AGAIN);
        let Some(joined) = within.and_then(|from| joined::join(&text, from, failure.at)) else {
            return tree.errors.push(failure.told(&masked[range.clone()], range.start));
        };
        text = Cow::Owned(joined);
        tree.nodes.truncate(nodes);
        tree.documents.truncate(documents);
    }
}

/// Where reading ended, in bytes of the document.
struct Failure {
    message: String,
    at: usize,
    /// Where the brackets or quotes begin whose indentation is at fault.
    within: Option<usize>,
}

impl Failure {
    fn told(self, document: &str, start: usize) -> FileError {
        // A comment in joined lines was read as blanks.
        let at = document.floor_char_boundary(self.at);
        let rest = &document[at..];
        let line = rest.find('\n').unwrap_or(rest.len());
        let at = Span::of(start + at, start + at + line);
        FileError { message: self.message, at, doubtful: self.within.is_some() && ends_soon(rest) }
    }
}

/// The byte offset of every 64th character of a document, to turn saphyr's character offsets into bytes.
struct Offsets<'a> {
    text: &'a str,
    every: Vec<usize>,
}

impl<'a> Offsets<'a> {
    fn new(text: &'a str) -> Self {
        let every =
            if text.is_ascii() { Vec::new() } else { text.char_indices().step_by(64).map(|(at, _)| at).collect() };
        Self { text, every }
    }

    fn byte(&self, index: usize) -> usize {
        if self.every.is_empty() {
            return index.min(self.text.len());
        }
        let Some(near) = self.every.get(index / 64) else { return self.text.len() };
        self.text[*near..].char_indices().nth(index % 64).map_or(self.text.len(), |(at, _)| near + at)
    }
}

/// An open collection.
struct Frame {
    id: NodeId,
    /// The key of a mapping that waits for its value.
    key: Option<NodeId>,
}

struct Builder<'t, 's, 'm> {
    tree: &'t mut Tree<'s>,
    /// The file.
    masked: &'m str,
    /// The document, which starts at `start` of the file, with lines joined.
    text: &'m str,
    start: usize,
    offsets: Offsets<'m>,
    templated: bool,
    open: Vec<Frame>,
    anchors: FxHashMap<usize, NodeId>,
    /// Where the last event ended, in bytes of the document.
    read: usize,
}

impl<'t, 's, 'm> Builder<'t, 's, 'm> {
    fn new(tree: &'t mut Tree<'s>, masked: &'m str, text: &'m str, start: usize, templated: bool) -> Self {
        let offsets = Offsets::new(text);
        Self { tree, masked, text, start, offsets, templated, open: Vec::new(), anchors: FxHashMap::default(), read: 0 }
    }

    fn run(&mut self) -> Result<(), Failure> {
        for event in Parser::new_from_str(self.text) {
            match event {
                Ok((event, at)) => {
                    let start = self.offsets.byte(at.start.index());
                    self.read = self.offsets.byte(at.end.index()).max(start);
                    self.event(event, Span::of(self.start + start, self.start + self.read));
                    if self.open.len() > MAX_DEPTH {
                        let message = "nested too deeply to be read".to_owned();
                        return Err(Failure { message, at: start, within: None });
                    }
                }
                Err(error) => {
                    let (message, at) = (error.info().to_owned(), self.offsets.byte(error.marker().index()));
                    let within = message.starts_with("invalid indentation").then(|| self.within(at)).flatten();
                    return Err(Failure { message, at, within });
                }
            }
        }
        Ok(())
    }

    /// Where the outermost brackets or quotes around `at` begin. The parser may not have told of them yet.
    fn within(&self, at: usize) -> Option<usize> {
        let opens = |at: usize| self.text.get(at..).is_some_and(|rest| rest.starts_with(['[', '{']));
        let starts = self.open.iter().map(|frame| self.tree.nodes[frame.id.0 as usize].at.start as usize - self.start);
        starts.into_iter().find(|start| opens(*start)).or_else(|| joined::first_opening(self.text, self.read..at + 1))
    }

    fn event(&mut self, event: Event<'_>, at: Span) {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let scalar = self.scalar(&value, style, at, anchor != 0 || tag.is_some());
                let at = scalar.at;
                self.add(Node { at, tag: name(tag.as_deref()), content: Content::Scalar(scalar) }, anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                self.start_collection(Content::Sequence(Vec::new()), at, anchor, name(tag.as_deref()))
            }
            Event::MappingStart(anchor, tag) => {
                self.start_collection(Content::Mapping(Vec::new()), at, anchor, name(tag.as_deref()))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(frame) = self.open.pop() {
                    let node = &mut self.tree.nodes[frame.id.0 as usize];
                    node.at.end = node.at.end.max(at.start);
                }
            }
            Event::Alias(anchor) => {
                if let Some(target) = self.anchors.get(&anchor).copied() {
                    self.attach(target);
                }
            }
            Event::DocumentEnd => self.anchors.clear(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
        }
    }

    fn scalar(&self, value: &str, style: ScalarStyle, at: Span, properties: bool) -> Scalar {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let (text, at) = scalar::map(&self.folded(value, style, at), style, self.masked, at, properties);
        let text = if self.templated { text.restored(self.tree.source) } else { text };
        Scalar { text, at, style }
    }

    /// The value of a scalar whose lines were joined: a space stands for each line end and the indentation behind it.
    fn folded<'v>(&self, value: &'v str, style: Style, at: Span) -> Cow<'v, str> {
        let read = self.text.get(at.start as usize - self.start..at.end as usize - self.start);
        let lines = |text: &str| text.contains('\n');
        let joined =
            style != Style::Block && self.masked.get(at.range()).is_some_and(lines) && !read.is_some_and(lines);
        if joined { Cow::Owned(value.split_whitespace().collect::<Vec<_>>().join(" ")) } else { Cow::Borrowed(value) }
    }

    fn start_collection(&mut self, content: Content, at: Span, anchor: usize, tag: Option<String>) {
        let id = self.add(Node { at, tag, content }, anchor);
        self.open.push(Frame { id, key: None });
    }

    fn add(&mut self, node: Node, anchor: usize) -> NodeId {
        let id = NodeId(self.tree.nodes.len() as u32);
        self.tree.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id);
        id
    }

    /// Puts a node into the collection that is open.
    fn attach(&mut self, id: NodeId) {
        let Some(frame) = self.open.last_mut() else { return self.tree.documents.push(id) };
        match &mut self.tree.nodes[frame.id.0 as usize].content {
            Content::Sequence(items) => items.push(id),
            Content::Mapping(pairs) => match frame.key.take() {
                Some(key) => pairs.push((key, id)),
                None => frame.key = Some(id),
            },
            Content::Scalar(_) => {}
        }
    }
}

/// Whether what is open is closed before the next key. PyYAML does not mind how text in brackets and quotes is indented.
fn ends_soon(rest: &str) -> bool {
    let end = rest.find([']', '}', '"', '\'']);
    end.and_then(|end| rest.get(..end)).is_some_and(|inner| !inner.contains(": ") && !inner.contains(":\n"))
}

/// A tag's own name: `vault` of `!vault`. Tags of YAML's core schema say nothing new.
fn name(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| !tag.is_yaml_core_schema() && !tag.suffix.is_empty()).map(|tag| tag.suffix.clone())
}
