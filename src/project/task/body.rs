//! What happens in a task's body: where it waits for other tasks, retries, sets its state, sleeps, and what its `try`
//! statements do with errors.

use super::Task;
use super::attempt::{Attempt, Search};
use super::detail::is_name;
use super::reach::{self, Calls};
use crate::project::ResultUse;
use crate::project::environment::names::Names;
use crate::project::submission::TaskIndex;
use crate::python::ir::{Block, Call, CallFact, ExprKind, FunctionId, Module, StmtKind};
use crate::python::{Eval, ModuleId, Value};
use crate::source::{Loc, Span};

#[derive(Debug, Clone, Default)]
pub struct Body {
    /// The function, or its lines.
    pub at: Option<Loc>,
    pub waits: Vec<Wait>,
    pub retries: Vec<Retry>,
    pub attempts: Vec<Attempt>,
    pub updates: Vec<StateUpdate>,
    /// `time.sleep(…)`, and for how long if that is known.
    pub sleeps: Vec<(Loc, Option<f64>)>,
    /// The first parameter is named again in the body.
    pub uses_first: bool,
    /// Where it uses `self.retry`, `self.request` and the like, and nothing has the name `self`.
    pub free_self: Option<Loc>,
    /// The body looks at how often it was retried.
    pub counts_retries: bool,
}

/// A place that waits for the result of a task.
#[derive(Debug, Clone)]
pub struct Wait {
    /// Index into [`crate::project::Project::result_uses`].
    pub of: usize,
    /// The call in the task that leads there, when it stands in another function.
    pub through: Option<Loc>,
    /// Celery is told to let it be: `disable_sync_subtasks=False`, `allow_join_result()`.
    pub allowed: bool,
}

/// `self.retry(…)`
#[derive(Debug, Clone)]
pub struct Retry {
    pub at: Loc,
    /// It raises: not `throw=False`.
    pub throws: bool,
    /// It names its own number of retries.
    pub bounded: bool,
    /// It names when: `countdown` or `eta`.
    pub timed: bool,
    /// Arguments are splatted.
    pub open: bool,
    /// The `try` statements whose guarded part it stands in, the innermost first: indexes into [`Body::attempts`].
    pub within: Vec<usize>,
}

/// `self.update_state(…)`
#[derive(Debug, Clone)]
pub struct StateUpdate {
    pub at: Loc,
    pub state: Value,
    pub state_at: Option<Loc>,
    pub meta: Option<Value>,
    /// The expression given as `meta`.
    pub meta_at: Option<Loc>,
    /// It is written as a dictionary.
    pub literal: bool,
}

/// How many functions are looked into for one task, and how deep.
const MAX_FUNCTIONS: usize = 40;
const MAX_LEVELS: u32 = 2;

/// What the function of a task does.
pub fn of(eval: &Eval, (id, function): (ModuleId, FunctionId), task: &Task, calls: &Calls, uses: &[ResultUse]) -> Body {
    let module = eval.modules.get(id);
    let attempts = Search { eval, id, function, calls }.find();
    let lowered = module.function(function);
    let text = eval.modules.text(id).get(lowered.span.range()).unwrap_or_default();
    let mut body = Body {
        at: Some(Loc::new(module.file, lowered.span)),
        waits: Waits { eval, uses, seen: Vec::new(), found: Vec::new() }.of(id, function, calls),
        counts_retries: text.contains("request.retries") || text.contains("is_eager"),
        uses_first: lowered.params.first().is_some_and(|param| mentions(text, &param.name) > 1),
        free_self: free_self(module, function, text),
        attempts,
        ..Body::default()
    };
    for (span, fact) in calls.own(function) {
        let Some(call) = module.call(fact.call) else { continue };
        let at = Loc::new(module.file, *span);
        let last = module.last_name(call.func).map_or("", |name| &**name);
        match last {
            "retry" if is_of_task(eval, id, task, fact, call) => {
                body.retries.push(retry(module, call, at, &body.attempts))
            }
            "update_state" if is_of_task(eval, id, task, fact, call) => {
                body.updates.extend(update(eval, id, module, fact, call, at));
            }
            "sleep" => {
                let callee = eval.expr(id, fact.context.scope, call.func);
                if matches!(callee.external(), Some("time.sleep")) {
                    let given = call.positional().next().map(|arg| eval.expr(id, fact.context.scope, arg.value));
                    body.sleeps.push((at, given.and_then(|value| value.as_number())));
                }
            }
            _ => {}
        }
    }
    body
}

