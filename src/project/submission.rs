//! A place that sends a task, or makes a signature of one.

mod changed;
mod handed;
mod index;
mod items;
pub mod kinds;
mod method;
pub mod passed;
mod rows;
mod wrapper;

use rustc_hash::FxHashSet;

use super::IgnoreRules;
use super::link::{Linking, is_test_path};
use super::objects::{Sure, is_app};
use super::task::Task;
use super::task_name::{NameTarget, TaskNames};
use crate::python::ir::{Call, CallFact, Class, ExprId, ExprKind, Module, Scope};
use crate::python::{Eval, ModuleId, Value};
use crate::source::Loc;
pub use index::TaskIndex;
pub use method::Method;
use passed::Place;
pub use passed::{Container, Form, Given, Passed};
use wrapper::Wrappers;

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
    /// The other tasks that may be meant, where it is surely one of them all: `TASKS[kind].delay(…)`.
    pub also: Vec<usize>,
    /// The method is not called here, but handed to something that calls it: `on_commit(task.delay)`.
    pub handed: bool,
    /// What it passes; none where that is not looked at (canvases).
    pub passed: Option<Passed>,
    /// Where the task's name is written, where it is sent by name.
    pub name_at: Option<Loc>,
    /// Where the name leads, when no task is known to have it.
    pub leads_to: Option<NameTarget>,
    /// The name is looked up in the registry of the app, here and now: `app.tasks["…"]`.
    pub looked_up: bool,
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
    ("apply", Method::Apply),
    ("retry", Method::Retry),
];

const CANVAS: &[&str] = &[
    "celery.chain",
    "celery.group",
    "celery.chord",
    "celery.canvas.chain",
    "celery.canvas.group",
    "celery.canvas.chord",
];

