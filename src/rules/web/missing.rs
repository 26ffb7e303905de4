//! What the three `missing-…-endpoint` rules share: which application lacks something, and how to say it.

use crate::finding::Finding;
use crate::generate::endpoints::{self, Has};
use crate::project::Project;
use crate::project::endpoint::WebApp;
use crate::project::production::{is_reusable, is_shown};
use crate::python::{Value, ValueKind};
use crate::rule::{Report, Rule};
use crate::source::{FileKind, SourceFile};

/// What an application lacks, in words.
pub(super) struct Lack {
    pub rule: &'static Rule,
    /// Whether an application offers it.
    pub offered: fn(&WebApp) -> bool,
    /// Whether it is among what is written.
    pub written: fn(Has) -> bool,
    pub message: &'static str,
    pub label: &'static str,
    /// What to add, by framework, after "Add ".
    pub route: &'static str,
    pub what: &'static str,
}

/// Reports the first application that sends tasks, when no application of the project offers what is asked for: a client
/// may well ask another service than the one that took its request. Unknown routes could be it, so that they silence.
pub(super) fn report(project: &Project, lack: &Lack, out: &mut Report) {
    if project.web.iter().any(|app| (lack.offered)(app) || app.uncertain) {
        return;
    }
    if is_reusable(project) {
        return;
    }
    let told = || keeps_no_results(project) || reads_stored_results(project) || shows_rows(project);
    if lack.rule.name != "missing-health-endpoint" && told() {
        return;
    }
    let Some((app, submits)) = project.web.iter().find_map(|app| Some((app, app.submits?))) else { return };
    let mut finding = Finding::new(lack.rule, lack.message, submits, lack.label);
    if app.at != submits {
        finding = finding.related(app.at, format!("this {} application answers its clients", app.framework));
    }
    if lack.rule.name == "missing-health-endpoint"
        && let Some(health) = app.static_health
    {
        finding = finding.related(health, "answers without asking Celery");
    }
    let help = format!("Add {} {}", route(lack.route, &app.framework), lack.what);
    let has = missing(project);
    let finding = match endpoints::fix(project, app, has).filter(|_| (lack.written)(has)) {
        Some(fix) => finding.help(format!("{help}; `--fix --unsafe-fixes` writes it")).fix(fix),
        None => finding.help(help),
    };
    out.push(finding.symbol(lack.rule.name));
}

/// What is missing and can be written: states and results are nowhere without a result backend.
fn missing(project: &Project) -> Has {
    let lacks = |offered: fn(&WebApp) -> bool| !project.web.iter().any(offered);
    let stored = !keeps_no_results(project) && endpoints::has_backend(project);
    Has {
        status: stored && lacks(|app| app.has_status),
        result: stored && lacks(|app| app.has_result),
        health: lacks(|app| app.has_health),
        submit: false,
    }
}

/// Whether the project tells Celery to store no results: then nobody can ask for a state either.
fn keeps_no_results(project: &Project) -> bool {
    let says = |value: &Value| match &value.kind {
        ValueKind::Bool(stores) => *stores,
        ValueKind::Env(env) => env.default.as_ref().is_some_and(|it| matches!(it.kind, ValueKind::Bool(true))),
        _ => false,
    };
    let mut told = project.settings.iter().filter(|setting| setting.name == "task_ignore_result").peekable();
    told.peek().is_some() && told.all(|setting| setting.value.alternatives().iter().all(says))
}

/// Whether tasks write their state to rows of the project's own, which requests read.
fn shows_rows(project: &Project) -> bool {
    project.web.iter().any(|app| app.shows_rows)
}

/// Whether code reads states and results where django-celery-results stores them: they may reach a client in any way.
fn reads_stored_results(project: &Project) -> bool {
    let code = |file: &SourceFile| file.kind == FileKind::Python && !is_shown(&file.path);
    project
        .sources
        .speak_of(&["django_celery_results.models"], |file| code(file) && !file.path.contains("/migrations/"))
}

/// The route in the spelling of the framework.
fn route(route: &str, framework: &str) -> String {
    let id = match framework.to_ascii_lowercase().as_str() {
        "flask" | "quart" | "flask-restx" => "<task_id>",
        "django" | "drf" => "<str:task_id>",
        "sanic" => "<task_id:str>",
        _ => "{task_id}",
    };
    format!("`GET {}`", route.replace("{task_id}", id))
}
