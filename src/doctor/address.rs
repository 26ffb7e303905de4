//! A connection URL taken apart as kombu does (`kombu/utils/url.py`), and shown without its password.

use percent_encoding::percent_decode_str;

use crate::celery::backends::is_known;
use crate::celery::transports::base_scheme;
use crate::celery::url::secrets;
use crate::source::{FileId, Loc, Span, Text};

/// What stands for a password.
const HIDDEN: &str = "••••";

/// The parts of a URL, decoded.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Lower case, composites whole.
    pub scheme: String,
    pub user: Option<String>,
    pub password: Option<String>,
    pub host: Option<String>,
    pub port: Option<u16>,
    /// Without its first `/`; none when it is empty.
    pub path: Option<String>,
    pub query: Vec<(String, String)>,
}

/// Why a URL has no parts, in the words of Python's `urllib`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("ValueError: Port could not be cast to integer value")]
    PortNoNumber,
    #[error("ValueError: Port out of range 0-65535")]
    PortOutOfRange,
    #[error("ValueError: Invalid IPv6 URL")]
    Brackets,
}

impl Address {
    /// Reads `scheme://user:password@host:port/path?query#…` as `urllib` reads an HTTP URL.
    ///
    /// # Errors
    /// Where `urllib` raises a `ValueError`.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = url.trim().split_once("://").unwrap_or(("", url.trim()));
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (info, server) = match authority.rsplit_once('@') {
            Some((info, server)) => (Some(info), server),
            None => (None, authority),
        };
        let (user, password) = match info.map(|info| info.split_once(':').unwrap_or((info, ""))) {
            Some((user, password)) => (decoded(user), decoded(password)),
            None => (None, None),
        };
        let (host, port) = server_of(server)?;
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            user,
            password,
            host: decoded(&host.to_lowercase()),
            port,
            path: decoded(path),
            query: query.split('&').filter_map(pair).collect(),
        })
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The part of the scheme before the `+`.
    pub fn base(&self) -> &str {
        base_scheme(&self.scheme)
    }
}

/// `host`, `host:port`, `[::1]:port`.
fn server_of(server: &str) -> Result<(&str, Option<u16>), AddressError> {
    let (host, port) = match server.strip_prefix('[') {
        Some(inner) => {
            let (host, behind) = inner.split_once(']').ok_or(AddressError::Brackets)?;
            (host, behind.strip_prefix(':').unwrap_or_default())
        }
        None => server.split_once(':').unwrap_or((server, "")),
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AddressError::PortNoNumber);
    }
    port.parse().map(|port| (host, Some(port))).map_err(|_| AddressError::PortOutOfRange)
}

fn decoded(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| percent_decode_str(text).decode_utf8_lossy().into_owned())
}

fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    let value = value.replace('+', " ");
    Some((decoded(key)?, decoded(&value)?))
}

/// The URL as it may be shown.
pub fn shown(url: &str) -> String {
    let mut shown = String::new();
    let mut from = 0;
    for place in places(url) {
        if place.start >= from {
            shown.push_str(url.get(from..place.start).unwrap_or_default());
            shown.push_str(HIDDEN);
            from = place.end;
        }
    }
    shown.push_str(url.get(from..).unwrap_or_default());
    shown
}

/// Where the passwords and keys of a URL stand in it. What is no URL and no name of a backend might be anything.
fn places(url: &str) -> Vec<std::ops::Range<usize>> {
    if !url.contains("://") && !is_known(url.trim().trim_end_matches(':')) {
        let whole = 0..url.len();
        return vec![whole];
    }
    let whole = Loc::new(FileId(0), Span::of(0, url.len()));
    let found = secrets(&Text::literal(url, whole));
    let mut places: Vec<_> = found.iter().flat_map(|secret| &secret.at).map(|at| at.span.range()).collect();
    places.extend(lone_user(url));
    places.sort_by_key(|place| place.start);
    places
}

/// Whose users are nothing to hide. Elsewhere what stands alone before the `@` may well be a password in the wrong place.
const WITH_USERS: &[&str] = &["amqp", "amqps", "pyamqp", "db", "database", "sqla", "sqlalchemy"];

