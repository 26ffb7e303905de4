//! `broad-except-hides-time-limit`: see its page.

use super::asked::{asked, has_time_limits};
use super::reraise;
use crate::finding::{Finding, Severity};
use crate::project::task::attempt::{Attempt, Handler, Place};
use crate::project::task::detail::TaskDetail;
use crate::project::task::exception::{ExceptionClass, SOFT_TIME_LIMIT};
use crate::project::{Project, Task, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/broad-except-hides-time-limit.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if !has_time_limits(project) {
        return;
    }
    let raised = ExceptionClass::external(SOFT_TIME_LIMIT);
    let general = production::named(project, &["task_soft_time_limit"])
        .find(|setting| is_limit(&setting.value) && production::is_production(project, setting.at))
        .map(|setting| setting.at);
    for (_, task, detail) in asked(project) {
        let Some(limit) = limit(detail, general) else { continue };
        if let Some((attempt, handler)) = hiding(detail, &raised) {
            out.push(describe(project, task, limit, attempt, handler));
        }
    }
}

/// Where the soft limit of the task is set, if it surely has one.
fn limit(detail: &TaskDetail, general: Option<Loc>) -> Option<Loc> {
    match detail.option("soft_time_limit") {
        Some(option) => is_limit(&option.value).then_some(option.at),
        None => general.filter(|_| detail.closed),
    }
}

fn is_limit(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Int(1..)) || matches!(value.kind, ValueKind::Float(limit) if limit > 0.0)
}

/// The first `try` that keeps the task going, or at least from failing, when its time is up.
fn hiding<'d>(detail: &'d TaskDetail, raised: &ExceptionClass) -> Option<(&'d Attempt, &'d Handler)> {
    let all = &detail.body.attempts;
    let kept = |attempt: &'d Attempt| {
        let handler = attempt.handler_of(raised).filter(|handler| handler.swallows && handler.caught.is_broad())?;
        let counts = attempt.place == Place::Whole || attempt.place == Place::Loop && !handler.leaves;
        counts.then_some((attempt, handler))
    };
    let looped = all.iter().filter(|attempt| attempt.place == Place::Loop).find_map(kept);
    looped.or_else(|| all.iter().find_map(kept))
}

fn describe(project: &Project, task: &Task, limit: Loc, attempt: &Attempt, handler: &Handler) -> Finding {
    let (message, label, severity) = match attempt.place {
        Place::Loop => (
            format!("Task `{}` goes on when its soft time limit is reached", task.function),
            "catches `SoftTimeLimitExceeded` too, and the loop goes on",
            Severity::Warning,
        ),
        _ => (
            format!("Task `{}` reports success when its soft time limit is reached", task.function),
            "catches `SoftTimeLimitExceeded` too",
            Severity::Note,
        ),
    };
    let finding = Finding::new(&RULE, message, handler.at, label)
        .severity(severity)
        .related(limit, "the limit, which is raised once")
        .symbol(&task.function)
        .help("Put `except SoftTimeLimitExceeded: raise` above");
    match reraise::fix(project, attempt, "SoftTimeLimitExceeded", "Let the time limit out of the `try`") {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}
