//! Methods of tasks that are not called where they stand, but handed to something that calls them: `on_commit(task.delay)`,
//! `executor.submit(task.delay, 1)`, `partial(task.delay, 1)`.

use rustc_hash::FxHashSet;

use super::{Finder, Form, Method, Reached, Submission, form_of};
use crate::python::ir::{Argument, Call, CallFact, ExprId, ExprKind, Scope, Splat};
use crate::python::{Ref, ValueKind};

/// Something that calls the function that it is given.
struct Taker {
    /// The last name of the callee.
    name: &'static str,
    /// Where the function stands.
    position: usize,
    keyword: Option<&'static str>,
    with: With,
    /// What the object is called whose method it is, in part; anything when empty.
    of: &'static [&'static str],
}

/// What it passes to the function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With {
    Nothing,
    /// The positional arguments behind the function.
    Positional,
    /// These, and the keyword arguments.
    All,
    /// The same, and others will pass more.
    Partial,
    /// What `args` and `kwargs` hold, which may stand behind the function too.
    Containers,
    /// One element of each of the iterables behind the function.
    Each,
}

const fn taker(name: &'static str, position: usize, keyword: Option<&'static str>, with: With) -> Taker {
    Taker { name, position, keyword, with, of: &[] }
}

/// A method that other things have as well.
const fn method(name: &'static str, keyword: Option<&'static str>, with: With, of: &'static [&'static str]) -> Taker {
    Taker { name, position: 0, keyword, with, of }
}

const TAKERS: &[Taker] = &[
    taker("Thread", usize::MAX, Some("target"), With::Containers),
    taker("Timer", 1, Some("function"), With::Containers),
    method("add_task", Some("func"), With::All, &["background", "tasks"]),
    taker("call_later", 1, None, With::Positional),
    taker("call_soon", 0, None, With::Positional),
    taker("call_soon_threadsafe", 0, None, With::Positional),
    taker("map", 0, None, With::Each),
    method("on_commit", Some("func"), With::Nothing, &["transaction", "connection", "on_commit"]),
    taker("partial", 0, None, With::Partial),
    taker("run_in_executor", 1, None, With::Positional),
    taker("run_in_threadpool", 0, None, With::All),
    taker("run_sync", 0, None, With::Positional),
    method("submit", None, With::All, &["executor", "pool"]),
    taker("to_thread", 0, None, With::All),
];

impl Taker {
    fn of(module: &crate::python::ir::Module, call: &Call) -> Option<&'static Self> {
        let name = module.last_name(call.func)?;
        let taker = TAKERS.iter().find(|it| it.name == &**name)?;
        let of = match &module.expr(call.func).kind {
            ExprKind::Attribute { value, .. } => module.last_name(*value)?.to_ascii_lowercase(),
            _ => name.to_string(),
        };
        (taker.of.is_empty() || taker.of.iter().any(|it| of.contains(it))).then_some(taker)
    }

    fn function(&self, call: &Call) -> Option<ExprId> {
        let named = self.keyword.and_then(|name| call.keyword(name));
        Some(named.or_else(|| call.positional().nth(self.position))?.value)
    }

    /// The arguments that the function gets, as a call of it would have them.
    fn passed(&self, call: &Call) -> Call {
        let behind = |it: &(usize, &Argument)| it.0 > self.position;
        let own = |it: &Argument| it.name.as_deref().is_some_and(|name| Some(name) == self.keyword);
        let counted = call.args.iter().enumerate();
        let args: Box<[Argument]> = match self.with {
            With::Nothing => Box::default(),
            With::Positional | With::Each => {
                let positional = counted.filter(behind).map(|(_, it)| it);
                positional.filter(|it| it.name.is_none() && it.splat != Some(Splat::Keyword)).cloned().collect()
            }
            With::All | With::Partial => {
                let named = |it: &Argument| it.name.is_some() || it.splat == Some(Splat::Keyword);
                counted
                    .filter(|it| behind(it) || named(it.1))
                    .map(|(_, it)| it)
                    .filter(|it| !own(it))
                    .cloned()
                    .collect()
            }
            With::Containers => {
                let positional = call.positional().skip(self.position.saturating_add(1)).zip(["args", "kwargs"]);
                let named = |it: &&Argument| matches!(it.name.as_deref(), Some("args" | "kwargs"));
                let placed = positional.map(|(it, name)| Argument { name: Some(name.into()), ..it.clone() });
                placed.chain(call.args.iter().filter(named).cloned()).collect()
            }
        };
        Call { func: call.func, args }
    }
}

