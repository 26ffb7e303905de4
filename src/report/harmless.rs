//! Text that no terminal obeys. Names and sources of a project may hold escape sequences, bells, and marks that turn text
//! around: outputs for people show `�` in their place, documents for programs an escape of their own syntax.

use std::io::{self, Write};

use serde::Serialize;

use super::paint::HOME;

/// Text on one line without anything a terminal would obey: control characters, invisible ones and bidirectional
/// overrides become `�`, tabs and line ends a blank.
pub fn clean(text: &str) -> String {
    text.chars().map(clean_char).collect()
}

pub fn clean_char(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' => ' ',
        c if is_obeyed(c) => '\u{fffd}',
        c => c,
    }
}

/// The same for text of several lines: their ends and tabs stay.
pub fn clean_lines(text: &str) -> String {
    let kept = |character| matches!(character, '\n' | '\t');
    text.chars().map(|character| if kept(character) { character } else { clean_char(character) }).collect()
}

/// Whether a terminal would do something with the character, or would show what stands beside it elsewhere, or nothing of it.
pub fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Whether bytes are a report of ours: text in which a terminal obeys nothing but line ends, colours, and links to our own pages.
pub fn is_drawn(bytes: &[u8]) -> bool {
    let Ok(mut rest) = std::str::from_utf8(bytes) else { return false };
    while let Some(at) = rest.find(|character: char| character != '\n' && is_obeyed(character)) {
        let Some(after) = rest[at..].strip_prefix('\x1b').and_then(after_own_sequence) else { return false };
        rest = after;
    }
    true
}

/// What follows a sequence that [`Paint`](super::paint::Paint) writes, without its escape character.
fn after_own_sequence(rest: &str) -> Option<&str> {
    if let Some(style) = rest.strip_prefix('[') {
        let style = style.trim_start_matches(|character: char| character.is_ascii_digit() || character == ';');
        return style.strip_prefix('m');
    }
    let (address, after) = rest.strip_prefix("]8;;")?.split_once("\x1b\\")?;
    let is_ours = address.is_empty() || (!HOME.is_empty() && address.starts_with(HOME));
    (is_ours && !address.chars().any(is_obeyed)).then_some(after)
}

/// Writes a value as JSON. What JSON itself allows and a terminal obeys (`DEL`, the controls of C1, overrides) is
/// escaped, so that a document may be looked at.
///
/// # Errors
/// When it cannot be written.
pub fn write_json<V: Serialize>(out: &mut dyn Write, value: &V) -> io::Result<()> {
    serde_json::to_writer_pretty(JsonWriter(out), value)?;
    writeln!(out)
}

/// [`write_json`] on one line.
///
/// # Errors
/// When it cannot be written.
pub fn write_json_line<V: Serialize>(out: &mut dyn Write, value: &V) -> io::Result<()> {
    serde_json::to_writer(JsonWriter(out), value)?;
    writeln!(out)
}

/// Takes what a serialiser writes: whole characters, of which only texts hold any that have to be escaped.
struct JsonWriter<'a>(&'a mut dyn Write);

impl Write for JsonWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.chars().any(needs_escape) => self.0.write_all(escaped(text).as_bytes())?,
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Line ends are the document's own: in texts they are escaped already.
fn needs_escape(character: char) -> bool {
    character != '\n' && is_obeyed(character)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if needs_escape(character) {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31m\u{7f}\u{9b}1m\u{202e}b\tc\r\n\u{7}\u{feff}é•🎉\u{61c}";

    #[test]
    fn nothing_that_is_obeyed_is_left() {
        assert_eq!(clean(HOSTILE), "a�[31m��1m�b c  ��é•🎉�");
        assert_eq!(clean_lines(HOSTILE), "a�[31m��1m�b\tc \n��é•🎉�");
    }

    #[test]
    fn json_says_the_same_without_a_character_that_is_obeyed() {
        let (mut pretty, mut line) = (Vec::new(), Vec::new());
        write_json(&mut pretty, &[HOSTILE]).unwrap();
        write_json_line(&mut line, &[HOSTILE]).unwrap();
        for out in [pretty, line] {
            let text = String::from_utf8(out).unwrap();
            assert!(!text.chars().any(needs_escape), "{text:?}");
            assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [HOSTILE]);
        }
    }

    #[test]
    fn reports_of_ours_are_known() {
        for report in [
            "",
            "a\n b \u{b7} \u{2022}\n",
            "\x1b[1;31merror\x1b[0m\n",
            "\x1b[38;2;1;2;3mx\x1b[m",
            "\x1b]8;;\x1b\\x\x1b]8;;\x1b\\",
        ] {
            assert!(is_drawn(report.as_bytes()), "{report:?}");
        }
        let others = [
            "\x1b",
            "\x1b[",
            "\x1b[2J",
            "\x1b[1A",
            "\x1b[?25l",
            "\x1b[1;31",
            "\x1b]0;title\x07",
            "\x1b]8;;x",
            "\x1b]8;;file:///etc\x1b\\x",
            "\x1bc",
            "\r",
            "\t",
            "\x07",
            "\u{9b}31m",
            "\u{202e}",
            "\u{feff}",
        ];
        for report in others {
            assert!(!is_drawn(report.as_bytes()), "{report:?}");
        }
        assert!(!is_drawn(b"\xff"));
    }
}
