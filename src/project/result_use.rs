//! Where code needs a result backend: it reads the state or the value of a task, or starts a chord.

use rustc_hash::FxHashMap;

use super::environment::names::Names;
use super::link::{Linking, is_test_path};
use super::production::is_shown;
use super::submission::TaskIndex;
use super::task::Task;
use super::task::reach::lets_join;
use crate::python::ir::{BindingKind, CallFact, ExprId, ExprKind, FunctionId, Module, Scope, Splat};
use crate::python::{Eval, Made, ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;

/// One place that cannot do without a result backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultUse {
    pub kind: UseKind,
    /// What is read (`state`, `get`), or what is started (`chord`).
    pub word: String,
    /// The expression that reads, or the call that starts.
    pub at: Loc,
    pub module: ModuleId,
    /// The function it stands in.
    pub function: Option<FunctionId>,
    /// The whole call, when the method is called.
    pub call: Option<Loc>,
    /// Tasks may wait here: `disable_sync_subtasks=False`, `with allow_join_result():`.
    pub allowed: bool,
    /// Index into `Project::tasks` of the task whose result it is, if known.
    pub task: Option<usize>,
    /// What the call that sends it says of `ignore_result`: `Some(true)` for `True`, `Some(false)` for anything else that
    /// keeps the task's own word from counting.
    pub ignore: Option<bool>,
}

/// What a place needs a result backend for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    /// Reads of the result of a task that the same code has sent.
    Sent,
    /// Reads of a result that is looked up by its id, which came from elsewhere.
    ById { made_at: Loc },
    /// A chord is started: written as such, or a group that something follows in a chain.
    Chord,
}

/// Attributes and methods of results that ask the backend for the task's record.
const RECORD: &[&str] = &[
    "children",
    "completed_count",
    "date_done",
    "failed",
    "info",
    "ready",
    "result",
    "state",
    "status",
    "successful",
    "traceback",
];
/// Methods that wait for the result.
const WAITING: &[&str] = &["collect", "get", "join", "join_native", "wait"];

const SENDING: &[&str] = &["apply_async", "delay", "send_task"];
const RESULTS: &[&str] = &["AsyncResult", "GroupResult"];
const STARTING: &[&str] = &["apply_async", "delay"];

/// Words without which a file has no results, or starts no chords.
const RESULT_SIGNS: &[&str] = &["AsyncResult", "GroupResult", "apply_async", ".delay(", "send_task"];
/// Words of canvases; `group` is also what matches of regular expressions have.
const CHORD_SIGNS: &[&str] = &["chord", "group("];

/// How deep canvases are nested that are looked into.
const MAX_DEPTH: u32 = 12;

impl ResultUse {
    /// Whether it waits for the value, rather than ask for the record.
    pub fn waits(&self) -> bool {
        WAITING.contains(&self.word.as_str())
    }
}

/// Every use outside tests, examples and documentation, in (file, position) order.
pub fn find(linking: &Linking, tasks: &[Task]) -> Vec<ResultUse> {
    let index = TaskIndex::new(tasks);
    linking.per_module(|eval, id| {
        let (path, text) = (linking.modules.path(id), linking.modules.text(id));
        let tells =
            |signs: &[&str]| signs.iter().any(|sign| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some());
        let canvases = tells(CHORD_SIGNS) && tells(&["celery"]);
        if !tells(RESULT_SIGNS) && !canvases || is_test_path(path) || is_shown(path) {
            return Vec::new();
        }
        let module = linking.modules.get(id);
        let mut found = reads(&index, eval, id, module);
        if canvases {
            found.extend(module.calls.iter().filter_map(|fact| chord(eval, id, module, fact)));
        }
        found.sort_by_key(|found| found.at);
        found
    })
}

