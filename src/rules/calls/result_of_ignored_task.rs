//! `result-of-ignored-task`: see its page.

use crate::finding::Finding;
use crate::project::result_use::UseKind;
use crate::project::{Project, ResultUse, Task, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/result-of-ignored-task.md"), Check::Project(check));

/// What the result of a task gives that has none, in every release.
const READS: &[&str] = &["get", "result", "wait"];

fn check(project: &Project, out: &mut Report) {
    // A task that runs at once gives its value whatever it says; annotations may change the option of any task.
    if production::runs_eagerly(project) || production::named(project, &["task_annotations"]).next().is_some() {
        return;
    }
    let errors_are_kept = project
        .sources
        .speak_of(&["errors_even_if_ignored", "ERRORS_EVEN_IF_IGNORED"], |it| it.kind == FileKind::Python);
    for used in project.result_uses.iter().filter(|used| used.kind == UseKind::Sent) {
        if !READS.contains(&used.word.as_str()) || errors_are_kept && used.word == "result" {
            continue;
        }
        let Some((task, why)) =
            used.task.and_then(|task| Some((project.tasks.get(task)?, ignored(project, used, task)?)))
        else {
            continue;
        };
        out.push(describe(project, used, task, why));
    }
}

/// Where it is said that there is no result.
fn ignored(project: &Project, used: &ResultUse, task: usize) -> Option<Why> {
    let detail = project.task_details.get(task).filter(|detail| detail.plain)?;
    match (used.ignore, detail.option("ignore_result").map(|option| (&option.value.kind, option.at))) {
        (Some(true), _) => Some(Why::Call),
        (Some(false), _) => None,
        (None, Some((ValueKind::Bool(true), at))) => Some(Why::Task(at)),
        (None, Some((ValueKind::None, _)) | None) => everywhere(project).map(Why::Setting),
        (None, Some(_)) => None,
    }
}

/// What keeps a result from being stored.
enum Why {
    Call,
    Task(Loc),
    Setting(Loc),
}

/// The setting that turns all results off, if nothing turns them on.
fn everywhere(project: &Project) -> Option<Loc> {
    let mut settings = production::named(project, &["task_ignore_result"]).peekable();
    let first = settings.peek()?.at;
    let on = |value: &ValueKind| matches!(value, ValueKind::Bool(true));
    let mut entries = project.configurations.iter().flat_map(|it| &it.entries);
    let mut sure = |at: Loc| !entries.any(|entry| entry.at == at && entry.conditional);
    let all = settings.all(|setting| on(&setting.value.kind) && production::is_production(project, setting.at));
    let apps = project.apps.iter().filter(|app| !app.in_test).count();
    (all && apps < 2 && sure(first)).then_some(first)
}

fn describe(project: &Project, used: &ResultUse, task: &Task, why: Why) -> Finding {
    let called = used.call.is_some();
    let word = if called { format!("{}()", used.word) } else { used.word.clone() };
    let message = format!("`{}` keeps no result for `{word}` to read", task.function);
    let label = if called { "gives `None` at once, whatever the task does" } else { "is always `None`" };
    let finding = Finding::new(&RULE, message, used.call.unwrap_or(used.at), label).symbol(&task.function);
    let finding = match why {
        Why::Call => finding,
        Why::Task(at) if same_line(project, at, used.at) => finding,
        Why::Task(at) => finding.related(at, "its results are thrown away"),
        Why::Setting(at) => finding.related(at, "the results of all tasks are thrown away"),
    };
    finding.help("Keep the result of this task with `ignore_result=False`, or do not read it")
}

fn same_line(project: &Project, one: Loc, other: Loc) -> bool {
    one.file == other.file && project.sources.line(one) == project.sources.line(other)
}
