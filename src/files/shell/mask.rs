//! A [`Text`] seen as a script that keeps its place: what stands between its pieces is blanked.

use super::walk::Source;
use crate::source::{FileId, Loc, Piece, Span, Text};

/// Texts whose pieces lie further apart are not one run of characters.
const MAX_GAP: u32 = 4096;

/// The text as bytes of the same length as its place in the file.
pub(super) struct Masked {
    text: String,
    base: u32,
    file: FileId,
    coarse: Vec<Span>,
}

impl Masked {
    /// None for a text that was put together from several places.
    pub fn of(text: &Text) -> Option<Self> {
        let mut masked: Option<Self> = None;
        for piece in &text.pieces {
            match (piece_at(piece), &mut masked) {
                (None, _) => return None,
                (Some(at), None) => {
                    let mut first =
                        Self { text: String::new(), base: at.span.start, file: at.file, coarse: Vec::new() };
                    first.write(piece, at)?;
                    masked = Some(first);
                }
                (Some(at), Some(masked)) => masked.write(piece, at)?,
            }
        }
        masked
    }

    pub fn source(&self) -> Source<'_> {
        Source { text: &self.text, base: self.base, file: self.file, coarse: self.coarse.clone() }
    }

    /// Writes a piece at its place; None when it does not stand behind the ones before.
    fn write(&mut self, piece: &Piece, at: Loc) -> Option<()> {
        let end = self.base + self.text.len() as u32;
        if at.file != self.file || at.span.start < end || at.span.start - end > MAX_GAP {
            return None;
        }
        self.fill(at.span.start);
        match piece {
            Piece::Literal { text, .. } => self.literal(text, at)?,
            Piece::Env { keys, default, .. } => self.parameter(keys.first()?, default.as_deref(), at)?,
            Piece::Unknown { .. } if at.span.len() >= 2 => self.text.push_str("$?"),
            Piece::Unknown { .. } => {}
        }
        // What stands for the piece ends before it does, perhaps inside a character.
        if self.fill(at.span.end) > 0 {
            self.coarse.push(at.span);
        }
        Some(())
    }

    /// Blanks up to an offset of the file; how many.
    fn fill(&mut self, end: u32) -> u32 {
        let missing = end.saturating_sub(self.base + self.text.len() as u32);
        self.text.extend(std::iter::repeat_n('\0', missing as usize));
        missing
    }

    fn literal(&mut self, text: &str, at: Loc) -> Option<()> {
        let place = at.span.len() as usize;
        // The line end that YAML adds to the last line of a file without one.
        if place == 0 && text.trim().is_empty() {
            return Some(());
        }
        if text.len() > place {
            return None;
        }
        if text.len() < place {
            self.coarse.push(at.span);
        }
        self.text.push_str(text);
        Some(())
    }

    /// `${KEY:-default}` in the room that the original took.
    fn parameter(&mut self, key: &str, default: Option<&Text>, at: Loc) -> Option<()> {
        let room = at.span.len() as usize;
        if room < key.len() + 3 {
            self.text.push('$');
            self.text.push_str(key);
            return (room > key.len()).then_some(());
        }
        self.text.push_str("${");
        self.text.push_str(key);
        if let Some(default) = default {
            let end = self.base + self.text.len() as u32;
            let first = default.pieces.first().and_then(piece_at).map_or(at.span.end - 1, |at| at.span.start);
            self.text.push_str(if first >= end + 2 { ":-" } else { "-" });
            for piece in &default.pieces {
                self.write(piece, piece_at(piece)?)?;
            }
        }
        self.fill(at.span.end - 1);
        self.text.push('}');
        (self.text.len() as u32 + self.base == at.span.end).then_some(())
    }
}

fn piece_at(piece: &Piece) -> Option<Loc> {
    match piece {
        Piece::Literal { at, .. } | Piece::Env { at, .. } => Some(*at),
        Piece::Unknown { at } => *at,
    }
}
