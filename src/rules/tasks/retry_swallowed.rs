//! `retry-swallowed`: see its page.

use super::asked::asked;
use super::import_line;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task::attempt::{Attempt, Handler};
use crate::project::task::body::{Body, Retry};
use crate::project::task::exception::{ExceptionClass, RETRY};
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

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
    match fix(project, attempt) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// `except Retry: raise` above the other handlers.
fn fix(project: &Project, attempt: &Attempt) -> Option<Fix> {
    let first = attempt.handlers.first()?.at;
    let text = &project.sources.get(first.file).text;
    let before = text.get(..first.span.start as usize)?;
    let indent = before.get(before.rfind('\n')? + 1..).filter(|it| it.trim().is_empty())?;
    let unit = if indent.contains('\t') { "\t" } else { "    " };
    let start = Loc::new(first.file, Span::new(first.span.start, first.span.start));
    let handler = format!("except Retry:\n{indent}{unit}raise\n{indent}");
    let fix = Fix::new("Let the retry out of the `try`", Applicability::Unsafe).replace(start, handler);
    import_line::with(project, fix, first.file, "Retry", "from celery.exceptions import Retry")
}
