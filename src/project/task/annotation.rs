//! What the annotations of a task's parameters say of arguments that JSON changes on their way.

use crate::python::ir::{BinaryOp, ClassId, ExprId, ExprKind, Function, Scope};
use crate::python::{Eval, ModuleId, Ref, ValueKind};

/// A type that JSON does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    Tuple,
    /// A dictionary with numbers as keys.
    NumberKeys,
    /// Members of an enumeration of the project.
    Member(ModuleId, ClassId),
    /// A kind of dictionary: `collections.OrderedDict`.
    Mapping(&'static str),
}

/// How annotations call a type, and what it is.
const NAMES: &[(&str, Expected)] = &[
    ("tuple", Expected::Tuple),
    ("typing.Tuple", Expected::Tuple),
    ("collections.OrderedDict", Expected::Mapping("OrderedDict")),
    ("typing.OrderedDict", Expected::Mapping("OrderedDict")),
    ("collections.defaultdict", Expected::Mapping("defaultdict")),
    ("typing.DefaultDict", Expected::Mapping("defaultdict")),
    ("collections.Counter", Expected::Mapping("Counter")),
    ("typing.Counter", Expected::Mapping("Counter")),
];

/// How annotations call dictionaries.
const DICTIONARIES: &[&str] = &["collections.abc.Mapping", "dict", "typing.Dict", "typing.Mapping"];

/// The parameters of a function that expect such a type.
pub fn expected(eval: &Eval, module: ModuleId, function: &Function) -> Vec<(String, Expected)> {
    let scope = function.parent;
    let of = |annotation: Option<ExprId>| of_annotation(eval, (module, scope), annotation?);
    function.params.iter().filter_map(|param| Some((param.name.to_string(), of(param.annotation)?))).collect()
}

fn of_annotation(eval: &Eval, (id, scope): (ModuleId, Scope), annotation: ExprId) -> Option<Expected> {
    let module = eval.modules.get(id);
    let inner = |expr| of_annotation(eval, (id, scope), expr);
    match &module.expr(annotation).kind {
        // `X | None`
        ExprKind::Binary { op: BinaryOp::Or, left, right } => match &module.expr(*right).kind {
            ExprKind::None => inner(*left),
            _ => None,
        },
        ExprKind::Subscript { value, index } => match eval.expr(id, scope, *value).external()? {
            "typing.Optional" => inner(*index),
            path if DICTIONARIES.contains(&path) => match &module.expr(*index).kind {
                ExprKind::Tuple(parts) => {
                    let key = eval.expr(id, scope, *parts.first()?);
                    key.external().is_some_and(|key| key == "int").then_some(Expected::NumberKeys)
                }
                _ => None,
            },
            path => named(path),
        },
        ExprKind::Name(_) | ExprKind::Attribute { .. } => match eval.expr(id, scope, annotation).kind {
            ValueKind::Ref(Ref::External(path)) => named(&path),
            ValueKind::Ref(Ref::Class(home, class)) => {
                is_valued_enum(eval, home, class).then_some(Expected::Member(home, class))
            }
            _ => None,
        },
        _ => None,
    }
}

fn named(path: &str) -> Option<Expected> {
    NAMES.iter().find(|(known, _)| *known == path).map(|(_, expected)| expected.clone())
}

/// Whether members of an enumeration are texts or numbers too, and are sent as these.
pub fn is_valued_enum(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
    let outside = eval.external_bases(module, class);
    let has = |names: &[&str]| outside.iter().any(|path| names.contains(&path.as_str()));
    has(&["enum.IntEnum", "enum.StrEnum"]) || has(&["enum.Enum"]) && has(&["str", "int"])
}
