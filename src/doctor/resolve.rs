//! What a value of the model comes to in the environment that is known.

use super::environment::{Environment, Setting};
use crate::files::Need;
use crate::python::{EnvValue, Ref, Value, ValueKind};
use crate::source::{Loc, Piece, Text};

/// How deep variables may hold variables.
const MAX_DEPTH: u8 = 8;

/// What a text comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    Text {
        text: String,
        from: Vec<String>,
    },
    /// These variables are not set, and there is no default.
    Missing(Vec<String>),
    /// Why it is not known.
    Unknown(String),
}

/// A value that is no text, as far as options of connections need it.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    None,
    Bool(bool),
    Text(String),
    /// `ssl.CERT_NONE`.
    Name(String),
    Dict(Vec<(String, Plain)>),
    Unknown,
}

impl Plain {
    pub fn get(&self, key: &str) -> Option<&Plain> {
        match self {
            Self::Dict(entries) => entries.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Environment<'_> {
    /// What a text is, with its variables filled in.
    pub fn text(&self, text: &Text) -> Resolved {
        self.pieces(text, 0)
    }

    fn pieces(&self, text: &Text, depth: u8) -> Resolved {
        if depth > MAX_DEPTH {
            return Resolved::Unknown("variables that name each other".to_owned());
        }
        let mut whole = String::new();
        let mut from = Vec::new();
        for piece in &text.pieces {
            let found = match piece {
                Piece::Literal { text, .. } => Resolved::Text { text: text.clone(), from: Vec::new() },
                Piece::Env { keys, default, .. } => {
                    let default = default.as_deref().map(|text| self.pieces(text, depth + 1));
                    self.first_of(keys, false, default, depth)
                }
                Piece::Unknown { at } => {
                    let place = at.map_or_else(|| "the code".to_owned(), |at| self.place(at));
                    Resolved::Unknown(format!("{place} makes it in a way that is not followed"))
                }
            };
            match found {
                Resolved::Text { text, from: own } => {
                    whole.push_str(&text);
                    from.extend(own);
                }
                other => return other,
            }
        }
        from.dedup();
        Resolved::Text { text: whole, from }
    }

    /// The first variable that is set, or the default.
    fn first_of(&self, keys: &[String], any_case: bool, default: Option<Resolved>, depth: u8) -> Resolved {
        let Some(variable) = keys.iter().find_map(|key| self.get(key, any_case)) else {
            return default.unwrap_or_else(|| Resolved::Missing(keys.to_vec()));
        };
        match variable.value {
            Setting::Plain(text) => Resolved::Text { text, from: vec![variable.from] },
            Setting::Contradictory(places) => Resolved::Unknown(format!(
                "{} give `{}` different values; choose one with `--env-file`",
                places.join(" and "),
                keys.first().map_or("", String::as_str)
            )),
            Setting::Text(text) => match self.pieces(&text, depth + 1) {
                Resolved::Text { text, from } => {
                    Resolved::Text { text, from: [variable.from].into_iter().chain(from).collect() }
                }
                other => other,
            },
        }
    }

    /// What a value is as text; several when it is one of several. `None` has no text.
    pub fn value(&self, value: &Value) -> Vec<Resolved> {
        let texts = value.alternatives().iter().filter_map(|value| match &value.kind {
            ValueKind::None => None,
            ValueKind::Env(read) => Some(self.read(read, value.at)),
            ValueKind::Unknown | ValueKind::Made(_) | ValueKind::Instance(_) | ValueKind::Ref(_) => {
                let place = value.at.map_or_else(|| "the code".to_owned(), |at| self.place(at));
                Some(vec![Resolved::Unknown(format!("{place} makes it in a way that is not followed"))])
            }
            ValueKind::List { items, open } => Some(vec![self.list(items, *open)]),
            _ => Some(vec![self.text(&value.to_text())]),
        });
        texts.flatten().collect()
    }

    fn read(&self, read: &EnvValue, at: Option<Loc>) -> Vec<Resolved> {
        match self.first_of(&read.keys, read.ignore_case, None, 0) {
            Resolved::Missing(keys) => match &read.default {
                Some(default) => self.value(default),
                None if read.need == Need::Optional || self.is_call_of_os(read, at) => Vec::new(),
                None => vec![Resolved::Missing(keys)],
            },
            other => vec![other],
        }
    }

    /// `os.environ.get("X")` and `os.getenv("X")` give `None` where `os.environ["X"]` raises.
    fn is_call_of_os(&self, read: &EnvValue, at: Option<Loc>) -> bool {
        read.how == "os.environ" && at.is_some_and(|at| self.snippet(at).ends_with(')'))
    }

    /// Several URLs, as kombu takes them too.
    fn list(&self, items: &[Value], open: bool) -> Resolved {
        if open {
            return Resolved::Unknown("the list of URLs may hold more than is known".to_owned());
        }
        let (mut texts, mut all) = (Vec::new(), Vec::new());
        for item in items {
            match self.value(item).pop() {
                Some(Resolved::Text { text, from }) => {
                    texts.push(text);
                    all.extend(from);
                }
                Some(other) => return other,
                None => {}
            }
        }
        Resolved::Text { text: texts.join(";"), from: all }
    }

    /// A value as an option.
    pub fn plain(&self, value: &Value) -> Plain {
        self.option(value, 0)
    }

    fn option(&self, value: &Value, depth: u8) -> Plain {
        match &value.kind {
            ValueKind::None => Plain::None,
            ValueKind::Bool(boolean) => Plain::Bool(*boolean),
            ValueKind::Ref(Ref::External(path)) => Plain::Name(path.clone()),
            ValueKind::Dict(dict) if !dict.open && depth < MAX_DEPTH => {
                let entry = |(key, value): &(Value, Value)| Some((key.as_literal()?, self.option(value, depth + 1)));
                dict.entries.iter().map(entry).collect::<Option<_>>().map_or(Plain::Unknown, Plain::Dict)
            }
            ValueKind::Text(_) | ValueKind::Int(_) | ValueKind::Env(_) => match self.value(value).as_slice() {
                [Resolved::Text { text, .. }] => Plain::Text(text.clone()),
                [] => Plain::None,
                _ => Plain::Unknown,
            },
            _ => Plain::Unknown,
        }
    }
}
