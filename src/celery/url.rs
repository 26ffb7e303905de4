//! The URL grammar of every transport and backend: where in a URL a credential stands.
//!
//! kombu reads a URL as `urllib` reads an HTTP one: the user information ends at the last `@` of the authority, the first
//! `:` divides user and password, both percent-encoded. The Azure transports, connection strings, failover lists and
//! query parameters differ and are read in their own way. A raw `/`, `?` or `#` in a password breaks the URL for kombu,
//! but the password is written down all the same.

use std::ops::Range;

use percent_encoding::percent_decode_str;

use super::placeholder::is_placeholder;
pub use super::scheme::{SchemeClass, class_of};
use super::secret::{Grade, GradeContext, SecretKind, grade};
use super::transports::base_scheme;
use super::url_scan::{Flat, UNKNOWN};
use crate::source::{Loc, Text};

/// A value in the place of a URL's password (or key), of any grade.
#[derive(Debug, Clone, PartialEq)]
pub struct UrlSecret {
    /// Lower case, composites whole (`db+postgresql`); empty when it is not known.
    pub scheme: String,
    /// As written; none when there is none or it is not known.
    pub user: Option<String>,
    /// The first host, without port and brackets; empty when the URL has none, none when it is not known.
    pub host: Option<String>,
    /// As written in the URL, percent-encoding and all.
    pub value: String,
    /// The characters of the value only; several places when it is written in parts.
    pub at: Vec<Loc>,
    pub kind: SecretKind,
    pub grade: Grade,
    /// The whole URL (one of a failover list), piece by piece.
    pub whole: Vec<Loc>,
    /// The value is the default of an environment read.
    pub in_default: bool,
}

/// In these URLs a `;` does not divide a failover list.
const UNDIVIDED: &[&str] =
    &["azureblockblob", "azureservicebus", "azurestoragequeues", "db", "database", "sqla", "sqlalchemy"];
/// Whose password is an access key.
const KEYED: &[&str] = &["sqs", "slmq", "dynamodb", "azureservicebus", "azurestoragequeues", "cosmosdbsql"];
/// Query parameters that hold a password.
const QUERY_PASSWORDS: &[&str] =
    &["password", "passwd", "pwd", "sasl_password", "secret_access_key", "aws_secret_access_key"];

/// The class of the URL's scheme; none when the text does not begin like a URL whose scheme is known.
pub fn scheme_of(text: &Text) -> Option<SchemeClass> {
    scheme_name(text).map(|scheme| class_of(&scheme))
}

/// The scheme of the (first) URL in lower case, when it is known.
pub fn scheme_name(text: &Text) -> Option<String> {
    let flat = Flat::new(text);
    let start = flat.text.find(|c: char| c != ';' && !c.is_whitespace())?;
    scheme_at(&flat, start).map(|(scheme, _)| scheme).filter(|scheme| !scheme.is_empty())
}

/// Every value in the place of a password or key, in order. Parts that are not known are never guessed: a password that
/// contains one is not reported.
pub fn secrets(text: &Text) -> Vec<UrlSecret> {
    let flat = Flat::new(text);
    let mut found = Vec::new();
    let mut scheme = String::new();
    for range in elements(&flat) {
        let mut rest = range.clone();
        if let Some((own, start)) = scheme_at(&flat, range.start) {
            scheme = own;
            rest.start = start;
        } else if range.start == 0 || scheme.is_empty() {
            connection_string(&Element { flat: &flat, whole: &range, scheme: "" }, &range, &mut found);
            continue;
        }
        element(&Element { flat: &flat, whole: &range, scheme: &scheme }, rest, &mut found);
    }
    found
}

/// One URL of a list.
struct Element<'a> {
    flat: &'a Flat,
    whole: &'a Range<usize>,
    scheme: &'a str,
}

