//! `retry-swallowed`: see its page.

use super::asked::asked;
use super::reraise;
use crate::finding::Finding;
use crate::project::task::attempt::{Attempt, Handler};
use crate::project::task::body::{Body, Retry};
use crate::project::task::exception::{ExceptionClass, RETRY};
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/retry-swallowed.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let raised = ExceptionClass::external(RETRY);
    for (_, task, detail) in asked(project) {
        for retry in detail.body.retries.iter().filter(|retry| retry.throws) {
            if let Some((attempt, handler)) = swallower(&detail.body, retry, &raised) {
                out.push(describe(project, task, retry, attempt, handler));
            }
        }
    }
}

/// The handler that keeps what a retry raises: the first around it that catches, when it lets nothing out.
fn swallower<'b>(body: &'b Body, retry: &Retry, raised: &ExceptionClass) -> Option<(&'b Attempt, &'b Handler)> {
    for attempt in retry.within.iter().filter_map(|index| body.attempts.get(*index)) {
        for handler in &attempt.handlers {
            match handler.caught.catches(raised) {
                Some(true) => return handler.swallows.then_some((attempt, handler)),
                Some(false) => {}
                None => return None,
            }
        }
    }
    None
}

fn describe(project: &Project, task: &Task, retry: &Retry, attempt: &Attempt, handler: &Handler) -> Finding {
    let caught = project.sources.snippet(handler.at);
    let head = if caught.len() > 32 { "except" } else { caught };
    let message = format!("Task `{}` catches its own retry and reports success", task.function);
    let finding = Finding::new(&RULE, message, retry.at, "sends the message again, then raises `Retry`")
        .related(handler.at, format!("`{head}` catches `Retry` too, and the task goes on"))
        .symbol(&task.function)
        .help("Let the retry out: put `except Retry: raise` above, or retry outside of the `try`");
    match reraise::fix(project, attempt, "Retry", "Let the retry out of the `try`") {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}
