//! What an expression evaluates to, as far as the source tells. When unsure it is unknown, and rules stay silent.

mod parts;

use super::ir::{ExprId, Scope};
use super::modules::{ModuleId, Ref};
use crate::files::Need;
use crate::source::{Loc, Piece, Text};

pub use parts::Shared;

/// A value with the place that wrote it and the names it came through.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    pub kind: ValueKind,
    /// The expression that makes the value (for a literal, the literal).
    pub at: Option<Loc>,
    /// The names it came through, the nearest to its origin first.
    pub trail: Vec<Loc>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ValueKind {
    Text(Text),
    Int(i64),
    Float(f64),
    Bool(bool),
    None,
    /// A list, tuple or set; `open` when it may hold more.
    List {
        items: Vec<Value>,
        open: bool,
    },
    Dict(Dict),
    /// An environment variable read as a whole; a text made with one holds [`Piece::Env`].
    Env(Box<EnvValue>),
    Ref(Ref),
    /// A method taken from a value (`env.str`, `app.conf.update`).
    Method {
        of: Shared<Value>,
        name: String,
    },
    /// What a call outside the project returned.
    Made(Shared<Made>),
    /// An instance of a class of the project.
    Instance(Shared<Instance>),
    /// One of several.
    OneOf(Vec<Value>),
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dict {
    pub entries: Vec<(Value, Value)>,
    /// It may hold more than the entries.
    pub open: bool,
}

/// A read of the environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvValue {
    /// The variables, any one of which suffices, in the order the reader tries them.
    pub keys: Vec<String>,
    /// Where the first key is written.
    pub key_at: Loc,
    pub default: Option<Value>,
    pub need: Need,
    pub ignore_case: bool,
    /// `os.environ`, `django-environ` …
    pub how: &'static str,
    /// The class of another package that the reader makes an object of, where that is no text: `pydantic.AnyUrl`.
    pub object: Option<Box<str>>,
}

/// The result of a call that leads out of the project.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The dotted path of what was called (`celery.Celery`); methods join with a dot (`yarl.URL.with_user`).
    pub callee: String,
    /// The object a method was called on.
    pub receiver: Option<Value>,
    pub args: Args,
    /// Where the call stands.
    pub site: Site,
    /// Attributes and items set afterwards (`env.prefix = "X_"`), in order.
    pub attrs: Vec<(String, Value)>,
}

/// Evaluated arguments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Args {
    pub positional: Vec<Value>,
    /// Name, value and where the name is written.
    pub named: Vec<(String, Value, Loc)>,
    /// A splat could not be followed: there may be more arguments.
    pub open: bool,
}

/// An instance of a project class.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    pub module: ModuleId,
    pub class: super::ir::ClassId,
    pub args: Args,
    pub attrs: Vec<(String, Value)>,
}

/// An expression of a module and the scope it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    pub module: ModuleId,
    pub scope: Scope,
    pub expr: ExprId,
}

// Values hold no NaN (no literal makes one): equality is reflexive, and shared values compare at once.
impl Eq for Value {}
impl Eq for Made {}
impl Eq for Instance {}

impl Args {
    pub fn named(&self, name: &str) -> Option<&Value> {
        self.named.iter().find(|(known, _, _)| known == name).map(|(_, value, _)| value)
    }

    /// The argument at a position or by a name.
    pub fn get(&self, position: usize, name: &str) -> Option<&Value> {
        self.positional.get(position).or_else(|| self.named(name))
    }
}

impl Value {
    pub fn new(kind: ValueKind, at: Loc) -> Self {
        Self { kind, at: Some(at), trail: Vec::new() }
    }

    pub fn unknown() -> Self {
        Self { kind: ValueKind::Unknown, at: None, trail: Vec::new() }
    }

