//! Values that are words of everyday use, and the positions in which even they are secret.

use std::ops::Range;

/// Words that anybody would guess. They are hidden at their places and wherever a password stands; hiding them wherever
/// they occur would hide `redis://` and `celery -A`, and so tell what the password is.
static WELL_KNOWN: &[&str] = &[
    "admin",
    "administrator",
    "airflow",
    "amqp",
    "backend",
    "beat",
    "broker",
    "celery",
    "changeme",
    "default",
    "demo",
    "development",
    "django",
    "docker",
    "example",
    "false",
    "flask",
    "flower",
    "guest",
    "http",
    "https",
    "local",
    "localhost",
    "mongo",
    "mongodb",
    "mysql",
    "none",
    "null",
    "pass",
    "passwd",
    "password",
    "postgres",
    "postgresql",
    "production",
    "python",
    "queue",
    "rabbit",
    "rabbitmq",
    "redis",
    "result",
    "root",
    "secret",
    "server",
    "task",
    "tasks",
    "test",
    "testing",
    "token",
    "true",
    "user",
    "username",
    "worker",
];

pub fn is_well_known(value: &str) -> bool {
    WELL_KNOWN.contains(&value.to_ascii_lowercase().as_str())
}

/// Whether a word stands where a password does: `:word@` in a URL, `=word` or `="word"` and nothing after it.
pub fn is_password(text: &str, word: &Range<usize>) -> bool {
    let (before, after) = (&text[..word.start], text[word.end..].chars().next());
    let assigned =
        before.ends_with('=') || before.strip_suffix(['"', '\'']).is_some_and(|it| it.trim_end().ends_with('='));
    let ends = after.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '&' | ';' | ','));
    (before.ends_with(':') && after == Some('@')) || (assigned && ends)
}
