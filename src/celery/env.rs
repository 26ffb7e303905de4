//! Environment variables: those that Celery itself reads, and those whose name says that they hold a credential of a
//! broker, a result backend or Flower.

use std::sync::LazyLock;

use serde::Deserialize;

use super::secret::{GradeContext, SecretKind};

/// A variable that Celery reads.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EnvFact {
    pub name: String,
    pub since: String,
    pub last: String,
    /// File and line in Celery 5.7.
    pub read_at: String,
}

#[derive(Default, Deserialize)]
struct Table {
    env: Vec<EnvFact>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/env.toml")));

/// Every variable that Celery's own code names.
pub fn all() -> &'static [EnvFact] {
    &TABLE.env
}

/// Variables that beat what the code configures (`celery/app/utils.py`).
pub const CONNECTION: &[&str] =
    &["CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL", "CELERY_RESULT_BACKEND"];

/// Sub-commands whose options click reads as `CELERY_<COMMAND>_<OPTION>` (since 5.0), and the global options, which it
/// reads as `CELERY_<OPTION>`.
const OPTION_PREFIXES: &[&str] =
    &["CELERY_WORKER_", "CELERY_BEAT_", "CELERY_EVENTS_", "CELERY_MULTI_", "CELERY_FLOWER_", "FLOWER_"];
const GLOBAL_OPTIONS: &[&str] = &[
    "CELERY_APP",
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "CELERY_LOADER",
    "CELERY_CONFIG_MODULE",
    "CELERY_WORKDIR",
    "CELERY_NO_COLOR",
    "CELERY_QUIET",
    "CELERY_SKIP_CHECKS",
];

/// Whether Celery or its command line (Flower's included) reads the variable even when no code of a project names it.
pub fn is_read_by_celery(key: &str) -> bool {
    CONNECTION.contains(&key)
        || GLOBAL_OPTIONS.contains(&key)
        || OPTION_PREFIXES.iter().any(|prefix| key.len() > prefix.len() && key.starts_with(prefix))
        || all().iter().any(|fact| fact.name == key)
}

/// What a credential opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    Broker,
    ResultBackend,
    Redis,
    RabbitMq,
    Flower,
}

impl Service {
    /// As messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::ResultBackend => "result backend",
            Self::Redis => "Redis",
            Self::RabbitMq => "RabbitMQ",
            Self::Flower => "Flower",
        }
    }
}

/// What a variable or configuration key holds, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Role {
    pub service: Service,
    pub kind: SecretKind,
    /// The value is `user:password` (Flower's basic authentication), perhaps several with commas.
    pub with_user: bool,
}

impl Role {
    /// The surroundings to grade a value of this key in. RabbitMQ's own default account is what the server makes without
    /// any setting, restricted to the loopback: writing it down reveals nothing.
    pub fn context(self) -> GradeContext<'static> {
        match self.service {
            Service::RabbitMq => GradeContext { user: Some("guest"), host: Some(""), scheme: None },
            _ => GradeContext::default(),
        }
    }
}

/// Words that name one of our services. A name with none of them is another service's.
const SERVICES: &[(&str, Service)] = &[
    ("flower", Service::Flower),
    ("rabbitmq", Service::RabbitMq),
    ("rabbit", Service::RabbitMq),
    ("amqp", Service::RabbitMq),
    ("redis", Service::Redis),
    ("rediscli", Service::Redis),
    ("valkey", Service::Redis),
    ("keydb", Service::Redis),
    ("sentinel", Service::Redis),
    ("redbeat", Service::Redis),
    ("broker", Service::Broker),
    ("kombu", Service::Broker),
    ("mq", Service::Broker),
    ("sqs", Service::Broker),
    ("celery", Service::Broker),
    ("celeryd", Service::Broker),
];

/// Words that make a name another service's, whatever else it says.
const OTHERS: &[&str] = &[
    "postgres",
    "postgresql",
    "pg",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "email",
    "smtp",
    "mail",
    "mailgun",
    "sendgrid",
    "jwt",
    "ldap",
    "sentry",
    "elastic",
    "grafana",
    "wordpress",
    "keycloak",
    "oauth",
    "oauth2",
];

/// Keys of the servers' own configuration files, which carry no service word.
const SERVER_KEYS: &[(&str, Service)] = &[
    ("requirepass", Service::Redis),
    ("masterauth", Service::Redis),
    ("sentinelauthpass", Service::Redis),
    ("rediscliauth", Service::Redis),
    ("defaultpass", Service::RabbitMq),
];

/// Words that end the name of a password; then an environment's name or a number may follow.
const PASSWORDS: &[&str] = &["password", "passwd", "pass", "passphrase", "pwd", "pw", "requirepass", "masterauth"];
const AFTER: &[&str] =
    &["prod", "production", "staging", "stage", "dev", "development", "local", "default", "primary", "replica"];

/// Words after which a name is about a password and does not hold one.
const ABOUT: &[&str] = &[
    "file",
    "path",
    "env",
    "name",
    "hash",
    "hashed",
    "hashers",
    "hasher",
    "prefix",
    "length",
    "policy",
    "secretname",
    "ref",
    "arn",
    "reset",
    "required",
    "enabled",
    "min",
    "max",
    "expiry",
    "empty",
    "existing",
];

/// What a variable (or a key of a configuration file) holds by its name, when it is a password or key of one of our
/// services: `RABBITMQ_DEFAULT_PASS`, `SHOP_REDIS_PASSWORD`, `broker_password`, `requirepass`, `FLOWER_BASIC_AUTH`.
/// `POSTGRES_PASSWORD`, `SECRET_KEY` and `REDIS_PASSWORD_FILE` hold nothing of ours.
pub fn password_role(key: &str) -> Option<Role> {
    if !has_part(key, &["auth", "key", "pass", "pw"]) {
        return None;
    }
    let words = words(key);
    let whole = words.concat();
    if let Some((_, service)) = SERVER_KEYS.iter().find(|(name, _)| whole == *name) {
        return Some(Role { service: *service, kind: SecretKind::Password, with_user: false });
    }
    role_of_words(&words, &words)
}

