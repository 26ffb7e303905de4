//! The attributes that classes of tasks set.

use super::detail::is_task_class;
use crate::python::ir::BindingKind;
use crate::python::{Eval, Ref, Value, ValueKind};
use crate::source::Loc;

/// What a class of the project that is surely one of tasks sets in its body.
pub(super) fn attributes(eval: &Eval, class: &Value) -> Vec<(String, Loc)> {
    let ValueKind::Ref(Ref::Class(module, id)) = class.kind else { return Vec::new() };
    let outside = eval.external_bases(module, id);
    if outside.is_empty() || !outside.iter().all(|path| is_task_class(path)) {
        return Vec::new();
    }
    let lowered = eval.modules.get(module);
    let mut found = Vec::new();
    for (name, bindings) in &lowered.class(id).scope.names {
        let set = bindings.iter().find(|it| matches!(it.kind, BindingKind::Value(_)));
        let at = set.map(|binding| Loc::new(lowered.file, binding.name_at(name)));
        found.extend(at.map(|at| (name.to_string(), at)));
    }
    found.sort_by_key(|(_, at)| *at);
    found
}
