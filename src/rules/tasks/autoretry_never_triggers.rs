//! `autoretry-never-triggers`: see its page.

use super::asked::{asked, has_own_task_class};
use crate::finding::{Finding, Severity};
use crate::project::task::attempt::{Attempt, Place};
use crate::project::task::detail::{Autoretry, TaskDetail};
use crate::project::task::exception::ExceptionClass;
use crate::project::{Project, Task};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/autoretry-never-triggers.md"), Check::Project(check));

/// What is raised in the main process of the worker, when the process of the task is gone or will be.
const OUTSIDE: &[&str] =
    &["celery.exceptions.Terminated", "celery.exceptions.TimeLimitExceeded", "celery.exceptions.WorkerLostError"];
/// Options that say how to retry, and are asked when a task is retried by itself.
const HOW: &[&str] = &["retry_backoff", "retry_backoff_max", "retry_jitter", "retry_kwargs"];

fn check(project: &Project, out: &mut Report) {
    let mut unused = None;
    for (_, task, detail) in asked(project) {
        if let Some(auto) = &detail.autoretry {
            out.findings.extend(outside(task, auto));
            out.findings.extend(caught(task, detail, auto));
        } else if detail.closed && detail.option("autoretry_for").is_none() {
            let known = unused.get_or_insert_with(|| !has_own_task_class(project) && !reads_options(project));
            out.findings.extend(without(task, detail).filter(|_| *known));
        }
    }
}

/// Whether code of the project looks at the options itself.
fn reads_options(project: &Project) -> bool {
    project.sources.speak_of(
        &[".retry_backoff", ".retry_kwargs", ".retry_jitter", "\"retry_", "'retry_", ".autoretry_for"],
        |file| file.kind == FileKind::Python,
    )
}

/// Exceptions that never are raised in the code of a task.
fn outside(task: &Task, auto: &Autoretry) -> Vec<Finding> {
    let Some(classes) = &auto.classes else { return Vec::new() };
    let is_outside = |class: &ExceptionClass| OUTSIDE.contains(&class.name.as_str());
    let all = classes.iter().all(|(class, _)| is_outside(class));
    let describe = |(class, at): &(ExceptionClass, Option<Loc>)| {
        let message = format!("`autoretry_for` of `{}` names `{}`, which no task sees", task.function, class.last());
        let finding =
            Finding::new(&RULE, message, at.unwrap_or(auto.at), "is raised in the main process of the worker");
        let severity = if all { Severity::Error } else { Severity::Warning };
        finding.severity(severity).symbol(&task.function).help(match class.last() {
            "TimeLimitExceeded" => {
                "Name `SoftTimeLimitExceeded` and set `soft_time_limit`: the hard limit kills the process"
            }
            _ => "Set `acks_late` and `reject_on_worker_lost`, so that the message is delivered again",
        })
    };
    classes.iter().filter(|(class, _)| is_outside(class)).map(describe).collect()
}

/// The `try` around the whole body swallows all that is to be retried.
fn caught(task: &Task, detail: &TaskDetail, auto: &Autoretry) -> Option<Finding> {
    let classes = auto.classes.as_ref().filter(|classes| !classes.is_empty())?;
    let attempt = detail.body.attempts.iter().find(|attempt| attempt.place == Place::Whole)?;
    // A decorator below the task's own may raise, outside of the `try`: a lock that is taken.
    if !detail.below.is_empty()
        || !detail.body.retries.is_empty()
        || !classes.iter().all(|(class, _)| is_swallowed(attempt, class))
    {
        return None;
    }
    let message = format!("`autoretry_for` of `{}` never sees an error: the task catches them", task.function);
    let label = "Celery retries what leaves the task, and nothing of this does";
    let mut finding = Finding::new(&RULE, message, auto.at, label).symbol(&task.function);
    for (class, _) in classes.iter().take(3) {
        let handler = attempt.handler_of(class)?;
        let known = finding.related.iter().any(|label| label.loc == handler.at);
        if !known {
            finding = finding.related(handler.at, format!("`{}` ends here, and the task succeeds", class.last()));
        }
    }
    Some(finding.help("Raise the error again at the end of the handler, or take it out of the `try`"))
}

/// Whether the handler that an error reaches keeps it, and those before it, which may get errors derived from it, do too.
fn is_swallowed(attempt: &Attempt, class: &ExceptionClass) -> bool {
    for handler in &attempt.handlers {
        if !handler.swallows {
            return false;
        }
        match handler.caught.catches(class) {
            Some(true) => return true,
            Some(false) => {}
            None => return false,
        }
    }
    false
}

/// How to retry, and not what.
fn without(task: &Task, detail: &TaskDetail) -> Option<Finding> {
    let option = HOW.iter().find_map(|name| detail.option(name)).filter(|option| option.own)?;
    let on = !matches!(option.value.kind, ValueKind::Bool(false) | ValueKind::None);
    let message = format!("`{}` of `{}` does nothing without `autoretry_for`", option.name, task.function);
    let finding = Finding::new(&RULE, message, option.at, "is only asked when Celery retries the task by itself");
    on.then(|| {
        finding
            .severity(Severity::Warning)
            .symbol(&task.function)
            .help("Add `autoretry_for=(…,)` with the errors to retry, or give `countdown` to `self.retry()`")
    })
}
