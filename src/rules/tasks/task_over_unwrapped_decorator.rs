//! `task-over-unwrapped-decorator`: see its page.

use super::asked::asked;
use super::import_line;
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::task::detail::{Gives, Layer, TaskDetail, Wrapper};
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/task-over-unwrapped-decorator.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let found: Vec<(&Task, &Layer, Wrapper)> =
        asked(project).filter_map(|(_, task, detail)| unwrapped(detail).map(|(layer, it)| (task, layer, it))).collect();
    for (index, (task, layer, wrapper)) in found.iter().enumerate() {
        let others = found.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, (task, _, _))| *task);
        let twin = others.into_iter().find(|other| other.name.is_some() && other.name == task.name);
        out.push(describe(project, task, twin, layer, *wrapper));
    }
}

/// The lowest decorator below the task's own that gives another function under its own name; those above it keep that.
fn unwrapped(detail: &TaskDetail) -> Option<(&Layer, Wrapper)> {
    let named = detail.option("name").is_some();
    let known =
        detail.below.iter().all(|layer| matches!(layer.gives, Gives::Same | Gives::Wrapped { .. } | Gives::Other(_)));
    let mut found = detail.below.iter().filter_map(|layer| match layer.gives {
        Gives::Other(wrapper) => Some((layer, wrapper)),
        _ => None,
    });
    found.next_back().filter(|_| known && detail.closed && !named)
}

fn describe(project: &Project, task: &Task, twin: Option<&Task>, layer: &Layer, wrapper: Wrapper) -> Finding {
    let inner = project.sources.snippet(wrapper.at);
    let name = task.name.as_deref().unwrap_or(inner);
    let written = format!("{}.{}", task.module, task.function);
    let used = named_at(project, &written);
    let message = match twin {
        Some(twin) => format!("Tasks `{}` and `{}` have one name, `{name}`", task.function, twin.function),
        None => format!("Task `{}` is registered as `{name}`", task.function),
    };
    let message =
        if message.len() > 90 { format!("Task `{}` is registered as `{inner}`", task.function) } else { message };
    let label = format!("gives Celery its inner function `{inner}`, and the name with it");
    let finding = Finding::new(&RULE, message, layer.at, label).symbol(&task.function);
    let finding = finding.related(wrapper.at, "lacks `@functools.wraps`");
    let finding = match (twin, used) {
        (Some(twin), _) => finding.related(twin.name_at, "has the same name: calls of one may run the other"),
        (None, Some(at)) => finding.related(at, format!("no task is called `{written}`")),
        (None, None) => finding.severity(Severity::Warning),
    };
    let finding = finding.help(format!("Put `@functools.wraps(…)` above `{inner}`"));
    match fix(project, wrapper) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Where something asks for the task by the name it was meant to have.
fn named_at(project: &Project, name: &str) -> Option<Loc> {
    let sent = project.submissions.iter().find(|it| it.task.is_none() && it.task_name.as_deref() == Some(name));
    let planned = || project.schedules.iter().find(|it| it.task.as_deref() == Some(name));
    sent.map(|it| it.at).or_else(|| planned().map(|it| it.at))
}

/// `@functools.wraps(…)` above the inner function.
fn fix(project: &Project, wrapper: Wrapper) -> Option<Fix> {
    let wrapped = project.sources.snippet(wrapper.wrapped?);
    let text = &project.sources.get(wrapper.at.file).text;
    let before = text.get(..wrapper.at.span.start as usize)?;
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let head = before.get(line..)?;
    let indent = head.get(..head.len() - head.trim_start().len())?;
    if !matches!(head.trim(), "def" | "async def") {
        return None;
    }
    let start = Loc::new(wrapper.at.file, Span::of(line, line));
    let fix = Fix::new("Keep the name with `functools.wraps`", Applicability::Safe)
        .replace(start, format!("{indent}@functools.wraps({wrapped})\n"));
    import_line::with(project, fix, wrapper.at.file, "functools", "import functools")
}
