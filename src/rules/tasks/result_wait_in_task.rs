//! `result-wait-in-task`: see its page.

use super::asked::{asked, has_green_pool};
use crate::finding::{Finding, Severity};
use crate::project::task::body::Wait;
use crate::project::{Project, ResultUse, Task, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/result-wait-in-task.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // Results of tasks that run at once are there already; green threads may wait.
    if production::runs_eagerly(project) || has_green_pool(project) {
        return;
    }
    let mut seen: Vec<Loc> = Vec::new();
    for (_, task, detail) in asked(project) {
        for wait in &detail.body.waits {
            let Some(used) = project.result_uses.get(wait.of) else { continue };
            let Some(at) = used.call.filter(|at| !seen.contains(at) && !ignores(project, used)) else { continue };
            seen.push(at);
            out.push(describe(project, task, wait, used, at));
        }
    }
}

/// Whether Celery knows that there is no result: `get()` gives `None` at once.
fn ignores(project: &Project, used: &ResultUse) -> bool {
    let own = used.task.and_then(|task| project.task_details.get(task));
    let off = |kind: &ValueKind| matches!(kind, ValueKind::Bool(false) | ValueKind::None);
    own.and_then(|detail| detail.option("ignore_result")).is_some_and(|option| !off(&option.value.kind))
        || project.sources.snippet(used.at).contains("ignore_result")
        || production::named(project, &["task_ignore_result"]).any(|setting| !off(&setting.value.kind))
}

fn describe(project: &Project, task: &Task, wait: &Wait, used: &ResultUse, at: Loc) -> Finding {
    let awaited = used.task.and_then(|index| project.tasks.get(index)?.name.clone());
    let whom = awaited.map_or_else(|| "another task".to_owned(), |name| format!("`{name}`"));
    let finding = if wait.allowed {
        let message = format!("Task `{}` blocks a worker while it waits for {whom}", task.function);
        let label = "waits inside a task, and for ever once every worker process does";
        Finding::new(&RULE, message, at, label).severity(Severity::Note)
    } else {
        let message = format!("Task `{}` waits for {whom}, which Celery refuses", task.function);
        Finding::new(&RULE, message, at, "raises `RuntimeError: Never call result.get() within a task!`")
    };
    let finding = match wait.through {
        Some(call) => finding.related(call, format!("task `{}` gets there by this call", task.function)),
        None => finding,
    };
    finding
        .symbol(&task.function)
        .help("Let another task work with the result: `chain`, `chord` or `link=` pass it on without waiting")
}
