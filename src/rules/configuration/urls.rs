//! The URLs of brokers and result backends that a configuration writes down, without showing their secrets.

use crate::celery::transports::base_scheme;
use crate::celery::url_scan::{Flat, UNKNOWN};
use crate::project::{Project, Setting, production};
use crate::python::{Value, ValueKind};
use crate::source::{Loc, Text};

/// What a URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Broker,
    Backend,
}

/// One way that a URL setting can be, with the defaults of environment reads in their places.
pub struct Written<'p> {
    pub setting: &'p Setting,
    pub side: Side,
    /// The text; parts that are not known are [`UNKNOWN`]. It may hold a password: never show it.
    text: String,
    /// The whole value, where it is written.
    pub at: Loc,
    flat: Flat,
}

const BROKERS: &[&str] = &["broker_url", "broker_read_url", "broker_write_url"];

/// Every URL that surely reaches Celery, each place once.
pub fn written(project: &Project) -> Vec<Written<'_>> {
    let mut found: Vec<Written<'_>> = Vec::new();
    for setting in production::settings(project) {
        let side = match setting.name.as_str() {
            "result_backend" => Side::Backend,
            name if BROKERS.contains(&name) => Side::Broker,
            _ => continue,
        };
        for value in setting.value.alternatives() {
            for value in parts(value) {
                let Some(url) = of_value(setting, side, value) else { continue };
                if !found.iter().any(|known| known.at == url.at && known.side == side) {
                    found.push(url);
                }
            }
        }
    }
    found
}

/// The items of a failover list.
fn parts(value: &Value) -> &[Value] {
    match &value.kind {
        ValueKind::List { items, .. } => items,
        _ => std::slice::from_ref(value),
    }
}

fn of_value<'p>(setting: &'p Setting, side: Side, value: &Value) -> Option<Written<'p>> {
    let text: Text = match &value.kind {
        ValueKind::Text(text) => text.clone(),
        ValueKind::Env(_) => value.to_text(),
        _ => return None,
    };
    let flat = Flat::new(&text);
    let is_default = matches!(value.kind, ValueKind::Env(_));
    let at = match (is_default, flat.places(&(0..flat.text.len())).as_slice()) {
        (true, [only]) => *only,
        (true, _) => return None,
        (false, _) => value.at?,
    };
    Some(Written { setting, side, text: flat.text.clone(), at, flat })
}

impl Written<'_> {
    /// The text; parts that are not known are [`UNKNOWN`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether every character is known.
    pub fn is_known(&self) -> bool {
        !self.text.contains(UNKNOWN)
    }

    /// The scheme as written, when it is known: what stands before `://`.
    pub fn scheme(&self) -> Option<&str> {
        let (scheme, _) = self.text.trim().split_once("://")?;
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
        (!scheme.is_empty() && scheme.chars().all(known)).then_some(scheme)
    }

    /// The scheme before the first `+`, in lower case.
    pub fn base(&self) -> Option<String> {
        self.scheme().map(|scheme| base_scheme(scheme).to_ascii_lowercase())
    }

    /// A parameter of the query, when it is known.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.text.split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Where a part of the text stands, when it is in one piece and written as it is.
    pub fn place(&self, range: std::ops::Range<usize>) -> Option<Loc> {
        match self.flat.places(&range).as_slice() {
            [only] if only.span.len() as usize == range.len() => Some(*only),
            _ => None,
        }
    }
}
