//! What an expression of web code asks of Celery: sends a task, reads a state, returns a result, asks whether it lives.

use super::tasks::Celery;
use crate::python::{Eval, Made, Ref, Value, ValueKind};

/// What one place does, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uses {
    pub submits: bool,
    pub status: bool,
    pub result: bool,
    pub health: bool,
    /// A state that is only tested: it counts where the answer tells it on.
    pub tested: bool,
    /// The result of a task that the same place has just sent.
    pub waits: bool,
    /// A row of the project's own that tells the state, or the result, of a task: it counts where it is asked for.
    pub row_status: bool,
    pub row_result: bool,
}

impl Uses {
    pub const SUBMITS: Self = Self { submits: true, ..Self::NONE };
    pub const HEALTH: Self = Self { health: true, ..Self::NONE };
    pub const NONE: Self = Self {
        submits: false,
        status: false,
        result: false,
        health: false,
        tested: false,
        waits: false,
        row_status: false,
        row_result: false,
    };

    pub fn and(self, other: Self) -> Self {
        Self {
            submits: self.submits || other.submits,
            status: self.status || other.status,
            result: self.result || other.result,
            health: self.health || other.health,
            tested: self.tested || other.tested,
            waits: self.waits || other.waits,
            row_status: self.row_status || other.row_status,
            row_result: self.row_result || other.row_result,
        }
    }
}

const SENDING: &[&str] = &["apply_async", "apply_async_on_commit", "delay", "delay_on_commit", "send_task"];
const STATES: &[&str] = &[
    "completed_count",
    "date_done",
    "failed",
    "get_state",
    "get_status",
    "ready",
    "state",
    "status",
    "successful",
    "waiting",
];
const RESULTS: &[&str] = &[
    "collect",
    "get",
    "get_leaf",
    "get_result",
    "info",
    "iter_native",
    "iterate",
    "join",
    "join_native",
    "result",
    "results",
    "wait",
];
const BOTH: &[&str] = &["as_dict", "get_group_meta", "get_task_meta", "get_task_meta_for", "_get_task_meta"];
const CONNECTING: &[&str] = &["channel", "connect", "default_channel", "ensure_connection", "heartbeat_check"];
const CONNECTIONS: &[&str] =
    &["broker_connection", "connection", "connection_for_read", "connection_for_write", "connection_or_acquire"];

/// An attribute that is read, and how.
pub struct Read<'r> {
    pub receiver: &'r Value,
    /// The receiver as it is written, when it is a plain dotted name.
    pub written: Option<String>,
    pub attr: &'r str,
    /// Only its truth is asked for.
    pub tested: bool,
    pub in_loop: bool,
}

/// What reading an attribute (or calling a method) asks of Celery.
pub fn of_attribute(celery: &Celery, eval: &Eval, read: &Read) -> Uses {
    let mut uses = Uses::NONE;
    if SENDING.contains(&read.attr) && sends(celery, eval, read) {
        uses = Uses::SUBMITS;
    }
    for receiver in read.receiver.alternatives() {
        uses = uses
            .and(of_result(receiver, read))
            .and(of_backend(receiver, read))
            .and(of_health(celery, eval, receiver, read));
    }
    uses.and(written_health(read)).and(written_meta(read))
}

fn sends(celery: &Celery, eval: &Eval, read: &Read) -> bool {
    let known: Vec<&Value> = read.receiver.alternatives().iter().filter(|value| !value.is_unknown()).collect();
    if known.is_empty() {
        return read.attr != "delay" || names_celery(read.written.as_deref().unwrap_or_default());
    }
    known.into_iter().any(|receiver| match &receiver.kind {
        ValueKind::Ref(Ref::Function(module, function)) => {
            read.attr != "send_task" && celery.is_task(eval, *module, *function)
        }
        ValueKind::Ref(Ref::Class(module, class)) => Celery::is_task_class(eval, *module, *class),
        ValueKind::Instance(instance) => Celery::is_task_class(eval, instance.module, instance.class),
        ValueKind::Ref(Ref::External(path)) => {
            let written = read.written.as_deref().unwrap_or_default();
            names_celery(path) || names_celery(written) || (read.attr != "delay" && !is_foreign(path))
        }
        ValueKind::Made(made) => {
            made.is_signature()
                || made.callee.starts_with("celery.")
                || made.callee.starts_with("?.")
                || names_celery(&made.callee)
        }
        ValueKind::Method { of, .. } => of.made().is_none_or(|made| is_celery_path(&made.callee)),
        _ => false,
    })
}

