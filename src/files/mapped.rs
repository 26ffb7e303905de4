//! A decoded text that knows where each stretch of it stands in its host file: a YAML block scalar without its indentation, a
//! quoted value without its escapes. Readers of embedded texts work on the decoded text and move their spans back with it.

use std::ops::Range;

use super::{Entry, EnvFileRef, EnvUse, FileFacts};
use crate::source::{FileId, Loc, Piece, Span, Text};

/// Decoded text plus its runs, in order and without gaps: every byte of the text belongs to exactly one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapped {
    text: String,
    runs: Vec<Run>,
}

/// A stretch of the decoded text that starts at `at` and ends where the next run starts. It corresponds to `source` byte for
/// byte when both are equally long, else only as a whole (an escape, a folded line break).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    at: u32,
    source: Span,
}

impl Mapped {
    /// Text that stands at `start` of its file exactly as it is.
    pub fn verbatim(text: &str, start: u32) -> Self {
        let mut mapped = Self::default();
        mapped.push_verbatim(text, start);
        mapped
    }

    /// Appends text that stands at `start` as it is.
    pub fn push_verbatim(&mut self, text: &str, start: u32) {
        if text.is_empty() {
            return;
        }
        let source = Span::new(start, start + text.len() as u32);
        if !self.extend_last(source) {
            self.runs.push(Run { at: self.text.len() as u32, source });
        }
        self.text.push_str(text);
    }

    /// Appends text that `source` stands for as a whole.
    pub fn push_decoded(&mut self, text: &str, source: Span) {
        if text.is_empty() {
            return;
        }
        self.runs.push(Run { at: self.text.len() as u32, source });
        self.text.push_str(text);
    }

    fn push_run(&mut self, text: &str, source: Span) {
        match source.len() as usize == text.len() {
            true => self.push_verbatim(text, source.start),
            false => self.push_decoded(text, source),
        }
    }

    /// Grows the last run when the new source follows it directly and it is verbatim.
    fn extend_last(&mut self, source: Span) -> bool {
        let end = self.text.len() as u32;
        match self.runs.last_mut() {
            Some(run) if run.source.end == source.start && run.source.len() == end - run.at => {
                run.source.end = source.end;
                true
            }
            _ => false,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The runs that share bytes with `range`: the part of the decoded text and its place.
    fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Span)> + '_ {
        let first = self.runs.partition_point(|run| run.at as usize <= range.start).saturating_sub(1);
        self.runs[first.min(self.runs.len())..].iter().enumerate().map_while(move |(index, run)| {
            let end = self.runs.get(first + index + 1).map_or(self.text.len(), |next| next.at as usize);
            let part = range.start.max(run.at as usize)..range.end.min(end);
            (part.start < part.end).then(|| (part.clone(), run.place(&part, end)))
        })
    }

    /// Where `range` of the decoded text stands: from the first of its bytes to the last. An empty range stands at a point.
    pub fn span(&self, range: Range<usize>) -> Span {
        let mut parts = self.parts(range.clone());
        let Some((_, first)) = parts.next() else { return self.point(range.start) };
        parts.fold(first, |all, (_, part)| all.cover(part))
    }

    /// Where the byte offset `at` of the decoded text stands; after the last byte for the end of the text.
    fn point(&self, at: usize) -> Span {
        let after = (at < self.text.len()).then(|| self.parts(at..at + 1).next().map(|(_, span)| span.start)).flatten();
        let offset = after.or_else(|| self.runs.last().map(|run| run.source.end)).unwrap_or_default();
        Span::new(offset, offset)
    }