/// The URLs of a failover list: `a;b`, where all but the first may lack a scheme.
fn elements(flat: &Flat) -> Vec<Range<usize>> {
    let text = flat.text.as_str();
    let end = text.trim_end().len();
    let start = text.len() - text.trim_start().len();
    if start >= end {
        return Vec::new();
    }
    let first = text.get(start..end).map_or(start, |body| start + body.len() - body.trim_start_matches(';').len());
    let undivided = match scheme_at(flat, first) {
        Some((scheme, _)) => UNDIVIDED.contains(&base_scheme(&scheme)),
        None => true,
    };
    let mut parts = Vec::new();
    let mut from = start;
    // Set while the list is inside a password that holds a raw `;`: the offset that was looked at last.
    let mut inside: Option<usize> = None;
    for (at, _) in text.match_indices(';').filter(|(at, _)| (start..end).contains(at)) {
        let scheme_follows = scheme_at(flat, at + 1).is_some();
        let in_password = match inside {
            Some(seen) => !text.get(seen..at).is_some_and(|part| part.contains('@')),
            None => !undivided && is_open_password(flat, from..at),
        };
        inside = (in_password && !scheme_follows).then_some(at);
        if scheme_follows || !(undivided || in_password) {
            parts.push(from..at);
            from = at + 1;
        }
    }
    parts.push(from..end);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether a URL that is cut at the end of `range` stops amid its user information.
fn is_open_password(flat: &Flat, range: Range<usize>) -> bool {
    let Some((_, rest)) = scheme_at(flat, range.start) else { return false };
    let body = flat.slice(&(rest..range.end.max(rest)));
    let authority = body.split(['/', '?', '#']).next().unwrap_or(body);
    !body.contains('@') && !authority.split(',').all(is_host_and_port)
}

/// The scheme at an offset, in lower case (empty when a part of it is not known), and where the rest begins.
fn scheme_at(flat: &Flat, start: usize) -> Option<(String, usize)> {
    let rest = flat.text.get(start..)?;
    let rest_start = start + rest.len() - rest.trim_start().len();
    let rest = flat.text.get(rest_start..)?;
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | UNKNOWN)))?;
    let (scheme, after) = rest.split_at(length);
    if scheme.is_empty() || !after.starts_with("://") {
        return None;
    }
    let known = flat.known(&(rest_start..rest_start + length)).map(str::to_ascii_lowercase);
    Some((known.unwrap_or_default(), rest_start + length + 3))
}

fn element(element: &Element<'_>, rest: Range<usize>, found: &mut Vec<UrlSecret>) {
    match base_scheme(element.scheme) {
        "azureblockblob" => connection_string(element, &rest, found),
        "azureservicebus" | "azurestoragequeues" => azure(element, &rest, found),
        _ => generic(element, &rest, found),
    }
}

/// `[user][:password]@host…` and query parameters.
fn generic(element: &Element<'_>, rest: &Range<usize>, found: &mut Vec<UrlSecret>) {
    let body = element.flat.slice(rest);
    let at = user_info_end(body);
    if let Some(at) = at {
        let host_start = rest.start + at + 1;
        let info = body.get(..at).unwrap_or("");
        if let Some(colon) = info.find(':').filter(|colon| info.get(..*colon).is_some_and(is_balanced)) {
            let user = rest.start..rest.start + colon;
            let value = rest.start + colon + 1..rest.start + at;
            push(element, Some(user), value, Some(host_start..rest.end), found);
        }
    }
    query(element, rest.start + at.unwrap_or(0)..rest.end, found);
}

/// Whether no template bracket is left open, so that a `:` after the text is the URL's own.
fn is_balanced(text: &str) -> bool {
    [("{{", "}}"), ("${", "}"), ("$(", ")"), ("<", ">")].iter().all(|(open, close)| match text.rfind(open) {
        Some(at) => text.get(at..).is_some_and(|rest| rest.contains(close)),
        None => true,
    })
}

/// Where the user information ends, as an offset of its `@`.
fn user_info_end(body: &str) -> Option<usize> {
    let cut = body.find(['/', '?', '#']).unwrap_or(body.len());
    let (authority, rest) = body.split_at(cut);
    if let Some(at) = authority.rfind('@') {
        return Some(at);
    }
    if rest.is_empty() || !authority.contains(':') || authority.split(',').all(is_host_and_port) {
        return None;
    }
    // A raw `/`, `?` or `#` in the password: the user information goes on to the `@` behind it.
    let first = cut + rest.find('@')?;
    let tail = body.get(first..)?;
    let end = tail.find(['/', '?', '#']).unwrap_or(tail.len());
    tail.get(..end)?.rfind('@').map(|last| first + last)
}

/// `host`, `host:6379`, `[::1]:6379`, `{host}:{port}`.
fn is_host_and_port(part: &str) -> bool {
    if part.starts_with('[') {
        return true;
    }
    match part.rsplit_once(':') {
        None => true,
        Some((_, port)) => {
            port.bytes().all(|byte| byte.is_ascii_digit())
                || port.contains(UNKNOWN)
                || port.starts_with('$')
                || is_placeholder(port)
        }
    }
}

/// `policy:key@namespace` and `key@https://account…`: the key may hold `/` and `:`, so the last `@` divides.
fn azure(element: &Element<'_>, rest: &Range<usize>, found: &mut Vec<UrlSecret>) {
    let body = element.flat.slice(rest);
    let Some(at) = body.rfind('@') else { return connection_string(element, rest, found) };
    let value_end = rest.start + at;
    let host = Some(rest.start + at + 1..rest.end);
    let info = body.get(..at).unwrap_or("");
    match info.find(':') {
        // A storage account's key stands alone; `:key` is how old releases wrote it.
        Some(colon) if colon == 0 || element.scheme == "azureservicebus" => {
            push(element, Some(rest.start..rest.start + colon), rest.start + colon + 1..value_end, host, found);
        }
        _ => push(element, None, rest.start..value_end, host, found),
    }
}

