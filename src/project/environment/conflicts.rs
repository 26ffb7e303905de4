//! Values of env files that two readers which the project really has do not read alike.

use rustc_hash::FxHashMap;

use super::EnvRead;
use super::env_files::resolve;
use crate::celery::env::{is_read_by_celery, password_role, url_role};
use crate::files::dotenv::{Dialect, Quote, Reading, Record, has_variables, lex, reading};
use crate::project::env_loads::Load;
use crate::project::link::Linking;
use crate::source::{FileId, FileKind, Loc, SourceFile};

/// Who reads an env file, and what says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    pub dialect: Dialect,
    pub at: Loc,
}

/// A value that two readers read differently. It may be a secret: only its place is here.
#[derive(Debug, Clone)]
pub struct EnvConflict {
    pub key: String,
    /// The value without its quotes.
    pub value_at: Loc,
    /// With its quotes.
    pub raw_at: Loc,
    /// The first reads what people who know Python expect; the other does not.
    pub readers: [Reader; 2],
    pub cause: Cause,
    /// Between single quotes, every reader reads what the first does now.
    pub single_quotes_help: bool,
}

/// What the readers do not agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Dollar,
    Comment,
    Backslash,
    /// Blanks and signs that mean something to a shell.
    Signs,
    /// `export`, blanks around the `=`, several lines.
    Form,
}

/// Every conflict, in (file, position) order.
pub fn find(linking: &Linking, loads: &[Load], reads: &[EnvRead]) -> Vec<EnvConflict> {
    let sources = linking.sources;
    let named = readers_by_path(linking, loads);
    let wanted = Wanted::of(reads);
    let mut found = Vec::new();
    for file in sources.files.iter().filter(|file| matches!(file.kind, FileKind::Env | FileKind::EnvTemplate)) {
        let mut readers: Vec<Reader> = Vec::new();
        for path in live_paths(file) {
            readers.extend(named.get(&path).into_iter().flatten());
        }
        let interpolations = interpolations(linking, file);
        if readers.is_empty() && interpolations.is_empty() {
            continue;
        }
        for record in lex(&file.text).records.iter().filter(|record| !record.commented && wanted.matters(&record.key)) {
            let all: Vec<Reader> = readers.iter().chain(interpolations.get(&record.key)).copied().collect();
            found.extend(conflict(file, record, &all));
        }
    }
    found
}

/// The variables that code reads, in tests aside.
#[derive(Default)]
struct Wanted {
    /// Name, or the lower-case name where case does not count, and whether a connection surely depends on it.
    exact: FxHashMap<String, bool>,
    folded: FxHashMap<String, bool>,
}

impl Wanted {
    fn of(reads: &[EnvRead]) -> Self {
        let mut wanted = Self::default();
        for read in reads.iter().filter(|read| !read.in_test) {
            for name in &read.key.names {
                let known = match read.key.ignore_case {
                    true => wanted.folded.entry(name.to_ascii_lowercase()),
                    false => wanted.exact.entry(name.clone()),
                };
                *known.or_default() |= read.connects;
            }
        }
        wanted
    }

    /// Whether a connection of Celery depends on the key.
    fn matters(&self, key: &str) -> bool {
        let found = [self.exact.get(key), self.folded.get(&key.to_ascii_lowercase())];
        let connects = found.contains(&Some(&true));
        let named = || is_read_by_celery(key) || password_role(key).is_some() || url_role(key).is_some();
        connects || found.iter().any(Option::is_some) && named()
    }
}

/// The path of the file, and for a template those of the files that people make of it.
fn live_paths(file: &SourceFile) -> Vec<String> {
    const ENDS: &[&str] = &[".example", ".sample", ".template", ".dist", ".tmpl"];
    if file.kind == FileKind::Env {
        return vec![file.path.clone()];
    }
    let stem = ENDS.iter().find_map(|end| file.path.strip_suffix(end)).map(str::to_owned);
    let usual = if file.dir().is_empty() { ".env".to_owned() } else { format!("{}/.env", file.dir()) };
    stem.into_iter().chain([usual]).collect::<std::collections::BTreeSet<String>>().into_iter().collect()
}

