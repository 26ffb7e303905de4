//! `retry-policy-unbounded`: see its page.

use super::asked::{asked, has_own_task_class};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::task::detail::{Autoretry, TaskDetail, TaskOption};
use crate::project::{Project, Task};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/retry-policy-unbounded.md"), Check::Project(check));

/// Options that say when to retry.
const PACE: &[&str] = &["retry_backoff", "retry_kwargs", "default_retry_delay"];

fn check(project: &Project, out: &mut Report) {
    let own_class = has_own_task_class(project);
    for (_, task, detail) in asked(project) {
        let found = endless(task, detail).or_else(|| everything(task, detail).filter(|_| !own_class));
        out.findings.extend(found);
    }
}

/// `max_retries=None` on a task that retries and does not count. Without arguments all of its messages are the same job, and
/// nothing in one of them can be wrong for ever.
fn endless(task: &Task, detail: &TaskDetail) -> Option<Finding> {
    if task.signature.as_ref().is_some_and(|signature| signature.parameters.takes_nothing()) {
        return None;
    }
    let none = |option: &&TaskOption| option.own && matches!(option.value.kind, ValueKind::None);
    let option = detail.option("max_retries").filter(none)?;
    let body = &detail.body;
    let unbounded = body.retries.iter().any(|retry| !retry.bounded && !retry.open);
    let errors = detail.autoretry.as_ref().filter(|_| detail.option("retry_kwargs").is_none());
    let retries = unbounded || errors.is_some_and(|auto| !waits(auto));
    if !retries || body.counts_retries {
        return None;
    }
    let message = format!("Task `{}` retries for ever", task.function);
    let label = "`None` is no limit: a message that can never succeed comes back without end";
    let finding = Finding::new(&RULE, message, option.at, label).symbol(&task.function);
    Some(finding.help("Give a number of retries, and `retry_backoff=True` or a growing `countdown`"))
}

/// What is retried are errors of the project alone: whoever raises them (`JobRunning`, `QueueFull`) means to try again.
fn waits(auto: &Autoretry) -> bool {
    let classes = auto.classes.as_ref().filter(|classes| !classes.is_empty());
    classes.is_some_and(|classes| classes.iter().all(|(class, _)| class.is_own()))
}

/// Every error is retried, mistakes in the code too, always after the same time.
fn everything(task: &Task, detail: &TaskDetail) -> Option<Finding> {
    let auto = detail.autoretry.as_ref().filter(|_| detail.closed)?;
    let classes = auto.classes.as_ref()?;
    let (class, _) = classes.iter().find(|(class, _)| matches!(class.last(), "Exception" | "BaseException"))?;
    if PACE.iter().any(|name| detail.option(name).is_some()) {
        return None;
    }
    let message = format!("Task `{}` retries every error, without backoff", task.function);
    let label = format!("`{}` is a mistake in the code too, and each is tried again every 3 minutes", class.last());
    let finding = Finding::new(&RULE, message, auto.at, label).severity(Severity::Note).symbol(&task.function);
    let before = Loc::new(auto.at.file, Span::new(auto.at.span.start, auto.at.span.start));
    let fix = Fix::new("Wait longer each time", Applicability::Unsafe).replace(before, "retry_backoff=True, ");
    Some(finding.help("Name the errors that may pass by themselves, and add `retry_backoff=True`").fix(fix))
}
