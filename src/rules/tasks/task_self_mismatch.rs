//! `task-self-mismatch`: see its page.

use crate::celery::arguments::{Checker, Given};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task::{Definition, TaskSignature};
use crate::project::{Project, Submission, Task, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/task-self-mismatch.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (index, task) in project.tasks.iter().enumerate() {
        let shown = task.in_test || production::is_shown(project.sources.path(task.at.file));
        let Some(signature) = task.signature.as_ref().filter(|_| !shown) else { continue };
        if !matches!(task.definition, Some(Definition::Function(..))) {
            continue;
        }
        if signature.parameters.bound && signature.parameters.positional.is_empty() && !signature.parameters.rest {
            out.push(no_self(project, task, signature));
        } else if let Some(used) = free_self(project, index) {
            out.push(unknown_self(project, task, signature, used));
        } else if !signature.parameters.bound && takes_self(signature) && !is_given_self(project, index, signature) {
            out.push(not_bound(project, task, signature));
        }
    }
}

fn takes_self(signature: &TaskSignature) -> bool {
    signature.parameters.positional.first().is_some_and(|it| it.name == "self" && !it.has_default)
}

/// Whether some call gives enough arguments: then `self` is a name like any other.
fn is_given_self(project: &Project, index: usize, signature: &TaskSignature) -> bool {
    let fits = |it: &Submission| {
        let Some(passed) = it.passed.as_ref().filter(|_| it.task == Some(index)) else { return false };
        let names: Vec<&str> = passed.named.iter().filter_map(|it| it.name.as_deref()).collect();
        let given = Given { positional: passed.positional.len(), named: &names, open: passed.open || passed.partial };
        signature.parameters.mismatch(given, Checker::Celery).is_none()
    };
    project.submissions.iter().any(fits)
}

/// Where the body uses a `self` that nobody gives it.
fn free_self(project: &Project, index: usize) -> Option<Loc> {
    project.task_details.get(index)?.body.free_self
}

fn unknown_self(project: &Project, task: &Task, signature: &TaskSignature, used: Loc) -> Finding {
    let finding = Finding::new(
        &RULE,
        "A task uses `self`, and is not given it",
        used,
        "raises `NameError: name 'self' is not defined`",
    )
    .related(signature.at, "has no parameter for the task itself")
    .symbol(&task.function)
    .help(match signature.parameters.bound {
        true => "Add the parameter `self`",
        false => "Add `bind=True` and the parameter `self`",
    });
    let fix = || {
        let (at, text) = parameter(project, signature)?;
        match signature.parameters.bound {
            // What was the first parameter may be meant for the task.
            true if !signature.parameters.positional.is_empty() => None,
            true => Some(Fix::new("Take the task itself", Applicability::Safe).replace(at, text)),
            false => Some(bound(project, task)?.replace(at, text)),
        }
    };
    fix().into_iter().fold(finding, Finding::fix)
}

/// Where `self` can be written as the first parameter, and how.
fn parameter(project: &Project, signature: &TaskSignature) -> Option<(Loc, &'static str)> {
    let end = signature.at.span.end;
    let after = project.sources.get(signature.at.file).text.get(end as usize..)?;
    let place = Loc::new(signature.at.file, Span::new(end + 1, end + 1));
    let inner = after.strip_prefix('(')?;
    Some((place, if inner.starts_with(')') { "self" } else { "self, " }))
}

fn no_self(project: &Project, task: &Task, signature: &TaskSignature) -> Finding {
    let label =
        format!("every call raises `TypeError: {}() takes 0 positional arguments but 1 was given`", task.function);
    let finding =
        Finding::new(&RULE, "A task with `bind=True` has no parameter for the task itself", signature.at, label)
            .symbol(&task.function)
            .help("Add `self` as the first parameter, or drop `bind=True`");
    let fix = parameter(project, signature)
        .map(|(at, text)| Fix::new("Take the task itself", Applicability::Safe).replace(at, text));
    fix.into_iter().fold(finding, Finding::fix)
}

fn not_bound(project: &Project, task: &Task, signature: &TaskSignature) -> Finding {
    let at = signature.places.first().map_or(signature.at, |(_, at)| *at);
    let label = "nobody passes it: without `bind=True` it is a parameter like any other";
    let finding = Finding::new(&RULE, "A task takes `self`, but is not bound", at, label)
        .related(task.at, "`bind=True` is missing here")
        .symbol(&task.function)
        .help("Add `bind=True`");
    match bound(project, task) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// `@app.task` as `@app.task(bind=True)`.
fn bound(project: &Project, task: &Task) -> Option<Fix> {
    let written = project.sources.snippet(task.at);
    let insert = |offset: usize, text: &str| {
        let at = task.at.span.start + offset as u32;
        let at = Loc::new(task.at.file, Span::new(at, at));
        Fix::new("Bind the task", Applicability::Safe).replace(at, text)
    };
    if !written.starts_with('@') || task.options.iter().any(|(name, ..)| name == "bind") {
        return None;
    }
    match written.find('(') {
        None => Some(insert(written.len(), "(bind=True)")),
        Some(open) if written.get(open + 1..)?.trim_start().starts_with(')') => Some(insert(open + 1, "bind=True")),
        Some(open) => Some(insert(open + 1, "bind=True, ")),
    }
}
