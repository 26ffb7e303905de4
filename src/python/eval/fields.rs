//! Where the fields of format texts stand: `%s`, `{name}`, `$name`.

use std::ops::Range;

/// The fields of a format with their ranges, in order.
pub(super) type Fields<'t> = Vec<(Range<usize>, Field<'t>)>;

pub(super) enum Field<'t> {
    Escaped(&'t str),
    Named(&'t str),
    Index(usize),
    Next,
}

pub(super) fn percent_fields(text: &str) -> Fields<'_> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('%') {
        let start = at + found;
        let mut end = start + 1;
        if bytes.get(end) == Some(&b'%') {
            fields.push((start..end + 1, Field::Escaped("%")));
            at = end + 1;
            continue;
        }
        let mut field = Field::Next;
        if bytes.get(end) == Some(&b'(') {
            let Some(close) = text[end..].find(')') else { break };
            field = Field::Named(&text[end + 1..end + close]);
            end += close + 1;
        }
        while bytes.get(end).is_some_and(|b| b"#0- +.123456789".contains(b)) {
            end += 1;
        }
        if !bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
            at = end;
            continue;
        }
        fields.push((start..end + 1, field));
        at = end + 1;
    }
    fields
}

pub(super) fn brace_fields(text: &str) -> Fields<'_> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '}']) {
        let start = at + found;
        if bytes.get(start + 1) == Some(&bytes[start]) {
            fields.push((start..start + 2, Field::Escaped(&text[start..start + 1])));
            at = start + 2;
            continue;
        }
        let Some(close) = text[start..].find('}').filter(|_| bytes[start] == b'{') else {
            at = start + 1;
            continue;
        };
        let inner = &text[start + 1..start + close];
        let name = inner.split([':', '!']).next().unwrap_or(inner);
        let field = match name.parse::<usize>() {
            Ok(index) => Field::Index(index),
            Err(_) if name.is_empty() => Field::Next,
            Err(_) => Field::Named(name),
        };
        at = start + close + 1;
        fields.push((start..at, field));
    }
    fields
}

pub(super) fn dollar_fields(text: &str) -> Fields<'_> {
    let bytes = text.as_bytes();
    let mut fields = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('$') {
        let start = at + found;
        match bytes.get(start + 1) {
            Some(b'$') => {
                fields.push((start..start + 2, Field::Escaped("$")));
                at = start + 2;
            }
            Some(b'{') => {
                let Some(close) = text[start..].find('}') else { break };
                fields.push((start..start + close + 1, Field::Named(&text[start + 2..start + close])));
                at = start + close + 1;
            }
            _ => {
                let rest = &text[start + 1..];
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                if end > 0 {
                    fields.push((start..start + 1 + end, Field::Named(&rest[..end])));
                }
                at = start + 1 + end;
            }
        }
    }
    fields
}
