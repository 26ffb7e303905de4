//! Every rate limit that the project gives a task: with the decorator, as an attribute of a class, in `task_annotations`, and
//! by remote control.

use super::link::Linking;
use super::task::{Definition, by_module};
use super::{Setting, Task};
use crate::python::ir::ExprKind;
use crate::python::{Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct RateLimit {
    pub value: Value,
    pub at: Loc,
    pub by: By,
}

/// How a task gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The decorator or the class of the task.
    Task,
    /// `task_annotations`.
    Annotation,
    /// `app.control.rate_limit(…)`.
    Control,
}

/// Every rate limit, by place.
pub fn find(linking: &Linking, tasks: &[Task], settings: &[Setting]) -> Vec<RateLimit> {
    let by_module = by_module(tasks, |task| linking.modules.of_file(task.at.file));
    let mut found = linking.per_module(|eval, id| {
        let own = by_module.get(&id).into_iter().flatten().map(|(_, task)| *task);
        let mut found = of_tasks(eval, id, own);
        found.extend(by_control(eval, id));
        found
    });
    for setting in settings.iter().filter(|setting| setting.name == "task_annotations") {
        found.extend(setting.value.alternatives().iter().flat_map(annotated));
    }
    found.sort_by_key(|limit| limit.at);
    found.dedup_by_key(|limit| limit.at);
    found
}

fn limit(value: Value, by: By) -> Option<RateLimit> {
    let at = value.at?;
    Some(RateLimit { value, at, by })
}

fn of_tasks<'t>(eval: &Eval, id: ModuleId, tasks: impl Iterator<Item = &'t Task>) -> Vec<RateLimit> {
    let module = eval.modules.get(id);
    let found = tasks.filter_map(|task| match task.definition? {
        Definition::Function(home, function) if home == id => {
            let definition = module.function(function);
            let decorator = definition.decorators.iter().find(|decorator| decorator.span == task.at.span)?;
            let site = Site { module: id, scope: definition.parent, expr: decorator.value };
            module.call(decorator.value)?;
            limit(eval.arguments(site).named("rate_limit")?.clone(), By::Task)
        }
        Definition::Class(home, class) => {
            let value = eval.attribute(&Value::reference(Ref::Class(home, class)), "rate_limit");
            limit(value, By::Task)
        }
        Definition::Function(..) => None,
    });
    found.collect()
}

/// `app.control.rate_limit("shop.tasks.add", "10/m")`.
fn by_control(eval: &Eval, id: ModuleId) -> Vec<RateLimit> {
    let module = eval.modules.get(id);
    let found = module.calls.iter().filter_map(|fact| {
        let call = module.call(fact.call)?;
        let ExprKind::Attribute { value, attr, .. } = &module.expr(call.func).kind else { return None };
        let control = module.last_name(*value).is_some_and(|name| &**name == "control");
        (&**attr == "rate_limit" && control).then_some(())?;
        let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
        limit(eval.argument(site, 1, "rate_limit")?, By::Control)
    });
    found.collect()
}

/// `{"shop.tasks.add": {"rate_limit": "10/m"}}`.
fn annotated(value: &Value) -> Vec<RateLimit> {
    let ValueKind::Dict(tasks) = &value.kind else { return Vec::new() };
    let of_task = |options: &Value| match &options.kind {
        ValueKind::Dict(options) => limit(options.get("rate_limit")?.clone(), By::Annotation),
        _ => None,
    };
    tasks.entries.iter().filter_map(|(_, options)| of_task(options)).collect()
}
