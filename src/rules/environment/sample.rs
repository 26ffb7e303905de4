//! What a template shows for a key: a placeholder fit for its kind, and a comment that says where it is read.

use crate::project::Project;
use crate::project::environment::coverage::Undocumented;

/// Ends of names and what a template shows for them; the first that fits counts.
const SAMPLES: &[(&[&str], &str)] = &[
    (&["RESULT_BACKEND", "RESULT_BACKEND_URL", "RESULT_DSN", "BACKEND_URL"], "redis://localhost:6379/1"),
    (&["AMQP_URL", "RABBITMQ_URL", "RABBIT_URL"], "amqp://localhost:5672//"),
    (
        &["BROKER_URL", "BROKER", "REDIS_URL", "REDIS_URI", "REDIS_DSN", "CACHE_URL", "BROKER_DSN"],
        "redis://localhost:6379/0",
    ),
    (&["DATABASE_URL", "DATABASE_URI", "DB_URL", "POSTGRES_URL", "DATABASE_DSN"], "postgres://localhost:5432/app"),
    (&["REDIS_HOST", "RABBITMQ_HOST", "BROKER_HOST", "DB_HOST", "DATABASE_HOST", "POSTGRES_HOST"], "localhost"),
    (&["REDIS_PORT"], "6379"),
    (&["RABBITMQ_PORT", "AMQP_PORT"], "5672"),
    (&["POSTGRES_PORT", "DB_PORT"], "5432"),
];

/// Ends of names that hold something secret: their value is never copied from the code.
const SECRETS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PWD",
    "SECRET",
    "SECRET_KEY",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
    "CREDENTIALS",
    "KEY",
    "AUTH",
    "SALT",
    "SIGNATURE",
    "PASSPHRASE",
];

/// The lines that document a key: a comment and the assignment. A key that the code has a default for is commented out,
/// so that a copy of the template changes nothing. The comment names the key: fixes of several findings drop lines that are the
/// same, and a comment must not lose its key.
pub fn lines(project: &Project, key: &Undocumented) -> String {
    let path = project.sources.path(key.at().file);
    let (name, value) = (key.name, value(key));
    if key.is_required() {
        format!("# {name}: read in {path}\n{name}={value}\n")
    } else {
        let why = if key.has_default() { "has a default" } else { "works without it" };
        format!("# {name}: read in {path}, which {why}\n# {name}={value}\n")
    }
}

fn value(key: &Undocumented) -> String {
    let name = key.name.to_ascii_uppercase();
    if SECRETS.iter().any(|secret| ends_with_word(&name, secret)) {
        return "change-me".to_owned();
    }
    if let Some(default) = key.default().filter(|default| is_plain(default)) {
        return default.to_owned();
    }
    let sample = SAMPLES.iter().find(|(ends, _)| ends.iter().any(|end| ends_with_word(&name, end)));
    sample.map_or(String::new(), |(_, value)| (*value).to_owned())
}

fn ends_with_word(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
}

/// Whether a default can stand in an env file as it is, and surely holds no credential.
fn is_plain(default: &str) -> bool {
    default.len() <= 80
        && !default.contains('@')
        && default.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:,+*".contains(&byte))
        && !has_long_token(default)
}

/// A long run of letters and digits mixed may be a key.
fn has_long_token(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        word.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
    })
}
