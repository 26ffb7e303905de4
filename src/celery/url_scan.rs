//! A [`Text`] as one string to scan: literals and the defaults of environment reads in place, one stand-in character for
//! every part that nobody knows, and the way back from a range of it to the places in the sources.

use std::ops::Range;

use crate::source::text::place_in_literal;
use crate::source::{Loc, Piece, Text};

/// Stands for a part that is not known; no URL grammar gives it a meaning.
pub const UNKNOWN: char = '\u{FFFC}';

/// Defaults of defaults deeper than this, and characters after this many, are not known.
const MAX_DEPTH: usize = 8;
const MAX_BYTES: usize = 1 << 20;

struct Segment {
    range: Range<usize>,
    /// Where a literal stands and how long its decoded text is; none for a part that is not known.
    at: Option<Loc>,
    in_default: bool,
}

/// A text made scannable.
#[derive(Default)]
pub struct Flat {
    pub text: String,
    segments: Vec<Segment>,
}

impl Flat {
    pub fn new(text: &Text) -> Self {
        let mut flat = Self::default();
        flat.push(text, false, 0);
        flat
    }

    fn push(&mut self, text: &Text, in_default: bool, depth: usize) {
        for piece in &text.pieces {
            match piece {
                Piece::Literal { text, at } if self.text.len() + text.len() <= MAX_BYTES => {
                    self.segment(text, Some(*at), in_default);
                }
                Piece::Env { default: Some(default), .. } if depth < MAX_DEPTH => self.push(default, true, depth + 1),
                _ => self.segment(UNKNOWN.encode_utf8(&mut [0; 4]), None, in_default),
            }
        }
    }

    fn segment(&mut self, text: &str, at: Option<Loc>, in_default: bool) {
        let start = self.text.len();
        self.text.push_str(text);
        self.segments.push(Segment { range: start..self.text.len(), at, in_default });
    }

    pub fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("")
    }

    fn overlapping(&self, range: &Range<usize>) -> &[Segment] {
        let first = self.segments.partition_point(|segment| segment.range.end <= range.start);
        let last = self.segments.partition_point(|segment| segment.range.start < range.end);
        self.segments.get(first..last.max(first)).unwrap_or(&[])
    }

    /// Whether every character of the range stands in a source.
    pub fn is_known(&self, range: &Range<usize>) -> bool {
        self.overlapping(range).iter().all(|segment| segment.at.is_some())
    }

    /// The text of the range, when all of it is known.
    pub fn known(&self, range: &Range<usize>) -> Option<&str> {
        self.is_known(range).then(|| self.slice(range))
    }

    /// Whether the range comes from defaults of environment reads only.
    pub fn is_default(&self, range: &Range<usize>) -> bool {
        self.overlapping(range).iter().all(|segment| segment.in_default)
    }

    /// Where the characters of the range stand, in order; what touches in one file is one place.
    pub fn places(&self, range: &Range<usize>) -> Vec<Loc> {
        let mut places: Vec<Loc> = Vec::new();
        for segment in self.overlapping(range) {
            let Some(at) = segment.at else { continue };
            let start = range.start.max(segment.range.start) - segment.range.start;
            let end = range.end.min(segment.range.end) - segment.range.start;
            let place = place_in_literal(self.slice(&segment.range), at, start..end);
            match places.last_mut() {
                Some(last) if *last == place => {}
                Some(last) if last.file == place.file && last.span.end == place.span.start => {
                    last.span = last.span.cover(place.span);
                }
                _ if place.span.is_empty() => {}
                _ => places.push(place),
            }
        }
        places
    }
}
