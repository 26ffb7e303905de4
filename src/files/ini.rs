//! INI files: supervisor, tox, pytest, Airflow, Paste, uWSGI, circus and whatever else has sections of keys and values.

use super::lines::{Line, lines};
use super::{Entry, FileFacts, Role};
use crate::source::{FileId, Loc, Piece, Span, Text};

mod interpolate;
mod meaning;

/// One key with its value as it stands in the file.
#[derive(Debug, Clone)]
pub struct Item {
    pub section: String,
    pub key: String,
    pub key_at: Span,
    /// The value's lines without blanks on either side and without inline comments; the first may be empty.
    pub lines: Vec<Span>,
}

impl Item {
    /// From the first character of the value to its last.
    pub fn value_span(&self) -> Span {
        let filled: Vec<&Span> = self.lines.iter().filter(|span| !span.is_empty()).collect();
        match (filled.first(), filled.last()) {
            (Some(first), Some(last)) => first.cover(**last),
            _ => self.lines.first().copied().unwrap_or(self.key_at),
        }
    }
}

pub fn lower(_path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let items = items(text, &mut facts.comments);
    meaning::read(text, file, &items, &mut facts);
    facts
}

/// Every key of an INI file, in order, continuation lines joined as configparser does.
pub fn items(text: &str, comments: &mut Vec<Span>) -> Vec<Item> {
    let mut found: Vec<Item> = Vec::new();
    let mut section = String::new();
    // The indentation of the key that continuation lines must exceed; none before the first key of a section.
    let mut indent: Option<usize> = None;
    for line in lines(text) {
        let range = line.trimmed();
        let trimmed = &text[range.clone()];
        if trimmed.is_empty() {
            continue;
        }
        if trimmed.starts_with(['#', ';']) {
            comments.push(Span::of(range.start, range.end));
            continue;
        }
        if let Some(item) = found.last_mut().filter(|_| indent.is_some_and(|indent| line.indent() > indent)) {
            item.lines.push(without_comment(text, &line, range.start, comments));
            continue;
        }
        if let Some(name) = section_name(trimmed) {
            section = name.to_owned();
            indent = None;
            continue;
        }
        let length = trimmed.find(['=', ':']).unwrap_or(trimmed.len());
        let key = trimmed[..length].trim_end();
        let value_start = (range.start + length + 1).min(range.end);
        indent = Some(line.indent());
        found.push(Item {
            section: section.clone(),
            key: key.to_owned(),
            key_at: Span::of(range.start, range.start + key.len()),
            lines: vec![without_comment(text, &line, value_start, comments)],
        });
    }
    found
}

fn section_name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('[')?;
    rest.find(']').map(|end| &rest[..end])
}

/// From `start` to the end of the line, without an inline comment.
fn without_comment(text: &str, line: &Line, start: usize, comments: &mut Vec<Span>) -> Span {
    let value = &text[start..line.end()];
    let mut end = value.len();
    let mut quoted = false;
    for (at, byte) in value.bytes().enumerate() {
        quoted ^= matches!(byte, b'"' | b'\'');
        let starts = at > 0 && matches!(byte, b';' | b'#') && value.as_bytes()[at - 1].is_ascii_whitespace();
        // `bash -c "a ; b"`: inside quotes it is none.
        if starts && !quoted {
            comments.push(Span::of(start + at, start + value.trim_end().len()));
            end = at;
            break;
        }
    }
    let range = super::lines::trim(text, start..start + end, 0);
    Span::of(range.start, range.end)
}

/// An entry for a key, or for a part of its value that is a key of its own.
fn entry(path: Vec<String>, key_at: Loc, value: Text, whole: Loc, role: Role) -> Entry {
    let value_at = match value.pieces.as_slice() {
        [Piece::Literal { at, .. }] => *at,
        _ => whole,
    };
    Entry { path, key_at, value, value_at, role, commented: false }
}

#[cfg(test)]
mod tests;
