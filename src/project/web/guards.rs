//! What may catch that the broker does not answer: `try` statements, context managers of the project, and decorators that
//! nobody knows.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::python::ir::*;
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};

/// Exceptions that are no base of `kombu.exceptions.OperationalError`, and that nobody writes who means it, begin like these.
const BROAD: &[&str] = &[
    "BaseException",
    "ConnectionError",
    "ConnectionRefusedError",
    "EnvironmentError",
    "Exception",
    "IOError",
    "OSError",
    "TimeoutError",
];
/// Packages whose exceptions somebody writes who means the broker.
const BROKERS: &[&str] = &["amqp", "kombu", "pika", "redis", "socket", "valkey", "vine"];

/// What was asked already: functions are looked at with many different arguments, and met on many ways.
#[derive(Default)]
pub struct Guards {
    statements: RefCell<FxHashMap<(ModuleId, u32), bool>>,
    functions: RefCell<FxHashMap<(ModuleId, FunctionId), bool>>,
}

impl Guards {
    /// Whether the first block of a statement is guarded by it.
    pub fn guards(&self, eval: &Eval, module: ModuleId, scope: Scope, stmt: &Stmt) -> bool {
        if !matches!(stmt.kind, StmtKind::Try(_) | StmtKind::With { .. }) {
            return false;
        }
        let key = (module, stmt.span.start);
        if let Some(known) = self.statements.borrow().get(&key) {
            return *known;
        }
        let guards = match &stmt.kind {
            StmtKind::Try(whole) => whole.handlers.iter().any(|handler| answers(eval, module, scope, handler)),
            StmtKind::With { items, .. } => items.iter().any(|(context, _)| may_swallow(eval, module, scope, *context)),
            _ => false,
        };
        self.statements.borrow_mut().insert(key, guards);
        guards
    }

    /// Whether a decorator may change where a function runs, or what becomes of its exceptions.
    pub fn is_wrapped(&self, eval: &Eval, module: ModuleId, function: FunctionId) -> bool {
        if eval.modules.get(module).function(function).decorators.is_empty() {
            return false;
        }
        if let Some(known) = self.functions.borrow().get(&(module, function)) {
            return *known;
        }
        let wrapped = is_wrapped(eval, module, function);
        self.functions.borrow_mut().insert((module, function), wrapped);
        wrapped
    }
}

/// Whether a handler catches it, and does not only let it pass on.
fn answers(eval: &Eval, module: ModuleId, scope: Scope, handler: &Handler) -> bool {
    let passes_on = handler.body.iter().any(|stmt| matches!(stmt.kind, StmtKind::Raise(None)));
    let caught = handler
        .class
        .is_none_or(|class| eval.expr(module, scope, class).alternatives().iter().any(may_be_broker_error));
    caught && !passes_on
}

/// Whether a class (or a tuple of them) may be one that the broker's error is an instance of.
pub fn may_be_broker_error(class: &Value) -> bool {
    match &class.kind {
        ValueKind::List { items, open } => *open || items.iter().any(may_be_broker_error),
        // No class of the project is a base of one of kombu's.
        ValueKind::Ref(Ref::Class(..)) => false,
        ValueKind::Ref(Ref::External(path)) => is_broker_error(path),
        ValueKind::Int(status) => *status >= 500,
        _ => true,
    }
}

fn is_broker_error(path: &str) -> bool {
    let (top, last) = (path.split('.').next().unwrap_or_default(), path.rsplit('.').next().unwrap_or_default());
    match path.split_once('.') {
        None => BROAD.contains(&path) || !path.starts_with(char::is_uppercase),
        Some(("builtins", name)) => BROAD.contains(&name),
        Some(_) if top == "celery" => matches!(last, "OperationalError" | "CeleryError"),
        Some(_) => BROKERS.contains(&top) || last == "InternalServerError" || last == "Exception",
    }
}

/// Whether a context manager may keep an exception to itself: `suppress`, and everything that is not a library's.
fn may_swallow(eval: &Eval, module: ModuleId, scope: Scope, context: ExprId) -> bool {
    let lowered = eval.modules.get(module);
    let callee = lowered.call(context).map_or(context, |call| call.func);
    let value = eval.expr(module, scope, callee);
    value.alternatives().iter().any(|value| match &value.kind {
        ValueKind::Ref(Ref::External(path)) => path.ends_with(".suppress"),
        ValueKind::Ref(Ref::Class(..) | Ref::Function(..)) => true,
        _ => false,
    })
}

/// Decorators of any library that leave a function what it is, by their names.
const PLAIN: &[&str] = &[
    "abstractmethod",
    "action",
    "asynccontextmanager",
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "lru_cache",
    "override",
    "property",
    "staticmethod",
    "wraps",
    // Registrations.
    "api_route",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "route",
    "websocket",
];
/// Decorators that move a function to another thread.
pub const MOVING: &[&str] = &["asyncify", "sync_to_async", "to_thread", "run_in_threadpool", "threaded", "background"];

fn is_wrapped(eval: &Eval, module: ModuleId, function: FunctionId) -> bool {
    let lowered = eval.modules.get(module);
    let definition = lowered.function(function);
    definition.decorators.iter().any(|decorator| {
        let callee = lowered.call(decorator.value).map_or(decorator.value, |call| call.func);
        let name = lowered.last_name(callee).map_or("", |name| name);
        if MOVING.contains(&name) {
            return true;
        }
        let of_library = |value: &Value| {
            matches!(value.kind, ValueKind::Ref(Ref::External(_)) | ValueKind::Method { .. } | ValueKind::Made(_))
        };
        let value = eval.expr(module, definition.parent, callee);
        !PLAIN.contains(&name) && !value.alternatives().iter().all(of_library)
    })
}
