//! Credentials in files that are not Python: entries by their key and by their URL, and options of commands.

use base64::Engine;
use rayon::prelude::*;

use super::commands::{of_command, of_word, of_words};
use super::literals::{opens, texts};
use super::named::is_url_of;
use super::settings::{plain, user_password};
use super::variables::Variables;
use super::{Secret, SecretKind};
use crate::celery::GradeContext;
use crate::celery::env::{password_role_at, url_role_at};
use crate::celery::url::{self, SchemeClass};
use crate::files::shell::without_prefix;
use crate::files::{Entry, FileFacts, Role, Word, command};
use crate::project::link::{Linking, is_test_path};
use crate::source::{FileId, FileKind, Piece, Text};

pub(super) fn find(linking: &Linking) -> Vec<Secret> {
    let variables = Variables::of(linking);
    let found: Vec<Vec<Secret>> =
        linking.facts.par_iter().map(|(file, facts)| in_file(linking, &variables, *file, facts)).collect();
    found.into_iter().flatten().collect()
}

fn in_file(linking: &Linking, variables: &Variables, file: FileId, facts: &FileFacts) -> Vec<Secret> {
    let mut found = Vec::new();
    let source = linking.sources.get(file);
    // What tests read as data configures nothing, and there may be very much of it.
    if matches!(source.kind, FileKind::Json | FileKind::Yaml) && is_test_path(&source.path) {
        return found;
    }
    let around = Around::of(&facts.entries);
    for entry in facts.entries.iter().filter(|entry| !entry.commented) {
        let entry = Entry { value: variables.in_text(&entry.value, &source.path, &source.text), ..entry.clone() };
        found.extend(of_entry(&entry));
        found.extend(around.amazon_key(&entry));
        if source.name().contains("definitions") && entry.path == ["users", "password"] {
            found.extend(plain(&entry.value, SecretKind::Password, "RabbitMQ", GradeContext::default()));
        }
    }
    for command in &facts.commands {
        found.extend(of_command(command));
    }
    found
}

/// What the entries beside one say about it.
struct Around<'f> {
    /// Where the broker or the backend is Amazon's, which takes its key from the environment.
    amazon: Vec<&'f [String]>,
}

impl<'f> Around<'f> {
    fn of(entries: &'f [Entry]) -> Self {
        let mut around = Self { amazon: Vec::new() };
        for entry in entries.iter().filter(|entry| !entry.commented) {
            let Some((_, outer)) = entry.path.split_last() else { continue };
            let value = literal_or_default(&entry.value);
            if ["sqs:", "dynamodb:", "s3:"].iter().any(|scheme| {
                url_role_at(&entry.path).is_some() && value.as_ref().is_some_and(|value| value.starts_with(scheme))
            }) {
                around.amazon.push(outer);
            }
        }
        around
    }

    /// `AWS_SECRET_ACCESS_KEY` beside an `sqs://` broker.
    fn amazon_key(&self, entry: &Entry) -> Option<Secret> {
        let (key, outer) = entry.path.split_last()?;
        let ours = key == "AWS_SECRET_ACCESS_KEY" && self.amazon.contains(&outer);
        let secret = plain(&entry.value, SecretKind::Key, "broker", GradeContext::default()).filter(|_| ours);
        secret.map(|secret| secret.carried_by(key))
    }
}

/// The whole value, or what an environment read falls back on.
fn literal_or_default(value: &Text) -> Option<String> {
    match value.pieces.as_slice() {
        [Piece::Env { default: Some(default), .. }] => default.as_literal(),
        _ => value.as_literal(),
    }
}

pub(super) fn of_entry(entry: &Entry) -> Vec<Secret> {
    if entry.role == Role::Base64 {
        return of_base64(entry).into_iter().collect();
    }
    let mut found = of_key(entry, &entry.value);
    if found.is_empty() {
        found = of_urls(&entry.value, url_role_at(&entry.path));
    }
    if found.is_empty() {
        found = inside(entry);
    }
    found.into_iter().map(|secret| secret.carried_by(entry.key())).collect()
}

/// Keys whose values are for people.
const PROSE: &[&str] = &["description", "help", "summary", "notes", "title", "comment", "example", "examples"];

/// Credentials in a value that has a grammar of its own.
fn inside(entry: &Entry) -> Vec<Secret> {
    let words = || command::words(&entry.value);
    let literal = |word: &Word| word.text.as_literal().unwrap_or_default();
    match entry.key() {
        key if PROSE.contains(&key) => Vec::new(),
        // `user worker on >password ~* +@all` in an ACL of Redis.
        "user" => {
            let words = words().into_iter().filter(|word| literal(word).starts_with('>'));
            words.filter_map(|word| plain_redis(&without_prefix(&word.text, 1))).collect()
        }
        // `sentinel auth-pass mymaster password`
        "sentinel" => match words().as_slice() {
            [what, _, value] if literal(what) == "auth-pass" => plain_redis(&value.text).into_iter().collect(),
            _ => Vec::new(),
        },
        // The options of a container that CI starts.
        "options" => of_words(&words(), 0),
        // A file that is written in another one.
        _ => entry.value.lines().iter().flat_map(of_word).collect(),
    }
}

fn plain_redis(text: &Text) -> Option<Secret> {
    plain(text, SecretKind::Password, "Redis", GradeContext::default())
}

fn of_key(entry: &Entry, value: &Text) -> Vec<Secret> {
    let Some(role) = password_role_at(&entry.path) else { return Vec::new() };
    let opens = role.service.name();
    if role.with_user {
        return user_password(value, opens);
    }
    // A URL under such a key is a URL all the same.
    if value.as_literal().is_some_and(|value| value.contains("://")) {
        return Vec::new();
    }
    plain(value, role.kind, opens, role.context()).into_iter().collect()
}

/// URLs whose scheme is ours, or any connection URL under a key of ours.
pub(super) fn of_urls(value: &Text, role: Option<crate::celery::env::Service>) -> Vec<Secret> {
    let mut found = Vec::new();
    for text in texts(value.clone()) {
        for secret in url::secrets(&text) {
            let ours = match (url::class_of(&secret.scheme), role) {
                (SchemeClass::Own, _) => true,
                (SchemeClass::Shared | SchemeClass::Foreign, Some(service)) => is_url_of(service, &secret.scheme),
                (SchemeClass::Shared | SchemeClass::Foreign, None) => false,
            };
            if ours {
                let opens = role.map_or(opens(&secret.scheme), |service| service.name());
                found.extend(Secret::from_url(secret, opens));
            }
        }
    }
    found
}

/// A value of a Kubernetes Secret: the secret is the whole encoded text.
fn of_base64(entry: &Entry) -> Option<Secret> {
    let encoded = entry.value.as_literal()?;
    let bytes =
        base64::engine::general_purpose::STANDARD.decode(encoded.split_whitespace().collect::<String>()).ok()?;
    let decoded = String::from_utf8(bytes).ok()?;
    let text = Text::literal(decoded.trim_end(), entry.value_at);
    let inner = Entry { value: text.clone(), role: Role::Environment, ..entry.clone() };
    let found = of_entry(&inner).into_iter().next()?;
    Some(Secret { at: vec![entry.value_at], value: encoded, ..found })
}