impl Finder<'_> {
    /// The `partial(…)` that a call is given and calls without more arguments.
    pub(super) fn whole_partial(&self, fact: &CallFact) -> Option<ExprId> {
        let call = self.module.call(fact.call)?;
        let taker = Taker::of(self.module, call).filter(|it| !matches!(it.with, With::Partial | With::Each))?;
        let (given, _) = self.place(fact.context.scope).origin(taker.function(call)?);
        let inner = self.module.call(given)?;
        let is_partial = Taker::of(self.module, inner).is_some_and(|it| it.with == With::Partial);
        (is_partial && taker.passed(call).args.is_empty()).then_some(given)
    }

    /// What a call that is given a method of a task sends.
    pub(super) fn of_handed(&self, fact: &CallFact, call: &Call, whole: &FxHashSet<ExprId>) -> Option<Submission> {
        let scope = fact.context.scope;
        if let Some((reached, method, attr)) = self.converted(call, scope) {
            return self.handed(fact, call, (reached, method, attr), false);
        }
        let taker = Taker::of(self.module, call)?;
        let (reached, method, attr) = self.sender(taker.function(call)?, scope)?;
        // A function of the project that happens to have the name calls it in its own way.
        let own = matches!(
            self.eval.expr(self.id, scope, call.func).kind,
            ValueKind::Ref(Ref::Function(..) | Ref::Class(..)) | ValueKind::Instance(_)
        );
        if own {
            return None;
        }
        let inner = taker.passed(call);
        if taker.with == With::Containers {
            if !matches!(method, Method::Delay | Method::OnCommit) || attr.starts_with("apply") {
                return None;
            }
            let mut made = self.handed(fact, &inner, (reached, method, "apply_async"), false)?;
            if let Some(passed) = &mut made.passed {
                passed.form = Form::Own;
                passed.options.clear();
            }
            return Some(made);
        }
        let partial = taker.with == With::Partial && !whole.contains(&fact.call);
        let mut made = self.handed(fact, &inner, (reached, method, attr), partial)?;
        if let Some(passed) = made.passed.as_mut().filter(|_| taker.with == With::Each) {
            passed.each_of_its_own();
            // What stands behind the first iterable of `pool.map()` is an option.
            if !matches!(self.module.expr(call.func).kind, ExprKind::Name(_)) && passed.positional.len() != 1 {
                return None;
            }
        }
        Some(made)
    }

    fn handed(
        &self,
        fact: &CallFact,
        inner: &Call,
        (reached, method, attr): (Reached, Method, &str),
        partial: bool,
    ) -> Option<Submission> {
        let mut made = self.reaching(fact, method, reached);
        made.handed = true;
        made.passed = Some(self.place(fact.context.scope).passed(inner, form_of(attr, false), partial));
        Some(made)
    }

    /// `sync_to_async(task.delay)(1)`
    fn converted(&self, call: &Call, scope: Scope) -> Option<(Reached, Method, &'static str)> {
        let inner = self.module.call(call.func)?;
        let name = self.module.last_name(inner.func)?;
        matches!(&**name, "sync_to_async" | "database_sync_to_async" | "asyncify" | "partial").then_some(())?;
        if &**name == "partial" && inner.args.len() != 1 {
            return None;
        }
        self.sender(inner.positional().next()?.value, scope)
    }

    /// The method of a task that an expression is.
    fn sender(&self, expr: ExprId, scope: Scope) -> Option<(Reached, Method, &'static str)> {
        let (expr, scope) = self.place(scope).origin(expr);
        let ExprKind::Attribute { value, attr, .. } = &self.module.expr(expr).kind else { return None };
        let (name, method) = *SENDERS.iter().find(|(name, _)| *name == &**attr)?;
        let base = self.eval.expr(self.id, scope, *value);
        Some((self.task_of(*value, scope, &base)?, method, name))
    }
}

/// The methods that are handed on.
const SENDERS: &[(&str, Method)] = &[
    ("apply_async", Method::ApplyAsync),
    ("apply_async_on_commit", Method::OnCommit),
    ("delay", Method::Delay),
    ("delay_on_commit", Method::OnCommit),
];
