//! `dispatch-in-transaction`: see its page.

use super::later;
use crate::celery::release::{Minor, Releases};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::submission::Method;
use crate::project::transaction::{By, Inside};
use crate::project::{Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::rules::tasks::asked::has_own_task_class;
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/dispatch-in-transaction.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for inside in &project.transactions.inside {
        if let Some(submission) = project.submissions.get(inside.sent.submission) {
            out.push(describe(project, inside, submission));
        }
    }
}

fn describe(project: &Project, inside: &Inside, submission: &Submission) -> Finding {
    let label = "a worker may look before the commit, and runs even after a rollback";
    let severity = if inside.again { Severity::Note } else { RULE.severity };
    let message = match inside.by {
        By::Request => "A task is sent while the transaction of the request is open",
        _ => "A task is sent while a transaction is open",
    };
    let mut finding = Finding::new(&RULE, message, inside.sent.at, label)
        .severity(severity)
        .related(inside.write, "is not in the database before the commit")
        .symbol(submission.task_name.as_deref().unwrap_or_default());
    if let Some(at) = inside.by_at {
        finding = finding.related(at, "the transaction");
    }
    let fix = Some(inside).filter(|it| it.dropped && it.module.is_some()).and_then(|it| fix(project, it, submission));
    let help = match inside.by {
        By::Session => "Send it behind the block, when the transaction is done",
        _ if !inside.dropped => "Send it behind the block, when the transaction is done",
        _ => "Send it on commit: `transaction.on_commit(partial(task.delay, …))`",
    };
    fix.into_iter().fold(finding.help(help), Finding::fix)
}

fn fix(project: &Project, inside: &Inside, submission: &Submission) -> Option<Fix> {
    let callee = project.sources.snippet(inside.sent.callee);
    let method = if submission.method == Method::Delay { "delay" } else { "apply_async" };
    if has_own_method(project, submission) && callee.ends_with(method) {
        let end = inside.sent.callee.span.end;
        let at = Loc::new(inside.sent.callee.file, Span::new(end, end));
        let title = format!("Use `{method}_on_commit()`");
        return Some(Fix::new(title, Applicability::Unsafe).replace(at, "_on_commit"));
    }
    let (text, name) = later::partial(project, inside.sent)?;
    let text = format!("{}.on_commit({text})", inside.module.as_deref()?);
    let fix = Fix::new("Send it on commit", Applicability::Unsafe).replace(inside.sent.at, text);
    later::with_import(project, fix, inside.sent.at, name)
}

/// Whether the task surely has `delay_on_commit`: since 5.4, where Celery runs in Django and nobody gives another base class.
fn has_own_method(project: &Project, submission: &Submission) -> bool {
    let task = submission.task.and_then(|index| project.tasks.get(index)).filter(|_| submission.sure);
    let plain = task.is_some_and(|task| !task.options_open && !task.options.iter().any(|(name, ..)| name == "base"));
    let new = project.releases.without(Releases::at_least(Minor(5, 4))).is_empty();
    plain && new && !has_own_task_class(project)
}