    /// The part of the text in `range`, with its own places.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut out = Self::default();
        for (part, source) in self.parts(range) {
            out.push_run(self.text.get(part).unwrap_or_default(), source);
        }
        out
    }

    /// The same text with the templates that `source` really holds: undoes a mask of equal length.
    pub fn restored(&self, source: &str) -> Self {
        let mut out = Self::default();
        for (part, place) in self.parts(0..self.text.len()) {
            match source.get(place.range()).filter(|original| original.len() == part.len()) {
                Some(original) if original.contains("{{") || original.contains("{%") => {
                    out.push_verbatim(original, place.start)
                }
                _ => out.push_run(self.text.get(part).unwrap_or_default(), place),
            }
        }
        out
    }

    /// Literal pieces for `range`, one per run, so that each piece's place is exact.
    pub fn literals(&self, range: Range<usize>, file: FileId) -> Text {
        let pieces = self.parts(range).map(|(part, span)| Piece::Literal {
            text: self.text.get(part).unwrap_or_default().to_owned(),
            at: Loc::new(file, span),
        });
        Text { pieces: pieces.collect() }
    }

    /// The whole text as literal pieces.
    pub fn to_text(&self, file: FileId) -> Text {
        self.literals(0..self.text.len(), file)
    }

    /// Moves facts whose spans are offsets into this decoded text to their places in the host file.
    pub fn relocate(&self, facts: &mut FileFacts) {
        for entry in &mut facts.entries {
            self.relocate_entry(entry);
        }
        for command in &mut facts.commands {
            self.relocate_loc(&mut command.at);
            for word in &mut command.words {
                self.relocate_loc(&mut word.at);
                self.relocate_text(&mut word.text);
            }
        }
        for EnvUse { at, .. } in &mut facts.env_uses {
            self.relocate_loc(at);
        }
        for EnvFileRef { at, path, .. } in &mut facts.env_file_refs {
            self.relocate_loc(at);
            self.relocate_text(path);
        }
        for dependency in &mut facts.dependencies {
            self.relocate_loc(&mut dependency.at);
        }
        let spans = facts.comments.iter_mut().chain(facts.errors.iter_mut().map(|error| &mut error.at));
        spans.for_each(|span| *span = self.span(span.range()));
    }

    fn relocate_entry(&self, entry: &mut Entry) {
        self.relocate_loc(&mut entry.key_at);
        self.relocate_loc(&mut entry.value_at);
        self.relocate_text(&mut entry.value);
    }

    fn relocate_loc(&self, loc: &mut Loc) {
        loc.span = self.span(loc.span.range());
    }

    fn relocate_text(&self, text: &mut Text) {
        let mut moved = Text::default();
        for piece in std::mem::take(&mut text.pieces) {
            match piece {
                Piece::Literal { text, at } if at.span.len() as usize == text.len() => {
                    moved.push(self.literals(at.span.range(), at.file));
                }
                Piece::Literal { text, mut at } => {
                    self.relocate_loc(&mut at);
                    moved.pieces.push(Piece::Literal { text, at });
                }
                Piece::Env { keys, mut default, mut at } => {
                    self.relocate_loc(&mut at);
                    default.iter_mut().for_each(|text| self.relocate_text(text));
                    moved.pieces.push(Piece::Env { keys, default, at });
                }
                Piece::Unknown { mut at } => {
                    at.iter_mut().for_each(|loc| self.relocate_loc(loc));
                    moved.pieces.push(Piece::Unknown { at });
                }
            }
        }
        *text = moved;
    }
}

impl Run {
    /// The place of `part` of this run, which ends at `end` of the decoded text.
    fn place(self, part: &Range<usize>, end: usize) -> Span {
        if self.source.len() as usize == end - self.at as usize {
            let offset = part.start - self.at as usize;
            Span::of(offset, offset + part.len()).shifted(self.source.start)
        } else {
            self.source
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a\nb` decoded from `a\` `n` `b` that stands at offset 10.
    fn escaped() -> Mapped {
        let mut mapped = Mapped::verbatim("a", 10);
        mapped.push_decoded("\n", Span::new(11, 13));
        mapped.push_verbatim("bc", 13);
        mapped
    }

    #[test]
    fn a_span_covers_the_source_of_its_bytes() {
        let mapped = escaped();
        assert_eq!(mapped.span(0..1), Span::new(10, 11));
        assert_eq!(mapped.span(1..2), Span::new(11, 13));
        assert_eq!(mapped.span(3..4), Span::new(14, 15));
        assert_eq!(mapped.span(0..4), Span::new(10, 15));
    }

    #[test]
    fn an_empty_range_is_a_point() {
        let mapped = escaped();
        assert_eq!(mapped.span(3..3), Span::new(14, 14));
        assert_eq!(mapped.span(4..4), Span::new(15, 15));
        assert_eq!(Mapped::default().span(0..0), Span::new(0, 0));
    }

    #[test]
    fn a_slice_keeps_its_places() {
        assert_eq!(escaped().slice(2..4), Mapped::verbatim("bc", 13));
        assert_eq!(escaped().slice(1..4).span(1..2), Span::new(13, 14));
    }

    #[test]
    fn literal_pieces_are_split_where_source_and_text_part() {
        let loc = |start, end| Loc::new(FileId(0), Span::new(start, end));
        let piece = |text: &str, start, end| Piece::Literal { text: text.into(), at: loc(start, end) };
        assert_eq!(escaped().to_text(FileId(0)).pieces, [piece("a", 10, 11), piece("\n", 11, 13), piece("bc", 13, 15)]);
    }

    #[test]
    fn contiguous_verbatim_text_is_one_run() {
        let mut mapped = Mapped::verbatim("ab", 3);
        mapped.push_verbatim("cd", 5);
        assert_eq!(mapped, Mapped::verbatim("abcd", 3));
    }
}
