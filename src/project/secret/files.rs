//! Credentials in files that are not Python: entries by their key and by their URL, and options of commands.

use base64::Engine;

use super::literals::{opens, texts};
use super::named::is_url_of;
use super::settings::{plain, user_password};
use super::{Secret, SecretKind, weight_of};
use crate::celery::env::{password_role_at, url_role};
use crate::celery::url::{self, SchemeClass};
use crate::celery::{GradeContext, grade};
use crate::files::{Command, Entry, Role, Word};
use crate::project::link::Linking;
use crate::source::text::place_in_literal;
use crate::source::{Piece, Text};

pub(super) fn find(linking: &Linking) -> Vec<Secret> {
    let mut found = Vec::new();
    for (_, facts) in linking.facts {
        for entry in facts.entries.iter().filter(|entry| !entry.commented) {
            found.extend(of_entry(entry));
        }
        for command in &facts.commands {
            found.extend(of_command(command));
        }
    }
    found
}

fn of_entry(entry: &Entry) -> Vec<Secret> {
    if entry.role == Role::Base64 {
        return of_base64(entry).into_iter().collect();
    }
    let named = of_key(entry, &entry.value);
    let found = if named.is_empty() { of_urls(&entry.value, url_role(entry.key())) } else { named };
    found.into_iter().map(|secret| secret.carried_by(entry.key())).collect()
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
fn of_urls(value: &Text, role: Option<crate::celery::env::Service>) -> Vec<Secret> {
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

/// What an option of a command carries.
#[derive(Clone, Copy, PartialEq)]
enum Option_ {
    Url,
    Password,
    UserPassword,
}

/// Options by program: the program's name, the option, what its value is.
const OPTIONS: &[(&str, &str, Option_, &str)] = &[
    ("celery", "-b", Option_::Url, "broker"),
    ("celery", "--broker", Option_::Url, "broker"),
    ("celery", "--result-backend", Option_::Url, "result backend"),
    ("celery", "--broker-api", Option_::Url, "RabbitMQ"),
    ("celery", "--broker_api", Option_::Url, "RabbitMQ"),
    ("celery", "--basic-auth", Option_::UserPassword, "Flower"),
    ("celery", "--basic_auth", Option_::UserPassword, "Flower"),
    ("flower", "--broker", Option_::Url, "broker"),
    ("flower", "--broker-api", Option_::Url, "RabbitMQ"),
    ("flower", "--broker_api", Option_::Url, "RabbitMQ"),
    ("flower", "--basic-auth", Option_::UserPassword, "Flower"),
    ("flower", "--basic_auth", Option_::UserPassword, "Flower"),
    ("redis-server", "--requirepass", Option_::Password, "Redis"),
    ("redis-server", "--masterauth", Option_::Password, "Redis"),
    ("redis-sentinel", "--requirepass", Option_::Password, "Redis"),
    ("redis-cli", "-a", Option_::Password, "Redis"),
    ("redis-cli", "--pass", Option_::Password, "Redis"),
    ("redis-cli", "-u", Option_::Url, "Redis"),
    ("valkey-server", "--requirepass", Option_::Password, "Redis"),
    ("valkey-cli", "-a", Option_::Password, "Redis"),
];

/// `rabbitmqctl` sub-commands whose words after the user name are the password.
const RABBITMQCTL: &[&str] = &["add_user", "change_password", "authenticate_user"];

fn of_command(command: &Command) -> Vec<Secret> {
    let programs: Vec<String> = command.words.iter().filter_map(|word| word.text.as_literal()).collect();
    let runs = |program: &str| {
        programs
            .iter()
            .any(|word| word.rsplit('/').next() == Some(program) || (program == "celery" && word == "celery"))
    };
    let mut found = Vec::new();
    for (index, word) in command.words.iter().enumerate() {
        let option = OPTIONS.iter().find_map(|(program, option, carries, opens)| {
            let value = option_value(&command.words, index, word, option)?;
            runs(program).then_some((value, *carries, *opens, *option))
        });
        match option {
            Some((value, Option_::Url, opens, option)) => {
                let secrets = url::secrets(&value).into_iter().filter_map(|found| Secret::from_url(found, opens));
                found.extend(secrets.map(|secret| secret.carried_by(option)));
            }
            Some((value, Option_::Password, opens, option)) => {
                let secret = plain(&value, SecretKind::Password, opens, GradeContext::default());
                found.extend(secret.map(|secret| secret.carried_by(option)));
            }
            Some((value, Option_::UserPassword, opens, option)) => {
                found.extend(user_password(&value, opens).into_iter().map(|secret| secret.carried_by(option)));
            }
            None => found.extend(of_urls(&word.text, None)),
        }
    }
    if runs("rabbitmqctl") {
        found.extend(rabbitmqctl(command));
    }
    found
}

/// The value of an option that stands as `--option=value` in one word, or in the next word.
fn option_value(words: &[Word], index: usize, word: &Word, option: &str) -> Option<Text> {
    let [Piece::Literal { text, at }, rest @ ..] = word.text.pieces.as_slice() else { return None };
    if rest.is_empty() && text == option {
        return words.get(index + 1).map(|word| word.text.clone());
    }
    let glued = text.strip_prefix(option)?;
    let skip = match glued.strip_prefix('=') {
        Some(_) => 1,
        // `-bURL`, `-aPASSWORD`
        None if option.len() == 2 && !glued.is_empty() => 0,
        None => return None,
    };
    let start = option.len() + skip;
    let mut value = Text::literal(&text[start..], place_in_literal(text, *at, start..text.len()));
    value.pieces.extend(rest.iter().cloned());
    Some(value)
}

fn rabbitmqctl(command: &Command) -> Option<Secret> {
    let at = command
        .words
        .iter()
        .position(|word| word.text.as_literal().is_some_and(|word| RABBITMQCTL.contains(&word.as_str())))?;
    let user = command.words.get(at + 1)?.text.as_literal();
    let password = command.words.get(at + 2)?;
    let context = GradeContext { user: user.as_deref(), ..GradeContext::default() };
    let literal = password.text.as_literal()?;
    weight_of(grade(&literal, context))?;
    plain(&password.text, SecretKind::Password, "RabbitMQ", context).map(|secret| secret.carried_by("rabbitmqctl"))
}
