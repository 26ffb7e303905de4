//! `missing-result-expiry`: see its page.

use crate::finding::Finding;
use crate::project::{Launch, Project, ResultBackend, Setting, duration, production, result_backend};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::FileKind;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-result-expiry.md"), Check::Project(check));

/// Longer than this nobody looks at a result, in seconds: 30 days.
const LONG: f64 = 30.0 * DAY;
const DAY: f64 = 86_400.0;

/// Backends that keep in memory what has no expiry.
const KEEPING: &[&str] = &["redis", "rediss", "sentinel"];
/// Backends of django-celery-results that the cleanup task empties.
const PLUGINS: &[&str] = &["django-db"];

/// Words for beat, and for cleaning up in other ways.
const CLEANING: &[&str] = &[
    "beat",
    "BEAT",
    "add_periodic_task",
    "periodic_task",
    "backend_cleanup",
    "delete_expired",
    ".cleanup(",
    "TaskResult",
];

fn check(project: &Project, out: &mut Report) {
    let backends = result_backend::surely(project);
    let settings = production::named(project, &["result_expires"]);
    settings.filter_map(|setting| of_setting(project, setting, backends.as_deref())).for_each(|it| out.push(it));
    out.findings.dedup_by(|a, b| a.primary == b.primary);
    if let Some(finding) = backends.and_then(|backends| without_beat(project, &backends)) {
        out.push(finding);
    }
}

/// A value that keeps results for ever, or for long.
fn of_setting(project: &Project, setting: &Setting, backends: Option<&[ResultBackend]>) -> Option<Finding> {
    let at = setting.value.at.unwrap_or(setting.at);
    if !backends.is_some_and(|backends| backends.iter().any(fills_memory))
        || !production::is_production(project, at)
        || !is_effective(project, setting)
    {
        return None;
    }
    let seconds = seconds(&setting.value)?;
    let (message, label) = if seconds == 0.0 {
        (
            format!("`{}` keeps results for ever", setting.written),
            "every result stays until somebody deletes it".to_owned(),
        )
    } else if seconds > LONG {
        let days = (seconds / DAY).round();
        (
            format!("`{}` keeps every result for {days} days", setting.written),
            format!("each result stays for {days} days"),
        )
    } else {
        return None;
    };
    let finding = Finding::new(&RULE, message, at, label).symbol(setting.name.as_str());
    Some(finding.help("Remove the setting, so that results go after a day, or give the time in which they are read"))
}

/// Whether results stay in memory. To keep them in a database for long is what some projects want.
fn fills_memory(backend: &ResultBackend) -> bool {
    backend.scheme.as_deref().is_some_and(|scheme| KEEPING.contains(&scheme))
}

fn needs_cleanup(backend: &ResultBackend) -> bool {
    let plugin = backend.scheme.as_deref().is_some_and(|scheme| PLUGINS.contains(&scheme));
    plugin || backend.fact().is_some_and(|fact| fact.needs_backend_cleanup)
}

/// Whether some configuration takes the setting from there.
fn is_effective(project: &Project, setting: &Setting) -> bool {
    let found = project.configurations.iter().flat_map(|configuration| {
        project.releases.iter().filter_map(|release| configuration.found(release, &setting.name))
    });
    found.filter_map(|entry| entry.setting.and_then(|it| project.settings.get(it))).any(|it| it.at == setting.at)
}

/// The time that results are kept; zero for ever.
fn seconds(value: &Value) -> Option<f64> {
    match &value.kind {
        ValueKind::None => Some(0.0),
        _ => duration::seconds(value),
    }
}

/// A backend that the task `celery.backend_cleanup` has to empty, and no beat that would send it.
fn without_beat(project: &Project, backends: &[ResultBackend]) -> Option<Finding> {
    let worker = project.launches.iter().find(|launch| launch.command == "worker" && is_deployed(project, launch))?;
    let backend = backends.first().filter(|_| backends.iter().all(needs_cleanup))?;
    let at = backend.at.filter(|at| production::is_production(project, *at))?;
    if may_clean(project) || ignores_results(project) {
        return None;
    }
    let scheme = backend.scheme.as_deref()?;
    let message = format!("Results in the `{scheme}` backend are never removed: no beat is started");
    let finding = Finding::new(&RULE, message, at, "needs the task `celery.backend_cleanup`, which only beat sends");
    let finding = finding.related(worker.at, "the worker is started here, and beat nowhere").symbol("backend_cleanup");
    Some(finding.help("Run `celery beat` too, which sends `celery.backend_cleanup` every night, or delete old results"))
}

fn is_deployed(project: &Project, launch: &Launch) -> bool {
    let file = project.sources.get(launch.at.file);
    let kinds = [FileKind::Compose, FileKind::Procfile, FileKind::Systemd, FileKind::Supervisor, FileKind::Kubernetes];
    kinds.contains(&file.kind) && !production::is_shown(&file.path)
}

/// Whether anything speaks of beat, or of deleting results in another way.
fn may_clean(project: &Project) -> bool {
    let told = project.sources.speak_of(CLEANING, |file| !matches!(file.kind, FileKind::Lock | FileKind::GitIgnore));
    told || project.launches.iter().any(|it| it.option("beat").is_some())
}

fn ignores_results(project: &Project) -> bool {
    let off = |setting: &Setting| matches!(setting.value.kind, ValueKind::Bool(false) | ValueKind::None);
    production::named(project, &["task_ignore_result"]).any(|setting| !off(setting))
}
