//! What a task accepts: its function's parameters, as far as nothing between the function and a call can change them.

use super::naming::keeps_name;
use super::{Definition, Task};
use crate::celery::arguments::{Parameter, Signature};
use crate::project::link::Linking;
use crate::project::objects::{Sure, is_app};
use crate::python::ir::{Decorator, ExprKind, Function, FunctionId, Module, ParamKind, Scope};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// What a task accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSignature {
    pub parameters: Signature,
    /// The function as it is called in messages.
    pub function: String,
    /// Where the function is named.
    pub at: Loc,
    /// Where each parameter is written.
    pub places: Vec<(String, Loc)>,
    /// Celery checks calls when they are sent (`typing`), by the function's own parameters.
    pub checked: bool,
    /// The worker calls the function with the arguments as they were sent.
    pub runs_as_sent: bool,
}

/// Decorators of libraries that pass all arguments on, and look like the function.
const TRANSPARENT: &[&str] = &[
    "backoff.on_exception",
    "backoff.on_predicate",
    "django.db.transaction.atomic",
    "sentry_sdk.crons.monitor",
    "sentry_sdk.monitor",
    "sentry_sdk.trace",
    "tenacity.retry",
];

/// Classes of Celery whose tasks are sent and run as any other.
const PLAIN_BASES: &[&str] = &[
    "abc.ABC",
    "celery.Task",
    "celery.app.Task",
    "celery.app.task.Task",
    "celery.contrib.abortable.AbortableTask",
    "celery.contrib.django.task.DjangoTask",
    "celery.task.Task",
    "celery.task.base.Task",
    "object",
];

/// Methods of task classes that decide what becomes of a call's arguments when it is sent.
const SENDING: &[&str] =
    &["apply", "apply_async", "delay", "s", "send", "si", "signature", "signature_from_request", "subtask", "retry"];

/// Parameters as Python sees them.
pub fn parameters(function: &Function, bound: bool) -> Signature {
    let mut signature = Signature { bound, ..Signature::default() };
    for param in &function.params {
        let parameter = Parameter {
            name: param.name.to_string(),
            has_default: param.default.is_some(),
            positional_only: param.kind == ParamKind::PositionalOnly,
        };
        match param.kind {
            ParamKind::PositionalOnly | ParamKind::Normal => signature.positional.push(parameter),
            ParamKind::KeywordOnly => signature.keyword_only.push(parameter),
            ParamKind::Rest => signature.rest = true,
            ParamKind::Keywords => signature.keywords = true,
        }
    }
    signature
}

fn places(module: &Module, function: &Function) -> Vec<(String, Loc)> {
    function.params.iter().map(|it| (it.name.to_string(), Loc::new(module.file, it.span))).collect()
}

/// What may change the sending of every task of the project.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whole {
    /// The base class of all tasks is one that is not known, or that sends in its own way.
    own_sending: bool,
    /// The base class of all tasks has a `__call__` of its own.
    own_call: bool,
    /// Some app turns the check off (`strict_typing`).
    unchecked: bool,
}

/// What apps say about all of their tasks: `app.Task = Base`, `Celery(task_cls=Base)`, `Celery(strict_typing=False)`.
pub fn whole(linking: &Linking) -> Whole {
    let found = linking.per_module(|eval, id| {
        let module = linking.modules.get(id);
        let mut bases: Vec<Value> = Vec::new();
        let mut whole = Whole::default();
        for store in &module.stores {
            if let ExprKind::Attribute { attr, .. } = &module.expr(store.target).kind
                && matches!(&**attr, "Task" | "task_cls")
            {
                bases.push(eval.expr(id, store.scope, store.value));
            }
        }
        for fact in &module.calls {
            let Some(call) = module.call(fact.call) else { continue };
            whole.unchecked |= call.keyword("strict_typing").is_some();
            bases.extend(call.keyword("task_cls").map(|given| eval.expr(id, fact.context.scope, given.value)));
        }
        for class in &module.classes {
            let own = class.scope.names.contains_key("task_cls");
            whole.own_sending |= own && class.bases.iter().any(|base| module.last_name(*base).is_some());
        }
        for base in &bases {
            let nature = of_base(eval, base);
            whole.own_sending |= nature.own_sending;
            whole.own_call |= nature.own_call;
        }
        vec![whole]
    });
    found.into_iter().fold(Whole::default(), |all, one| Whole {
        own_sending: all.own_sending || one.own_sending,
        own_call: all.own_call || one.own_call,
        unchecked: all.unchecked || one.unchecked,
    })
}

