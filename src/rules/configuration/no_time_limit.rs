//! `no-time-limit`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task_wait::TaskWait;
use crate::project::{Launch, Project, Task, production, result_backend};
use crate::python::ir::Scope;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/no-time-limit.md"), Check::Project(check));

/// Words for limits, as settings, options and environment variables have them.
const LIMITS: &[&str] = &["time_limit", "time-limit", "TIME_LIMIT", "timelimit"];
/// Other ways to put an end to waiting.
const OTHERS: &[&str] = &["setdefaulttimeout", "signal.alarm", "setitimer", "func_timeout", "timeout_decorator"];

fn check(project: &Project, out: &mut Report) {
    if project.task_waits.is_empty()
        || result_backend::known(project).is_none()
        || has_limit(project)
        || uses_other_pool(project)
    {
        return;
    }
    let waits = project.task_waits.iter().filter_map(|wait| Some((wait, project.tasks.get(wait.task)?)));
    let mut waits = waits.filter(|(wait, task)| is_unbounded(project, wait, task));
    if let Some((wait, task)) = waits.next() {
        out.push(describe(project, wait, task, waits.count()));
    }
}

/// Whether anything may limit every task: a setting, an option of a worker, a base class, or a limit of the network.
fn has_limit(project: &Project) -> bool {
    let is_limit = |name: &str| matches!(name, "time-limit" | "soft-time-limit");
    let mut options = project.launches.iter().flat_map(|launch| &launch.options);
    let mut python = project.sources.of_kind(FileKind::Python);
    options.any(|option| is_limit(&option.name))
        || project
            .sources
            .speak_of(LIMITS, |file| !matches!(file.kind, FileKind::Python | FileKind::Lock | FileKind::GitIgnore))
        || project.sources.speak_of(OTHERS, |file| file.kind == FileKind::Python)
        || python.any(|file| mentions_outside_tasks(project, file.id))
}

/// Whether a file speaks of limits elsewhere than in the decorators of tasks.
fn mentions_outside_tasks(project: &Project, file: crate::source::FileId) -> bool {
    let text = &project.sources.get(file).text;
    let places =
        LIMITS.iter().flat_map(|word| text.match_indices(word).map(|(at, word)| Span::of(at, at + word.len())));
    let own = |place: Span| project.tasks.iter().any(|task| task.at.file == file && task.at.span.contains(place));
    places.into_iter().any(|place| !own(place))
}

/// Whether a worker has a pool that kills no task: then a limit is not the answer.
fn uses_other_pool(project: &Project) -> bool {
    let prefork = |launch: &Launch| {
        let pool = launch.option("pool").and_then(|option| option.value.as_ref());
        pool.is_none_or(|pool| matches!(pool.as_literal().as_deref(), Some("prefork" | "processes")))
    };
    let set = project.settings.iter().any(|setting| setting.name == "worker_pool");
    set || !project.launches.iter().all(prefork)
}

/// Whether a task of the program itself has no limit of its own, and no class that may have one.
fn is_unbounded(project: &Project, wait: &TaskWait, task: &Task) -> bool {
    let decorator = project.sources.snippet(task.at);
    let limited = LIMITS.iter().any(|word| decorator.contains(word)) || decorator.contains("base=");
    let paths = [task.at, wait.at].map(|at| project.sources.path(at.file));
    !limited && !decorator.contains("**") && !paths.iter().any(|path| production::is_shown(path))
}

fn describe(project: &Project, wait: &TaskWait, task: &Task, others: usize) -> Finding {
    let what = if wait.program { "another program" } else { "the network" };
    let message = format!("`{}` may wait for {what} for ever, without a time limit", task.function);
    let label = format!("`{}` has no timeout: when it hangs, the worker process hangs with it", wait.callee);
    let finding = Finding::new(&RULE, message, wait.at, label).symbol("task_time_limit");
    let text = match others {
        0 => "no time limit here, in the configuration or on a command line".to_owned(),
        1 => "no time limit here, in the configuration or on a command line; the same for 1 other task".to_owned(),
        _ => {
            format!("no time limit here, in the configuration or on a command line; the same for {others} other tasks")
        }
    };
    let finding = finding.related(task.name_at, text);
    let finding = finding.help("Set `task_soft_time_limit` and `task_time_limit`, and give the call a timeout");
    fix(project).into_iter().fold(finding, Finding::fix)
}

/// Sets both limits behind the only app, where nothing else would have to change.
fn fix(project: &Project) -> Option<Fix> {
    let mut apps = project.apps.iter().filter(|app| !app.in_test);
    let (app, None) = (apps.next()?, apps.next()) else { return None };
    let variable = app.variable.as_deref().filter(|it| !it.contains('.') && app.site.scope == Scope::Module)?;
    let loaded = project
        .configurations
        .iter()
        .any(|it| it.object.is_some() || it.entries.iter().any(|entry| entry.written.contains(char::is_uppercase)));
    let text = &project.sources.get(app.at.file).text;
    let end = app.at.span.end as usize;
    let rest = text.get(end..)?.split('\n').next()?.trim_end_matches('\r');
    if loaded || !rest.trim().is_empty() && !rest.trim_start().starts_with('#') {
        return None;
    }
    let at = Loc::new(app.at.file, Span::of(end + rest.len(), end + rest.len()));
    let added = format!("\n{variable}.conf.task_soft_time_limit = 270\n{variable}.conf.task_time_limit = 300");
    Some(Fix::new("Stop every task after five minutes", Applicability::Unsafe).replace(at, added))
}
