//! Text as the linter knows it: literal pieces with their place in a source, and the parts that only the environment knows.

use super::{Loc, Span};

/// One piece of a text, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Characters that stand in a source. `text` is decoded (escapes, percent signs of formats and doubled braces resolved);
    /// `at` is where they stand. When `at.span.len() == text.len()` the two correspond byte for byte.
    Literal { text: String, at: Loc },
    /// The value of an environment variable (or of one of several), with its default if it has one.
    Env { keys: Vec<String>, default: Option<Box<Text>>, at: Loc },
    /// Something whose value is not known.
    Unknown { at: Option<Loc> },
}

/// A text made of pieces; no piece at all is the empty text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Text {
    pub pieces: Vec<Piece>,
}

impl Text {
    pub fn literal(text: impl Into<String>, at: Loc) -> Self {
        Self { pieces: vec![Piece::Literal { text: text.into(), at }] }
    }

    pub fn unknown(at: Option<Loc>) -> Self {
        Self { pieces: vec![Piece::Unknown { at }] }
    }

    /// The whole text when every piece is literal.
    pub fn as_literal(&self) -> Option<String> {
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal { text, .. } => whole.push_str(text),
                Piece::Env { .. } | Piece::Unknown { .. } => return None,
            }
        }
        Some(whole)
    }

    /// The whole text when it is known: literal, with the defaults of variables in their place.
    pub fn known(&self) -> Option<String> {
        let mut whole = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal { text, .. } => whole.push_str(text),
                Piece::Env { default: Some(default), .. } => whole.push_str(&default.as_literal()?),
                Piece::Env { .. } | Piece::Unknown { .. } => return None,
            }
        }
        Some(whole)
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Literal { text, .. } if text.is_empty()))
    }

    /// Appends `other`'s pieces.
    pub fn push(&mut self, other: Self) {
        self.pieces.extend(other.pieces);
    }

    /// The lines of a text that has several, without their ends; none for a text of one line.
    pub fn lines(&self) -> Vec<Self> {
        let breaks = |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains('\n'));
        if !self.pieces.iter().any(breaks) {
            return Vec::new();
        }
        let mut lines = Vec::new();
        let mut line = Self::default();
        for piece in &self.pieces {
            let Piece::Literal { text, at } = piece else {
                line.pieces.push(piece.clone());
                continue;
            };
            let mut from = 0;
            for part in text.split_inclusive('\n') {
                let end = from + part.trim_end_matches(['\n', '\r']).len();
                if from < end {
                    line.push(Self::literal(&text[from..end], place_in_literal(text, *at, from..end)));
                }
                from += part.len();
                if part.ends_with('\n') {
                    lines.push(std::mem::take(&mut line));
                }
            }
        }
        lines.push(line);
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// The environment variables that the text reads, outermost first.
    pub fn env_keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        for piece in &self.pieces {
            if let Piece::Env { keys: own, default, .. } = piece {
                keys.extend(own.iter().map(String::as_str));
                if let Some(default) = default {
                    keys.extend(default.env_keys());
                }
            }
        }
        keys
    }
}

/// The place of `range` (byte offsets into the decoded `text`) inside a literal piece that stands at `at`:
/// exact where decoded text and source correspond byte for byte, else the whole piece.
pub fn place_in_literal(text: &str, at: Loc, range: std::ops::Range<usize>) -> Loc {
    if at.span.len() as usize == text.len() {
        Loc::new(at.file, Span::of(range.start, range.end).shifted(at.span.start))
    } else {
        at
    }
}
