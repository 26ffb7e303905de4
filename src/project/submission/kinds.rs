//! What an argument surely is, in the words of kombu's JSON encoder, as far as that decides whether it can be sent.

use super::passed::Place;
use crate::celery::release::Minor;
use crate::project::objects::APP_CLASSES;
use crate::python::ir::{BindingKind, Call, ComprehensionKind, ExprId, ExprKind, Scope};
use crate::python::{ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;

/// What an argument, or a part of it, is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    pub what: What,
    /// The name of its type in Python's messages: `set`, `dict_keys`, `Invoice`.
    pub name: String,
    pub at: Loc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Something that a list holds as well: a set, a generator, a view of a dictionary.
    Several,
    Duration,
    /// An instance of a pydantic model.
    Model,
    /// A row of a database.
    Row,
    EnumMember,
    /// Bytes, which kombu sends since 5.3 ([`BYTES_SINCE`]).
    Bytes,
    /// A key of a dictionary.
    Key,
    Other,
}

/// The release of kombu from which on bytes, and the types of dates and numbers, travel as what they are.
pub const BYTES_SINCE: Minor = Minor(5, 3);

/// Types of the standard library that the encoder refuses, in every release of kombu (`json_types.json`).
const REFUSED: &[(&str, &str, What)] = &[
    ("bytearray", "bytearray", What::Other),
    ("bytes", "bytes", What::Bytes),
    ("celery.Celery.AsyncResult", "AsyncResult", What::Other),
    ("celery.Celery.GroupResult", "GroupResult", What::Other),
    ("celery.result.AsyncResult", "AsyncResult", What::Other),
    ("celery.result.GroupResult", "GroupResult", What::Other),
    ("collections.deque", "deque", What::Several),
    ("complex", "complex", What::Other),
    ("datetime.timedelta", "timedelta", What::Duration),
    ("datetime.timezone", "timezone", What::Other),
    ("datetime.timezone.utc", "timezone", What::Other),
    ("datetime.UTC", "timezone", What::Other),
    ("enumerate", "enumerate", What::Several),
    ("filter", "filter", What::Several),
    ("fractions.Fraction", "Fraction", What::Other),
    ("frozenset", "frozenset", What::Several),
    ("map", "map", What::Several),
    ("memoryview", "memoryview", What::Other),
    ("object", "object", What::Other),
    ("open", "TextIOWrapper", What::Other),
    ("pathlib.Path", "PosixPath", What::Other),
    ("pathlib.PurePath", "PurePosixPath", What::Other),
    ("range", "range", What::Several),
    ("re.compile", "Pattern", What::Other),
    ("reversed", "list_reverseiterator", What::Several),
    ("set", "set", What::Several),
    ("threading.Lock", "lock", What::Other),
    ("zip", "zip", What::Several),
];

/// Values of the standard library that no call makes.
const CONSTANTS: &[&str] = &["datetime.UTC", "datetime.timezone.utc"];

/// How deep the parts of a list or dictionary are looked at.
const MAX_DEPTH: u32 = 4;

pub fn of_comprehension(kind: ComprehensionKind) -> &'static str {
    match kind {
        ComprehensionKind::List => "list",
        ComprehensionKind::Set => "set",
        ComprehensionKind::Dict => "dict",
        ComprehensionKind::Generator => "generator",
    }
}

