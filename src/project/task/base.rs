//! Base classes of tasks: what they may change about how a task is sent, called and answered.

use super::wrapping;
use crate::project::objects::{Sure, is_app};
use crate::python::ir::{ClassId, FunctionId};
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};

/// Classes of Celery and its extensions whose tasks are sent and run as any other; sorted.
const PLAIN_BASES: &[&str] = &[
    "abc.ABC",
    "celery.Task",
    "celery.app.Task",
    "celery.app.task.Task",
    "celery.contrib.abortable.AbortableTask",
    "celery.contrib.django.task.DjangoTask",
    "celery.task.Task",
    "celery.task.base.Task",
    "flask_celeryext.AppContextTask",
    "flask_celeryext.RequestContextTask",
    "flask_celeryext.app.AppContextTask",
    "flask_celeryext.app.RequestContextTask",
    "object",
];

/// Methods of task classes that decide what becomes of a call's arguments when it is sent.
const SENDING: &[&str] =
    &["apply", "apply_async", "delay", "s", "send", "si", "signature", "signature_from_request", "subtask", "retry"];

/// What a base class of tasks does with calls.
pub(super) struct Nature {
    /// How a task is sent may not be Celery's way.
    pub own_sending: bool,
    /// What the function is called with may not be what was sent.
    pub own_call: bool,
    /// What the function gives may not be what the task gives.
    pub own_result: bool,
}

pub(super) fn of(eval: &Eval, base: &Value) -> Nature {
    let plain = Nature { own_sending: false, own_call: false, own_result: false };
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
            let (own_call, own_result) = match eval.member(*module, *class, "__call__").map(|member| member.kind) {
                Some(ValueKind::Ref(Ref::Function(m, f))) => {
                    (!wrapping::calls_on(eval.modules.get(m), f), !gives_on(eval, m, f))
                }
                found => (found.is_some(), found.is_some()),
            };
            Nature {
                own_sending: !known || SENDING.iter().any(has),
                own_call: !known || own_call,
                own_result: !known || own_call || own_result,
            }
        }
        _ => Nature { own_sending: true, own_call: true, own_result: true },
    }
}

/// Whether a task of that class is sent only when the transaction of a database is done: `apply_async` of its own, which gives
/// the call to `on_commit`.
pub(super) fn waits_for_commit(eval: &Eval, base: &Value) -> bool {
    const WORDS: &[&str] = &["on_commit", "after_commit"];
    let named =
        |path: &str| path.rsplit('.').next().is_some_and(|name| name.contains("ransaction") || name.contains("Commit"));
    match &base.kind {
        ValueKind::Ref(Ref::External(path)) => named(path),
        ValueKind::Ref(Ref::Class(module, class)) => {
            let waits = |name: &&str| match eval.member(*module, *class, name).map(|member| member.kind) {
                Some(ValueKind::Ref(Ref::Function(m, f))) => {
                    let span = eval.modules.get(m).function(f).span;
                    let text = eval.modules.text(m).get(span.range()).unwrap_or_default();
                    WORDS.iter().any(|word| text.contains(word))
                }
                _ => false,
            };
            ["apply_async", "delay"].iter().any(waits)
                || eval.external_bases(*module, *class).iter().any(|path| named(path))
        }
        _ => false,
    }
}

/// Whether a method surely does nothing with a coroutine or generator that it gets.
fn gives_on(eval: &Eval, module: ModuleId, method: FunctionId) -> bool {
    const WORDS: &[&str] = &["async", "await", "corout", "loop", "generator", "next(", "list("];
    let span = eval.modules.get(module).function(method).span;
    let text = eval.modules.text(module).get(span.range()).unwrap_or_default();
    !WORDS.iter().any(|word| text.contains(word))
}

/// Whether a class of tasks is Celery's own.
pub(super) fn is_celerys(base: &Value) -> bool {
    match &base.kind {
        ValueKind::Ref(Ref::External(path)) => is_plain_path(path),
        ValueKind::Method { of, name } => name == "Task" && is_app(of) != Sure::No,
        kind => matches!(kind, ValueKind::None),
    }
}

fn is_plain_path(path: &str) -> bool {
    PLAIN_BASES.contains(&path) || path.ends_with(".Task") && !path.starts_with("celery_")
}

/// Whether every base of a class and of its project bases is a class of the project, or named outside.
pub(super) fn all_bases_known(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
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

/// Whether a class of the project surely is one of tasks, all of whose bases are known.
pub(super) fn is_task_class(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
    let plain = |path: &String| super::detail::is_task_class(path) || PLAIN_BASES.contains(&path.as_str());
    let is_root = |path: &String| !matches!(path.as_str(), "abc.ABC" | "object" | "typing.Generic");
    let outside = eval.external_bases(module, class);
    let rooted = outside.iter().any(is_root) || has_app_class(eval, module, class);
    rooted && outside.iter().all(plain) && all_bases_known(eval, module, class)
}

/// `class Base(app.Task)`
fn has_app_class(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
    eval.classes(module, class).into_iter().any(|(m, c)| {
        let definition = eval.modules.get(m).class(c);
        definition.bases.iter().any(|base| {
            let value = eval.expr(m, definition.parent, *base);
            matches!(value.kind, ValueKind::Method { .. }) && is_celerys(&value)
        })
    })
}
