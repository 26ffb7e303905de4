//! A place that sends a task, or makes a signature of one.

pub mod kinds;
pub mod passed;

use rustc_hash::{FxHashMap, FxHashSet};

use super::IgnoreRules;
use super::link::{Linking, is_test_path};
use super::objects::{Sure, is_app};
use super::task::{Definition, Task};
use super::task_name::{NameTarget, TaskNames};
use crate::python::ir::{CallFact, ExprId, ExprKind, FunctionId, Module, Scope};
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;
use passed::Place;
pub use passed::{Container, Form, Given, Passed};

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
    /// The task is the only one that can be meant.
    pub sure: bool,
    /// What it passes; none where that is not looked at (canvases).
    pub passed: Option<Passed>,
    /// Where the task's name is written, where it is sent by name.
    pub name_at: Option<Loc>,
    /// Where the name leads, when no task is known to have it.
    pub leads_to: Option<NameTarget>,
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

    /// Whether Celery compares the arguments with the task's parameters, at the latest when the signature is started.
    pub fn is_checked(self) -> bool {
        !matches!(self, Self::SendTask | Self::Canvas)
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
    /// The names that several tasks have.
    repeated: FxHashSet<&'t str>,
}

impl<'t> TaskIndex<'t> {
    pub fn new(tasks: &'t [Task]) -> Self {
        let by_definition =
            tasks.iter().enumerate().filter_map(|(index, task)| Some((task.definition?, index))).collect();
        let by_name =
            tasks.iter().enumerate().filter_map(|(index, task)| Some((task.name.as_deref()?, index))).collect();
        let mut seen = FxHashSet::default();
        let names = tasks.iter().filter(|task| !task.in_test).filter_map(|task| task.name.as_deref());
        let repeated = names.filter(|name| !seen.insert(*name)).collect();
        Self { tasks, by_definition, by_name, repeated }
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

    pub fn task(&self, index: usize) -> Option<&'t Task> {
        self.tasks.get(index)
    }

    pub fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Whether no other task has the name of this one.
    fn is_only(&self, index: usize) -> bool {
        let name = self.tasks.get(index).and_then(|task| task.name.as_deref());
        name.is_none_or(|name| !self.repeated.contains(name))
    }

    /// The task whose function's first parameter is the task itself.
    fn bound_to(&self, module: ModuleId, function: FunctionId, lowered: &Module) -> Option<usize> {
        let own = self.by_definition.get(&Definition::Function(module, function)).copied();
        let own = own.filter(|index| self.tasks.get(*index).is_some_and(|task| task.bind));
        own.or_else(|| match lowered.function(function).parent {
            Scope::Class(class) if lowered.function(function).decorators.is_empty() => {
                self.by_definition.get(&Definition::Class(module, class)).copied()
            }
            _ => None,
        })
    }

    pub fn name(&self, index: usize) -> Option<String> {
        self.tasks.get(index).and_then(|task| task.name.clone())
    }
}

/// Every submission of the project.
pub fn find(linking: &Linking, tasks: &[Task], ignore: &IgnoreRules) -> Vec<Submission> {
    let index = TaskIndex::new(tasks);
    let names = TaskNames::new(linking, ignore, tasks);
    linking.per_module(|eval, id| {
        let module = linking.modules.get(id);
        let finder = Finder {
            index: &index,
            names: &names,
            eval,
            id,
            module,
            in_test: is_test_path(linking.sources.path(module.file)),
        };
        let whole = finder.whole_signatures();
        let mut found: Vec<Submission> = module.calls.iter().filter_map(|fact| finder.of_call(fact, &whole)).collect();
        found.sort_by_key(|submission| submission.at);
        found
    })
}

/// How the calls that make or send messages take the task's arguments.
fn form_of(method: &str, base_is_app: bool) -> Form {
    match method {
        "delay" | "delay_on_commit" | "s" | "si" => Form::Own,
        "send_task" => Form::Containers { position: 1 },
        "signature" | "subtask" if base_is_app => Form::Containers { position: 1 },
        _ => Form::Containers { position: 0 },
    }
}

/// Finds the submissions of one module.
struct Finder<'a> {
    index: &'a TaskIndex<'a>,
    names: &'a TaskNames<'a>,
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    in_test: bool,
}

/// Names of Celery's function that makes a signature by the task's name.
const SIGNATURES: &[&str] =
    &["celery.signature", "celery.canvas.signature", "celery.subtask", "celery.canvas.subtask", "celery.Signature"];

