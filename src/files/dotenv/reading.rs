//! What each reader makes of one line of an env file, so that two of them can be compared. The ways of the readers were seen
//! by running them: python-dotenv 1.2, django-environ 0.14, python-decouple 3.8, compose-go 2 and bash; the answers are in
//! `fixtures/facts/env_readers.json`.

use super::{Dialect, Quote, Record};
use crate::files::interpolate::name_length;

/// What a reader gives for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The value; a variable in it stands as [`variable`] writes it.
    Value(String),
    /// The line is no assignment of that key for this reader, or it runs a command.
    Broken,
    /// Not known.
    Unknown,
}

/// Signs at which an unquoted value ends for a shell, or that it removes.
const SHELL_SIGNS: &[char] = &[' ', '\t', '&', '|', ';', '<', '>', '(', ')', '\'', '"', '`'];
const MARK: char = '\u{1}';

/// A variable in the middle of a value: its name and its default.
fn variable(name: &str, default: &str) -> String {
    format!("{MARK}{name}{MARK}{default}{MARK}")
}

/// Whether a reading puts variables in.
pub fn has_variables(reading: &str) -> bool {
    reading.contains(MARK)
}

/// What a reader makes of a record; `text` is the whole file.
pub fn reading(record: &Record, text: &str, dialect: Dialect) -> Reading {
    let (Some(decoded), Some(inner)) = (&record.value, text.get(record.value_at.range())) else {
        return Reading::Unknown;
    };
    let lines = inner.contains(['\n', '\r']) || inner.contains(MARK);
    match dialect {
        _ if inner.contains(MARK) => Reading::Unknown,
        Dialect::PythonDotenv => expanded(decoded.as_str(), Forms::Braces),
        Dialect::DjangoEnviron | Dialect::Decouple if lines => Reading::Broken,
        Dialect::DjangoEnviron => environ(record, text),
        Dialect::Decouple => decouple(record, text),
        Dialect::Compose => compose(record, inner),
        Dialect::Shell => shell(record, text, inner),
    }
}

/// Which variables a reader puts in.
#[derive(Clone, Copy, PartialEq)]
enum Forms {
    /// `${X}` and `${X:-d}`.
    Braces,
    /// Those, `$X`, and `$$` for a dollar sign.
    Compose,
    /// Those, `$X`, and what a shell puts in besides.
    Shell,
}

fn expanded(text: &str, forms: Forms) -> Reading {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let name = name_length(after);
        if let Some(braced) = after.strip_prefix('{') {
            let Some((inside, behind)) = braced.split_once('}') else { return Reading::Unknown };
            let name = &inside[..name_length(inside)];
            let Some(default) = default_of(&inside[name.len()..]).filter(|_| !name.is_empty()) else {
                return Reading::Unknown;
            };
            out.push_str(&variable(name, default));
            rest = behind;
        } else if name > 0 && forms != Forms::Braces {
            out.push_str(&variable(&after[..name], ""));
            rest = &after[name..];
        } else if forms == Forms::Compose && after.starts_with('$') {
            out.push('$');
            rest = &after[1..];
        } else if forms == Forms::Shell && after.starts_with(|c: char| c.is_ascii_digit() || "$(?!#*@-".contains(c)) {
            return Reading::Broken;
        } else {
            out.push('$');
            rest = after;
        }
    }
    Reading::Value(out + rest)
}

/// `:-d`, or nothing. None for other operators, of which each reader knows some.
fn default_of(operator: &str) -> Option<&str> {
    if operator.is_empty() { Some("") } else { operator.strip_prefix(":-").filter(|it| !it.contains('$')) }
}

/// Behind the `=`, to the end of the line.
fn rest_of_line<'t>(record: &Record, text: &'t str) -> Option<&'t str> {
    let after = text.get(record.key_at.end as usize..)?;
    let line = after.split(['\n', '\r']).next()?;
    line.split_once('=').filter(|(blank, _)| blank.trim().is_empty()).map(|(_, value)| value)
}

fn stripped(value: &str, quote: char) -> Option<&str> {
    value.strip_prefix(quote)?.strip_suffix(quote)
}

fn environ(record: &Record, text: &str) -> Reading {
    let Some(value) = rest_of_line(record, text) else { return Reading::Unknown };
    let before = text.get(..record.key_at.start as usize).unwrap_or_default();
    let start = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let joined = text.get(record.key_at.end as usize..).is_some_and(|after| after.starts_with('='));
    if !joined || !(start.is_empty() || start == "export ") {
        return Reading::Broken;
    }
    // A value that starts so names another key when it is read.
    if value.starts_with('$') {
        return Reading::Unknown;
    }
    if let Some(inner) = stripped(value, '\'') {
        return Reading::Value(inner.to_owned());
    }
    let Some(inner) = stripped(value, '"') else { return Reading::Value(value.to_owned()) };
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('n')) | ('\\', None) => out.push(c),
            ('\\', Some(escaped)) => {
                out.push(escaped);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    Reading::Value(out)
}

