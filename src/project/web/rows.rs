//! The project's own rows about tasks: a model with the id of a task beside its state is how many projects answer for
//! their tasks, without asking Celery's result backend.

use super::celery_use::Uses;
use crate::python::ir::ClassId;
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};

const IDS: &[&str] = &["celery_id", "celery_task_id", "job_id", "task_id", "task_uuid"];
pub(super) const STATES: &[&str] = &["celery_status", "job_status", "state", "status", "task_state", "task_status"];
const RESULTS: &[&str] = &["output", "result", "result_data", "result_message", "results", "task_result"];

/// What a reader of such rows can tell; nothing for other classes.
pub fn of_class(eval: &Eval, module: ModuleId, class: ClassId) -> Uses {
    let chain = eval.classes(module, class);
    let has = |names: &[&str]| {
        chain.iter().any(|(module, class)| {
            let own = &eval.modules.get(*module).class(*class).scope.names;
            names.iter().any(|name| own.contains_key(*name))
        })
    };
    if !has(IDS) || !has(STATES) {
        return Uses::NONE;
    }
    Uses { row_status: true, row_result: has(RESULTS), ..Uses::NONE }
}

/// The same for a value that is such a class.
pub fn of_value(eval: &Eval, value: &Value) -> Uses {
    match value.kind {
        ValueKind::Ref(Ref::Class(module, class)) => of_class(eval, module, class),
        _ => Uses::NONE,
    }
}
