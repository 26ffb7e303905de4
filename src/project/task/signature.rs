//! What a task accepts: its function's parameters, as far as nothing between the function and a call can change them.

use super::annotation::{self, Expected};
use super::base::{self, Nature};
use super::wrapping::{self, Wrapping};
use super::{Definition, Task};
use crate::celery::arguments::{Parameter, Signature};
use crate::project::link::Linking;
use crate::python::ir::{Decorator, ExprKind, Function, FunctionId, Module, ParamKind, Scope, StmtKind};
use crate::python::{Args, Eval, ModuleId, Ref, Value, ValueKind};
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
    /// The parameters whose annotation names a type that JSON does not have.
    pub expected: Vec<(String, Expected)>,
    /// Celery checks calls when they are sent (`typing`), by the function's own parameters.
    pub checked: bool,
    /// The worker calls the function with the arguments as they were sent.
    pub runs_as_sent: bool,
}

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
    /// Some app is given a base class for its tasks.
    pub has_base: bool,
    /// It may make something else of what a task gives.
    pub own_result: bool,
    /// The base class of all tasks is one that is not known, or that sends in its own way.
    own_sending: bool,
    /// The base class of all tasks has a `__call__` of its own.
    own_call: bool,
    /// The base class of all tasks sends them only when a transaction is done.
    pub on_commit: bool,
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
            let given = call.keyword("task_cls").map(|given| eval.expr(id, fact.context.scope, given.value));
            bases.extend(given.map(|class| named_class(linking, eval, id, class)));
        }
        for class in &module.classes {
            let own = class.scope.names.contains_key("task_cls");
            whole.has_base |= own;
            whole.own_result |= own;
            whole.own_sending |= own && class.bases.iter().any(|base| module.last_name(*base).is_some());
        }
        for base in &bases {
            let nature = base::of(eval, base);
            whole.own_sending |= nature.own_sending;
            whole.own_call |= nature.own_call;
            whole.own_result |= nature.own_result;
            whole.has_base |= !base::is_celerys(base);
            whole.on_commit |= base::waits_for_commit(eval, base);
        }
        vec![whole]
    });
    found.into_iter().fold(Whole::default(), |all, one| Whole {
        has_base: all.has_base || one.has_base,
        own_result: all.own_result || one.own_result,
        own_sending: all.own_sending || one.own_sending,
        own_call: all.own_call || one.own_call,
        on_commit: all.on_commit || one.on_commit,
        unchecked: all.unchecked || one.unchecked,
    })
}

/// The class that a text names (`"shop.tasks:Base"`), else the value itself.
fn named_class(linking: &Linking, eval: &Eval, from: ModuleId, value: Value) -> Value {
    let Some(text) = value.as_literal() else { return value };
    let class = text.rsplit_once([':', '.']).and_then(|(module, name)| {
        let module = linking.modules.by_dotted(from, module)?;
        eval.global(module, name)
    });
    class.unwrap_or(value)
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
            let nature = base::of(eval, &Value::reference(Ref::Class(module, class)));
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
                expected: annotation::expected(eval, m, function),
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
    let own = args.named("base").map_or(
        Nature { own_sending: whole.own_sending, own_call: whole.own_call, own_result: whole.own_result },
        |base| base::of(eval, base),
    );
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
        match wrapping::of_decorator(eval, id, function, inner)? {
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
        expected: annotation::expected(eval, id, function),
        checked: typing && same,
        runs_as_sent: !own.own_call && !only_raises(module, function),
    })
}

/// Whether the function is there for its name alone, because a worker in another language or project does the work.
fn only_raises(module: &Module, function: &Function) -> bool {
    let is_docstring =
        |kind: &StmtKind| matches!(kind, StmtKind::Expr(it) if matches!(module.expr(*it).kind, ExprKind::Str(_)));
    let body = match &*function.body {
        [first, rest @ ..] if is_docstring(&first.kind) => rest,
        body => body,
    };
    matches!(body, [only] if matches!(only.kind, StmtKind::Raise(_)))
}

#[cfg(test)]
mod tests;