fn readers_by_path(linking: &Linking, loads: &[Load]) -> FxHashMap<String, Vec<Reader>> {
    let mut found: FxHashMap<String, Vec<Reader>> = FxHashMap::default();
    for load in loads {
        let path = load.path.trim_start_matches("./").to_owned();
        found.entry(path).or_default().extend(load.reader.map(|dialect| Reader { dialect, at: load.at }));
    }
    for (id, facts) in linking.facts {
        for reference in &facts.env_file_refs {
            let Some(dialect) = dialect_of(linking.sources.get(*id), reference.at) else { continue };
            if let Some(path) = resolve(linking.sources, *id, reference) {
                found.entry(path).or_default().push(Reader { dialect, at: reference.at });
            }
        }
    }
    found
}

/// How a file that names an env file has it read. `docker run --env-file` and systemd have ways of their own.
fn dialect_of(file: &SourceFile, at: Loc) -> Option<Dialect> {
    match file.kind {
        FileKind::Compose => Some(Dialect::Compose),
        FileKind::Shell => {
            let before = file.text.get(..at.span.start as usize)?.trim_end_matches([' ', '\t', '"', '\'']);
            let word = before.rsplit(|c: char| c.is_whitespace() || c == ';' || c == '&').next()?;
            matches!(word, "." | "source").then_some(Dialect::Shell)
        }
        _ => None,
    }
}

/// Compose reads the `.env` beside its file, for the variables in that file.
fn interpolations(linking: &Linking, file: &SourceFile) -> FxHashMap<String, Reader> {
    let beside = |id: &FileId| {
        let compose = linking.sources.get(*id);
        compose.kind == FileKind::Compose && compose.dir() == file.dir()
    };
    let is_usual = live_paths(file).iter().any(|path| path.rsplit('/').next() == Some(".env"));
    let uses = linking.facts.iter().filter(|(id, _)| is_usual && beside(id)).flat_map(|(_, facts)| &facts.env_uses);
    uses.map(|used| (used.key.clone(), Reader { dialect: Dialect::Compose, at: used.at })).collect()
}

fn conflict(file: &SourceFile, record: &Record, readers: &[Reader]) -> Option<EnvConflict> {
    let text = &file.text;
    let readings: Vec<(Reader, Reading)> =
        readers.iter().map(|reader| (*reader, reading(record, text, reader.dialect))).collect();
    // A Python reader first: what it reads is what was tried most.
    let python = |dialect| !matches!(dialect, Dialect::Compose | Dialect::Shell);
    let known = |it: &&(Reader, Reading)| matches!(it.1, Reading::Value(_));
    let first = readings.iter().filter(known).min_by_key(|(reader, _)| !python(reader.dialect))?;
    let other = readings.iter().find(|it| it.1 != Reading::Unknown && it.1 != first.1)?;
    let Reading::Value(value) = &first.1 else { return None };
    let inner = text.get(record.value_at.range())?;
    let quotable = record.comment.is_none() && value == inner && !has_variables(value);
    let awkward = value.is_empty() || value.contains(['\'', '\\', '\n', '\r']) || value.contains("${");
    Some(EnvConflict {
        key: record.key.clone(),
        value_at: Loc::new(file.id, record.value_at),
        raw_at: Loc::new(file.id, record.raw_at),
        readers: [first.0, other.0],
        cause: cause(record, inner, &other.1),
        single_quotes_help: quotable && !awkward,
    })
}

fn cause(record: &Record, inner: &str, other: &Reading) -> Cause {
    let signs = inner.contains([' ', '\t', '&', '|', ';', '<', '>', '(', ')', '\'', '"', '`']);
    if inner.contains('$') {
        Cause::Dollar
    } else if record.comment.is_some() {
        Cause::Comment
    } else if inner.contains('\\') {
        Cause::Backslash
    } else if signs && record.quote != Quote::Single && *other == Reading::Broken {
        Cause::Signs
    } else {
        Cause::Form
    }
}