/// Keys of connection strings that hold a secret, and keys that show that a text is one.
const STRING_SECRETS: &[&str] = &["accountkey", "sharedaccesskey", "sharedaccesssignature", "password", "pwd"];
const STRING_KEYS: &[&str] = &[
    "accountname",
    "defaultendpointsprotocol",
    "endpoint",
    "blobendpoint",
    "queueendpoint",
    "endpointsuffix",
    "sharedaccesskeyname",
    "host",
    "dbname",
    "server",
    "driver",
    "user",
];

/// `AccountName=…;AccountKey=…` and libpq's `host=… password=…`.
fn connection_string(element: &Element<'_>, rest: &Range<usize>, found: &mut Vec<UrlSecret>) {
    let body = element.flat.slice(rest);
    let divider = if body.contains(';') { ';' } else { ' ' };
    let mut pairs = Vec::new();
    let mut from = 0;
    for part in body.split(divider) {
        if let Some((key, _)) = part.split_once('=') {
            pairs.push((key.trim().to_ascii_lowercase(), from + key.len() + 1..from + part.trim_end().len()));
        }
        from += part.len() + divider.len_utf8();
    }
    if !pairs.iter().any(|(key, _)| STRING_KEYS.contains(&key.as_str())) {
        return;
    }
    for (key, value) in pairs {
        if STRING_SECRETS.contains(&key.as_str()) {
            push(element, None, rest.start + value.start..rest.start + value.end, None, found);
        }
    }
}

/// `?password=…`, and the percent-encoded ODBC string of `?odbc_connect=…`.
fn query(element: &Element<'_>, rest: Range<usize>, found: &mut Vec<UrlSecret>) {
    let body = element.flat.slice(&rest);
    let Some(mark) = body.find('?') else { return };
    let end = body.find('#').filter(|end| *end > mark).unwrap_or(body.len());
    let mut from = mark + 1;
    for part in body.get(from..end).unwrap_or("").split('&') {
        if let Some((key, value)) = part.split_once('=') {
            let start = rest.start + from + key.len() + 1;
            if QUERY_PASSWORDS.iter().any(|name| key.eq_ignore_ascii_case(name)) {
                push(element, None, start..start + value.len(), None, found);
            } else if let Some(inner) = key.eq_ignore_ascii_case("odbc_connect").then(|| odbc_password(value)).flatten()
            {
                push(element, None, start + inner.start..start + inner.end, None, found);
            }
        }
        from += part.len() + 1;
    }
}

fn odbc_password(value: &str) -> Option<Range<usize>> {
    let lower = value.to_ascii_lowercase();
    let start = ["pwd%3d", "pwd=", "password%3d"].iter().find_map(|key| lower.find(key).map(|at| at + key.len()))?;
    let rest = lower.get(start..)?;
    let end = rest.find("%3b").or_else(|| rest.find(';')).unwrap_or(rest.len());
    Some(start..start + end)
}

/// Adds one value, unless it is empty or not wholly known.
fn push(
    element: &Element<'_>,
    user: Option<Range<usize>>,
    value: Range<usize>,
    host: Option<Range<usize>>,
    found: &mut Vec<UrlSecret>,
) {
    let flat = element.flat;
    let Some(written) = flat.known(&value).filter(|written| !written.is_empty()) else { return };
    let user = user.and_then(|range| flat.known(&range)).filter(|user| !user.is_empty()).map(str::to_owned);
    let host = host.and_then(|range| first_host(flat, &range));
    let decoded = percent_decode_str(written).decode_utf8_lossy();
    let context = GradeContext { user: user.as_deref(), host: host.as_deref(), scheme: Some(element.scheme) };
    let base = base_scheme(element.scheme);
    let keyed = KEYED.contains(&base) || base.is_empty() && user.is_none() && host.is_none();
    found.push(UrlSecret {
        scheme: element.scheme.to_owned(),
        grade: grade(&decoded, context),
        value: written.to_owned(),
        at: flat.places(&value),
        kind: if keyed || base == "azureblockblob" { SecretKind::Key } else { SecretKind::UrlPassword },
        whole: flat.places(element.whole),
        in_default: flat.is_default(&value),
        user,
        host,
    });
}

/// The first host after the `@`, without port and brackets.
fn first_host(flat: &Flat, range: &Range<usize>) -> Option<String> {
    let body = flat.slice(range);
    let end = match body.strip_prefix('[').and_then(|inner| inner.find(']')) {
        Some(close) => close + 2,
        None => body.find(['/', '?', '#', ':', ',', ';']).unwrap_or(body.len()),
    };
    let host = flat.known(&(range.start..range.start + end))?;
    Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