/// Objects outside Celery with methods of the same names.
fn is_foreign(path: &str) -> bool {
    const PACKAGES: &[&str] = &["asyncio", "concurrent", "gevent", "joblib", "multiprocessing", "threading", "trio"];
    PACKAGES.contains(&path.split('.').next().unwrap_or_default())
}

pub fn names_celery(path: &str) -> bool {
    let path = path.to_lowercase();
    path.contains("celery") || path.contains("task") || path.split('.').any(|part| matches!(part, "jobs" | "workers"))
}

fn is_celery_path(path: &str) -> bool {
    path.starts_with("celery.") || path.to_lowercase().contains("celery")
}

/// What reading an `AsyncResult`, or a row of it, tells.
fn of_result(receiver: &Value, read: &Read) -> Uses {
    let Some(made) = receiver.made().or_else(|| within(receiver)) else { return Uses::NONE };
    let fresh = is_fresh(made);
    if !fresh && !is_result(made) {
        return Uses::NONE;
    }
    if STATES.contains(&read.attr) {
        return match (fresh, read.tested) {
            (true, _) if !read.in_loop => Uses::NONE,
            (_, true) => Uses { tested: true, ..Uses::NONE },
            (_, false) => Uses { status: true, ..Uses::NONE },
        };
    }
    if BOTH.contains(&read.attr) {
        return Uses { status: true, result: true, ..Uses::NONE };
    }
    if RESULTS.contains(&read.attr) {
        return Uses { result: true, waits: fresh, ..Uses::NONE };
    }
    Uses::NONE
}

/// `result.children`, `result.parent`: still results.
fn within(value: &Value) -> Option<&Made> {
    match &value.kind {
        ValueKind::Method { of, name } if matches!(name.as_str(), "children" | "parent" | "results") => of.made(),
        _ => None,
    }
}

/// Whether a call gives the result of a task that it sends.
fn is_fresh(made: &Made) -> bool {
    let last = made.callee.rsplit('.').next().unwrap_or_default();
    SENDING.contains(&last)
        && (made.callee.starts_with("?.") || is_celery_path(&made.callee) || names_celery(&made.callee))
}

/// Whether a call gives an `AsyncResult` or a stored row of one.
fn is_result(made: &Made) -> bool {
    let (of, last) = made.callee.rsplit_once('.').unwrap_or(("", &made.callee));
    match last {
        "AsyncResult" | "GroupResult" | "ResultSet" | "EagerResult" => !is_foreign(of),
        "restore" | "result_from_tuple" => is_celery_path(of),
        _ => is_stored_row(made),
    }
}

/// A row of django-celery-results (`TaskResult.objects.get(…)`, `get_object_or_404(TaskResult, …)`).
fn is_stored_row(made: &Made) -> bool {
    names_stored_row(&made.callee)
        || made.args.positional.iter().any(|value| value.external().is_some_and(names_stored_row))
        || made.receiver.as_ref().is_some_and(|value| value.made().is_some_and(is_stored_row))
}

pub fn names_stored_row(path: &str) -> bool {
    path.starts_with("django_celery_results.models.TaskResult")
        || path.starts_with("django_celery_results.models.GroupResult")
        || path.starts_with("celery.backends.database.models.Task")
}

/// `app.backend.get_task_meta(id)` and the like.
fn of_backend(receiver: &Value, read: &Read) -> Uses {
    let path = path_of(receiver);
    if !path.ends_with(".backend") && !path.contains(".backend.") {
        return Uses::NONE;
    }
    match read.attr {
        attr if BOTH.contains(&attr) => Uses { status: true, result: true, ..Uses::NONE },
        "get_state" | "get_status" => Uses { status: true, ..Uses::NONE },
        "get_result" => Uses { result: true, ..Uses::NONE },
        "ping" => Uses::HEALTH,
        _ => Uses::NONE,
    }
}

