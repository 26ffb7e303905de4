//! JSON strings as texts with exact places, and lists of them: the exec form of a command.

use super::Word;
use crate::source::{FileId, Loc, Piece, Span, Text};

/// The string whose opening quote is the byte at `start`, and the offset behind its closing quote.
/// Each run of plain characters is one literal; an escape is a literal of its own.
pub fn string(text: &str, start: usize, base: u32, file: FileId) -> Option<(Text, usize)> {
    let bytes = text.as_bytes();
    let loc = |from: usize, to: usize| Loc::new(file, Span::of(from, to).shifted(base));
    let mut found = Text::default();
    let mut from = start + 1;
    let mut at = from;
    loop {
        let byte = *bytes.get(at)?;
        if !matches!(byte, b'"' | b'\\' | 0) {
            at += 1;
            continue;
        }
        if from < at {
            found.pieces.push(Piece::Literal { text: text[from..at].to_owned(), at: loc(from, at) });
        }
        if byte == b'"' {
            return Some((found, at + 1));
        }
        let length = if byte == b'\\' { push_escape(&text[at..], loc(at, at), &mut found)? } else { 1 };
        at += length;
        from = at;
    }
}

/// Adds the character that an escape means; its length in the source.
fn push_escape(rest: &str, at: Loc, found: &mut Text) -> Option<usize> {
    const SIMPLE: &[(char, char)] = &[('n', '\n'), ('t', '\t'), ('r', '\r'), ('b', '\x08'), ('f', '\x0c')];
    let letter = rest[1..].chars().next()?;
    let simple = SIMPLE.iter().find(|(name, _)| *name == letter).map(|(_, meaning)| *meaning);
    let (character, length, skip) = match (simple, letter) {
        (Some(meaning), _) => (meaning, 2, 0),
        (None, 'u') => {
            let code = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
            (char::from_u32(code).unwrap_or('\u{fffd}'), 6, 0)
        }
        // The character itself keeps its exact place.
        (None, other) => (other, 1 + other.len_utf8(), 1),
    };
    let start = at.span.start;
    let span = Span::new(start + skip, start + length as u32);
    found.pieces.push(Piece::Literal { text: character.to_string(), at: Loc::new(at.file, span) });
    Some(length)
}

/// The words of `["a", "b"]`; None when it is not a list of strings.
pub fn list(text: &str, base: u32, file: FileId) -> Option<Vec<Word>> {
    let bytes = text.as_bytes();
    let blanks = |mut at: usize| {
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == 0) {
            at += 1;
        }
        at
    };
    let mut at = blanks(0);
    (bytes.get(at) == Some(&b'[')).then_some(())?;
    at = blanks(at + 1);
    let mut words = Vec::new();
    while bytes.get(at) == Some(&b'"') {
        let (found, end) = string(text, at, base, file)?;
        words.push(Word { text: found, at: Loc::new(file, Span::of(at, end).shifted(base)) });
        at = blanks(end);
        if bytes.get(at) != Some(&b',') {
            break;
        }
        at = blanks(at + 1);
    }
    (bytes.get(at) == Some(&b']') && blanks(at + 1) == bytes.len()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_move_what_follows() {
        let text = r#" [ "sh", "a\"b\u0041c\n" ] "#;
        let words = list(text, 100, FileId(0)).unwrap();
        assert_eq!(words[1].text.as_literal().unwrap(), "a\"bAc\n");
        let Piece::Literal { text: last, at } = &words[1].text.pieces[4] else { panic!("a literal") };
        assert_eq!((last.as_str(), &text[at.span.start as usize - 100..at.span.end as usize - 100]), ("c", "c"));
    }

    #[test]
    fn what_is_not_a_list_of_strings_is_none() {
        for text in ["[ -f x ] && y", "['a']", "[\"a\"", "[\"a\", 1]", "celery", "[\"\\u00"] {
            assert!(list(text, 0, FileId(0)).is_none(), "{text}");
        }
    }
}
