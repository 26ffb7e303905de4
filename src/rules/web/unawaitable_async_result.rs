//! `unawaitable-async-result`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::requests::awaited::{self, Awaited};
use crate::project::{Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::rules::tasks::asked::{has_own_task_class, may_run_coroutines};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unawaitable-async-result.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // Other classes of tasks, and other packages, may have coroutines of these names.
    if has_own_task_class(project) || may_run_coroutines(project) {
        return;
    }
    for found in awaited::find(project) {
        if let Some(submission) = project.submissions.get(found.submission).filter(|it| has_plain_class(project, it)) {
            out.push(describe(&found, submission));
        }
    }
}

/// Whether the task is of Celery's own class.
fn has_plain_class(project: &Project, submission: &Submission) -> bool {
    let task = submission.task.and_then(|index| project.tasks.get(index));
    task.is_none_or(|task| !task.options.iter().any(|(name, ..)| name == "base"))
}

fn describe(found: &Awaited, submission: &Submission) -> Finding {
    let symbol = submission.task_name.as_deref().unwrap_or_default();
    if found.waits {
        let label = "blocks the event loop until the task is done, then raises `TypeError` for its value";
        return Finding::new(&RULE, "The value of a task is awaited, which is no coroutine", found.at, label)
            .help("Wait in a thread: `await asyncio.to_thread(result.get, timeout=10)`")
            .symbol(symbol);
    }
    let label = "raises `TypeError: object AsyncResult can't be used in 'await' expression`";
    let fix = Fix::new("Remove `await`", Applicability::Safe).replace(found.word, "");
    Finding::new(&RULE, "Sending a task is awaited, which is no coroutine", found.at, label)
        .help("Remove `await`: the message is sent, and its id is there at once")
        .symbol(symbol)
        .fix(fix)
}