impl Place<'_> {
    /// What an expression is, or a part of it, that no JSON can hold; none when it can, or is not known.
    pub(super) fn kind(&self, expr: ExprId, depth: u32) -> Option<Kind> {
        let (origin, scope) = self.origin(expr);
        let inner = Place { scope, ..*self };
        let at = Loc::new(self.module.file, self.module.span(expr));
        let made = |what, name: &str| Some(Kind { what, name: name.to_owned(), at });
        match &self.module.expr(origin).kind {
            ExprKind::Set(_) => made(What::Several, "set"),
            ExprKind::Comprehension(it) if it.kind == ComprehensionKind::Set => made(What::Several, "set"),
            ExprKind::Comprehension(it) if it.kind == ComprehensionKind::Generator => made(What::Several, "generator"),
            ExprKind::Lambda(_) => made(What::Other, "function"),
            ExprKind::Ellipsis => made(What::Other, "ellipsis"),
            ExprKind::Str(_) if is_bytes(inner.text(origin)) => made(What::Bytes, "bytes"),
            ExprKind::Other if is_complex(inner.text(origin)) => made(What::Other, "complex"),
            ExprKind::List(items) | ExprKind::Tuple(items) if depth < MAX_DEPTH && origin == expr => {
                worst(items.iter().filter_map(|item| inner.kind(*item, depth + 1)))
            }
            ExprKind::Dict(entries) if depth < MAX_DEPTH && origin == expr => {
                let parts = entries.iter().flat_map(|(key, value)| {
                    let key = key.and_then(|key| inner.key(key));
                    key.into_iter().chain(inner.kind(*value, depth + 1))
                });
                worst(parts)
            }
            ExprKind::Call(call) => inner.kind_of_call(call, origin).map(|(what, name)| Kind { what, name, at }),
            ExprKind::Attribute { value, attr, .. } => {
                if inner.is_enum(*value, attr) {
                    let class = self.module.last_name(*value)?;
                    return made(What::EnumMember, class);
                }
                let value_of = inner.eval.expr(self.id, scope, origin);
                if let Some(path) = value_of.external().filter(|path| CONSTANTS.contains(path)) {
                    return REFUSED
                        .iter()
                        .find(|(known, ..)| *known == path)
                        .and_then(|(_, name, what)| made(*what, name));
                }
                let user = &**attr == "user"
                    && self.module.dotted(*value).is_some_and(|it| it == "request" || it == "self.request");
                if user { made(What::Row, "User") } else { None }
            }
            ExprKind::Name(name) => {
                let known = inner.kind_of_name(name, origin);
                let row = || inner.is_row_name(name).then(|| (What::Row, "a model".to_owned()));
                known.or_else(row).map(|(what, name)| Kind { what, name, at })
            }
            _ => None,
        }
    }

    fn text(&self, expr: ExprId) -> &str {
        self.eval.modules.text(self.id).get(self.module.span(expr).range()).unwrap_or_default()
    }

    /// A key that no JSON object has.
    fn key(&self, key: ExprId) -> Option<Kind> {
        let name = match &self.module.expr(key).kind {
            ExprKind::Tuple(_) => "tuple",
            ExprKind::Str(_) if is_bytes(self.text(key)) => "bytes",
            ExprKind::Call(call) => match self.eval.expr(self.id, self.scope, call.func).external()? {
                "frozenset" => "frozenset",
                "tuple" => "tuple",
                _ => return None,
            },
            _ => return None,
        };
        let at = Loc::new(self.module.file, self.module.span(key));
        Some(Kind { what: What::Key, name: name.to_owned(), at })
    }

    fn kind_of_call(&self, call: &Call, expr: ExprId) -> Option<(What, String)> {
        if self.is_row_call(call) {
            return Some((What::Row, "a model".to_owned()));
        }
        if let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind
            && matches!(&**attr, "keys" | "values" | "items")
            && call.args.is_empty()
        {
            let (of, _) = self.origin(*value);
            return matches!(self.module.expr(of).kind, ExprKind::Dict(_))
                .then(|| (What::Several, format!("dict_{attr}")));
        }
        let callee = self.eval.expr(self.id, self.scope, call.func);
        if let Some(path) = callee.external() {
            if is_exception(path) {
                return Some((What::Other, path.to_owned()));
            }
            let known = REFUSED.iter().find(|(known, ..)| *known == path);
            return known.map(|(_, name, what)| (*what, (*name).to_owned()));
        }
        let value = self.eval.expr(self.id, self.scope, expr);
        match (callee.kind, &value.kind) {
            (ValueKind::Ref(Ref::Class(module, class)), ValueKind::Instance(_)) => self.instance(module, class),
            (_, ValueKind::Made(made)) => {
                let sends = made.receiver.as_ref().is_some_and(|of| self.task_name(of).is_some())
                    && matches!(made.callee.rsplit('.').next(), Some("delay" | "apply_async"));
                let known = REFUSED.iter().find(|(known, ..)| *known == made.callee && known.starts_with("celery."));
                match known {
                    Some((_, name, what)) => Some((*what, (*name).to_owned())),
                    None => sends.then(|| (What::Other, "AsyncResult".to_owned())),
                }
            }
            _ => None,
        }
    }

    /// The name of the function behind a task.
    fn task_name(&self, value: &Value) -> Option<String> {
        let task = self.tasks.task(self.tasks.of(value)?)?;
        // Other decorators above may make something else of it.
        let ValueKind::Ref(Ref::Function(module, function)) = value.kind else { return None };
        let first = self.eval.modules.get(module).function(function).decorators.first()?.span;
        (first == task.at.span).then(|| task.function.clone())
    }

    /// What an instance of a class of the project is to the encoder.
    fn instance(&self, module: ModuleId, class: crate::python::ir::ClassId) -> Option<(What, String)> {
        let lowered = self.eval.modules.get(module);
        let definition = lowered.class(class);
        let has = |name| self.eval.member(module, class, name).is_some();
        if has("__json__") || has("__reduce__") || !definition.keywords.is_empty() {
            return None;
        }
        let outside = self.eval.external_bases(module, class);
        let name = definition.name.to_string();
        if outside.iter().any(|path| path == "pydantic.BaseModel" || path == "pydantic.main.BaseModel") {
            return Some((What::Model, name));
        }
        let is_dataclass = definition.decorators.iter().any(|it| {
            let callee = lowered.call(it.value).map_or(it.value, |call| call.func);
            let path = self.eval.expr(module, definition.parent, callee);
            path.external().is_some_and(|path| path == "dataclasses.dataclass")
        });
        let plain = definition.bases.is_empty() && definition.decorators.is_empty();
        (is_dataclass && definition.bases.is_empty() || plain).then_some((What::Other, name))
    }

    fn kind_of_name(&self, name: &str, expr: ExprId) -> Option<(What, String)> {
        let value = self.eval.expr(self.id, self.scope, expr);
        match value.kind {
            _ if self.is_parameter(expr, self.scope) => self.annotated(name),
            ValueKind::Ref(Ref::Function(..)) if self.task_name(&value).is_some() => {
                self.task_name(&value).map(|name| (What::Other, name))
            }
            ValueKind::Made(made) if APP_CLASSES.contains(&made.callee.as_str()) => {
                Some((What::Other, "Celery".to_owned()))
            }
            ValueKind::Ref(Ref::Class(..)) => Some((What::Other, "type".to_owned())),
            ValueKind::Ref(Ref::Function(module, function)) => {
                let plain = self.eval.modules.get(module).function(function).decorators.is_empty();
                plain.then(|| (What::Other, "function".to_owned()))
            }
            _ => None,
        }
    }

    /// A parameter that is annotated with a class of the project, and never given another value.
    fn annotated(&self, name: &str) -> Option<(What, String)> {
        let Scope::Function(function) = self.scope else { return None };
        let bindings = self.module.bindings(self.scope).names.get(name)?;
        let [only] = bindings.as_slice() else { return None };
        let BindingKind::Param(index) = only.kind else { return None };
        let function = self.module.function(function);
        let annotation = function.params.get(index as usize)?.annotation?;
        match self.eval.expr(self.id, function.parent, annotation).kind {
            ValueKind::Ref(Ref::Class(module, class)) => {
                self.instance(module, class).filter(|(what, _)| *what == What::Model)
            }
            _ => None,
        }
    }

    /// `Color.RED` of a plain enumeration: one whose members are texts or numbers too is sent as these.
    fn is_enum(&self, class: ExprId, member: &str) -> bool {
        let value = self.eval.expr(self.id, self.scope, class);
        let ValueKind::Ref(Ref::Class(module, class)) = value.kind else { return false };
        let outside = self.eval.external_bases(module, class);
        let is_plain = !outside.is_empty() && outside.iter().all(|path| path == "enum.Enum");
        let own = self.eval.modules.get(module).class(class).scope.names.get(member);
        let is_member = own.is_some_and(|all| all.iter().all(|it| matches!(it.kind, BindingKind::Value(_))));
        is_plain && is_member && !member.starts_with('_')
    }
}

/// The part that is refused in every release, if there is one.
fn worst(parts: impl Iterator<Item = Kind>) -> Option<Kind> {
    let mut first = None;
    for part in parts {
        if part.what != What::Bytes {
            return Some(part);
        }
        first.get_or_insert(part);
    }
    first
}

/// `b"…"`: lowering reads bytes as texts.
fn is_bytes(text: &str) -> bool {
    let prefix = text.split(['"', '\'']).next().unwrap_or_default();
    prefix.len() < text.len() && prefix.len() <= 2 && prefix.contains(['b', 'B'])
}

/// `1j`
fn is_complex(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || first == '.') && text.ends_with(['j', 'J'])
}

/// An exception class of Python itself.
fn is_exception(path: &str) -> bool {
    let name = path.strip_prefix("builtins.").unwrap_or(path);
    !name.contains('.') && (name.ends_with("Error") || name == "Exception") && name.starts_with(char::is_uppercase)
}

/// Whether a value is a duration: `timedelta(…)`.
pub fn is_duration(value: &Value) -> bool {
    value.made().is_some_and(|made| made.callee == "datetime.timedelta")
}
