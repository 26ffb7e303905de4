//! Credentials on command lines: options of Celery, Flower, Redis and RabbitMQ, and assignments among the words.

use super::files::{of_entry, of_urls};
use super::settings::{plain, user_password};
use super::{Secret, SecretKind, weight_of};
use crate::celery::{GradeContext, grade, url};
use crate::files::{Command, Entry, Role, Word, command};
use crate::source::text::place_in_literal;
use crate::source::{Loc, Piece, Text};

/// What an option of a command carries.
#[derive(Clone, Copy, PartialEq)]
enum Option_ {
    Url,
    Password,
    UserPassword,
}

/// Options by program: the program's name (or none: the option alone tells), the option, what its value is.
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
    ("", "--requirepass", Option_::Password, "Redis"),
    ("", "--masterauth", Option_::Password, "Redis"),
    ("redis-cli", "-a", Option_::Password, "Redis"),
    ("redis-cli", "--pass", Option_::Password, "Redis"),
    ("redis-cli", "-u", Option_::Url, "Redis"),
    ("valkey-cli", "-a", Option_::Password, "Redis"),
    ("valkey-cli", "--pass", Option_::Password, "Redis"),
    ("valkey-cli", "-u", Option_::Url, "Redis"),
    ("rabbitmqadmin", "-p", Option_::Password, "RabbitMQ"),
    ("rabbitmqadmin", "--password", Option_::Password, "RabbitMQ"),
];

/// `rabbitmqctl` sub-commands whose words after the user name are the password.
const RABBITMQCTL: &[&str] = &["add_user", "change_password", "authenticate_user"];

/// Clients of Redis: `redis-cli AUTH password`.
const REDIS_CLIENTS: &[&str] = &["redis-cli", "valkey-cli"];

/// Keys of Redis' configuration that stand with their value in one word (`echo "requirepass x"`) or in two.
const REDIS_KEYS: &[&str] = &["requirepass", "masterauth"];

/// Options whose value is a command line.
const NESTED: &[&str] = &["--health-cmd", "--entrypoint"];

pub(super) fn of_command(command: &Command) -> Vec<Secret> {
    of_words(&command.words, 0)
}

pub(super) fn of_words(words: &[Word], depth: u32) -> Vec<Secret> {
    let programs: Vec<String> = words.iter().filter_map(|word| word.text.as_literal()).collect();
    let runs =
        |program: &str| program.is_empty() || programs.iter().any(|word| word.rsplit('/').next() == Some(program));
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let option = OPTIONS.iter().find_map(|(program, option, carries, opens)| {
            let value = option_value(words, index, word, option)?;
            runs(program).then_some((value, *carries, *opens, *option))
        });
        let nested = NESTED.iter().find_map(|option| option_value(words, index, word, option)).filter(|_| depth < 3);
        match (option, nested) {
            (Some((value, carries, opens, option)), _) => {
                let secrets = of_option(&value, carries, opens).into_iter();
                found.extend(secrets.map(|secret| secret.carried_by(option)));
            }
            (None, Some(line)) => found.extend(of_words(&command::words(&line), depth + 1)),
            (None, None) => found.extend(of_word(&word.text)),
        }
    }
    if runs("rabbitmqctl") {
        found.extend(rabbitmqctl(words));
    }
    found.extend(redis_words(words, REDIS_CLIENTS.iter().any(|client| runs(client))));
    found
}

fn of_option(value: &Text, carries: Option_, opens: &str) -> Vec<Secret> {
    match carries {
        Option_::Url => url::secrets(value).into_iter().filter_map(|found| Secret::from_url(found, opens)).collect(),
        Option_::Password => plain(value, SecretKind::Password, opens, GradeContext::default()).into_iter().collect(),
        Option_::UserPassword => user_password(value, opens),
    }
}

/// A word that is no option: `NAME=value`, a line of Redis' configuration, or a URL.
pub(super) fn of_word(text: &Text) -> Vec<Secret> {
    parts(text).iter().flat_map(of_part).collect()
}