/// What a base class of tasks does with calls.
struct Nature {
    own_sending: bool,
    own_call: bool,
}

fn of_base(eval: &Eval, base: &Value) -> Nature {
    let plain = Nature { own_sending: false, own_call: false };
    match &base.kind {
        ValueKind::Ref(Ref::External(path)) if PLAIN_BASES.contains(&path.as_str()) => plain,
        ValueKind::Ref(Ref::External(path)) if path.ends_with(".Task") && !path.starts_with("celery_") => plain,
        ValueKind::Method { of, name } if name == "Task" && is_app(of) != Sure::No => plain,
        ValueKind::None => plain,
        ValueKind::Ref(Ref::Class(module, class)) => {
            let has = |name: &&str| eval.member(*module, *class, name).is_some();
            let outside = eval.external_bases(*module, *class);
            // A base that is not seen may do anything.
            let known = outside.iter().all(|path| is_plain_path(path)) && all_bases_known(eval, *module, *class);
            Nature { own_sending: !known || SENDING.iter().any(has), own_call: !known || has(&"__call__") }
        }
        _ => Nature { own_sending: true, own_call: true },
    }
}

fn is_plain_path(path: &str) -> bool {
    PLAIN_BASES.contains(&path) || path.ends_with(".Task") && !path.starts_with("celery_")
}

/// Whether every base of a class and of its project bases is a class of the project, or named outside.
fn all_bases_known(eval: &Eval, module: ModuleId, class: crate::python::ir::ClassId) -> bool {
    eval.classes(module, class).into_iter().all(|(m, c)| {
        let definition = eval.modules.get(m).class(c);
        definition.bases.iter().all(|base| {
            let value = eval.expr(m, definition.parent, *base);
            match &value.kind {
                ValueKind::Ref(Ref::Class(..) | Ref::External(_)) => true,
                ValueKind::Method { of, name } => name == "Task" && is_app(of) != Sure::No,
                _ => false,
            }
        })
    })
}

/// What a task accepts; none when that is not certain.
pub fn of_task(
    linking: &Linking,
    eval: &Eval,
    whole: Whole,
    task: &Task,
    args: &Args,
    decorator: Option<&Decorator>,
) -> Option<TaskSignature> {
    match task.definition? {
        Definition::Function(module, function) => {
            of_function(linking, eval, whole, (module, function), args, decorator)
        }
        Definition::Class(module, class) => {
            let nature = of_base(eval, &Value::reference(Ref::Class(module, class)));
            let ValueKind::Ref(Ref::Function(m, f)) = eval.member(module, class, "run")?.kind else { return None };
            let lowered = linking.modules.get(m);
            let function = lowered.function(f);
            if nature.own_sending || nature.own_call || !function.decorators.is_empty() {
                return None;
            }
            Some(TaskSignature {
                parameters: parameters(function, true),
                function: function.name.to_string(),
                at: Loc::new(lowered.file, function.name_span),
                places: places(lowered, function),
                checked: false,
                runs_as_sent: true,
            })
        }
    }
}

