//! A value of the model as the facts about settings look at one.

use crate::celery::values::Shape;
use crate::project::Project;
use crate::python::{Value, ValueKind};

/// The ways a value can be that are written down: what it is when an environment variable is not set counts too. The place
/// is that of the literal.
pub fn literals(value: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for alternative in value.alternatives() {
        match &alternative.kind {
            ValueKind::Env(env) => {
                let default = env.default.iter().flat_map(Value::alternatives);
                found.extend(default.filter(|value| !matches!(value.kind, ValueKind::None)));
            }
            // One of several ways that nobody may take: `x = None`, filled in later.
            ValueKind::None if value.alternatives().len() > 1 => {}
            _ => found.push(alternative),
        }
    }
    found
}

/// Looks at the shape of a value; `other` when it cannot be told.
pub fn with<T>(project: &Project, value: &Value, look: impl FnOnce(Shape<'_>) -> T) -> T {
    let text;
    let shape = match &value.kind {
        ValueKind::Text(_) => match value.as_literal() {
            Some(literal) => {
                text = literal;
                Shape::Str(&text)
            }
            None => Shape::Other,
        },
        ValueKind::Int(number) => Shape::Int(*number),
        ValueKind::Float(number) => Shape::Float(*number),
        ValueKind::Bool(boolean) => Shape::Bool(*boolean),
        ValueKind::None => Shape::None,
        ValueKind::Dict(_) => Shape::Dict,
        ValueKind::List { .. } => list(value.at.map_or("", |at| project.sources.snippet(at))),
        ValueKind::Made(made) => match made.callee.as_str() {
            "datetime.timedelta" => Shape::Timedelta,
            "celery.schedules.crontab" => Shape::Crontab,
            _ => Shape::Other,
        },
        _ => Shape::Other,
    };
    look(shape)
}

/// Lists, tuples and sets are one kind of value; the source tells them apart.
fn list(source: &str) -> Shape<'static> {
    match source.chars().next() {
        Some('[') => Shape::List,
        Some('(') => Shape::Tuple,
        Some('{') => Shape::Set,
        _ => Shape::Other,
    }
}