fn reads(tasks: &TaskIndex, eval: &Eval, id: ModuleId, module: &Module) -> Vec<ResultUse> {
    let names = Names::of(module);
    let called = |fact: &'_ CallFact| Some(module.call(fact.call)?.func);
    let calls: FxHashMap<ExprId, &CallFact> =
        module.calls.iter().filter_map(|fact| Some((called(fact)?, fact))).collect();
    let stored = |expr: ExprId| module.stores.iter().any(|store| store.target == expr);
    let mut found = Vec::new();
    for (index, expr) in module.exprs.iter().enumerate() {
        let ExprKind::Attribute { value, attr, .. } = &expr.kind else { continue };
        if !RECORD.contains(&&**attr) && !WAITING.contains(&&**attr) {
            continue;
        }
        let scope = names.scope_at(expr.span);
        if !may_be_result(module, &names, scope, *value) || stored(ExprId(index as u32)) {
            continue;
        }
        let result = eval.expr(id, scope, *value);
        let Some(kind) = of_result(tasks, eval, &result) else { continue };
        let (at, function) = (Loc::new(module.file, expr.span), module.enclosing_function(scope));
        let fact = calls.get(&ExprId(index as u32));
        found.push(ResultUse {
            kind,
            word: attr.to_string(),
            at,
            module: id,
            function,
            call: fact.map(|fact| Loc::new(module.file, module.span(fact.call))),
            allowed: fact.is_some_and(|fact| is_allowed(eval, id, module, fact)),
            task: result.made().and_then(|made| tasks.of(made.receiver.as_ref()?)),
            ignore: result.made().and_then(said_of_ignoring),
        });
    }
    found
}

/// Whether a call that waits is one that Celery lets tasks do.
fn is_allowed(eval: &Eval, id: ModuleId, module: &Module, fact: &CallFact) -> bool {
    let Some(call) = module.call(fact.call) else { return true };
    let given = call.keyword("disable_sync_subtasks").map(|argument| &module.expr(argument.value).kind);
    call.args.iter().any(|argument| argument.splat == Some(Splat::Keyword))
        || given.is_some_and(|value| !matches!(value, ExprKind::Bool(true)))
        || lets_join(eval, id, fact)
}

/// A first look without evaluation: a call, or a name that was given what a call made.
fn may_be_result(module: &Module, names: &Names, scope: Scope, expr: ExprId) -> bool {
    let gives = |expr: ExprId| gives_result(module, expr);
    match &module.expr(expr).kind {
        ExprKind::Name(name) => names.values(scope, name).into_iter().any(gives),
        ExprKind::Attribute { attr, .. } => ["job", "res", "task"].iter().any(|word| attr.contains(word)),
        _ => gives(expr),
    }
}

/// A call that sends or looks up, of a function of the project, or of a canvas; not of a method of something else.
fn gives_result(module: &Module, expr: ExprId) -> bool {
    match &module.expr(expr).kind {
        ExprKind::Await(inner) => gives_result(module, *inner),
        ExprKind::Call(call) => match &module.expr(call.func).kind {
            ExprKind::Attribute { attr, .. } => SENDING.contains(&&**attr) || RESULTS.contains(&&**attr),
            _ => true,
        },
        _ => false,
    }
}

/// What kind of result a value surely is.
fn of_result(index: &TaskIndex, eval: &Eval, value: &Value) -> Option<UseKind> {
    let made = value.made()?;
    let last = made.callee.rsplit('.').next().unwrap_or_default();
    if is_started_canvas(made) || SENDING.contains(&last) && is_of_celery(index, made) {
        return Some(UseKind::Sent);
    }
    if !RESULTS.contains(&last) || !is_of_celery(index, made) {
        return None;
    }
    let id = made.args.get(0, "id").or(made.args.named("task_id"));
    let here = id.is_some_and(|id| matches!(&id.kind, ValueKind::Method { of, .. } if of.made().is_some_and(sends)));
    if here {
        return Some(UseKind::Sent);
    }
    let home = eval.modules.get(made.site.module);
    Some(UseKind::ById { made_at: Loc::new(home.file, home.span(made.site.expr)) })
}

/// What a call that sends a task says of `ignore_result`.
fn said_of_ignoring(made: &Made) -> Option<bool> {
    let direct = made.receiver.as_ref().is_some_and(|of| matches!(of.kind, ValueKind::Ref(Ref::Function(..))));
    let is_delay = made.callee.ends_with(".delay");
    match made.args.named("ignore_result").map(|value| &value.kind) {
        _ if !direct => Some(false),
        _ if is_delay => None,
        Some(ValueKind::Bool(true)) => Some(true),
        Some(_) => Some(false),
        None => made.args.open.then_some(false),
    }
}

/// Whether a call sends a task.
fn sends(made: &Made) -> bool {
    SENDING.contains(&made.callee.rsplit('.').next().unwrap_or_default()) || is_started_canvas(made)
}

/// Whether a method is called on something of Celery, or on a task.
fn is_of_celery(index: &TaskIndex, made: &Made) -> bool {
    made.callee.starts_with("celery.") || made.receiver.as_ref().is_some_and(|of| index.of(of).is_some())
}

