//! A place that sends a task, or makes a signature of one.

use rustc_hash::FxHashMap;

use super::link::{Linking, is_test_path};
use super::objects::{Sure, is_app};
use super::task::{Definition, Task};
use crate::python::ir::{CallFact, ExprKind, Module};
use crate::python::{Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Submission {
    pub method: Method,
    /// Index into `Project::tasks`, when resolved.
    pub task: Option<usize>,
    /// The task's name as written or resolved, if known.
    pub task_name: Option<String>,
    /// The call.
    pub at: Loc,
    /// Where it stands: index into `Project::modules` and its enclosing function.
    pub module: usize,
    pub function: Option<u32>,
    pub in_test: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Delay,
    ApplyAsync,
    /// `delay_on_commit`, `apply_async_on_commit`.
    OnCommit,
    Signature,
    SendTask,
    /// A canvas object is called or applied (`chain(...)()`, `group(...).apply_async()`).
    Canvas,
}

impl Method {
    /// Whether the call sends a message (a signature alone does not).
    pub fn sends(self) -> bool {
        !matches!(self, Self::Signature)
    }
}

/// The methods of tasks and apps that make or send messages.
const METHODS: &[(&str, Method)] = &[
    ("delay", Method::Delay),
    ("apply_async", Method::ApplyAsync),
    ("delay_on_commit", Method::OnCommit),
    ("apply_async_on_commit", Method::OnCommit),
    ("s", Method::Signature),
    ("si", Method::Signature),
    ("signature", Method::Signature),
    ("subtask", Method::Signature),
    ("send_task", Method::SendTask),
];

const CANVAS: &[&str] = &[
    "celery.chain",
    "celery.group",
    "celery.chord",
    "celery.canvas.chain",
    "celery.canvas.group",
    "celery.canvas.chord",
];

/// Finds tasks by definition and by name.
pub struct TaskIndex<'t> {
    tasks: &'t [Task],
    by_definition: FxHashMap<Definition, usize>,
    by_name: FxHashMap<&'t str, usize>,
}

impl<'t> TaskIndex<'t> {
    pub fn new(tasks: &'t [Task]) -> Self {
        let by_definition =
            tasks.iter().enumerate().filter_map(|(index, task)| Some((task.definition?, index))).collect();
        let by_name =
            tasks.iter().enumerate().filter_map(|(index, task)| Some((task.name.as_deref()?, index))).collect();
        Self { tasks, by_definition, by_name }
    }

    /// The task that a value is.
    pub fn of(&self, value: &Value) -> Option<usize> {
        value.alternatives().iter().find_map(|value| match &value.kind {
            ValueKind::Ref(Ref::Function(m, f)) => self.by_definition.get(&Definition::Function(*m, *f)).copied(),
            ValueKind::Ref(Ref::Class(m, c)) => self.by_definition.get(&Definition::Class(*m, *c)).copied(),
            ValueKind::Instance(i) => self.by_definition.get(&Definition::Class(i.module, i.class)).copied(),
            // `app.task(function)` as a value.
            ValueKind::Made(made) => self.of(made.args.positional.first()?),
            _ => None,
        })
    }

    pub fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub fn name(&self, index: usize) -> Option<String> {
        self.tasks.get(index).and_then(|task| task.name.clone())
    }
}

/// Every submission of the project.
pub fn find(linking: &Linking, tasks: &[Task]) -> Vec<Submission> {
    let index = TaskIndex::new(tasks);
    linking.per_module(|eval, id| {
        let module = linking.modules.get(id);
        let in_test = is_test_path(linking.sources.path(module.file));
        let found = module.calls.iter().filter_map(|fact| of_call(&index, eval, id, module, fact, in_test));
        let mut found: Vec<Submission> = found.collect();
        found.sort_by_key(|submission| submission.at);
        found
    })
}

fn of_call(
    index: &TaskIndex,
    eval: &Eval,
    id: ModuleId,
    module: &Module,
    fact: &CallFact,
    in_test: bool,
) -> Option<Submission> {
    let call = module.call(fact.call)?;
    let made = |method, task: Option<usize>, task_name| Submission {
        method,
        task,
        task_name,
        at: Loc::new(module.file, module.span(fact.call)),
        module: id,
        function: module.enclosing_function(fact.context.scope).map(|function| function.0),
        in_test,
    };
    let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
    match &module.expr(call.func).kind {
        ExprKind::Attribute { value, attr, .. } => {
            let method = METHODS.iter().find(|(name, _)| *name == &**attr).map(|(_, method)| *method)?;
            let base = eval.expr(id, fact.context.scope, *value);
            let base_is_app = is_app(&base) != Sure::No;
            if method == Method::SendTask || (method == Method::Signature && base_is_app) {
                if !base_is_app && !base.is_unknown() {
                    return None;
                }
                let name = eval.argument(site, 0, "name").and_then(|value| value.as_literal());
                let task = name.as_deref().and_then(|name| index.named(name));
                return Some(made(method, task, name));
            }
            if is_canvas(&base) {
                return method.sends().then(|| made(Method::Canvas, None, None));
            }
            if let Some(task) = index.of(&base) {
                return Some(made(method, Some(task), index.name(task)));
            }
            unresolved(&base, method, &module.dotted(*value)?).then(|| made(method, None, None))
        }
        // `chain(a.s(), b.s())()`
        ExprKind::Call(_) => {
            is_canvas(&eval.expr(id, fact.context.scope, call.func)).then(|| made(Method::Canvas, None, None))
        }
        _ => None,
    }
}

fn is_canvas(value: &Value) -> bool {
    value.alternatives().iter().filter_map(Value::made).any(|made| CANVAS.contains(&made.callee.as_str()))
}

/// A call on something that is not known to be a task, and surely sends one: nothing else has `apply_async`, and
/// `delay` on something whose path speaks of tasks.
fn unresolved(base: &Value, method: Method, written: &str) -> bool {
    let foreign = base.external().is_some_and(|path| {
        let top = path.split('.').next().unwrap_or_default();
        matches!(top, "asyncio" | "time" | "rq" | "multiprocessing" | "huey" | "dramatiq")
    });
    let path = base.external().unwrap_or(written).to_ascii_lowercase();
    match method {
        Method::ApplyAsync | Method::OnCommit => !foreign && !written.contains("pool"),
        Method::Delay => !foreign && (path.contains("task") || path.contains("celery")),
        _ => false,
    }
}