fn of_part(text: &Text) -> Vec<Secret> {
    let line = assignment(text).or_else(|| redis_line(text));
    let found = line.map(|entry| of_entry(&entry)).unwrap_or_default();
    if found.is_empty() { of_urls(text, None) } else { found }
}

/// `REDIS_PASSWORD=x`, `redis.auth.password=x`, `--from-literal=redis-password=x`, `default_pass = x` as an entry.
fn assignment(text: &Text) -> Option<Entry> {
    let Some(Piece::Literal { text: first, .. }) = text.pieces.first() else { return None };
    let mut skip = first.len() - first.trim_start().len();
    for prefix in ["export ", "--set-env-vars="] {
        skip += first.get(skip..)?.strip_prefix(prefix).map_or(0, |_| prefix.len());
    }
    skip += first.get(skip..)?.strip_prefix("--").map_or(0, |rest| 2 + rest.find('=').map_or(0, |at| at + 1));
    let (key, value) = first.get(skip..)?.split_once('=')?;
    let blanks = value.len() - value.trim_start_matches(' ').len();
    let start = skip + key.len() + 1 + blanks;
    let key = key.trim_end();
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let found = (!key.is_empty() && key.chars().all(is_key)).then(|| entry(text, key, skip, start))??;
    Some(Entry { value: unescaped(&found.value), ..found })
}

/// Without the `\n` that ends a format of `printf`.
fn unescaped(value: &Text) -> Text {
    match value.pieces.as_slice() {
        [Piece::Literal { text, at }] if text.ends_with("\\n") => {
            let end = text.len() - 2;
            Text::literal(&text[..end], place_in_literal(text, *at, 0..end))
        }
        _ => value.clone(),
    }
}

/// The parts of `A=x,B=y`: `gcloud run deploy --set-env-vars A=x,B=y`.
fn parts(text: &Text) -> Vec<Text> {
    let [Piece::Literal { text: literal, at }] = text.pieces.as_slice() else { return vec![text.clone()] };
    let starts = literal.match_indices(',').map(|(at, _)| at + 1).filter(|start| {
        let name = literal[*start..].split('=').next().unwrap_or_default();
        name.len() > 2
            && literal.len() > start + name.len()
            && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    });
    let mut ranges = Vec::new();
    let mut from = 0;
    for start in starts {
        ranges.push(from..start - 1);
        from = start;
    }
    ranges.push(from..literal.len());
    ranges
        .into_iter()
        .map(|range| Text::literal(&literal[range.clone()], place_in_literal(literal, *at, range)))
        .collect()
}

/// `requirepass x` in one word.
fn redis_line(text: &Text) -> Option<Entry> {
    let Some(Piece::Literal { text: first, .. }) = text.pieces.first() else { return None };
    let skip = first.len() - first.trim_start().len();
    let (key, _) = first.trim_start().split_once(' ')?;
    REDIS_KEYS.contains(&key).then(|| entry(text, key, skip, skip + key.len() + 1))?
}

/// The entry whose key stands at the byte `skip` of the text and whose value at `start`.
fn entry(text: &Text, key: &str, skip: usize, start: usize) -> Option<Entry> {
    let (Piece::Literal { text: first, at }, rest) = text.pieces.split_first()? else { return None };
    let value = behind(first, *at, start, rest);
    let value_at = match value.pieces.first()? {
        Piece::Literal { at, .. } | Piece::Env { at, .. } | Piece::Unknown { at: Some(at) } => *at,
        Piece::Unknown { at: None } => *at,
    };
    let key_at = place_in_literal(first, *at, skip..skip + key.len());
    let path = key.split('.').map(str::to_owned).collect();
    Some(Entry { path, key_at, value, value_at, role: Role::Environment, commented: false })
}

/// The rest of a text behind the byte `start` of its first piece.
fn behind(first: &str, at: Loc, start: usize, rest: &[Piece]) -> Text {
    let mut value = Text::default();
    if start < first.len() {
        value.push(Text::literal(&first[start..], place_in_literal(first, at, start..first.len())));
    }
    value.pieces.extend(rest.iter().cloned());
    value
}

