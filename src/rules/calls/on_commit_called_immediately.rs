//! `on-commit-called-immediately`: see its page.

use super::later;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::submission::Method;
use crate::project::transaction::Sent;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/on-commit-called-immediately.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for sent in project.transactions.commits.iter().filter_map(|commit| commit.sent) {
        out.push(describe(project, sent));
    }
}

fn describe(project: &Project, sent: Sent) -> Finding {
    let submission = project.submissions.get(sent.submission);
    let task = submission.and_then(|it| it.task_name.as_deref()).unwrap_or_default();
    // These give nothing, and wait for the end of the transaction by themselves.
    let waits = submission.is_some_and(|it| it.method == Method::OnCommit);
    let label = match waits {
        true => "gives `None`: raises `TypeError: on_commit()'s callback must be a callable.`",
        false => "sent at once; then raises `TypeError: on_commit()'s callback must be a callable.`",
    };
    let finding = Finding::new(&RULE, "A task is sent before the transaction is done", sent.at, label).symbol(task);
    let fix = || {
        let (text, name) = later::partial(project, sent).filter(|_| !waits)?;
        let fix = Fix::new("Give it a `partial`", Applicability::Safe).replace(sent.at, text);
        later::with_import(project, fix, sent.at, name)
    };
    let finding = finding.help("Give `on_commit()` a function: `partial(task.delay, …)`");
    fix().into_iter().fold(finding, Finding::fix)
}
