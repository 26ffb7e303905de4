//! Lines with their offsets, and texts in which parts are blanked without moving the rest.

use std::ops::Range;

/// A line without its end, and where it starts.
#[derive(Debug, Clone, Copy)]
pub struct Line<'t> {
    pub start: usize,
    pub text: &'t str,
    /// Where the next line starts.
    pub next: usize,
}

impl Line<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The line's range without blanks on either side.
    pub fn trimmed(&self) -> Range<usize> {
        trim(self.text, 0..self.text.len(), self.start)
    }

    /// How many blanks the line starts with.
    pub fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }
}

/// The lines of a text; they end at `\n` or `\r\n`.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> + Clone {
    let mut start = 0;
    text.split_inclusive('\n').map(move |whole| {
        let line = Line { start, text: whole.trim_end_matches(['\n', '\r']), next: start + whole.len() };
        start += whole.len();
        line
    })
}

/// `range` of `text` without blanks on either side, moved by `base`.
pub fn trim(text: &str, range: Range<usize>, base: usize) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    let end = start + part.trim().len();
    base + start..base + end
}

/// A copy of a part of a text whose bytes can be blanked; offsets stay those of the text.
pub struct Blanked {
    bytes: Vec<u8>,
    pub base: usize,
}

impl Blanked {
    pub fn new(text: &str, range: Range<usize>) -> Self {
        Self { bytes: text.as_bytes()[range.clone()].to_vec(), base: range.start }
    }

    /// Blanks a range (offsets of the whole text) with an ASCII byte.
    pub fn blank(&mut self, range: Range<usize>, with: u8) {
        let from = range.start.saturating_sub(self.base).min(self.bytes.len());
        let to = range.end.saturating_sub(self.base).clamp(from, self.bytes.len());
        self.bytes[from..to].fill(with);
    }

    /// Writes ASCII at an offset of the whole text, as far as there is room.
    pub fn write(&mut self, at: usize, what: &str) {
        let from = at.saturating_sub(self.base).min(self.bytes.len());
        for (byte, new) in self.bytes[from..].iter_mut().zip(what.bytes()) {
            *byte = new;
        }
    }

    /// The text; whole characters were blanked, so nothing is replaced here.
    pub fn text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_default()
    }
}