impl Finder<'_> {
    /// The calls that make a signature which is started at once, as it is: `task.s(1).delay()`.
    fn whole_signatures(&self) -> FxHashSet<ExprId> {
        let started = |fact: &CallFact| {
            let call = self.module.call(fact.call)?;
            let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind else { return None };
            let plain = match &**attr {
                "delay" => call.args.is_empty(),
                "apply_async" => {
                    call.args.iter().all(|it| it.name.as_deref().is_some_and(|name| !name.ends_with("args")))
                }
                _ => false,
            };
            (plain && self.module.call(*value).is_some()).then_some(*value)
        };
        self.module.calls.iter().filter_map(started).collect()
    }

    fn made(&self, fact: &CallFact, method: Method, task: Option<usize>, task_name: Option<String>) -> Submission {
        Submission {
            method,
            task,
            task_name,
            at: Loc::new(self.module.file, self.module.span(fact.call)),
            module: self.id,
            function: self.module.enclosing_function(fact.context.scope).map(|function| function.0),
            in_test: self.in_test,
            sure: false,
            passed: None,
            name_at: None,
            leads_to: None,
        }
    }

    fn of_call(&self, fact: &CallFact, whole: &FxHashSet<ExprId>) -> Option<Submission> {
        let (module, scope) = (self.module, fact.context.scope);
        let call = module.call(fact.call)?;
        match &module.expr(call.func).kind {
            ExprKind::Attribute { value, attr, .. } => {
                let method = METHODS.iter().find(|(name, _)| *name == &**attr).map(|(_, method)| *method)?;
                let base = self.eval.expr(self.id, scope, *value);
                let base_is_app = is_app(&base) != Sure::No;
                if method == Method::SendTask || (method == Method::Signature && base_is_app) {
                    if !base_is_app && !base.is_unknown() {
                        return None;
                    }
                    return Some(self.by_name(fact, method, form_of(attr, true)));
                }
                if is_canvas(&base) {
                    return method.sends().then(|| self.made(fact, Method::Canvas, None, None));
                }
                if let Some((task, sure)) = self.task_of(*value, scope, &base) {
                    let mut made = self.made(fact, method, Some(task), self.index.name(task));
                    made.sure = sure;
                    let is_true = |expr: ExprId| matches!(module.expr(expr).kind, ExprKind::Bool(true));
                    let immutable = &**attr == "si" || call.keyword("immutable").is_some_and(|it| is_true(it.value));
                    let partial = method == Method::Signature && !immutable && !whole.contains(&fact.call);
                    made.passed = Some(self.place(scope).passed(call, form_of(attr, false), partial));
                    return Some(made);
                }
                unresolved(&base, method, &module.dotted(*value)?).then(|| self.made(fact, method, None, None))
            }
            // `chain(a.s(), b.s())()`
            ExprKind::Call(_) => is_canvas(&self.eval.expr(self.id, scope, call.func))
                .then(|| self.made(fact, Method::Canvas, None, None)),
            ExprKind::Name(_) => {
                let is_signature = module
                    .last_name(call.func)
                    .is_some_and(|it| matches!(&**it, "signature" | "subtask" | "Signature"));
                let callee = is_signature.then(|| self.eval.expr(self.id, scope, call.func))?;
                let known = callee.external().is_some_and(|path| SIGNATURES.contains(&path));
                known.then(|| self.by_name(fact, Method::Signature, Form::Containers { position: 1 }))
            }
            _ => None,
        }
    }

    fn place(&self, scope: Scope) -> Place<'_> {
        Place { eval: self.eval, id: self.id, module: self.module, scope, tasks: self.index }
    }

    fn by_name(&self, fact: &CallFact, method: Method, form: Form) -> Submission {
        let scope = fact.context.scope;
        let call = self.module.call(fact.call);
        let argument = call.and_then(|call| {
            call.keyword("name").or_else(|| call.keyword("task")).or_else(|| call.positional().next())
        });
        let name = argument.and_then(|it| self.eval.expr(self.id, scope, it.value).as_literal());
        let task = name.as_deref().and_then(|name| self.index.named(name));
        let leads_to = name.as_deref().filter(|_| task.is_none() && !self.in_test);
        let leads_to = leads_to.map(|name| self.names.lookup(self.eval, self.id, name));
        let mut made = self.made(fact, method, task, name);
        made.leads_to = leads_to;
        made.sure = task.is_some_and(|task| self.index.is_only(task));
        made.name_at = argument.map(|it| Loc::new(self.module.file, self.module.span(it.value)));
        made.passed = call.map(|call| self.place(scope).passed(call, form, method == Method::Signature));
        made
    }

    /// The task that an expression is, and whether it can be no other.
    fn task_of(&self, expr: ExprId, scope: Scope, base: &Value) -> Option<(usize, bool)> {
        let place = self.place(scope);
        let own = place.own_task(expr);
        if let Some(task) = own.and_then(|function| self.index.bound_to(self.id, function, self.module)) {
            return Some((task, self.index.is_only(task)));
        }
        if let Some(task) = self.index.of(base) {
            let sure = base.alternatives().iter().all(|one| self.index.of(one) == Some(task));
            let sure = sure && self.index.is_only(task) && !place.is_parameter(expr, scope);
            return Some((task, sure));
        }
        self.of_registry(expr, scope)
    }

    /// `app.tasks["shop.tasks.pay"]`
    fn of_registry(&self, expr: ExprId, scope: Scope) -> Option<(usize, bool)> {
        let ExprKind::Subscript { value, index } = self.module.expr(expr).kind else { return None };
        let ExprKind::Attribute { value: app, attr, .. } = &self.module.expr(value).kind else { return None };
        if &**attr != "tasks" || is_app(&self.eval.expr(self.id, scope, *app)) == Sure::No {
            return None;
        }
        let task = self.index.named(&self.eval.expr(self.id, scope, index).as_literal()?)?;
        Some((task, self.index.is_only(task)))
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
