//! Reads in files that are not Python: compose interpolation, shell scripts, Dockerfiles, Procfiles, units.

use super::roots::{is_aside, is_test_compose};
use super::{EnvKey, EnvRead, Found};
use crate::files::{Command, Entry, EnvUse, FileFacts, Need, Role};
use crate::project::link::{Linking, is_test_path};
use crate::source::{FileKind, Loc, Piece, SourceFile, Text};

/// How each kind reads, for messages. Reads in other kinds (CI, Makefiles, Kubernetes, env files themselves) ask for nothing:
/// their variables come from elsewhere.
const KINDS: &[(FileKind, &str)] = &[
    (FileKind::Compose, "compose"),
    (FileKind::Shell, "a shell script"),
    (FileKind::Dockerfile, "a Dockerfile"),
    (FileKind::Procfile, "a Procfile"),
    (FileKind::Systemd, "a systemd unit"),
    (FileKind::Supervisor, "supervisor"),
];

pub(super) fn find(linking: &Linking) -> Vec<Found> {
    let mut found = Vec::new();
    for (file, facts) in linking.facts {
        let source = linking.sources.get(*file);
        let how = KINDS.iter().find(|(kind, _)| *kind == source.kind).map(|(_, how)| *how);
        let asks = how.is_some() && !(is_aside(&source.path) || is_tool(source, facts));
        let shown = shown(facts);
        for read in &facts.env_uses {
            let only_shown = shown.iter().any(|at| at.file == read.at.file && at.span.contains(read.at.span));
            let aside = !asks || (only_shown && read.need == Need::Required);
            found.push(Found::Read(read_of(read, source, how.unwrap_or("a file"), aside, facts)));
        }
        deployed(source, facts, &mut found);
        if STARTING.contains(&source.kind) && !is_of_tests(source) && !is_aside(&source.path) && !is_tool(source, facts)
        {
            exported(facts, &mut found);
        }
    }
    found
}

/// Commands that only show what they are given.
fn shown(facts: &FileFacts) -> Vec<Loc> {
    let shows = |command: &&Command| {
        let name = command.words.first().and_then(|word| word.text.as_literal());
        name.is_some_and(|name| matches!(name.as_str(), "echo" | "printf"))
    };
    facts.commands.iter().filter(shows).map(|command| command.at).collect()
}

fn read_of(read: &EnvUse, source: &SourceFile, how: &'static str, aside: bool, facts: &FileFacts) -> EnvRead {
    let lower = !read.key.contains(|c: char| c.is_ascii_uppercase());
    EnvRead {
        key: EnvKey { names: vec![read.key.clone()], ignore_case: false },
        need: read.need,
        at: read.at,
        named_at: read.at,
        how,
        connects: false,
        in_test: is_of_tests(source),
        // Variables in small letters are a script's own.
        // What compose replaces by nothing has no effect when it is not set.
        aside: aside
            || (lower && source.kind == FileKind::Shell)
            || (source.kind == FileKind::Compose && read.need == Need::Optional && is_empty_by_default(facts, read.at)),
        implicit: false,
        default: default_of(facts, read.at).and_then(|text| text.as_literal()),
    }
}

fn is_of_tests(source: &SourceFile) -> bool {
    is_test_path(&source.path) || (source.kind == FileKind::Compose && is_test_compose(&source.path))
}

/// The default of an interpolation (`${X:-default}`).
fn default_of(facts: &FileFacts, at: Loc) -> Option<Text> {
    facts.entries.iter().find_map(|entry| default_in(&entry.value, at))
}

fn default_in(text: &Text, place: Loc) -> Option<Text> {
    text.pieces.iter().find_map(|piece| match piece {
        Piece::Env { at, default: Some(default), .. } => {
            if at.file == place.file && at.span.contains(place.span) && !default.is_empty() {
                return default_in(default, place).or_else(|| Some((**default).clone()));
            }
            default_in(default, place)
        }
        _ => None,
    })
}

fn is_empty_by_default(facts: &FileFacts, place: Loc) -> bool {
    fn within(text: &Text, place: Loc) -> bool {
        text.pieces.iter().any(|piece| match piece {
            Piece::Env { at, default: Some(default), .. } if *at == place => default.is_empty(),
            Piece::Env { at, default: Some(default), .. } => {
                within(default, place) || (default.is_empty() && at.file == place.file && at.span.contains(place.span))
            }
            _ => false,
        })
    }
    facts.entries.iter().any(|entry| within(&entry.value, place))
}

/// A script for developers: it starts no process of the project.
fn is_tool(source: &SourceFile, facts: &FileFacts) -> bool {
    const STARTS: &[&str] = &[
        "celery",
        "gunicorn",
        "uvicorn",
        "hypercorn",
        "daphne",
        "flower",
        "supervisord",
        "uwsgi",
        "granian",
        "dramatiq",
    ];
    const NAMES: &[&str] =
        &["entrypoint", "start", "run", "worker", "beat", "celery", "web", "boot", "launch", "serve"];
    if source.kind != FileKind::Shell {
        return false;
    }
    let name = source.name().to_ascii_lowercase();
    let starts = |command: &Command| {
        command
            .words
            .iter()
            .filter_map(|word| word.text.as_literal())
            .any(|word| STARTS.contains(&word.rsplit('/').next().unwrap_or(&word)) || word.ends_with("manage.py"))
    };
    !NAMES.iter().any(|known| name.contains(known)) && !facts.commands.iter().any(starts)
}

/// Kinds whose `export` reaches a process of the project.
const STARTING: &[FileKind] = &[
    FileKind::Shell,
    FileKind::Compose,
    FileKind::Kubernetes,
    FileKind::Procfile,
    FileKind::Supervisor,
    FileKind::Systemd,
];

/// Variables that a Dockerfile, a compose file, a Kubernetes manifest or a script that starts the program gives a value.
fn deployed(source: &SourceFile, facts: &FileFacts, found: &mut Vec<Found>) {
    if !matches!(source.kind, FileKind::Dockerfile | FileKind::Compose | FileKind::Kubernetes) || is_of_tests(source) {
        return;
    }
    for entry in facts.entries.iter().filter(|entry| entry.role == Role::Environment && !entry.commented) {
        // Arguments of a build are gone when the program runs.
        if entry.path.iter().any(|key| key == "build") {
            continue;
        }
        if gives_value(entry) {
            found.push(Found::Deployed(entry.key().to_owned(), entry.key_at));
        }
    }
}

/// Whether an entry says what the variable is, whatever the surroundings say: `X: 1`, `X: redis://${HOST}`; not `X: ${X:-1}`.
fn gives_value(entry: &Entry) -> bool {
    let known = |piece: &Piece| !matches!(piece, Piece::Unknown { .. });
    !entry.value.is_empty()
        && entry.value.pieces.iter().all(known)
        && !entry.value.env_keys().iter().any(|key| *key == entry.key())
}

/// What a script that starts the program exports. One that looks at the variable first only fills in what nobody gave.
fn exported(facts: &FileFacts, found: &mut Vec<Found>) {
    for name in &facts.exports {
        let entry = facts.entries.iter().find(|entry| entry.role == Role::Environment && entry.key() == name);
        let Some(entry) = entry else { continue };
        if !facts.env_uses.iter().any(|read| read.key == *name) {
            found.push(Found::Written(name.clone()));
        } else if facts.env_uses.iter().all(|read| read.key != *name || read.need == Need::Optional) {
            found.push(Found::Deployed(name.clone(), entry.key_at));
        }
    }
}
