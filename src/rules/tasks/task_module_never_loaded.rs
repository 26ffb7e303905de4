//! `task-module-never-loaded`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::link::is_test_path;
use crate::project::loaded::Include;
use crate::project::task::Definition;
use crate::project::{Project, Submission, Task, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind, Loc, SourceFile, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/task-module-never-loaded.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<FileId> = Vec::new();
    for (index, task) in project.tasks.iter().enumerate() {
        let file = task.at.file;
        if task.in_test || seen.contains(&file) || !is_asked(project, file) {
            continue;
        }
        let Some(sent) = sent_at(project, index, task) else { continue };
        seen.push(file);
        let Some(app) = app_above(project, project.sources.path(file)) else { continue };
        let loaded = project.loading.loaded.iter().any(|loaded| loaded.may_load(file));
        if !loaded && !is_mentioned(project, &task.module) {
            out.push(finding(project, task, app, sent));
        }
    }
}

/// Not examples, and not what a management command or a migration loads.
fn is_asked(project: &Project, file: FileId) -> bool {
    let path = project.sources.path(file);
    let aside = |part: &str| matches!(part, "management" | "migrations" | "scripts");
    !production::is_shown(path) && !path.split('/').any(aside)
}

/// Where a task is sent from or scheduled. What tasks of the same module send does not count: they do not run either.
fn sent_at(project: &Project, index: usize, task: &Task) -> Option<Loc> {
    let same = |resolved: Option<usize>, name: Option<&str>| {
        resolved == Some(index) || (name.is_some() && name == task.name.as_deref())
    };
    let counts = |it: &&Submission| {
        let elsewhere = it.at.file != task.at.file || (it.method.sends() && !stands_in_task(project, it));
        !it.in_test && elsewhere && !production::is_shown(project.sources.path(it.at.file))
    };
    let mut sent = project.submissions.iter().filter(|it| same(it.task, it.task_name.as_deref())).filter(counts);
    let scheduled = || project.schedules.iter().find(|it| same(it.resolved, it.task.as_deref())).map(|it| it.at);
    sent.next().map(|it| it.at).or_else(scheduled)
}

fn stands_in_task(project: &Project, submission: &Submission) -> bool {
    project.tasks.iter().any(|task| match task.definition {
        Some(Definition::Function(module, function)) => {
            module == submission.module && Some(function.0) == submission.function
        }
        _ => false,
    })
}

/// An app that the module is imported beside: the directory from which the app's module is imported holds it.
fn app_above(project: &Project, path: &str) -> Option<usize> {
    let loaded = project.loading.loaded.iter().map(|loaded| loaded.app);
    loaded.into_iter().find(|app| {
        let Some(app) = project.apps.get(*app) else { return false };
        if production::is_shown(project.sources.path(app.at.file)) {
            return false;
        }
        let own = project.sources.path(app.at.file).trim_end_matches(".py").trim_end_matches("/__init__");
        own.strip_suffix(&app.module.replace('.', "/")).is_some_and(|root| path.starts_with(root))
    })
}

/// Whether a text names the module: whoever reads it may import what it names. From which directory the name begins does
/// not matter.
fn is_mentioned(project: &Project, module: &str) -> bool {
    let first = module.rmatch_indices('.').nth(1).map_or(0, |(dot, _)| dot + 1);
    let last = module.get(first..).unwrap_or(module);
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let says = |file: &SourceFile| {
        memchr::memmem::find_iter(file.text.as_bytes(), last.as_bytes()).any(|start| {
            let before = file.text.get(..start).unwrap_or_default();
            let after = file.text.get(start + last.len()..).unwrap_or_default();
            let whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !after.starts_with(part);
            let before = before.trim_end_matches(part);
            let quoted = file.kind != FileKind::Python || before.ends_with(['"', '\'']);
            // `Celery("tasks")` is the name of the app.
            whole && quoted && !before.trim_end_matches(['"', '\'']).ends_with("Celery(")
        })
    };
    project.sources.files.iter().any(|file| !is_test_path(&file.path) && says(file))
}

fn finding(project: &Project, task: &Task, app: usize, sent: Loc) -> Finding {
    let message = format!("No worker loads `{}`, whose tasks are sent", task.module);
    let label = format!("workers discard the messages for `{}`, an unregistered task", task.function);
    let finding = Finding::new(&RULE, message, task.at, label).related(sent, "sent from here").symbol(&task.module);
    match (last_included(project, app), project.apps.get(app)) {
        (Some(last), _) => finding
            .related(last, "the workers load these, and not that module")
            .help(format!("Add `\"{}\"` to the modules that workers load", task.module))
            .fix(fix(project, &task.module, last)),
        (None, Some(app)) => finding.related(app.at, "the app, whose workers never import the module").help(format!(
            "Add `\"{}\"` to `include` of the app, or import it in a module that workers load",
            task.module
        )),
        (None, None) => finding,
    }
}

/// The last module in a written list of `include` or `imports` of the app.
fn last_included(project: &Project, app: usize) -> Option<Loc> {
    let own = |include: &&Include| {
        let setting = project.settings.get(include.setting);
        setting.is_some_and(|it| it.app == Some(app) && matches!(it.value.kind, ValueKind::List { .. }))
    };
    project.loading.includes.iter().filter(own).last()?.module.at
}

fn fix(project: &Project, module: &str, last: Loc) -> Fix {
    let written = project.sources.snippet(last);
    let quote = if written.ends_with('\'') { '\'' } else { '"' };
    let end = Loc::new(last.file, Span::new(last.span.end, last.span.end));
    Fix::new(format!("Load `{module}` too"), Applicability::Unsafe).replace(end, format!(", {quote}{module}{quote}"))
}