fn decouple(record: &Record, text: &str) -> Reading {
    let Some(value) = rest_of_line(record, text).map(str::trim).filter(|_| !record.export) else {
        return Reading::Broken;
    };
    let inner = stripped(value, '\'').or_else(|| stripped(value, '"')).filter(|_| value.len() > 1);
    Reading::Value(inner.unwrap_or(value).to_owned())
}

fn compose(record: &Record, inner: &str) -> Reading {
    match record.quote {
        Quote::Single => Reading::Value(inner.replace("\\'", "'")),
        Quote::None => expanded(inner, Forms::Compose),
        Quote::Double => {
            let mut out = String::new();
            let mut chars = inner.chars().peekable();
            while let Some(c) = chars.next() {
                match (c, chars.peek()) {
                    ('\\', Some('n')) => out.push('\n'),
                    ('\\', Some('\\' | '"')) => out.extend(chars.peek()),
                    // Only then a dollar sign is one.
                    ('\\', Some('$')) => out.push_str("$$"),
                    ('\\', Some('w' | '\'')) => {
                        out.push(c);
                        continue;
                    }
                    ('\\', _) => return Reading::Unknown,
                    _ => {
                        out.push(c);
                        continue;
                    }
                }
                chars.next();
            }
            expanded(&out, Forms::Compose)
        }
    }
}

fn shell(record: &Record, text: &str, inner: &str) -> Reading {
    let joined = text.get(record.key_at.end as usize..record.raw_at.start as usize) == Some("=");
    let empty = inner.is_empty() && record.quote == Quote::None;
    if !joined && !empty {
        return Reading::Broken;
    }
    // Of lines that end as on Windows a shell keeps one character more: of all of them alike.
    if text.get(record.raw_at.end as usize..).is_some_and(|after| after.starts_with('\r')) {
        return Reading::Unknown;
    }
    match record.quote {
        Quote::Single if inner.contains('\\') && inner.contains('\'') => Reading::Unknown,
        Quote::Single => Reading::Value(inner.to_owned()),
        Quote::None if inner.contains(SHELL_SIGNS) => Reading::Broken,
        Quote::None => unescaped(inner, |_| true),
        Quote::Double if inner.contains('`') => Reading::Broken,
        Quote::Double => unescaped(inner, |c| matches!(c, '$' | '"' | '\\')),
    }
}

/// A shell's backslashes: before some signs they go away.
fn unescaped(inner: &str, escapes: impl Fn(char) -> bool) -> Reading {
    let mut out = String::new();
    let mut kept = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some(next)) if escapes(next) => {
                chars.next();
                // An escaped sign puts nothing in.
                match expanded(&std::mem::take(&mut out), Forms::Shell) {
                    Reading::Value(part) => kept.push_str(&part),
                    other => return other,
                }
                kept.push(next);
            }
            _ => out.push(c),
        }
    }
    match expanded(&out, Forms::Shell) {
        Reading::Value(part) => Reading::Value(kept + &part),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::lex;
    use super::*;

    const READERS: &[(&str, Dialect)] = &[
        ("python-dotenv", Dialect::PythonDotenv),
        ("django-environ", Dialect::DjangoEnviron),
        ("python-decouple", Dialect::Decouple),
        ("compose", Dialect::Compose),
        ("shell", Dialect::Shell),
    ];

    /// The variables of the table: `B` is set, no other is.
    fn filled(reading: &str) -> String {
        let mut parts = reading.split(MARK);
        let mut out = parts.next().unwrap_or_default().to_owned();
        while let (Some(name), Some(default), Some(literal)) = (parts.next(), parts.next(), parts.next()) {
            out.push_str(if name == "B" { "b" } else { default });
            out.push_str(literal);
        }
        out
    }

    #[test]
    fn every_reader_reads_as_the_real_one() {
        let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/env_readers.json")).unwrap();
        let (mut compared, mut wrong) = (0, Vec::new());
        for row in table.as_array().unwrap() {
            let text = row["text"].as_str().unwrap();
            let lexed = lex(text);
            let Some(record) = lexed.records.iter().find(|record| record.key == "A") else { continue };
            for (name, dialect) in READERS {
                let real = row[*name]["A"].as_str();
                let agrees = match reading(record, text, *dialect) {
                    Reading::Value(ours) => real == Some(filled(&ours).as_str()),
                    Reading::Broken => real != row["python-dotenv"]["A"].as_str(),
                    Reading::Unknown => continue,
                };
                compared += 1;
                if !agrees {
                    wrong.push(format!("{text:?} {name}: {real:?}, not {:?}", reading(record, text, *dialect)));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared > 600, "{compared}");
    }
}
