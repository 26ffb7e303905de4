//! The name that Celery computes for a task (celery/utils/imports.py, `gen_task_name`): module and function, of what the
//! decorators below make of the function.

use crate::project::link::Linking;
use crate::project::objects::app_call;
use crate::python::ir::{Decorator, ExprKind, FunctionId, Module};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
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
        Some(naming) => {
            let at = Loc::new(linking.modules.get(module).file, definition.name_span);
            let text = |text: &str| Value::new(ValueKind::Text(Text::literal(text, at)), at);
            let positional = vec![Value::unknown(), text(&definition.name), text(&dotted)];
            let site = Site { module, scope: definition.parent, expr: decorator.value };
            eval.call_value(&naming, &Args { positional, ..Args::default() }, site, at).as_literal()
        }
        None => Some(format!("{dotted}.{}", definition.name)),
    }
}

/// The function that the decorators below the task's own leave: another one when they do not use `functools.wraps`.
fn wrapped(eval: &Eval, function: (ModuleId, FunctionId), task: &Decorator) -> (ModuleId, FunctionId) {
    let (module, id) = function;
    let lowered = eval.modules.get(module);
    let definition = lowered.function(id);
    let below = definition.decorators.iter().filter(|decorator| decorator.span.start > task.span.start);
    below.rev().fold(function, |inner, decorator| {
        let value = Value::reference(Ref::Function(inner.0, inner.1));
        let site = Site { module, scope: definition.parent, expr: decorator.value };
        let args = Args { positional: vec![value], ..Args::default() };
        match eval.call_value(&eval.site(site), &args, site, Loc::new(lowered.file, decorator.span)).kind {
            ValueKind::Ref(Ref::Function(m, f)) if !keeps_name(eval.modules.get(m), f) => (m, f),
            _ => inner,
        }
    })
}

/// `@functools.wraps(function)`, also of other libraries.
pub(super) fn keeps_name(module: &Module, function: FunctionId) -> bool {
    module.function(function).decorators.iter().any(|decorator| {
        let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
        module.dotted(callee).is_some_and(|name| matches!(name.rsplit('.').next(), Some("wraps" | "decorator")))
    })
}

/// `gen_task_name` of a class that the project derives from `Celery`.
fn own_naming(eval: &Eval, (module, id): (ModuleId, FunctionId), decorator: &Decorator) -> Option<Value> {
    let lowered = eval.modules.get(module);
    let maker = lowered.call(decorator.value).map_or(decorator.value, |call| call.func);
    let ExprKind::Attribute { value: app, .. } = &lowered.expr(maker).kind else { return None };
    let app = eval.expr(module, lowered.function(id).parent, *app);
    let (_, class) = app_call(&app)?.attrs.iter().find(|(name, _)| name == "__class__")?;
    let naming = eval.attribute(class, "gen_task_name");
    matches!(naming.kind, ValueKind::Ref(Ref::Function(..))).then_some(naming)
}