/// What tasks have that is used in their own bodies.
const OF_TASKS: &[&str] = &["app", "backend", "max_retries", "name", "replace", "request", "retry", "update_state"];

/// The first `self.retry` and the like whose `self` is no name that anything around it has.
fn free_self(module: &Module, id: FunctionId, text: &str) -> Option<Loc> {
    let function = module.function(id);
    if !text.contains("self.")
        || text.contains("for self in")
        || function.params.iter().any(|param| &*param.name == "self")
    {
        return None;
    }
    let names = Names::of(module);
    let free = |span: Span| {
        let mut scope = Some(names.scope_at(span));
        while let Some(current) = scope {
            let bindings = module.bindings(current);
            if bindings.names.contains_key("self") || !bindings.stars.is_empty() {
                return false;
            }
            scope = module.parent(current);
        }
        true
    };
    let used =
        module.exprs.iter().filter(|expr| function.span.contains(expr.span)).filter_map(|expr| match &expr.kind {
            ExprKind::Attribute { value, attr, .. }
                if OF_TASKS.contains(&&**attr) && is_name(module, *value, "self") =>
            {
                Some(module.span(*value))
            }
            _ => None,
        });
    used.filter(|span| free(*span)).min_by_key(|span| span.start).map(|span| Loc::new(module.file, span))
}

/// How often a text holds a word.
fn mentions(text: &str, word: &str) -> usize {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(word).filter(|(start, _)| {
        let before = text.get(..*start).and_then(|it| it.chars().next_back());
        let after = text.get(start + word.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    });
    found.count() + usize::from(text.contains("super()"))
}

/// Whether a method is called on the task itself: on its first parameter, by its own name, or on `current_task`.
fn is_of_task(eval: &Eval, id: ModuleId, task: &Task, fact: &CallFact, call: &Call) -> bool {
    let module = eval.modules.get(id);
    let ExprKind::Attribute { value, .. } = &module.expr(call.func).kind else { return false };
    let own = reach::owner(module, fact.context.scope).map(|function| module.function(function));
    let first = own.and_then(|function| function.params.first());
    if first.is_some_and(|param| is_name(module, *value, &param.name) && (task.bind || &*param.name == "self")) {
        return true;
    }
    let of = eval.expr(id, fact.context.scope, *value);
    let itself = || TaskIndex::new(std::slice::from_ref(task)).of(&of).is_some();
    matches!(of.external(), Some("celery.current_task" | "celery._state.current_task")) || itself()
}

fn retry(module: &Module, call: &Call, at: Loc, attempts: &[Attempt]) -> Retry {
    let given = |name: &str| call.keyword(name).map(|argument| &module.expr(argument.value).kind);
    let mut within: Vec<usize> = Vec::new();
    within.extend((0..attempts.len()).rev().filter(|it| attempts.get(*it).is_some_and(|it| it.body.contains(at.span))));
    Retry {
        at,
        throws: given("throw").is_none_or(|value| matches!(value, ExprKind::Bool(true))),
        bounded: given("max_retries").is_some_and(|value| !matches!(value, ExprKind::None)),
        timed: given("countdown").or_else(|| given("eta")).is_some(),
        open: call.has_splat(),
        within,
    }
}

fn update(eval: &Eval, id: ModuleId, module: &Module, fact: &CallFact, call: &Call, at: Loc) -> Option<StateUpdate> {
    // update_state(task_id=None, state=None, meta=None, **kwargs)
    let find = |name: &str, position: usize| {
        let argument = call.keyword(name).or_else(|| call.positional().nth(position))?;
        Some((argument.value, Loc::new(module.file, module.span(argument.value))))
    };
    let worth = |expr| eval.expr(id, fact.context.scope, expr);
    if call.has_splat() {
        return None;
    }
    let (state, state_at) = find("state", 1)?;
    let meta = find("meta", 2);
    Some(StateUpdate {
        at,
        state: worth(state),
        state_at: Some(state_at),
        meta: meta.map(|(expr, _)| worth(expr)),
        meta_at: meta.map(|(_, at)| at),
        literal: meta.is_some_and(|(expr, _)| matches!(module.expr(expr).kind, ExprKind::Dict(_))),
    })
}

/// Where a function and those it calls wait for results.
struct Waits<'a> {
    eval: &'a Eval<'a>,
    uses: &'a [ResultUse],
    seen: Vec<(ModuleId, FunctionId)>,
    found: Vec<Wait>,
}

