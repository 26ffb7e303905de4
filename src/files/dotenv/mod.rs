//! Env files: `.env`, `prod.env`, `.env.example` …. python-dotenv's reading decides, because it is what Celery projects load
//! them with; where other readers differ:
//!
//! - **django-environ** reads line by line, wants `KEY=` without blanks, keeps ` # comments` of unquoted values and expands
//!   nothing (a value that *starts* with `$` names another key);
//! - **compose** (`env_file:`, and the `.env` beside the compose file) also reads `KEY: value`, expands `$X` and every braced
//!   form, but nothing between single quotes;
//! - **a shell** expands everything, joins adjacent quotes, and treats `;` and blanks as ends.
//!
//! python-dotenv expands `${X}` and `${X:-default}` in every value, single-quoted ones too, and `$X` nowhere.

mod lexer;
mod names;
mod reading;

pub use lexer::{Lexed, Quote, Record, lex};
pub use names::{env_kind, is_env_file_name, is_template_name};
pub use reading::{Reading, has_variables, reading};

use rustc_hash::{FxHashMap, FxHashSet};

use super::interpolate::{Syntax, interpolate, is_name};
use super::mapped::Mapped;
use super::{Entry, EnvUse, FileFacts, Role};
use crate::source::{FileId, Loc, Text};

/// Who reads the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    PythonDotenv,
    DjangoEnviron,
    Compose,
    /// Files that scripts source.
    Shell,
    /// python-decouple: line by line, without comments and escapes.
    Decouple,
}

/// Lowers an env file or template. A variable that the same file sets is no use of the environment.
pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    // direnv runs its file with bash.
    if path.ends_with(".envrc") {
        return super::shell::lower(path, text, file);
    }
    let lexed = lex(text);
    let set: FxHashSet<&str> = lexed.records.iter().filter(|r| !r.commented).map(|r| r.key.as_str()).collect();
    let mut facts = FileFacts::default();
    for record in lexed.records.iter().filter(|record| declares(record)) {
        let mut uses = Vec::new();
        facts.entries.push(entry(record, text, file, &mut uses));
        if !record.commented {
            facts.env_uses.extend(uses.into_iter().filter(|found| !set.contains(found.key.as_str())));
        }
    }
    facts.comments = lexed.comments;
    facts.errors = lexed.errors;
    // A line of prose, or compose's `KEY: value`, is no broken assignment.
    facts.errors.retain(|error| text.get(error.at.range()).is_some_and(|statement| statement.contains('=')));
    facts
}

/// Whether the record names a variable: an assignment, or a bare key that can be one (not `-----`).
fn declares(record: &Record) -> bool {
    record.value.is_some() || is_name(&record.key)
}

fn entry(record: &Record, text: &str, file: FileId, uses: &mut Vec<EnvUse>) -> Entry {
    Entry {
        path: vec![record.key.clone()],
        key_at: Loc::new(file, record.key_at),
        value: value(record, text, Dialect::PythonDotenv, file, uses),
        value_at: Loc::new(file, record.value_at),
        role: Role::Environment,
        commented: record.commented,
    }
}

/// What a reader of the given dialect makes of the record's value; `text` is the whole file.
pub fn value(record: &Record, text: &str, dialect: Dialect, file: FileId, uses: &mut Vec<EnvUse>) -> Text {
    let Some(decoded) = &record.value else { return Text::default() };
    let inner = Mapped::verbatim(text.get(record.value_at.range()).unwrap_or_default(), record.value_at.start);
    match dialect {
        Dialect::PythonDotenv => interpolate(decoded, Syntax::Dotenv, file, uses),
        Dialect::Compose | Dialect::Shell if record.quote == Quote::Single => inner.to_text(file),
        Dialect::Compose => interpolate(decoded, Syntax::Compose, file, uses),
        Dialect::Shell => interpolate(&inner, Syntax::Shell, file, uses),
        Dialect::DjangoEnviron | Dialect::Decouple if record.quote == Quote::None => {
            let end = record.comment.map_or(record.value_at.end, |comment| comment.end);
            let whole = text.get(record.value_at.start as usize..end as usize).unwrap_or_default();
            Mapped::verbatim(whole, record.value_at.start).to_text(file)
        }
        Dialect::DjangoEnviron | Dialect::Decouple => inner.to_text(file),
    }
}

/// The values that python-dotenv gives for a file when the process environment is empty, in the file's order; None for a
/// bare key. This is `dotenv_values()`; unlike [`value`] it takes `${X-d}` for a variable that is called `X-d`, as python-dotenv does.
pub fn python_dotenv_values(records: &[Record]) -> Vec<(String, Option<String>)> {
    let mut values: Vec<(String, Option<String>)> = Vec::new();
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    for record in records.iter().filter(|record| !record.commented) {
        let find = |name: &str| places.get(name).map(|at| values[*at].1.clone().unwrap_or_default());
        let value = record.value.as_ref().map(|text| expand(text.as_str(), &find));
        match places.get(record.key.as_str()) {
            Some(at) => values[*at].1 = value,
            None => {
                places.insert(&record.key, values.len());
                values.push((record.key.clone(), value));
            }
        }
    }
    values
}

/// python-dotenv's `${name}` and `${name:-default}`, where a name is anything without `}` and `:`.
fn expand(text: &str, find: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let last = text.rfind('}').unwrap_or(0);
    let (mut at, mut literal) = (0, 0);
    while let Some(open) = text[at..].find("${").map(|found| at + found).filter(|open| *open < last) {
        let inner = &text[open + 2..];
        let name = &inner[..inner.find(['}', ':']).unwrap_or(inner.len())];
        let tail = &inner[name.len()..];
        let default = tail.strip_prefix(":-").and_then(|tail| tail.split_once('}')).map(|(default, _)| default);
        at = open + 2;
        if default.is_none() && !tail.starts_with('}') {
            continue;
        }
        out.push_str(&text[literal..open]);
        out.push_str(&find(name).unwrap_or_else(|| default.unwrap_or_default().to_owned()));
        at += name.len() + default.map_or(0, |default| default.len() + ":-".len()) + 1;
        literal = at;
    }
    out + &text[literal..]
}

#[cfg(test)]
mod tests;
