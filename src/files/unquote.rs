//! Words whose quotes mean what they mean to systemd and supervisor: no variables, a backslash keeps the next character.

use std::ops::Range;

use crate::source::{FileId, Loc, Piece, Span, Text};

/// A word without its quotes, and where it stands with them.
#[derive(Debug)]
pub struct Quoted {
    pub text: Text,
    pub range: Range<usize>,
}

/// Splits `range` of `text` at any of `separators`; empty words are left out. Line ends count as the first separator.
pub fn split(text: &str, range: Range<usize>, separators: &[u8], file: FileId) -> Vec<Quoted> {
    let bytes = text.as_bytes();
    let is_separator = |byte: u8| separators.contains(&byte) || matches!(byte, b'\n' | b'\r' | 0);
    let mut words = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if is_separator(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        let mut quote = None;
        while at < range.end && (quote.is_some() || !is_separator(bytes[at])) {
            match (quote, bytes[at]) {
                (_, b'\\') => at += 1,
                (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
                (Some(open), byte) if open == byte => quote = None,
                _ => {}
            }
            at += 1;
        }
        at = floor(text, at.min(range.end));
        let word = super::lines::trim(text, start..at, 0);
        if !word.is_empty() {
            words.push(Quoted { text: unquoted(text, word.clone(), file), range: word });
        }
    }
    words
}

/// The characters of a word without quotes and backslashes, each run with its place.
pub fn unquoted(text: &str, range: Range<usize>, file: FileId) -> Text {
    let bytes = text.as_bytes();
    let mut found = Text::default();
    let (mut from, mut at, mut quote) = (range.start, range.start, None);
    let mut push = |from: usize, to: usize| {
        if from < to {
            let at = Loc::new(file, Span::of(from, to));
            found.pieces.push(Piece::Literal { text: text[from..to].to_owned(), at });
        }
    };
    while at < range.end {
        let byte = bytes[at];
        let opens = quote.is_none() && matches!(byte, b'"' | b'\'');
        if opens || quote == Some(byte) {
            push(from, at);
            quote = opens.then_some(byte);
            from = at + 1;
        } else if byte == 0 {
            push(from, at);
            from = at + 1;
        } else if byte == b'\\' && at + 1 < range.end {
            push(from, at);
            from = at + 1;
            at += 1;
        }
        at += 1;
    }
    push(from, range.end);
    found
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stand_anywhere_and_hold_blanks() {
        let text = r#"A=b "C=d e" F="g \"h" é='x"#;
        let words = split(text, 0..text.len(), b" \t", FileId(0));
        let texts: Vec<_> = words.iter().map(|word| word.text.as_literal().unwrap()).collect();
        assert_eq!(texts, ["A=b", "C=d e", "F=g \"h", "é=x"]);
        assert_eq!(&text[words[1].range.clone()], "\"C=d e\"");
    }
}