/// `config set requirepass x`, and for a client `auth [user] x`.
fn redis_words(words: &[Word], is_client: bool) -> Option<Secret> {
    let literal = |word: &Word| word.text.as_literal().unwrap_or_default();
    let at = words.iter().position(|word| {
        let word = literal(word);
        REDIS_KEYS.contains(&word.as_str()) || (is_client && word.eq_ignore_ascii_case("auth"))
    })?;
    let rest = words.get(at + 1..).unwrap_or_default();
    let value = match rest {
        [_, second] if literal(words.get(at)?).eq_ignore_ascii_case("auth") => second,
        [first, ..] if !literal(first).starts_with('-') => first,
        _ => return None,
    };
    let secret = plain(&value.text, SecretKind::Password, "Redis", GradeContext::default());
    secret.map(|secret| secret.carried_by("requirepass"))
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
    Some(behind(text, *at, option.len() + skip, rest))
}

fn rabbitmqctl(words: &[Word]) -> Option<Secret> {
    let at = words
        .iter()
        .position(|word| word.text.as_literal().is_some_and(|word| RABBITMQCTL.contains(&word.as_str())))?;
    let user = words.get(at + 1)?.text.as_literal();
    let password = words.get(at + 2)?;
    let context = GradeContext { user: user.as_deref(), ..GradeContext::default() };
    let literal = password.text.as_literal()?;
    weight_of(grade(&literal, context))?;
    plain(&password.text, SecretKind::Password, "RabbitMQ", context).map(|secret| secret.carried_by("rabbitmqctl"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    /// The secrets of a command line, as the source shows them.
    fn found(line: &str) -> Vec<&str> {
        let at = Loc::new(FileId(0), Span::of(0, line.len()));
        let secrets = of_words(&command::words(&Text::literal(line, at)), 0);
        secrets.iter().flat_map(|secret| &secret.at).map(|at| &line[at.span.range()]).collect()
    }

    #[test]
    fn programs_take_credentials_in_their_own_ways() {
        let cases: &[(&str, &[&str])] = &[
            ("celery -A p -bamqp://u:Wabe-1@h// worker", &["Wabe-1"]),
            ("celery flower --basic_auth=a:Wabe-1,b:Wabe-2", &["Wabe-1", "Wabe-2"]),
            ("--requirepass Wabe-1 --appendonly yes", &["Wabe-1"]),
            ("redis-cli -h x config set requirepass Wabe-1", &["Wabe-1"]),
            ("redis-cli AUTH worker Wabe-1", &["Wabe-1"]),
            ("redis-cli config get requirepass", &[]),
            ("rabbitmqctl -n r change_password app Wabe-1", &["Wabe-1"]),
            ("rabbitmqctl set_permissions -p / app .* .* .*", &[]),
            ("rabbitmqadmin -u app -p Wabe-1 list queues", &["Wabe-1"]),
            ("docker run --health-cmd 'redis-cli -a Wabe-1 ping' redis", &["Wabe-1"]),
        ];
        for (line, expected) in cases {
            assert_eq!(found(line), *expected, "{line}");
        }
    }

    #[test]
    fn words_that_assign_are_entries() {
        let cases: &[(&str, &[&str])] = &[
            ("kubectl create secret generic x --from-literal=redis-password=Wabe-1", &["Wabe-1"]),
            ("helm upgrade x --set rabbitmq.auth.password=Wabe-1", &["Wabe-1"]),
            ("gcloud run deploy w --set-env-vars A_B=c,REDIS_PASSWORD=Wabe-1", &["Wabe-1"]),
            ("echo 'requirepass Wabe-1'", &["Wabe-1"]),
            (r"printf 'REDIS_PASSWORD=Wabe-1\n'", &["Wabe-1"]),
            (r"printf 'REDIS_PASSWORD=%s\n' x", &[]),
            ("make run POSTGRES_PASSWORD=Wabe-1", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(found(line), *expected, "{line}");
        }
    }
}
