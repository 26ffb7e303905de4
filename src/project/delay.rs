//! Calls that send a task for later: `countdown=` and `eta=`, of `apply_async`, `send_task` and `retry`.

use super::link::Linking;
use super::submission::TaskIndex;
use super::task::Definition;
use super::{Submission, Task, duration};
use crate::python::ir::{BinaryOp, BindingKind, CallFact, ExprId, ExprKind, Module, Scope};
use crate::python::{Eval, ModuleId, Site, Value};
use crate::source::Loc;

/// A task that is sent for later.
#[derive(Debug, Clone)]
pub struct Delay {
    /// The call.
    pub at: Loc,
    /// It is `retry(…)`.
    pub retry: bool,
    /// The seconds of `countdown`, and where they stand.
    pub countdown: Option<(f64, Loc)>,
    pub eta: Option<Eta>,
}

/// A time that is given as now and a length of time.
#[derive(Debug, Clone)]
pub struct Eta {
    /// The argument.
    pub at: Loc,
    pub clock: Clock,
    /// The call that asks the clock.
    pub clock_at: Loc,
    /// How far ahead it is; none when that is not known.
    pub ahead: Option<f64>,
}

/// What a time was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// With a time zone.
    Aware,
    /// `datetime.now()`, `datetime.today()`: local time that does not say so.
    Local,
    /// `datetime.utcnow()`: UTC that does not say so.
    Utc,
    /// Nothing is known but that it is now: `timezone.now()` of Django depends on its settings.
    Open,
}

const METHODS: &[&str] = &["apply_async", "apply_async_on_commit", "retry", "send_task"];
/// How many names and additions lead from the argument to the clock.
const MAX_STEPS: u32 = 6;

/// Every such call whose delay is known.
pub fn find(linking: &Linking, tasks: &[Task], submissions: &[Submission]) -> Vec<Delay> {
    let index = TaskIndex::new(tasks);
    let mut found = linking.per_module(|eval, id| {
        let module = linking.modules.get(id);
        let calls = module.calls.iter();
        calls.filter_map(|fact| of_call(eval, id, module, fact, &index, tasks, submissions)).collect()
    });
    found.sort_by_key(|delay: &Delay| delay.at);
    found
}

fn of_call(
    eval: &Eval,
    id: ModuleId,
    module: &Module,
    fact: &CallFact,
    index: &TaskIndex,
    tasks: &[Task],
    submissions: &[Submission],
) -> Option<Delay> {
    let call = module.call(fact.call)?;
    let ExprKind::Attribute { value: receiver, attr, .. } = &module.expr(call.func).kind else { return None };
    METHODS.contains(&&**attr).then_some(())?;
    let (countdown, eta) = (call.keyword("countdown"), call.keyword("eta"));
    if countdown.is_none() && eta.is_none() {
        return None;
    }
    let at = Loc::new(module.file, module.span(fact.call));
    let retry = &**attr == "retry";
    let scope = fact.context.scope;
    let known = if retry {
        retries_task(module, id, scope, *receiver, tasks) || index.of(&eval.expr(id, scope, *receiver)).is_some()
    } else {
        submissions.binary_search_by(|it| it.at.cmp(&at)).is_ok()
    };
    known.then_some(())?;
    let seconds = countdown.and_then(|argument| {
        let seconds = duration::seconds(&eval.expr(id, scope, argument.value))?;
        Some((seconds, Loc::new(module.file, module.span(argument.value))))
    });
    let eta = eta.and_then(|argument| {
        let time = time(eval, module, Site { module: id, scope, expr: argument.value }, 0)?;
        Some(Eta { at: Loc::new(module.file, module.span(argument.value)), ..time })
    });
    (seconds.is_some() || eta.is_some()).then_some(Delay { at, retry, countdown: seconds, eta })
}

/// `self.retry(…)` in a bound task.
fn retries_task(module: &Module, id: ModuleId, scope: Scope, receiver: ExprId, tasks: &[Task]) -> bool {
    let Some(function) = module.enclosing_function(scope) else { return false };
    let bound = tasks.iter().any(|task| task.bind && task.definition == Some(Definition::Function(id, function)));
    let first = module.function(function).params.first();
    bound && matches!((&module.expr(receiver).kind, first), (ExprKind::Name(name), Some(first)) if *name == first.name)
}

/// A time that is now, or now and something.
fn time(eval: &Eval, module: &Module, site: Site, steps: u32) -> Option<Eta> {
    if steps > MAX_STEPS {
        return None;
    }
    let of = |expr: ExprId| time(eval, module, Site { expr, ..site }, steps + 1);
    match &module.expr(site.expr).kind {
        ExprKind::Binary { op: BinaryOp::Add, left, right } => {
            let (now, length) = of(*left).map(|now| (now, *right)).or_else(|| of(*right).map(|now| (now, *left)))?;
            let length = duration::seconds(&eval.expr(site.module, site.scope, length));
            let ahead = now.ahead.zip(length).map(|(ahead, length)| ahead + length);
            Some(Eta { ahead, ..now })
        }
        ExprKind::Binary { op: BinaryOp::Subtract, left, .. } => of(*left).map(|now| Eta { ahead: None, ..now }),
        ExprKind::Name(name) => {
            let bindings = module.bindings(site.scope).names.get(name)?;
            let [binding] = bindings.as_slice() else { return None };
            match binding.kind {
                BindingKind::Value(expr) if !binding.conditional => of(expr),
                _ => None,
            }
        }
        ExprKind::Call(_) => clock(eval, module, site),
        _ => None,
    }
}

/// The functions that tell the time, how, and whether they are given a time zone as their first argument.
const CLOCKS: &[(&str, Clock)] = &[
    ("datetime.datetime.now", Clock::Local),
    ("datetime.datetime.today", Clock::Local),
    ("datetime.datetime.utcnow", Clock::Utc),
    ("django.utils.timezone.now", Clock::Open),
];

fn clock(eval: &Eval, module: &Module, site: Site) -> Option<Eta> {
    let call = module.call(site.expr)?;
    let callee: Value = eval.expr(site.module, site.scope, call.func);
    let (_, clock) = CLOCKS.iter().find(|(path, _)| callee.external() == Some(path))?;
    let clock = match clock {
        Clock::Local if !call.args.is_empty() => Clock::Aware,
        clock => *clock,
    };
    let at = Loc::new(module.file, module.span(site.expr));
    Some(Eta { at, clock, clock_at: at, ahead: Some(0.0) })
}
