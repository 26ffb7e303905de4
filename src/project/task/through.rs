//! What a call of Celery's `task` registers, also where a decorator of the project makes that call.

use super::naming::{self, Registry, Source};
use crate::project::objects::app_call;
use crate::python::ir::{Decorator, Function, FunctionId};
use crate::python::{Args, Eval, Made, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::{Loc, Span};

/// A function that was given to `app.task` or `shared_task`.
pub(super) struct Registered {
    pub function: (ModuleId, FunctionId),
    pub args: Args,
    pub app: Option<Value>,
    pub shared: bool,
}

/// What the result of a call is, if it is a task: `app.task(function)`, `app.task(name="x")(function)`.
pub(super) fn registered(value: &Value) -> Option<Registered> {
    let made = value.made()?;
    let shared = made.callee.ends_with(".shared_task");
    let of_app = made.callee.ends_with(".task") && made.receiver.is_some();
    if !shared && !of_app {
        return None;
    }
    let outer = made.receiver.as_ref().and_then(Value::made).filter(|of| of.callee == made.callee);
    let (args, app) = outer.map_or((&made.args, &made.receiver), |outer| (&outer.args, &outer.receiver));
    let ValueKind::Ref(Ref::Function(m, f)) = made.args.positional.first()?.kind else { return None };
    Some(Registered { function: (m, f), args: args.clone(), app: app.clone(), shared })
}

impl Registered {
    pub fn registry(&self) -> Registry {
        naming::registry(self.app.as_ref(), self.shared, &self.args)
    }

    /// The name, and what it is computed from when it is not given. `of` is the function that was decorated: a wrapper may
    /// take over its name.
    pub fn name(&self, eval: &Eval, of: (ModuleId, FunctionId)) -> (Option<String>, Option<Source>) {
        let (module, function) = self.function;
        let lowered = eval.modules.get(module);
        let source = match (self.function == of, naming::keeps_name(lowered, function)) {
            (false, true) => naming::takes_over(lowered, function).then_some(of),
            _ => Some(self.function),
        };
        let source = source.and_then(|function| naming::source(eval, function, &[]));
        named(eval, self.app.as_ref().and_then(app_call), &self.args, source)
    }
}

/// The name that a task is given, else the one that is computed of `source`.
pub(super) fn named(
    eval: &Eval,
    app: Option<&Made>,
    args: &Args,
    source: Option<Source>,
) -> (Option<String>, Option<Source>) {
    match args.named("name") {
        Some(given) if !is_empty(given) => (given.as_literal(), None),
        None if args.open => (None, None),
        _ => {
            let source = source.map(|source| Source { own_app: app.is_some(), ..source });
            let name = source
                .as_ref()
                .and_then(|source| naming::name_in(eval, app, source, &eval.modules.dotted(source.module, &[])));
            (name, source)
        }
    }
}

/// Celery computes the name when the given one is empty or None.
pub(super) fn is_empty(name: &Value) -> bool {
    matches!(name.kind, ValueKind::None) || name.as_literal().is_some_and(|name| name.is_empty())
}

/// What a decorator of the project makes of a function, if that is surely one task.
pub(super) fn of_project(
    eval: &Eval,
    (module, id): (ModuleId, FunctionId),
    decorator: &Decorator,
) -> Option<Registered> {
    let lowered = eval.modules.get(module);
    let scope = lowered.function(id).parent;
    let site = Site { module, scope, expr: decorator.value };
    let args = Args { positional: vec![Value::reference(Ref::Function(module, id))], ..Args::default() };
    let value = eval.expr(module, scope, decorator.value);
    registered(&eval.call_value(&value, &args, site, Loc::new(lowered.file, decorator.span)))
}

/// Whether a decorator of the project that is not understood registers functions under their own names: it makes no other
/// function, or one with `functools.wraps`.
pub(super) fn keeps_name(eval: &Eval, of: (ModuleId, FunctionId), decorator: &Decorator) -> bool {
    definitions(eval, of, decorator).into_iter().all(|(home, span)| {
        let inside = |function: &Function| span.contains(function.span) && function.span != span;
        let makes_none = !eval.modules.get(home).functions.iter().any(inside);
        let speaks = |words: &[&str]| mentions(eval, home, span, words);
        !speaks(NAMING) && (makes_none || speaks(&["wraps(", "update_wrapper(", "decorator"]))
    })
}

/// Whether a decorator of the project may give names of its own.
pub(super) fn speaks_of_names(eval: &Eval, of: (ModuleId, FunctionId), decorator: &Decorator) -> bool {
    definitions(eval, of, decorator).into_iter().any(|(home, span)| mentions(eval, home, span, NAMING))
}

/// How code that gives a task a name is written.
const NAMING: &[&str] = &["name=", "name =", "name'", "name\""];

fn mentions(eval: &Eval, module: ModuleId, span: Span, words: &[&str]) -> bool {
    let text = eval.modules.text(module).get(span.range()).unwrap_or_default();
    words.iter().any(|word| text.contains(word))
}

/// The functions and classes of the project that a decorator is, or is made by.
fn definitions(eval: &Eval, (module, id): (ModuleId, FunctionId), decorator: &Decorator) -> Vec<(ModuleId, Span)> {
    let lowered = eval.modules.get(module);
    let callee = lowered.call(decorator.value).map_or(decorator.value, |call| call.func);
    let value = eval.expr(module, lowered.function(id).parent, callee);
    let place = |value: &Value| match &value.kind {
        ValueKind::Ref(Ref::Function(home, function)) => {
            Some((*home, eval.modules.get(*home).function(*function).span))
        }
        ValueKind::Ref(Ref::Class(home, class)) => Some((*home, eval.modules.get(*home).class(*class).span)),
        ValueKind::Instance(instance) => {
            Some((instance.module, eval.modules.get(instance.module).class(instance.class).span))
        }
        _ => None,
    };
    value.alternatives().iter().filter_map(place).collect()
}