fn of_function(
    linking: &Linking,
    eval: &Eval,
    whole: Whole,
    (id, f): (ModuleId, FunctionId),
    args: &Args,
    decorator: Option<&Decorator>,
) -> Option<TaskSignature> {
    let module = linking.modules.get(id);
    let function = module.function(f);
    let in_class = matches!(function.parent, Scope::Class(_));
    let above = |it: &&Decorator| decorator.is_some_and(|task| it.span.start < task.span.start);
    if in_class || &*function.name == "<lambda>" || args.open || function.decorators.iter().any(|it| above(&it)) {
        return None;
    }
    let own = args
        .named("base")
        .map_or(Nature { own_sending: whole.own_sending, own_call: whole.own_call }, |base| of_base(eval, base));
    let flag = |name: &str, default: bool| match args.named(name).map(|value| &value.kind) {
        None => Some(default),
        Some(ValueKind::Bool(is)) => Some(*is),
        Some(ValueKind::None) => Some(name == "typing"),
        Some(_) => None,
    };
    let bound = flag("bind", false)?;
    let own_method = ["__call__", "apply_async", "delay"].iter().any(|name| args.named(name).is_some());
    if own.own_sending || own_method {
        return None;
    }
    let below = function.decorators.iter().filter(|it| decorator.is_none_or(|task| it.span.start > task.span.start));
    let mut same = true;
    for inner in below {
        match kind_of(eval, id, function, inner)? {
            Wrapping::Itself => {}
            Wrapping::PassesOn => same = false,
        }
    }
    let typing = flag("typing", true) == Some(true) && !whole.unchecked;
    Some(TaskSignature {
        parameters: parameters(function, bound),
        function: function.name.to_string(),
        at: Loc::new(module.file, function.name_span),
        places: places(module, function),
        checked: typing && same,
        runs_as_sent: !own.own_call,
    })
}

/// What a decorator below the task's own gives.
enum Wrapping {
    /// The function itself.
    Itself,
    /// Something that passes all arguments on.
    PassesOn,
}

fn kind_of(eval: &Eval, id: ModuleId, function: &Function, decorator: &Decorator) -> Option<Wrapping> {
    let module = eval.modules.get(id);
    let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
    let called = eval.expr(id, function.parent, callee);
    if called.external().is_some_and(|path| TRANSPARENT.contains(&path)) {
        return Some(Wrapping::PassesOn);
    }
    let site = Site { module: id, scope: function.parent, expr: decorator.value };
    let decorates = eval.site(site);
    let marker = Value::reference(Ref::External("decorated.function".to_owned()));
    let args = Args { positional: vec![marker.clone()], ..Args::default() };
    let at = Loc::new(module.file, decorator.span);
    match eval.call_value(&decorates, &args, site, at).kind {
        ValueKind::Ref(Ref::External(path)) if path == "decorated.function" => Some(Wrapping::Itself),
        ValueKind::Ref(Ref::Function(m, f)) => passes_on(eval.modules.get(m), f).then_some(Wrapping::PassesOn),
        _ => None,
    }
}

/// Whether a wrapper looks like what it wraps (`functools.wraps`) and its only call of it passes `*args, **kwargs` on,
/// without changing them.
fn passes_on(module: &Module, wrapper: FunctionId) -> bool {
    let function = module.function(wrapper);
    let [rest, keywords] = function.params.as_slice() else { return false };
    let shape = rest.kind == ParamKind::Rest && keywords.kind == ParamKind::Keywords;
    if !shape || !keeps_name(module, wrapper) || function.is_generator {
        return false;
    }
    let bound_once = |name: &str| function.scope.names.get(name).is_none_or(|bindings| bindings.len() <= 1);
    if !bound_once(&rest.name) || !bound_once(&keywords.name) {
        return false;
    }
    let outer = match function.parent {
        Scope::Function(outer) => module.function(outer),
        _ => return false,
    };
    let Some(wrapped) = outer.params.first().map(|param| &param.name) else { return false };
    let mut calls = module.calls.iter().filter_map(|fact| {
        let call = module.call(fact.call)?;
        let inside = function.span.contains(module.span(fact.call)) && !fact.context.in_decorator;
        (inside && module.last_name(call.func) == Some(wrapped)).then_some(call)
    });
    let plain = |call: &crate::python::ir::Call| {
        let names: Vec<Option<&str>> = call
            .args
            .iter()
            .map(|argument| argument.splat.and_then(|_| module.last_name(argument.value)).map(|name| &**name))
            .collect();
        names == [Some(&*rest.name), Some(&*keywords.name)]
    };
    let first = calls.next();
    first.is_some_and(plain) && calls.all(plain)
}

#[cfg(test)]
mod tests;
