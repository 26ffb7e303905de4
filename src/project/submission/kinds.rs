//! What an argument surely is, in the words of kombu's JSON encoder, as far as that decides whether it can be sent.

use super::passed::Place;
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
    Other,
}

/// Types of the standard library that the encoder refuses, in every release of kombu (`json_types.json`).
const REFUSED: &[(&str, &str, What)] = &[
    ("bytearray", "bytearray", What::Other),
    ("collections.deque", "deque", What::Several),
    ("complex", "complex", What::Other),
    ("datetime.timedelta", "timedelta", What::Duration),
    ("datetime.timezone", "timezone", What::Other),
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

/// Managers' methods that give one object; not after `values()`.
const ROW_METHODS: &[&str] = &["create", "earliest", "first", "get", "last", "latest"];

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
            ExprKind::Comprehension { kind: ComprehensionKind::Set, .. } => made(What::Several, "set"),
            ExprKind::Comprehension { kind: ComprehensionKind::Generator, .. } => made(What::Several, "generator"),
            ExprKind::Lambda(_) => made(What::Other, "function"),
            ExprKind::List(items) | ExprKind::Tuple(items) if depth < MAX_DEPTH && origin == expr => {
                items.iter().find_map(|item| inner.kind(*item, depth + 1))
            }
            ExprKind::Dict(entries) if depth < MAX_DEPTH && origin == expr => {
                entries.iter().find_map(|(_, value)| inner.kind(*value, depth + 1))
            }
            ExprKind::Call(call) => inner.kind_of_call(call, origin).map(|(what, name)| Kind { what, name, at }),
            ExprKind::Attribute { value, attr, .. } => {
                if inner.is_enum(*value, attr) {
                    let class = self.module.last_name(*value)?;
                    return made(What::EnumMember, class);
                }
                let user = &**attr == "user"
                    && self.module.dotted(*value).is_some_and(|it| it == "request" || it == "self.request");
                if user { made(What::Row, "User") } else { None }
            }
            ExprKind::Name(name) => inner.kind_of_name(name, origin).map(|(what, name)| Kind { what, name, at }),
            _ => None,
        }
    }

    fn kind_of_call(&self, call: &Call, expr: ExprId) -> Option<(What, String)> {
        if let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind {
            if self.is_row(*value, attr) {
                return Some((What::Row, "a model".to_owned()));
            }
            if matches!(&**attr, "keys" | "values" | "items") && call.args.is_empty() {
                let (of, _) = self.origin(*value);
                return matches!(self.module.expr(of).kind, ExprKind::Dict(_))
                    .then(|| (What::Several, format!("dict_{attr}")));
            }
        }
        let callee = self.eval.expr(self.id, self.scope, call.func);
        if let Some(path) = callee.external() {
            if path == "django.shortcuts.get_object_or_404" {
                return Some((What::Row, "a model".to_owned()));
            }
            let known = REFUSED.iter().find(|(known, ..)| *known == path);
            return known.map(|(_, name, what)| (*what, (*name).to_owned()));
        }
        match (callee.kind, self.eval.expr(self.id, self.scope, expr).kind) {
            (ValueKind::Ref(Ref::Class(module, class)), ValueKind::Instance(_)) => self.instance(module, class),
            _ => None,
        }
    }

    /// `Order.objects.get(…)`, `Order.objects.filter(…).first()`.
    fn is_row(&self, base: ExprId, method: &str) -> bool {
        if !ROW_METHODS.contains(&method) {
            return false;
        }
        let mut expr = base;
        for _ in 0..16 {
            match &self.module.expr(expr).kind {
                ExprKind::Attribute { value, attr, .. } => {
                    if &**attr == "objects" {
                        return self
                            .module
                            .last_name(*value)
                            .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
                    }
                    if attr.starts_with("values") || &**attr == "aggregate" {
                        return false;
                    }
                    expr = *value;
                }
                ExprKind::Call(call) => expr = call.func,
                _ => return false,
            }
        }
        false
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
        match self.eval.expr(self.id, self.scope, expr).kind {
            _ if self.is_parameter(expr, self.scope) => self.annotated(name),
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

/// Whether a value is a duration: `timedelta(…)`.
pub fn is_duration(value: &Value) -> bool {
    value.made().is_some_and(|made| made.callee == "datetime.timedelta")
}