    pub fn reference(to: Ref) -> Self {
        Self { kind: ValueKind::Ref(to), at: None, trail: Vec::new() }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, ValueKind::Unknown)
    }

    /// The alternatives; a plain value is its own only one.
    pub fn alternatives(&self) -> &[Value] {
        match &self.kind {
            ValueKind::OneOf(values) => values,
            _ => std::slice::from_ref(self),
        }
    }

    pub fn into_alternatives(self) -> impl Iterator<Item = Value> {
        let (several, one) = match self.kind {
            ValueKind::OneOf(values) => (values, None),
            _ => (Vec::new(), Some(self)),
        };
        several.into_iter().chain(one)
    }

    /// Joins alternatives: flattens, drops repetitions, bounded in number.
    pub fn one_of(values: impl IntoIterator<Item = Value>) -> Self {
        let mut alternatives = values.into_iter().flat_map(Value::into_alternatives);
        let Some(first) = alternatives.next() else { return Value::unknown() };
        let Some(second) = alternatives.next() else { return first };
        let mut all = vec![first];
        for alternative in std::iter::once(second).chain(alternatives) {
            if all.len() > MAX_ALTERNATIVES {
                break;
            }
            if !all.iter().any(|known| same(known, &alternative)) {
                all.push(alternative);
            }
        }
        if all.len() > MAX_ALTERNATIVES {
            all.truncate(MAX_ALTERNATIVES);
            all.push(Value::unknown());
        }
        if all.len() == 1 {
            return all.remove(0);
        }
        Value { kind: ValueKind::OneOf(all), at: None, trail: Vec::new() }
    }

    /// The same value, seen through a name that stands at `at`.
    pub fn through(mut self, at: Loc) -> Self {
        match &mut self.kind {
            ValueKind::OneOf(values) => values.iter_mut().for_each(|value| value.pass(at)),
            _ => self.pass(at),
        }
        self
    }

    fn pass(&mut self, at: Loc) {
        if self.trail.len() < MAX_TRAIL && self.trail.last() != Some(&at) {
            self.trail.push(at);
        }
    }

    /// The whole text when it is one literal text.
    pub fn as_literal(&self) -> Option<String> {
        match &self.kind {
            ValueKind::Text(text) => text.as_literal(),
            _ => None,
        }
    }

    /// The value as text with pieces: numbers in their Python spelling, environment reads as pieces.
    /// A number that is written out.
    pub fn as_number(&self) -> Option<f64> {
        match self.kind {
            ValueKind::Int(number) => Some(number as f64),
            ValueKind::Float(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it is, or is made of, what that variable of the environment holds.
    pub fn reads_variable(&self, variable: &str) -> bool {
        match &self.kind {
            ValueKind::Env(read) => read.keys.iter().any(|key| key == variable),
            ValueKind::Text(text) => text.env_keys().contains(&variable),
            _ => false,
        }
    }

    pub fn to_text(&self) -> Text {
        match &self.kind {
            ValueKind::Text(text) => text.clone(),
            ValueKind::Int(number) => self.literal_text(number.to_string()),
            ValueKind::Float(number) => self.literal_text(number.to_string()),
            ValueKind::Bool(boolean) => self.literal_text(if *boolean { "True" } else { "False" }.to_owned()),
            ValueKind::Env(env) => Text {
                pieces: vec![Piece::Env {
                    keys: env.keys.clone(),
                    default: env.default.as_ref().and_then(Value::default_text).map(Box::new),
                    at: self.at.unwrap_or(env.key_at),
                }],
            },
            _ => Text::unknown(self.at),
        }
    }

    /// A default as text; none when it is `None` or unknown.
    fn default_text(&self) -> Option<Text> {
        match &self.kind {
            ValueKind::None | ValueKind::Unknown => None,
            ValueKind::OneOf(values) => values.iter().find_map(Value::default_text),
            _ => Some(self.to_text()),
        }
    }

    fn literal_text(&self, text: String) -> Text {
        match self.at {
            Some(at) => Text::literal(text, at),
            None => Text::unknown(None),
        }
    }

    /// The dotted path of something outside the project that the value refers to.
    pub fn external(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Ref(Ref::External(path)) => Some(path),
            _ => None,
        }
    }

    /// The call outside the project that made the value.
    pub fn made(&self) -> Option<&Made> {
        match &self.kind {
            ValueKind::Made(made) => Some(made),
            _ => None,
        }
    }
}

impl Dict {
    /// The value of a literal key; the last one wins.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().rev().find(|(known, _)| known.as_literal().as_deref() == Some(key)).map(|(_, value)| value)
    }
}

/// Whether two alternatives are one. Shared parts are compared by identity; large ones count as different.
fn same(left: &Value, right: &Value) -> bool {
    match (&left.kind, &right.kind) {
        (ValueKind::Made(a), ValueKind::Made(b)) if Shared::is(a, b) => true,
        (ValueKind::Instance(a), ValueKind::Instance(b)) if Shared::is(a, b) => true,
        (ValueKind::Unknown, ValueKind::Unknown) => true,
        (a, b) if std::mem::discriminant(a) != std::mem::discriminant(b) => false,
        (ValueKind::Made(_) | ValueKind::Instance(_) | ValueKind::Method { .. }, _) => {
            !left.is_large() && !right.is_large() && left == right
        }
        _ => left == right,
    }
}

const MAX_ALTERNATIVES: usize = 12;
const MAX_TRAIL: usize = 6;
