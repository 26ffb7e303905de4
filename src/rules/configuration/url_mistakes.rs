//! What can be wrong with the URL of a broker or a result backend. Every answer was seen in the real packages, with all
//! drivers installed (`Celery(backend=…).backend`, `Celery(broker=…).connection().info()`).

use super::urls::{Side, Written};
use crate::celery::release::Releases;
use crate::celery::url_scan::UNKNOWN;
use crate::celery::{backends, transports};

/// What is wrong, in words that follow "The broker URL …", and what is to be done.
#[derive(Debug, PartialEq)]
pub struct Mistake {
    pub message: String,
    pub happens: String,
    pub help: String,
    /// What is missing in front.
    pub prefix: Option<&'static str>,
}

impl Mistake {
    fn new(message: impl Into<String>, happens: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), happens: happens.into(), help: help.into(), prefix: None }
    }
}

/// SQLAlchemy's dialects, which Celery wants behind `db+` or `sqla+`.
const DATABASES: &[&str] = &["postgresql", "postgres", "mysql", "mariadb", "sqlite", "oracle", "mssql", "cockroachdb"];
const NO_START: &str = "neither sending a task nor starting a worker works";

/// The mistake of a URL that cannot work in any release that the project may have.
pub fn of(url: &Written<'_>, releases: Releases) -> Option<Mistake> {
    let text = url.text().trim();
    if text.is_empty() {
        return None;
    }
    match url.scheme() {
        Some(scheme) => match url.side {
            Side::Broker => broker_scheme(scheme),
            Side::Backend => backend_scheme(scheme, releases),
        }
        .or_else(|| authority(text, scheme)),
        None if text.contains("://") => None,
        None => match url.side {
            Side::Broker => bare_broker(text),
            Side::Backend => bare_backend(text),
        },
    }
}

fn broker_scheme(scheme: &str) -> Option<Mistake> {
    let base = transports::base_scheme(scheme).to_ascii_lowercase();
    if transports::by_scheme(scheme).is_some() {
        return None;
    }
    let happens = format!("`No such transport: {base}` when a task is sent or a worker starts");
    Some(if DATABASES.contains(&base.as_str()) || base == "db" || base == "database" {
        Mistake::new("is the URL of a database", happens, "Use a message broker, or write `sqla+` in front")
    } else if backends::is_known(scheme) {
        Mistake::new(format!("has the scheme `{base}` of a result backend"), happens, "Use the URL of a message broker")
    } else {
        Mistake::new(
            format!("has the unknown scheme `{}`", short(&base)),
            happens,
            "Use a transport of kombu, such as `amqp://` or `redis://`",
        )
    })
}

fn backend_scheme(scheme: &str, releases: Releases) -> Option<Mistake> {
    let base = transports::base_scheme(scheme);
    let known = backends::all().iter().find(|backend| backend.alias == base);
    if let Some(backend) = known {
        // Up to 5.2 `amqp` was in the list, though its module was gone.
        return backend.usable().intersection(releases).is_empty().then(|| {
            let happens = "Celery has no module for it any more";
            Mistake::new(
                format!("`{base}` was removed from Celery"),
                happens,
                "Use another backend, such as `rpc://` or `redis://`",
            )
        });
    }
    if backends::PLUGINS.iter().any(|(alias, _)| *alias == base) || base.contains('.') {
        return None;
    }
    let lower = base.to_ascii_lowercase();
    let happens = format!("`No module named '{}'`: {NO_START}", short(base));
    if DATABASES.contains(&lower.as_str()) {
        let mistake = Mistake::new("needs `db+` in front of the database's URL", happens, "Write `db+` in front");
        return Some(Mistake { prefix: Some("db+"), ..mistake });
    }
    Some(match lower.as_str() {
        "memory" => {
            Mistake::new("`memory://` does not exist", happens, "Use `cache+memory://`, which only one process can see")
        }
        "amqps" | "pyamqp" => Mistake::new(format!("has the scheme `{base}` of a broker"), happens, "Use `rpc://`"),
        _ if transports::by_scheme(base).is_some() && base == lower => {
            Mistake::new(format!("has the scheme `{base}` of a broker"), happens, "Use the URL of a result backend")
        }
        _ if backends::is_known(&lower) => {
            Mistake::new("has capital letters in its scheme", happens, "Write the scheme in lower case")
        }
        "valkey" | "valkeys" => return None,
        _ => Mistake::new(
            format!("has the unknown scheme `{}`", short(base)),
            happens,
            "Use a backend of Celery, such as `redis://` or `rpc://`",
        ),
    })
}

/// The port of the one host, and what a raw `/`, `?` or `#` in a password makes of it.
fn authority(text: &str, scheme: &str) -> Option<Mistake> {
    let read = ["amqp", "amqps", "pyamqp", "redis", "rediss"];
    let rest = text.get(scheme.len() + 3..)?;
    if !read.contains(&scheme.to_ascii_lowercase().as_str()) || rest.contains([';', UNKNOWN, '{', '$', '<', '%']) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (before, after) = rest.split_at(end);
    let host = before.rsplit('@').next()?;
    if host.starts_with('[') {
        return None;
    }
    let (_, port) = host.rsplit_once(':')?;
    let happens = "`Port could not be cast to integer value` when it is used";
    if port.is_empty() {
        return None;
    }
    match port.parse::<u32>() {
        Ok(0..=65535) => None,
        Ok(_) => Some(Mistake::new(
            "has a port above 65535",
            "`Port out of range 0-65535` when it is used",
            "Correct the port",
        )),
        Err(_) if !before.contains('@') && after.contains('@') => Some(Mistake::new(
            "has a raw `/`, `?` or `#` in its password",
            "the URL ends there, and the rest of the password is taken for a port",
            "Write the password percent-encoded: `%2F`, `%3F`, `%23`",
        )),
        Err(_) => Some(Mistake::new("has a port that is no number", happens, "Write the port as a number")),
    }
}

/// Without `://` the whole text is the name of a RabbitMQ host.
fn bare_broker(text: &str) -> Option<Mistake> {
    let (host, port) = text.split_once(':')?;
    let (port, _) = port.split_once('/').unwrap_or((port, ""));
    let named = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (named && number).then(|| {
        let happens = "the whole of it is taken for the name of a RabbitMQ host";
        let mistake =
            Mistake::new("has no scheme", happens, "Write the scheme, such as `redis://` or `amqp://`, in front");
        Mistake { prefix: (port == "6379").then_some("redis://"), ..mistake }
    })
}

fn bare_backend(text: &str) -> Option<Mistake> {
    let happens = |name: &str| format!("`No module named '{}'`: {NO_START}", short(name));
    if let Some(mistake) = bare_broker(text) {
        let name = text.split([':', '.']).next().unwrap_or_default();
        return Some(Mistake { happens: happens(name), ..mistake });
    }
    match text {
        "amqp" => {
            Some(Mistake::new("`amqp` was removed from Celery", "Celery has no module for it any more", "Use `rpc://`"))
        }
        "localhost" => Some(Mistake::new("has no scheme", happens(text), "Write a URL, such as `redis://localhost`")),
        _ => None,
    }
}

/// A name for messages.
fn short(name: &str) -> &str {
    name.get(..24).unwrap_or(name)
}
