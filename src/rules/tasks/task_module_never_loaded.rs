//! `task-module-never-loaded`: see its page.

use crate::finding::Finding;
use crate::project::link::is_test_path;
use crate::project::{App, Project, Task, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind, Loc, SourceFile};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/task-module-never-loaded.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if !is_whole(project) {
        return;
    }
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
            out.push(finding(task, app, sent));
        }
    }
}

/// Whether everything was read that could import a module.
fn is_whole(project: &Project) -> bool {
    let unread = project.sources.unreadable.iter().any(|(path, _)| !production::is_shown(path));
    !unread && project.incomplete.iter().all(|file| production::is_shown(project.sources.path(*file)))
}

/// Not examples, and not what a management command or a migration loads.
fn is_asked(project: &Project, file: FileId) -> bool {
    let path = project.sources.path(file);
    let aside = |part: &str| matches!(part, "management" | "migrations" | "scripts");
    !production::is_shown(path) && !path.split('/').any(aside)
}

/// Where a task is sent from or scheduled.
fn sent_at(project: &Project, index: usize, task: &Task) -> Option<Loc> {
    let same = |resolved: Option<usize>, name: Option<&str>| {
        resolved == Some(index) || (name.is_some() && name == task.name.as_deref())
    };
    let sent = project.submissions.iter().filter(|it| !it.in_test && same(it.task, it.task_name.as_deref()));
    let mut sent = sent.map(|it| it.at).filter(|at| !production::is_shown(project.sources.path(at.file)));
    let scheduled = || project.schedules.iter().find(|it| same(it.resolved, it.task.as_deref())).map(|it| it.at);
    sent.next().or_else(scheduled)
}

/// An app that the module is imported beside: the directory from which the app's module is imported holds it.
fn app_above<'p>(project: &'p Project, path: &str) -> Option<&'p App> {
    let loaded = project.loading.loaded.iter().filter_map(|loaded| project.apps.get(loaded.app));
    loaded.filter(|app| !production::is_shown(project.sources.path(app.at.file))).find(|app| {
        let own = project.sources.path(app.at.file).trim_end_matches(".py").trim_end_matches("/__init__");
        own.strip_suffix(&app.module.replace('.', "/")).is_some_and(|root| path.starts_with(root))
    })
}

/// Whether a text names the module: whoever reads it may import what it names.
fn is_mentioned(project: &Project, module: &str) -> bool {
    let says = |file: &SourceFile| {
        memchr::memmem::find_iter(file.text.as_bytes(), module.as_bytes()).any(|start| {
            let (before, after) = (file.text.get(..start), file.text.get(start + module.len()..));
            let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
            let quoted = file.kind != FileKind::Python || before.is_some_and(|it| it.ends_with(['"', '\'']));
            quoted && !before.is_some_and(|it| it.ends_with(part)) && !after.is_some_and(|it| it.starts_with(part))
        })
    };
    project.sources.files.iter().any(|file| !is_test_path(&file.path) && says(file))
}

fn finding(task: &Task, app: &App, sent: Loc) -> Finding {
    let message = format!("No worker loads `{}`: its task `{}` is unknown there", task.module, task.function);
    Finding::new(&RULE, message, task.at, "a worker discards the message as an unregistered task")
        .related(sent, "sent from here")
        .related(app.at, "the app, whose workers never import the module")
        .help(format!("Add `\"{}\"` to `include` of the app, or import it in a module that workers load", task.module))
        .symbol(&task.module)
}