/// How a function is reached from the task.
#[derive(Clone, Copy)]
struct Way {
    level: u32,
    through: Option<Loc>,
    allowed: bool,
}

impl Waits<'_> {
    fn of(mut self, id: ModuleId, function: FunctionId, calls: &Calls) -> Vec<Wait> {
        if self.uses.iter().any(|used| used.waits()) {
            self.function(id, function, Some(calls), Way { level: 0, through: None, allowed: false });
        }
        self.found
    }

    fn function(&mut self, id: ModuleId, function: FunctionId, calls: Option<&Calls>, way: Way) {
        if self.seen.contains(&(id, function)) || self.seen.len() >= MAX_FUNCTIONS {
            return;
        }
        self.seen.push((id, function));
        let module = self.eval.modules.get(id);
        let body = &module.function(function).body;
        let (from, to) = (
            self.uses.partition_point(|used| used.at.file < module.file),
            self.uses.partition_point(|used| used.at.file <= module.file),
        );
        for (index, used) in self.uses.iter().enumerate().take(to).skip(from) {
            let own = used.function.and_then(|it| reach::owner(module, crate::python::ir::Scope::Function(it)));
            let Some(call) = used.call.filter(|_| used.waits() && own == Some(function)) else { continue };
            // What another function does under a condition may not happen in this task.
            let sure = if way.level == 0 {
                !is_out_of_task(self.eval, id, body, call.span)
            } else {
                !is_conditional(body, call.span)
            };
            if sure {
                self.found.push(Wait { of: index, through: way.through, allowed: way.allowed || used.allowed });
            }
        }
        if way.level >= MAX_LEVELS {
            return;
        }
        let made;
        let calls = match calls {
            Some(calls) => calls,
            None => {
                made = Calls::of(module);
                &made
            }
        };
        for (span, fact) in calls.own(function) {
            if way.level > 0 && is_conditional(body, *span) || fact.context.awaited {
                continue;
            }
            let Some((to, called)) = reach::callee(self.eval, id, fact) else { continue };
            let lowered = self.eval.modules.get(to).function(called);
            if lowered.is_generator || lowered.is_async || !self.is_told_of(to) {
                continue;
            }
            let allowed = way.allowed || reach::lets_join(self.eval, id, fact);
            let through = way.through.or(Some(Loc::new(module.file, *span)));
            let calls = (to == id).then_some(calls);
            self.function(to, called, calls, Way { level: way.level + 1, through, allowed });
        }
    }

    /// Whether looking into a function is worth it: its module waits somewhere, or calls on.
    fn is_told_of(&self, id: ModuleId) -> bool {
        let file = self.eval.modules.file(id);
        let from = self.uses.partition_point(|used| used.at.file < file);
        self.uses.get(from).is_some_and(|used| used.at.file == file)
    }
}

/// Whether a place stands under a condition of its function, or where an error is handled.
fn is_conditional(block: &Block, at: Span) -> bool {
    let Some(stmt) = block.iter().find(|stmt| stmt.span.contains(at)) else { return false };
    match &stmt.kind {
        StmtKind::With { body, .. } => is_conditional(body, at),
        StmtKind::Try(whole) if whole.body.iter().any(|stmt| stmt.span.contains(at)) => is_conditional(&whole.body, at),
        StmtKind::For { body, .. } => is_conditional(body, at),
        StmtKind::If(_) | StmtKind::While { .. } | StmtKind::Match { .. } | StmtKind::Try(_) => true,
        _ => false,
    }
}

/// Whether a condition around a place asks whether the task runs in a worker at all.
fn is_out_of_task(eval: &Eval, id: ModuleId, block: &Block, at: Span) -> bool {
    let Some(stmt) = block.iter().find(|stmt| stmt.span.contains(at)) else { return false };
    if let StmtKind::If(branches) = &stmt.kind {
        let module = eval.modules.get(id);
        let text = eval.modules.text(id);
        let tests = branches.iter().filter_map(|(test, _)| text.get(module.span((*test)?).range()));
        let asks = |test: &str| {
            ["called_directly", "is_eager", "EAGER", "always_eager", "current_task"].iter().any(|it| test.contains(it))
        };
        if tests.into_iter().any(asks) {
            return true;
        }
    }
    stmt.blocks().into_iter().any(|block| is_out_of_task(eval, id, block, at))
}
