//! Where exactly a secret stands: places that touch are one, and in a Python literal with escapes the characters are looked up.

use super::Secret;
use crate::project::link::Linking;
use crate::source::{FileKind, Loc, Span};

pub(super) fn refine(secret: &mut Secret, linking: &Linking) {
    join(&mut secret.at, |gap| is_escape(linking, gap));
    let [at] = secret.at.as_mut_slice() else { return };
    let source = linking.sources.get(at.file);
    let literal = source.text.get(at.span.range()).unwrap_or_default();
    if source.kind != FileKind::Python || literal.len() == secret.value.len() || !literal.contains('\\') {
        return;
    }
    if let Some(range) = Unescaped::of(literal).find(&secret.value) {
        *at = Loc::new(at.file, range.shifted(at.span.start));
    }
}

/// Makes one place of those that follow each other, with at most the sign of an escape between them (`%%`, `$$`).
fn join(at: &mut Vec<Loc>, escape: impl Fn(Loc) -> bool) {
    at.dedup_by(|next, last| {
        let between = next.span.start.checked_sub(last.span.end).filter(|gap| next.file == last.file && *gap <= 1);
        let touches = between
            .is_some_and(|gap| gap == 0 || escape(Loc::new(last.file, Span::new(last.span.end, next.span.start))));
        if touches {
            last.span.end = next.span.end;
        }
        touches
    });
}

fn is_escape(linking: &Linking, gap: Loc) -> bool {
    matches!(linking.sources.get(gap.file).text.get(gap.span.range()), Some("%" | "$" | "\\"))
}

/// A Python literal's text, and for each of its bytes where the character it belongs to is written.
struct Unescaped {
    text: String,
    places: Vec<Span>,
}

impl Unescaped {
    fn of(literal: &str) -> Self {
        let mut found = Self { text: String::new(), places: Vec::new() };
        let mut at = 0;
        while let Some(character) = literal.get(at..).and_then(|rest| rest.chars().next()) {
            let escape = (character == '\\').then(|| literal.get(at + 1..).and_then(escaped)).flatten();
            let (meaning, length) = match escape {
                Some((meaning, length)) => (meaning, length + 1),
                None => (Some(character), character.len_utf8()),
            };
            found.push(meaning, Span::of(at, at + length));
            at += length;
        }
        found
    }

    fn push(&mut self, character: Option<char>, place: Span) {
        if let Some(character) = character {
            self.text.push(character);
            self.places.resize(self.text.len(), place);
        }
    }

    /// Where a value stands that occurs once.
    fn find(&self, value: &str) -> Option<Span> {
        let start = self.text.find(value)?;
        let end = start + value.len();
        let once = !value.is_empty() && self.text.rfind(value) == Some(start);
        once.then(|| Some(self.places.get(start)?.cover(*self.places.get(end - 1)?))).flatten()
    }
}

/// The character that an escape means (none for a continued line), and its length after the backslash.
fn escaped(rest: &str) -> Option<(Option<char>, usize)> {
    const SIMPLE: &[(char, char)] = &[
        ('n', '\n'),
        ('t', '\t'),
        ('r', '\r'),
        ('a', '\x07'),
        ('b', '\x08'),
        ('f', '\x0c'),
        ('v', '\x0b'),
        ('\\', '\\'),
        ('\'', '\''),
        ('"', '"'),
    ];
    let letter = rest.chars().next()?;
    if let Some((_, meaning)) = SIMPLE.iter().find(|(name, _)| *name == letter) {
        return Some((Some(*meaning), 1));
    }
    let digits = match letter {
        '\n' => return Some((None, 1)),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0'..='7' => {
            let length = rest.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            let code = u32::from_str_radix(rest.get(..length)?, 8).ok()?;
            return Some((char::from_u32(code), length));
        }
        _ => return None,
    };
    let code = u32::from_str_radix(rest.get(1..1 + digits)?, 16).ok()?;
    Some((char::from_u32(code), 1 + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_through_escapes() {
        let cases = [
            (r"redis://:ab\'cd9@h/0", "ab'cd9", Some("ab\\'cd9")),
            (r"\n redis://:x\x41y@h", "xAy", Some(r"x\x41y")),
            (r"a\u0041\101b", "AA", Some(r"\u0041\101")),
            (r"ab\qcd", r"b\qc", Some(r"b\qc")),
            (r"aa\n", "a", None),
            (r"\u00", "x", None),
        ];
        for (literal, value, expected) in cases {
            let found = Unescaped::of(literal).find(value);
            assert_eq!(found.map(|span| &literal[span.range()]), expected, "{literal}");
        }
    }

    #[test]
    fn places_that_touch_are_one() {
        let loc = |start, end| Loc::new(crate::source::FileId(0), Span::new(start, end));
        let mut at = vec![loc(1, 3), loc(3, 5), loc(6, 7), loc(8, 9), loc(11, 12)];
        join(&mut at, |gap| gap.span.start == 7);
        assert_eq!(at, [loc(1, 5), loc(6, 9), loc(11, 12)]);
    }
}
