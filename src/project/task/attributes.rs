//! The attributes that classes of tasks set.

use super::base::is_task_class;
use crate::python::ir::BindingKind;
use crate::python::{Eval, Ref, Value, ValueKind};
use crate::source::Loc;

/// What a class of the project that is surely one of tasks sets in its body.
pub(super) fn attributes(eval: &Eval, class: &Value) -> Vec<(String, Loc)> {
    let ValueKind::Ref(Ref::Class(module, id)) = class.kind else { return Vec::new() };
    if !is_task_class(eval, module, id) {
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