/// The canvas a value is, if it is one that was not called yet.
fn canvas(value: &Value) -> Option<(&str, &Made)> {
    let made = value.made().filter(|made| made.receiver.is_none())?;
    let (of, last) = made.callee.rsplit_once('.')?;
    (matches!(of, "celery" | "celery.canvas") && matches!(last, "chain" | "chord" | "group")).then_some((last, made))
}

/// `group(…)()`
fn is_started_canvas(made: &Made) -> bool {
    made.receiver.as_ref().and_then(canvas).is_some_and(|(_, inner)| inner.callee == made.callee)
}

fn chord(eval: &Eval, id: ModuleId, module: &Module, fact: &CallFact) -> Option<ResultUse> {
    let (call, scope) = (module.call(fact.call)?, fact.context.scope);
    let (of, called) = match &module.expr(call.func).kind {
        ExprKind::Attribute { value, attr, .. } if STARTING.contains(&&**attr) => (*value, false),
        ExprKind::Call(_) => (call.func, true),
        ExprKind::Name(name) if is_given_value(module, scope, name) => (call.func, true),
        _ => return None,
    };
    let value = eval.expr(id, scope, of);
    let has_body = called && !call.args.is_empty();
    if !starts_chord(&value, has_body, MAX_DEPTH) {
        return None;
    }
    let function = match scope {
        Scope::Module => None,
        scope => module.enclosing_function(scope),
    };
    let at = Loc::new(module.file, module.span(fact.call));
    Some(ResultUse {
        kind: UseKind::Chord,
        word: "chord".to_owned(),
        at,
        module: id,
        function,
        call: Some(at),
        allowed: false,
        task: None,
        ignore: None,
    })
}

/// Whether a name is given a value, rather than being a function, a class or an import.
fn is_given_value(module: &Module, scope: Scope, name: &str) -> bool {
    let found = module.bindings(scope).names.get(name).or_else(|| module.scope.names.get(name));
    found.is_some_and(|found| found.iter().any(|binding| matches!(binding.kind, BindingKind::Value(_))))
}

/// Whether starting a canvas surely starts a chord. One with a single task in its header is not a chord in every release.
fn starts_chord(value: &Value, given_body: bool, depth: u32) -> bool {
    let Some((kind, made)) = canvas(value).filter(|_| depth > 0) else { return false };
    let items = parts(made);
    match kind {
        "chord" => {
            let header = made.args.get(0, "header");
            (given_body || made.args.get(1, "body").is_some()) && header.is_some_and(|header| !is_single(header))
        }
        "group" => items.iter().any(|item| starts_chord(item, false, depth - 1)),
        _ => {
            let items = flattened(items, depth);
            let followed = items.windows(2).any(|pair| match pair {
                [first, next] => is_group(first) && !is_group(next),
                _ => false,
            });
            followed || items.iter().any(|item| starts_chord(item, false, depth - 1))
        }
    }
}

/// The parts of a chain or group: its arguments, or those of the one list it is given.
fn parts(made: &Made) -> &[Value] {
    match made.args.positional.as_slice() {
        [only] => match &only.kind {
            ValueKind::List { items, .. } => items,
            _ => std::slice::from_ref(only),
        },
        several => several,
    }
}

/// A chain in a chain is a part of it.
fn flattened(items: &[Value], depth: u32) -> Vec<&Value> {
    let parts_of = |item| match canvas(item) {
        Some(("chain", made)) if depth > 0 => flattened(parts(made), depth - 1),
        _ => vec![item],
    };
    items.iter().flat_map(parts_of).collect()
}

/// Whether a value is a group that may hold several tasks.
fn is_group(value: &Value) -> bool {
    canvas(value).is_some_and(|(kind, made)| {
        let single = match made.args.positional.as_slice() {
            [] => !made.args.open,
            [only] => is_single(only),
            _ => false,
        };
        kind == "group" && !single
    })
}

/// Whether what a header is made of is known to be a task at most.
fn is_single(header: &Value) -> bool {
    match &header.kind {
        ValueKind::List { items, open } => items.len() < 2 && !open,
        ValueKind::Made(made) => canvas(header).map_or(made.is_signature(), |(kind, made)| match kind {
            "group" => made.args.positional.first().is_some_and(is_single) && made.args.positional.len() < 2,
            _ => true,
        }),
        _ => false,
    }
}