/// Every submission of the project.
pub fn find(linking: &Linking, tasks: &[Task], ignore: &IgnoreRules) -> Vec<Submission> {
    let index = TaskIndex::new(tasks);
    let names = TaskNames::new(linking, ignore, tasks);
    let wrappers = Wrappers::find(linking);
    linking.per_module(|eval, id| {
        let module = linking.modules.get(id);
        let finder = Finder {
            index: &index,
            names: &names,
            wrappers: &wrappers,
            eval,
            id,
            module,
            in_test: is_test_path(linking.sources.path(module.file)),
        };
        let whole = finder.whole_signatures();
        let mut found: Vec<Submission> = module.calls.iter().filter_map(|fact| finder.of_call(fact, &whole)).collect();
        found.extend(module.calls.iter().flat_map(|fact| finder.of_items(fact)));
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
    wrappers: &'a Wrappers,
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    in_test: bool,
}

/// Names of Celery's function that makes a signature by the task's name.
const SIGNATURES: &[&str] = &[
    "celery.Signature",
    "celery.canvas.Signature",
    "celery.canvas.signature",
    "celery.canvas.subtask",
    "celery.signature",
    "celery.subtask",
];

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
        let mut whole: FxHashSet<ExprId> = self.module.calls.iter().filter_map(started).collect();
        whole.extend(self.module.calls.iter().filter_map(|fact| self.whole_partial(fact)));
        whole
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
            also: Vec::new(),
            handed: false,
            passed: None,
            name_at: None,
            leads_to: None,
            looked_up: false,
        }
    }

    fn of_call(&self, fact: &CallFact, whole: &FxHashSet<ExprId>) -> Option<Submission> {
        let call = self.module.call(fact.call)?;
        let own = match &self.module.expr(call.func).kind {
            ExprKind::Attribute { value, attr, .. } => self.of_method(fact, call, whole, *value, attr),
            // `chain(a.s(), b.s())()`
            ExprKind::Call(_) => is_canvas(&self.eval.expr(self.id, fact.context.scope, call.func))
                .then(|| self.made(fact, Method::Canvas, None, None)),
            ExprKind::Name(_) => self.of_signature(fact, call),
            _ => None,
        };
        own.or_else(|| self.of_handed(fact, call, whole)).or_else(|| self.of_wrapper(fact, call))
    }

    fn of_method(
        &self,
        fact: &CallFact,
        call: &Call,
        whole: &FxHashSet<ExprId>,
        value: ExprId,
        attr: &str,
    ) -> Option<Submission> {
        let (module, scope) = (self.module, fact.context.scope);
        let method = METHODS.iter().find(|(name, _)| *name == attr).map(|(_, method)| *method)?;
        if method == Method::Retry {
            return self.of_retry(fact, call, value);
        }
        let base = self.eval.expr(self.id, scope, value);
        let base_is_app = is_app(&base) != Sure::No;
        if method == Method::SendTask || (method == Method::Signature && base_is_app) {
            let may_be = base_is_app || base.is_unknown();
            return may_be.then(|| self.by_name(fact, method, form_of(attr, true)));
        }
        if is_canvas(&base) {
            return method.sends().then(|| self.made(fact, Method::Canvas, None, None));
        }
        if let Some(reached) = self.task_of(value, scope, &base) {
            let is_true = |expr: ExprId| matches!(module.expr(expr).kind, ExprKind::Bool(true));
            let immutable = attr == "si" || call.keyword("immutable").is_some_and(|it| is_true(it.value));
            let partial = method == Method::Signature && !immutable && !whole.contains(&fact.call);
            let mut made = self.reaching(fact, method, reached);
            made.passed = Some(self.place(scope).passed(call, form_of(attr, false), partial));
            return Some(made);
        }
        self.of_registry(fact, method, value)
            .or_else(|| unresolved(&base, method, &module.dotted(value)?).then(|| self.made(fact, method, None, None)))
    }

    /// `self.retry(args=…, kwargs=…)`: what is not given stays as it was.
    fn of_retry(&self, fact: &CallFact, call: &Call, value: ExprId) -> Option<Submission> {
        let scope = fact.context.scope;
        let other = ["args", "kwargs"].iter().filter(|name| call.keyword(name).is_some()).count();
        let function = self.place(scope).own_task(value).filter(|_| other > 0)?;
        let task = self.index.bound_to(self.id, function, self.module)?;
        let mut made = self.reaching(fact, Method::Retry, Reached::only(task, self.index.is_only(task)));
        let mut passed = self.place(scope).passed(call, Form::Containers { position: 0 }, false);
        passed.open |= other < 2;
        passed.options.retain(|it| !matches!(it.name.as_deref(), Some("exc" | "throw" | "max_retries")));
        made.passed = Some(passed);
        Some(made)
    }

    /// `signature("shop.tasks.pay")`
    fn of_signature(&self, fact: &CallFact, call: &Call) -> Option<Submission> {
        let names = |it: &crate::python::ir::Name| matches!(&**it, "signature" | "subtask" | "Signature");
        self.module.last_name(call.func).filter(|it| names(it))?;
        let callee = self.eval.expr(self.id, fact.context.scope, call.func);
        let known = callee.external().is_some_and(|path| SIGNATURES.contains(&path));
        known.then(|| self.by_name(fact, Method::Signature, Form::Containers { position: 1 }))
    }

    /// A submission of a task that is known.
    fn reaching(&self, fact: &CallFact, method: Method, reached: Reached) -> Submission {
        let mut made = self.made(fact, method, Some(reached.task), self.index.name(reached.task));
        made.sure = reached.sure;
        made.also = reached.also;
        made
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
    fn task_of(&self, expr: ExprId, scope: Scope, base: &Value) -> Option<Reached> {
        let place = self.place(scope);
        let own = place.own_task(expr);
        if let Some(task) = own.and_then(|function| self.index.bound_to(self.id, function, self.module)) {
            return Some(Reached::only(task, self.index.is_only(task)));
        }
        if let Some(task) = self.index.of(base) {
            let mut all: Vec<Option<usize>> = base.alternatives().iter().map(|one| self.index.of(one)).collect();
            all.sort_unstable();
            all.dedup();
            let known = !place.is_parameter(expr, scope)
                && all.iter().all(|one| one.is_some_and(|one| self.index.is_only(one)));
            let also = all.iter().flatten().copied().filter(|one| known && *one != task).collect();
            return Some(Reached { task, sure: known && all.len() == 1, also });
        }
        if let Some(task) = self.class_attribute(expr, scope) {
            return Some(Reached::only(task, self.index.is_only(task)));
        }
        let name = self.registry_name(expr, scope)?.0.as_literal()?;
        let task = self.index.named(&name)?;
        Some(Reached::only(task, self.index.is_only(task)))
    }

    /// `self.task` where the class says `task = pay`, and no class of the project says otherwise.
    fn class_attribute(&self, expr: ExprId, scope: Scope) -> Option<usize> {
        let ExprKind::Attribute { value, attr, .. } = &self.module.expr(expr).kind else { return None };
        let class = self.place(scope).own_class(*value)?;
        let task = self.index.of(&self.eval.member(self.id, class, attr)?)?;
        let given = |class: &Class| {
            usize::from(class.scope.names.contains_key(attr))
                + class.self_stores.iter().filter(|it| it.attr == *attr).count()
        };
        let modules = self.eval.modules.relevant.iter().map(|id| self.eval.modules.get(*id));
        let times: usize = modules.flat_map(|module| &module.classes).map(given).sum();
        (times == 1).then_some(task)
    }

    /// The name in `app.tasks["shop.tasks.pay"]`, and where it is written.
    fn registry_name(&self, expr: ExprId, scope: Scope) -> Option<(Value, Loc)> {
        let (expr, scope) = Place { scope, ..self.place(scope) }.origin(expr);
        let ExprKind::Subscript { value, index } = self.module.expr(expr).kind else { return None };
        let ExprKind::Attribute { value: app, attr, .. } = &self.module.expr(value).kind else { return None };
        if &**attr != "tasks" || is_app(&self.eval.expr(self.id, scope, *app)) == Sure::No {
            return None;
        }
        Some((self.eval.expr(self.id, scope, index), Loc::new(self.module.file, self.module.span(index))))
    }

    /// `app.tasks["shop.tasks.pay"].delay(…)` of a name that no task has.
    fn of_registry(&self, fact: &CallFact, method: Method, base: ExprId) -> Option<Submission> {
        let (name, at) = self.registry_name(base, fact.context.scope)?;
        let name = name.as_literal()?;
        let mut made = self.made(fact, method, None, Some(name.clone()));
        made.leads_to = (!self.in_test).then(|| self.names.lookup(self.eval, self.id, &name));
        made.name_at = Some(at);
        made.looked_up = true;
        Some(made)
    }
}

/// The task that something leads to.
struct Reached {
    task: usize,
    sure: bool,
    also: Vec<usize>,
}

impl Reached {
    fn only(task: usize, sure: bool) -> Self {
        Self { task, sure, also: Vec::new() }
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
