//! Database transactions and the tasks that are sent in them: what is given to `on_commit`, and what does not wait for it.

mod inside;
mod late;

use super::Submission;
use super::link::{Linking, is_test_path};
use super::production::is_shown;
use crate::python::ir::{Call, CallFact, ExprId, ExprKind, FunctionId, Module, Scope};
use crate::python::{Eval, ModuleId, Ref, ValueKind};
use crate::source::Loc;

pub use inside::{By, Inside};
pub use late::Late;

/// A call of Django's `on_commit`.
#[derive(Debug, Clone)]
pub struct OnCommit {
    pub at: Loc,
    /// What it is given sends a task there and then, instead of when the transaction is done.
    pub sent: Option<Sent>,
    /// What it is given reads a name that a loop changes before the transaction is done.
    pub late: Option<Late>,
}

/// A call that sends a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Index into `Project::submissions`.
    pub submission: usize,
    pub at: Loc,
    /// What is called: `pay.delay`.
    pub callee: Loc,
}

/// All of a project, outside tests and examples.
#[derive(Debug, Default)]
pub struct Transactions {
    pub commits: Vec<OnCommit>,
    pub inside: Vec<Inside>,
}

pub fn find(linking: &Linking, submissions: &[Submission], tasks: &[super::Task]) -> Transactions {
    let requests = inside::has_atomic_requests(linking);
    let found = linking.per_module(|eval, id| {
        let (path, text) = (linking.modules.path(id), linking.modules.text(id));
        let speaks = ["atomic", "on_commit", "begin"].iter().any(|it| text.contains(it));
        if !speaks && !requests || is_test_path(path) || is_shown(path) {
            return Vec::new();
        }
        let finder = Finder { eval, id, module: linking.modules.get(id), submissions, tasks, requests };
        vec![Transactions { commits: finder.commits(), inside: finder.inside() }]
    });
    let mut all = Transactions::default();
    for one in found {
        all.commits.extend(one.commits);
        all.inside.extend(one.inside);
    }
    all
}

/// Finds those of one module.
struct Finder<'a> {
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    submissions: &'a [Submission],
    tasks: &'a [super::Task],
    /// Every request is a transaction (`ATOMIC_REQUESTS`).
    requests: bool,
}

impl Finder<'_> {
    fn loc(&self, expr: ExprId) -> Loc {
        Loc::new(self.module.file, self.module.span(expr))
    }

    fn commits(&self) -> Vec<OnCommit> {
        let of_call = |fact: &CallFact| {
            let call = self.on_commit(fact)?;
            let callback = call.positional().next().or_else(|| call.keyword("func"))?.value;
            let at = self.loc(fact.call);
            Some(OnCommit { at, sent: self.sent(callback), late: self.late(fact, callback) })
        };
        let mut found: Vec<OnCommit> = self.module.calls.iter().filter_map(of_call).collect();
        found.sort_by_key(|commit| commit.at);
        found
    }

    /// A call of `transaction.on_commit`.
    fn on_commit(&self, fact: &CallFact) -> Option<&Call> {
        let call = self.module.call(fact.call)?;
        self.module.last_name(call.func).filter(|name| &***name == "on_commit")?;
        let callee = self.eval.expr(self.id, fact.context.scope, call.func);
        (callee.external()? == "django.db.transaction.on_commit").then_some(call)
    }

    /// A call that sends a task here and now.
    fn sent(&self, expr: ExprId) -> Option<Sent> {
        let call = self.module.call(expr)?;
        let at = self.loc(expr);
        let submission = self.submissions.binary_search_by(|it| it.at.cmp(&at)).ok()?;
        let known = self.submissions.get(submission)?;
        (known.method.sends() && !known.handed).then(|| Sent { submission, at, callee: self.loc(call.func) })
    }

    /// The function that a scope is, when it is one with a `def`.
    fn function(&self, scope: Scope) -> Option<FunctionId> {
        match scope {
            Scope::Function(id) if &*self.module.function(id).name != "<lambda>" => Some(id),
            _ => None,
        }
    }

    /// Whether a function is a context manager that holds a transaction open meanwhile.
    fn is_atomic_manager(&self, id: ModuleId, function: FunctionId) -> bool {
        let module = self.eval.modules.get(id);
        let lowered = module.function(function);
        let inside = module.withs.iter().filter(|item| lowered.span.contains(module.span(item.context)));
        let atomic = |expr: ExprId| {
            let callee = module.call(expr).map_or(expr, |call| call.func);
            let value = self.eval.expr(id, Scope::Function(function), callee);
            value.external() == Some("django.db.transaction.atomic")
        };
        lowered.is_generator && inside.map(|item| item.context).any(atomic)
    }

    /// The dotted path of what makes a transaction, and whether it is given arguments.
    fn atomic(&self, expr: ExprId, scope: Scope) -> Option<(String, bool)> {
        let (callee, given) = match self.module.call(expr) {
            Some(call) => (call.func, !call.args.is_empty()),
            None => (expr, false),
        };
        let name = self.module.last_name(callee)?;
        match &**name {
            "atomic" => {
                let path = self.eval.expr(self.id, scope, callee).external()?.to_owned();
                path.starts_with("django.db.transaction.").then_some((path, given))
            }
            // A context manager of the project around it.
            own if own.contains("atomic") => {
                let ValueKind::Ref(Ref::Function(id, function)) = self.eval.expr(self.id, scope, callee).kind else {
                    return None;
                };
                self.is_atomic_manager(id, function).then(|| ("django.db.transaction.own".to_owned(), given))
            }
            "begin" if self.module.call(expr).is_some() => {
                let ExprKind::Attribute { value, .. } = &self.module.expr(callee).kind else { return None };
                let base = self.module.last_name(*value).or_else(|| {
                    let inner = self.module.call(*value)?;
                    self.module.last_name(inner.func)
                })?;
                base.to_ascii_lowercase().contains("session").then(|| ("session.begin".to_owned(), given))
            }
            _ => None,
        }
    }
}