fn of_health(celery: &Celery, eval: &Eval, receiver: &Value, read: &Read) -> Uses {
    let path = path_of(receiver);
    let (of, last) = path.rsplit_once('.').unwrap_or(("", &path));
    let asks = match read.attr {
        "inspect" | "ping" | "broadcast" => last == "control" && (of.is_empty() || is_celery_path(&path)),
        "Inspect" => false,
        attr if CONNECTING.contains(&attr) => {
            (CONNECTIONS.contains(&last) && (is_celery_path(of) || of.is_empty() || of == "?"))
                || (last == "acquire" && is_celery_path(of) && of.contains("pool"))
                || (is_client(&path) && reaches_broker(celery, eval, receiver))
        }
        _ => is_control_client(&path),
    };
    let pings =
        matches!(read.attr, "ping" | "info" | "llen" | "execute_command") && reaches_broker(celery, eval, receiver);
    if asks || pings { Uses::HEALTH } else { Uses::NONE }
}

/// `celery.app.control.Inspect(…)` and the like: whatever it is asked next.
fn is_control_client(path: &str) -> bool {
    is_celery_path(path) && (path.ends_with(".Inspect") || path.ends_with("control.inspect"))
}

/// The same by what is written, where the receiver is not known: only Celery has `control.inspect`.
fn written_health(read: &Read) -> Uses {
    let Some(written) = &read.written else { return Uses::NONE };
    let parts: Vec<&str> = written.rsplit('.').take(2).collect();
    let asks = match (read.attr, parts.as_slice()) {
        ("inspect" | "ping", ["control", ..]) => true,
        ("ping", ["client", "backend"]) => true,
        ("ensure_connection", _) => read.receiver.is_unknown() && names_celery(written),
        _ => false,
    };
    if asks { Uses::HEALTH } else { Uses::NONE }
}

/// Only Celery has `backend.get_task_meta`: it counts where the application is a parameter too.
fn written_meta(read: &Read) -> Uses {
    let Some(written) = &read.written else { return Uses::NONE };
    if read.attr == "get_task_meta" && written.split('.').next_back() == Some("backend") {
        return Uses { status: true, result: true, ..Uses::NONE };
    }
    Uses::NONE
}

/// Clients of brokers outside Celery.
fn is_client(path: &str) -> bool {
    const CLIENTS: &[&str] = &[
        "Redis",
        "StrictRedis",
        "from_url",
        "Connection",
        "BrokerConnection",
        "URLParameters",
        "ConnectionPool",
        "BlockingConnection",
        "connect",
        "connect_robust",
        "create_redis_pool",
        "Client",
        "get_redis_connection",
    ];
    const PACKAGES: &[&str] =
        &["redis", "aioredis", "kombu", "pika", "aio_pika", "amqp", "valkey", "aiormq", "librabbitmq"];
    let package = path.split('.').next().unwrap_or_default();
    PACKAGES.contains(&package) && path.split('.').any(|part| CLIENTS.contains(&part))
}

/// Whether a client is made with the URL that Celery's broker or backend has.
fn reaches_broker(celery: &Celery, eval: &Eval, client: &Value) -> bool {
    let Some(made) = client.made() else { return false };
    if !is_client(&made.callee) {
        return false;
    }
    let named = made.args.named.iter().map(|(_, value, _)| value);
    let mut arguments = made.args.positional.iter().chain(named).collect::<Vec<_>>();
    if let Some(receiver) = made.receiver.as_ref().and_then(Value::made) {
        arguments.extend(&receiver.args.positional);
    }
    let within = |value: &Value| match value.made() {
        Some(inner) if is_client(&inner.callee) => inner.args.positional.iter().any(|one| celery.is_broker(eval, one)),
        _ => false,
    };
    arguments.into_iter().any(|argument| celery.is_broker(eval, argument) || within(argument))
}

/// The dotted path of a chain of attributes and calls.
pub fn path_of(value: &Value) -> String {
    match &value.kind {
        ValueKind::Ref(Ref::External(path)) => path.clone(),
        ValueKind::Made(made) => made.callee.clone(),
        ValueKind::Method { of, name } => format!("{}.{name}", path_of(of)),
        _ => String::new(),
    }
}