/// The same for a key inside a file: `path` is the keys from the outside in, and the outer ones may name the service
/// (`redis.auth.password`, `rabbitmq.password`).
pub fn password_role_at<S: AsRef<str>>(path: &[S]) -> Option<Role> {
    let key = path.last()?.as_ref();
    if let Some(role) = password_role(key) {
        return Some(role);
    }
    let start = path.len().saturating_sub(4);
    let around: Vec<String> = path.iter().skip(start).flat_map(|key| words(key.as_ref())).collect();
    role_of_words(&words(key), &around)
}

/// `own` are the words of the key itself, `around` those that may name the service.
fn role_of_words(own: &[String], around: &[String]) -> Option<Role> {
    let has = |list: &[&str]| around.iter().any(|word| list.contains(&word.as_str()));
    if has(OTHERS) || own.iter().any(|word| ABOUT.contains(&word.as_str())) {
        return None;
    }
    let service = service_of(around)?;
    let service =
        if service == Service::Broker && has(&["result", "backend"]) { Service::ResultBackend } else { service };
    if service == Service::Broker && has(&["db", "database"]) {
        return None;
    }
    let kept = own.iter().rposition(|word| !is_suffix(word)).map_or(0, |last| last + 1);
    let ends: Vec<&str> = own.iter().take(kept).map(String::as_str).collect();
    let (kind, with_user) = match ends.as_slice() {
        [.., "basic", "auth"] => (SecretKind::Password, true),
        [.., "redis" | "rediscli" | "valkey", "auth"] | [.., "auth", "pass"] => (SecretKind::Password, false),
        [.., last] if PASSWORDS.contains(last) => (SecretKind::Password, false),
        [.., "secret", "access", "key"] if has(&["sqs", "broker", "celery"]) => (SecretKind::Key, false),
        _ => return None,
    };
    Some(Role { service, kind, with_user })
}

/// The most telling service word wins: the table's order, not the name's.
fn service_of(words: &[String]) -> Option<Service> {
    SERVICES.iter().find(|(name, _)| words.iter().any(|word| word == name)).map(|(_, service)| *service)
}

fn is_suffix(word: &str) -> bool {
    AFTER.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Ends of names that hold a URL of the broker or the result backend, after a word that names the service.
const URL_ENDS: &[&str] = &["url", "uri", "dsn", "dburi", "backend", "broker"];

/// Whose URL a variable or key holds by its name (`CELERY_BROKER_URL`, `SHOP_CELERY__RESULT_BACKEND`, `RABBITMQ_URL`,
/// `BROKER`): there even a URL whose scheme is not only Celery's (`postgresql://`, `mongodb://`) is one of ours.
pub fn url_role(key: &str) -> Option<Service> {
    if !has_part(key, &["api", "backend", "broker", "dsn", "ur"]) {
        return None;
    }
    let words = words(key);
    let kept = words.iter().rposition(|word| !is_suffix(word)).map_or(0, |last| last + 1);
    let words: Vec<String> = words.into_iter().take(kept).collect();
    let last = words.last()?.as_str();
    let has = |name: &str| words.iter().any(|word| word == name);
    // Flower's `broker_api`.
    let is_api = last == "api" && has("broker");
    if !(is_api || URL_ENDS.contains(&last))
        || words.iter().any(|word| ["email", "mail", "smtp", "sentry"].contains(&word.as_str()))
    {
        return None;
    }
    if has("result") && (has("backend") || has("celery")) || (last == "backend" && has("celery")) {
        return Some(Service::ResultBackend);
    }
    if is_api { Some(Service::Flower) } else { service_of(&words) }
}

/// The same for a key inside a file, whose outer keys may name the service (`celery.backendUrl`, `broker.url`).
pub fn url_role_at<S: AsRef<str>>(path: &[S]) -> Option<Service> {
    let (key, outer) = path.split_last()?;
    if let Some(service) = url_role(key.as_ref()) {
        return Some(service);
    }
    let own = words(key.as_ref());
    let outer: Vec<String> = outer.iter().rev().take(2).flat_map(|key| words(key.as_ref())).collect();
    let other = |word: &String| ["db", "database", "sentry", "cache"].contains(&word.as_str());
    let ours = outer.iter().any(|word| ["celery", "broker"].contains(&word.as_str()));
    (ours && !own.iter().chain(&outer).any(other))
        .then(|| url_role(&[&["celery".to_owned()], own.as_slice()].concat().join("_")))?
}

/// Whether one of the parts stands in a name, in any case. Most names are told apart by that, and need not be cut into words.
fn has_part(name: &str, parts: &[&str]) -> bool {
    let bytes = name.as_bytes();
    let begins = |at: usize, part: &str| {
        let part = part.as_bytes();
        // Letters of both cases are one bit apart.
        bytes[at] | 0x20 == part[0] && bytes.get(at..at + part.len()).is_some_and(|it| it.eq_ignore_ascii_case(part))
    };
    !name.is_ascii() || (0..bytes.len()).any(|at| parts.iter().any(|part| begins(at, part)))
}

/// The words of a name: cut at everything that is no letter or digit, and where a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars().take(200) {
        let cut = !c.is_alphanumeric() || (was_lower && c.is_uppercase());
        if cut && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
#[path = "env_tests.rs"]
mod tests;