/// `secret` of `redis://secret@host`.
fn lone_user(url: &str) -> Option<std::ops::Range<usize>> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (info, _) = authority.rsplit_once('@')?;
    let start = scheme.len() + "://".len();
    let hidden = !info.is_empty() && !info.contains(':') && !WITH_USERS.contains(&base_scheme(scheme.trim()));
    hidden.then(|| start..start + info.len())
}

/// Hides passwords in what servers and the system say.
#[derive(Clone, Default)]
pub struct Hider {
    secrets: Vec<String>,
}

impl Hider {
    pub fn of(url: &str) -> Self {
        let mut hider = Self::default();
        for place in places(url) {
            let Some(written) = url.get(place) else { continue };
            hider.add(written);
            hider.add(&percent_decode_str(written).decode_utf8_lossy());
        }
        hider
    }

    pub fn add(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(secret.to_owned());
            self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// A text of others on one line, without the passwords and not longer than anybody reads.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret, HIDDEN);
        }
        let text: String = text.chars().take(MAX_CHARS).collect();
        crate::report::clean(text.trim())
    }
}

impl Hider {
    /// The last net, over words of our own: whatever looks like a password there is hidden, unless it is too short to tell.
    pub fn net(&self, text: &mut String) {
        for secret in self.secrets.iter().filter(|secret| secret.chars().count() >= LONG) {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret, HIDDEN);
            }
        }
    }
}

/// Characters from which on a password cannot be a common word of a message (`guest`, `redis`).
const LONG: usize = 6;

/// Characters of a server's message that are shown.
const MAX_CHARS: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> String {
        let Address { user, password, host, port, path, .. } = Address::parse(url).unwrap();
        let port = port.map(|port| port.to_string());
        [user, password, host, port, path].map(|part| part.unwrap_or("-".to_owned())).join(" ")
    }

    #[test]
    fn urls_are_read_as_kombu_reads_them() {
        for (url, expected) in [
            ("redis://", "- - - - -"),
            ("redis://:p%40ss@Host:1/2", "- p@ss host 1 2"),
            ("amqp://u:p@h//", "u p h - /"),
            ("amqp://u@[::1]:5/%2Fv", "u - ::1 5 /v"),
            ("redis://a@b:c@h/", "a@b c h - -"),
        ] {
            assert_eq!(parts(url), expected, "{url}");
        }
        let query = Address::parse("rediss://h/0?ssl_cert_reqs=none&a=b+c#x").unwrap();
        assert_eq!((query.query("ssl_cert_reqs"), query.query("a")), (Some("none"), Some("b c")));
    }

    #[test]
    fn what_urllib_refuses_is_refused() {
        assert_eq!(Address::parse("redis://h:port").err(), Some(AddressError::PortNoNumber));
        assert_eq!(Address::parse("redis://h:70000").err(), Some(AddressError::PortOutOfRange));
        assert_eq!(Address::parse("redis://[::1").err(), Some(AddressError::Brackets));
        // A raw `/` in the password.
        assert_eq!(Address::parse("redis://:pa/ss@h:1").err(), Some(AddressError::PortNoNumber));
    }

    #[test]
    fn no_password_is_shown() {
        for (url, expected) in [
            ("redis://:secret@h:1/0", "redis://:••••@h:1/0"),
            ("amqp://u:pa/ss@h//", "amqp://u:••••@h//"),
            ("redis://h:6379/0", "redis://h:6379/0"),
            ("redis://secret@h/0", "redis://••••@h/0"),
            ("amqp://user@h//", "amqp://user@h//"),
            ("redis://h?password=secret", "redis://h?password=••••"),
            ("amqp://a:b@x;amqp://c:d@y", "amqp://a:••••@x;amqp://c:••••@y"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn what_others_say_holds_no_password() {
        let hider = Hider::of("redis://:p%40ss@h");
        assert_eq!(hider.text("bad p@ss or p%40ss\nno"), "bad •••• or •••• no");
    }
}
