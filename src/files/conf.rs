//! Lines of keys and values: `redis.conf`, `rabbitmq.conf`, `.properties`, and whatever ends in `.conf`.

use std::ops::Range;

use super::lines::{lines, trim};
use super::{Entry, FileFacts, Role, hcl};
use crate::source::{FileId, Loc, Piece, Span, Text};

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    if [".tf", ".tfvars", ".hcl"].iter().any(|end| path.ends_with(end)) {
        return hcl::lower(text, file);
    }
    let mut facts = FileFacts::default();
    for line in lines(text) {
        let range = line.trimmed();
        if text[range.clone()].starts_with(['#', ';', '!']) {
            facts.comments.push(Span::of(range.start, range.end));
        } else {
            facts.entries.extend(entry(text, range, file));
        }
    }
    facts
}

/// `key = value`, `key: value`, `key value`.
fn entry(text: &str, range: Range<usize>, file: FileId) -> Option<Entry> {
    let line = &text[range.clone()];
    let length = line.find(|c: char| c.is_whitespace() || c == '=' || c == ':').filter(|length| *length > 0)?;
    let key = line[..length].trim_matches(['"', '\'']);
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$/".contains(&byte);
    (!key.is_empty() && key.bytes().all(is_key)).then_some(())?;
    let rest = trim(text, range.start + length..range.end, 0);
    let assigned = text[rest.clone()].starts_with(['=', ':']);
    let value = trim(text, rest.start + usize::from(assigned)..rest.end, 0);
    let value = value.start..value.start + without_comment(&text[value.clone()]).len();
    let value = unquoted(text, value);
    let loc = |range: Range<usize>| Loc::new(file, Span::of(range.start, range.end));
    let value_at = loc(value.clone());
    let key_start = range.start + line.find(key)?;
    Some(Entry {
        path: vec![key.to_owned()],
        key_at: loc(key_start..key_start + key.len()),
        value: interpolated(&text[value], value_at),
        value_at,
        role: Role::Setting,
        commented: false,
    })
}

/// A quoted value ends at its quote, another at ` #`.
fn without_comment(value: &str) -> &str {
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let close = quote.and_then(|quote| value[1..].find(quote)).map(|at| at + 2);
    let end = close.or_else(|| value.find(" #")).unwrap_or(value.len());
    value[..end].trim_end()
}

fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let quoted = |quote: char| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote);
    if quoted('"') || quoted('\'') { range.start + 1..range.end - 1 } else { range }
}

/// `${…}` is known to somebody else; `${X:default}` of Spring and `${X}` of everybody look alike.
fn interpolated(value: &str, at: Loc) -> Text {
    let mut found = Text::default();
    let mut from = 0;
    let place = |range: Range<usize>| crate::source::text::place_in_literal(value, at, range);
    let literal = |range: Range<usize>, found: &mut Text| {
        if !range.is_empty() {
            found.pieces.push(Piece::Literal { text: value[range.clone()].to_owned(), at: place(range) });
        }
    };
    while let Some(start) = value[from..].find("${").map(|index| from + index) {
        let Some(end) = value[start..].find('}').map(|index| start + index + 1) else { break };
        literal(from..start, &mut found);
        found.pieces.push(Piece::Unknown { at: Some(place(start..end)) });
        from = end;
    }
    literal(from..value.len(), &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_have_three_ways_to_write_a_key() {
        let text = "# c\nbind 0.0.0.0\nrequirepass raths93 # why\n  masterauth \"x y\"\ndefault_pass = s3\na.b: c\nurl=redis://:${PW}@h\n<x>\nsave\n";
        let facts = lower("redis.conf", text, FileId(0));
        let show = |it: &Entry| {
            format!(
                "{}={} @{}",
                it.key(),
                it.value.as_literal().unwrap_or_else(|| "?".into()),
                &text[it.value_at.span.range()]
            )
        };
        assert_eq!(
            facts.entries.iter().map(show).collect::<Vec<_>>(),
            [
                "bind=0.0.0.0 @0.0.0.0",
                "requirepass=raths93 @raths93",
                "masterauth=x y @x y",
                "default_pass=s3 @s3",
                "a.b=c @c",
                "url=? @redis://:${PW}@h"
            ]
        );
        assert_eq!(facts.comments, [Span::new(0, 3)]);
    }

    #[test]
    fn nothing_makes_the_reader_panic() {
        for text in ["=", "a", "a=\"", "é é", "a '", "\"\"=x", "a=${", "a ${}}", ": #"] {
            lower("x.conf", text, FileId(0));
        }
    }
}
