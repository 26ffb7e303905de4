//! What stands between a call and a task's function: decorators and `__call__` methods, as far as they surely pass all
//! arguments on.

use super::naming::keeps_name;
use crate::python::ir::{Argument, Call, Decorator, ExprKind, Function, FunctionId, Module, Param, ParamKind, Scope};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// What a decorator below the task's own gives.
pub(super) enum Wrapping {
    /// The function itself.
    Itself,
    /// Something that passes all arguments on.
    PassesOn,
}

/// Decorators of libraries that pass all arguments on, and look like the function.
const TRANSPARENT: &[&str] = &[
    "asgiref.sync.async_to_sync",
    "backoff.on_exception",
    "backoff.on_predicate",
    "django.db.transaction.atomic",
    "functools.cache",
    "functools.lru_cache",
    "newrelic.agent.background_task",
    "newrelic.agent.function_trace",
    "sentry_sdk.crons.monitor",
    "sentry_sdk.monitor",
    "sentry_sdk.trace",
    "tenacity.retry",
];

/// What a decorator makes of a function; none when that is not certain.
pub(super) fn of_decorator(eval: &Eval, id: ModuleId, function: &Function, decorator: &Decorator) -> Option<Wrapping> {
    let module = eval.modules.get(id);
    let call = module.call(decorator.value);
    let called = eval.expr(id, function.parent, call.map_or(decorator.value, |call| call.func));
    let listed = called.external().is_some_and(|path| TRANSPARENT.contains(&path));
    if listed || call.is_some() && is_context(eval, &called) {
        return Some(Wrapping::PassesOn);
    }
    let site = Site { module: id, scope: function.parent, expr: decorator.value };
    let decorates = eval.site(site);
    let marker = Value::reference(Ref::External("decorated.function".to_owned()));
    let args = Args { positional: vec![marker], ..Args::default() };
    let at = Loc::new(module.file, decorator.span);
    match eval.call_value(&decorates, &args, site, at).kind {
        ValueKind::Ref(Ref::External(path)) if path == "decorated.function" => Some(Wrapping::Itself),
        ValueKind::Ref(Ref::Function(m, f)) => wraps(eval.modules.get(m), f).then_some(Wrapping::PassesOn),
        _ => None,
    }
}

/// Whether calling it gives a context manager, which runs the function it decorates inside (`contextlib.ContextDecorator`).
fn is_context(eval: &Eval, called: &Value) -> bool {
    match called.kind {
        ValueKind::Ref(Ref::Function(m, f)) => {
            let module = eval.modules.get(m);
            let [decorator] = &*module.function(f).decorators else { return false };
            let decorator = eval.expr(m, module.function(f).parent, decorator.value);
            decorator.external() == Some("contextlib.contextmanager")
        }
        ValueKind::Ref(Ref::Class(m, c)) => {
            let outside = eval.external_bases(m, c);
            outside.iter().any(|path| path == "contextlib.ContextDecorator") && eval.member(m, c, "__call__").is_none()
        }
        _ => false,
    }
}

/// Whether a wrapper looks like what it wraps (`functools.wraps`) and calls only that with all of its arguments.
fn wraps(module: &Module, wrapper: FunctionId) -> bool {
    let function = module.function(wrapper);
    let outer = match function.parent {
        Scope::Function(outer) => module.function(outer),
        _ => return false,
    };
    let Some(wrapped) = outer.params.first().map(|param| &param.name) else { return false };
    keeps_name(module, wrapper)
        && passes_on(module, function, &function.params, |call| {
            (module.last_name(call.func) == Some(wrapped)).then_some(0)
        })
}

/// Whether the `__call__` of a task class runs the task with all of its arguments.
pub(super) fn calls_on(module: &Module, method: FunctionId) -> bool {
    let function = module.function(method);
    let Some((_, params)) = function.params.split_first() else { return false };
    function.decorators.is_empty()
        && passes_on(module, function, params, |call| {
            let ExprKind::Attribute { value, attr, .. } = &module.expr(call.func).kind else { return None };
            let of_super = module.call(*value).is_some_and(|it| module.dotted(it.func).as_deref() == Some("super"));
            match &**attr {
                "__call__" => Some(usize::from(!of_super)),
                "run" => Some(0),
                _ => None,
            }
        })
}

/// Whether a function takes `*args, **kwargs` and hands them on unchanged in each call that `is_target` knows; it says
/// how many arguments stand before them.
fn passes_on(
    module: &Module,
    function: &Function,
    params: &[Param],
    is_target: impl Fn(&Call) -> Option<usize>,
) -> bool {
    let [rest, keywords] = params else { return false };
    let shape = rest.kind == ParamKind::Rest && keywords.kind == ParamKind::Keywords;
    if !shape || function.is_generator {
        return false;
    }
    let bound_once = |name: &str| function.scope.names.get(name).is_none_or(|bindings| bindings.len() <= 1);
    if !bound_once(&rest.name) || !bound_once(&keywords.name) {
        return false;
    }
    let inside =
        module.calls.iter().filter(|fact| function.span.contains(module.span(fact.call)) && !fact.context.in_decorator);
    let targets = inside.filter_map(|fact| module.call(fact.call).and_then(|call| Some((call, is_target(call)?))));
    let passed: Vec<bool> = targets
        .map(|(call, before)| {
            let splat =
                |argument: &Argument| argument.splat.and_then(|_| module.last_name(argument.value)).map(|name| &**name);
            let own = call.args.iter().take(before).all(|argument| argument.splat.is_none() && argument.name.is_none());
            let names: Vec<Option<&str>> = call.args.iter().skip(before).map(splat).collect();
            own && names == [Some(&*rest.name), Some(&*keywords.name)]
        })
        .collect();
    !passed.is_empty() && passed.into_iter().all(|plain| plain)
}
