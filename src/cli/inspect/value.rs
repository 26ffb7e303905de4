//! What a setting's value shows of itself: its kind, and the value only where it can be no secret or its secret is masked.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

use crate::celery::secret_paths::{Carries, carries};
use crate::celery::settings;
use crate::project::display;
use crate::python::{Value, ValueKind};

#[derive(Debug, PartialEq, Serialize)]
pub struct ValueView {
    /// `literal`, `number`, `bool`, `none`, `list`, `dict`, `environment`, `reference`, `object`, `one_of` or `unknown`.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The variables it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

impl ValueView {
    /// Texts show for settings of Celery's that hold no secret, and as masked URLs.
    pub fn of(value: &Value, setting: &str) -> Self {
        let view = Self::plain(value);
        match &value.kind {
            ValueKind::Text(text) if may_show(setting) => Self { value: Some(display::text(text).into()), ..view },
            ValueKind::List { items, open: false } if may_show(setting) => {
                let items: Option<Vec<Json>> = items.iter().map(|item| Self::of(item, setting).value).collect();
                Self { value: items.map(Json::Array), ..view }
            }
            _ => view,
        }
    }

    fn plain(value: &Value) -> Self {
        let plain = |kind| Self { kind, value: None, keys: Vec::new() };
        let shown = |kind, value: Json| Self { kind, value: Some(value), keys: Vec::new() };
        match &value.kind {
            ValueKind::Int(number) => shown("number", (*number).into()),
            ValueKind::Float(number) => shown("number", (*number).into()),
            ValueKind::Bool(flag) => shown("bool", (*flag).into()),
            ValueKind::None => plain("none"),
            ValueKind::Text(text) => {
                let keys: Vec<String> = text.env_keys().into_iter().map(str::to_owned).collect();
                match text.as_literal() {
                    Some(_) => plain("literal"),
                    None if keys.is_empty() => plain("unknown"),
                    None => Self { kind: "environment", value: None, keys },
                }
            }
            ValueKind::Env(read) => Self { kind: "environment", value: None, keys: read.keys.clone() },
            ValueKind::List { .. } => plain("list"),
            ValueKind::Dict(_) => plain("dict"),
            ValueKind::Ref(_) | ValueKind::Method { .. } => plain("reference"),
            ValueKind::Made(_) | ValueKind::Instance(_) => plain("object"),
            ValueKind::OneOf(_) => plain("one_of"),
            ValueKind::Unknown => plain("unknown"),
        }
    }
}

impl fmt::Display for ValueView {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(Json::String(text)) => out.write_str(text),
            Some(value) => write!(out, "{value}"),
            None if self.keys.is_empty() => write!(out, "({})", self.kind.replace('_', " ")),
            None => write!(out, "${}", self.keys.join(", $")),
        }
    }
}

/// Whether a text that is the whole value of the setting can be shown: it is no secret, or a URL, which shows masked.
fn may_show(setting: &str) -> bool {
    match carries(setting, &[]) {
        Some(Carries::Url) => true,
        Some(Carries::Secret(_) | Carries::UserPassword) => false,
        None => settings::lookup(setting).is_some_and(|fact| fact.secret.is_none()),
    }
}

/// Source text in one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Loc, Piece, Span, Text};

    fn view(kind: ValueKind) -> String {
        ValueView::of(&Value { kind, at: None, trail: Vec::new() }, "security_key_password").to_string()
    }

    #[test]
    fn a_text_shows_only_where_it_is_no_secret() {
        let at = Loc::new(FileId(0), Span::new(0, 1));
        let of = |text: &str, setting: &str| {
            let kind = ValueKind::Text(Text::literal(text, at));
            ValueView::of(&Value { kind, at: None, trail: Vec::new() }, setting).to_string()
        };
        assert_eq!(of("UTC", "timezone"), "UTC");
        assert_eq!(of("redis://:Whiffle-403@h/0", "broker_url"), "redis://:•••••••••••@h/0");
        for setting in ["broker_password", "security_key_password", "MY_SETTING", "redis_password"] {
            assert_eq!(of("Whiffle-403", setting), "(literal)", "{setting}");
        }
    }

    #[test]
    fn a_text_never_shows_under_a_secret() {
        let at = Loc::new(FileId(0), Span::new(0, 1));
        let mut text = Text::literal("redis://:hunter2@", at);
        assert_eq!(view(ValueKind::Text(text.clone())), "(literal)");
        text.pieces.push(Piece::Env { keys: vec!["HOST".into()], default: None, at });
        assert_eq!(view(ValueKind::Text(text)), "$HOST");
    }

    #[test]
    fn numbers_and_flags_show() {
        assert_eq!(view(ValueKind::Int(4)), "4");
        assert_eq!(view(ValueKind::Bool(true)), "true");
        assert_eq!(view(ValueKind::Unknown), "(unknown)");
    }
}
