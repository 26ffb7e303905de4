//! `async-task`: see its page.

use super::asked::{asked, may_run_coroutines, may_use_results};
use super::import_line;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task::detail::{Gives, TaskDetail};
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/async-task.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let found: Vec<(&Task, &TaskDetail)> =
        asked(project).filter(|(_, task, detail)| is_coroutine(task, detail)).map(|it| (it.1, it.2)).collect();
    if found.is_empty() || may_run_coroutines(project) || may_use_results(project) {
        return;
    }
    for (task, detail) in found {
        let message = format!("Task `{}` is `async def`, and Celery never awaits it", task.function);
        let label = "the worker calls it, gets a coroutine, and runs nothing of its body";
        let finding = Finding::new(&RULE, message, task.name_at, label)
            .symbol(&task.function)
            .help(format!("Make `{}` a plain function that calls `asyncio.run(…)` of the coroutine", task.function));
        out.push(match fix(project, task, detail) {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
}

/// Whether what Celery calls surely is the coroutine function itself.
fn is_coroutine(task: &Task, detail: &TaskDetail) -> bool {
    task.is_async && detail.plain && detail.below.iter().all(|layer| layer.gives == Gives::Same)
}

/// A plain function under the task's decorators that runs the coroutine, which gets a name of its own below.
fn fix(project: &Project, task: &Task, detail: &TaskDetail) -> Option<Fix> {
    if detail.is_generator {
        return None;
    }
    let file = project.sources.get(task.at.file);
    let before = file.text.get(..task.name_at.span.start as usize)?;
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    // Only at the left edge: nothing else is indented then.
    if before.get(line..)? != "async def " {
        return None;
    }
    let rest = file.text.get(task.name_at.span.end as usize..)?;
    let header = header(rest)?;
    let arguments = arguments(header)?;
    let coroutine = format!("_{}_async", task.function);
    if file.text.contains(&coroutine) {
        return None;
    }
    let name = Loc::new(file.id, task.name_at.span);
    let wrapper = format!("def {}{header}\n    return asyncio.run({coroutine}({arguments}))\n\n\n", task.function);
    let start = Loc::new(file.id, Span::of(line, line));
    let fix = Fix::new(format!("Run the coroutine of `{}` in a plain function", task.function), Applicability::Unsafe)
        .replace(start, wrapper)
        .replace(name, coroutine);
    import_line::with(project, fix, file.id, "asyncio", "import asyncio")
}

/// `(a, b=1) -> None:`, when all of it stands on one line and is plain.
fn header(rest: &str) -> Option<&str> {
    let line = rest.lines().next()?.trim_end();
    let plain = line.ends_with(':') && line.starts_with('(') && !line.contains(['#', '"', '\'', '\\']);
    (plain && line.matches('(').count() == 1).then_some(line)
}

/// The parameters of such a header as arguments of a call.
fn arguments(header: &str) -> Option<String> {
    let inner = header.get(1..header.find(')')?)?;
    let mut named = false;
    let mut found = Vec::new();
    let mut depth = 0;
    for part in inner.split(',') {
        let continued = depth > 0;
        depth += part.matches('[').count() as i32 - part.matches(']').count() as i32;
        let part = part.trim();
        if continued || part.is_empty() || part == "/" {
            continue;
        }
        let name = part.split([':', '=']).next().unwrap_or_default().trim();
        match name {
            "*" => named = true,
            _ if name.starts_with("**") => found.push(name.to_owned()),
            _ if name.starts_with('*') => {
                named = true;
                found.push(name.to_owned());
            }
            _ if named => found.push(format!("{name}={name}")),
            _ => found.push(name.to_owned()),
        }
    }
    Some(found.join(", "))
}
