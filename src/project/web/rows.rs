//! The project's own rows about tasks: a model with the id of a task beside its state is how many projects answer for
//! their tasks, without asking Celery's result backend.

use super::celery_use::Uses;
use crate::python::ir::ClassId;
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};

const IDS: &[&str] = &["celery_id", "celery_task_id", "job_id", "task_id", "task_uuid"];
const STATES: &[&str] = &["celery_status", "job_status", "state", "status", "task_state", "task_status"];
const RESULTS: &[&str] = &["output", "result", "result_data", "result_message", "results", "task_result"];

/// Whether a class or one of its bases in the project has an attribute of those names.
fn has(eval: &Eval, module: ModuleId, class: ClassId, names: &[&str]) -> bool {
    eval.classes(module, class).iter().any(|(module, class)| {
        let own = &eval.modules.get(*module).class(*class).scope.names;
        names.iter().any(|name| own.contains_key(*name))
    })
}

/// Whether a name is one of a state.
pub fn is_state(name: &str) -> bool {
    STATES.contains(&name)
}

/// Whether rows of a class have a state.
pub fn has_state(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
    has(eval, module, class, STATES)
}

/// What a reader of such rows can tell; nothing for other classes.
pub fn of_class(eval: &Eval, module: ModuleId, class: ClassId) -> Uses {
    if !has(eval, module, class, IDS) || !has_state(eval, module, class) {
        return Uses::NONE;
    }
    Uses { row_status: true, row_result: has(eval, module, class, RESULTS), ..Uses::NONE }
}

/// The same for a value that is such a class.
pub fn of_value(eval: &Eval, value: &Value) -> Uses {
    match value.kind {
        ValueKind::Ref(Ref::Class(module, class)) => of_class(eval, module, class),
        _ => Uses::NONE,
    }
}
