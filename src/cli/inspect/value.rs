//! What a setting's value shows of itself: its kind, and the value only where it can be no secret.

use std::fmt;

use serde::Serialize;
use serde_json::Value as Json;

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
    pub fn of(value: &Value) -> Self {
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
            Some(value) => write!(out, "{value}"),
            None if self.keys.is_empty() => write!(out, "({})", self.kind.replace('_', " ")),
            None => write!(out, "${}", self.keys.join(", $")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Loc, Piece, Span, Text};

    fn view(kind: ValueKind) -> String {
        ValueView::of(&Value { kind, at: None, trail: Vec::new() }).to_string()
    }

    #[test]
    fn a_text_never_shows() {
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
