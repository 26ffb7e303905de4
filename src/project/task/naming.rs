//! The name that Celery computes for a task (celery/utils/imports.py, `gen_task_name`): module and function, of what the
//! decorators below make of the function.

use crate::project::link::Linking;
use crate::project::objects::app_call;
use crate::python::ir::{Decorator, ExprKind, FunctionId, Module};
use crate::python::{Args, Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::{Loc, Text};

/// The name of a function that `decorator` makes a task; none when the app names its tasks in a way that is not known.
pub(super) fn computed(
    linking: &Linking,
    eval: &Eval,
    function: (ModuleId, FunctionId),
    decorator: &Decorator,
) -> Option<String> {
    let (module, id) = wrapped(eval, function, decorator);
    let definition = linking.modules.get(module).function(id);
    let dotted = linking.modules.dotted(module, &[]);
    match own_naming(eval, function, decorator) {
        Some((naming, at)) => {
            let text = |text: &str| Value::new(ValueKind::Text(Text::literal(text, at)), at);
            let positional = vec![Value::unknown(), text(&definition.name), text(&dotted)];
            eval.returned(naming.0, naming.1, &Args { positional, ..Args::default() }).as_literal()
        }
        None => Some(format!("{dotted}.{}", definition.name)),
    }
}

/// The function that the decorators below the task's own leave: another one when they do not use `functools.wraps`.
fn wrapped(eval: &Eval, function: (ModuleId, FunctionId), task: &Decorator) -> (ModuleId, FunctionId) {
    let (module, id) = function;
    let definition = eval.modules.get(module).function(id);
    let below = definition.decorators.iter().filter(|decorator| decorator.span.start > task.span.start);
    below.rev().fold(function, |inner, decorator| {
        let value = Value::reference(Ref::Function(inner.0, inner.1));
        match eval.decorate(module, definition.parent, decorator.value, value).kind {
            ValueKind::Ref(Ref::Function(m, f)) if !keeps_name(eval.modules.get(m), f) => (m, f),
            _ => inner,
        }
    })
}

/// `@functools.wraps(function)`, also of other libraries.
fn keeps_name(module: &Module, function: FunctionId) -> bool {
    module.function(function).decorators.iter().any(|decorator| {
        let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
        module.dotted(callee).is_some_and(|name| matches!(name.rsplit('.').next(), Some("wraps" | "decorator")))
    })
}

/// `gen_task_name` of a class that the project derives from `Celery`, and where the function is decorated.
fn own_naming(
    eval: &Eval,
    (module, id): (ModuleId, FunctionId),
    decorator: &Decorator,
) -> Option<((ModuleId, FunctionId), Loc)> {
    let lowered = eval.modules.get(module);
    let function = lowered.function(id);
    let maker = lowered.call(decorator.value).map_or(decorator.value, |call| call.func);
    let ExprKind::Attribute { value: app, .. } = &lowered.expr(maker).kind else { return None };
    let app = eval.expr(module, function.parent, *app);
    let (_, class) = app_call(&app)?.attrs.iter().find(|(name, _)| name == "__class__")?;
    match eval.attribute(class, "gen_task_name").kind {
        ValueKind::Ref(Ref::Function(m, f)) => Some(((m, f), Loc::new(lowered.file, function.name_span))),
        _ => None,
    }
}
