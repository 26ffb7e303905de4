//! Objects of pydantic's URL classes where Celery wants a text: in every release, sending a task and starting a worker raise a
//! `TypeError` with them.

use super::direct;
use crate::celery::env::CONNECTION;
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::{Project, Setting, production};
use crate::python::{EnvValue, Value, ValueKind};
use crate::rule::{Report, Rule};
use crate::source::Loc;

/// The settings whose URL is taken apart as a text.
const URLS: &[&str] = &["broker_url", "result_backend"];

pub fn check(project: &Project, rule: &'static Rule, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for setting in production::named(project, URLS) {
        for value in setting.value.alternatives() {
            let ValueKind::Env(env) = &value.kind else { continue };
            let Some(class) = env.object.as_deref() else { continue };
            let Some(at) = used_at(project, setting, value).filter(|at| !seen.contains(at)) else { continue };
            seen.push(at);
            out.push(describe(project, rule, setting, env, class, at));
        }
    }
}

/// Where the object is used, when no conversion stands between it and the setting.
fn used_at(project: &Project, setting: &Setting, value: &Value) -> Option<Loc> {
    let named = value.trail.iter().filter(|name| **name != setting.at);
    let mut last = None;
    for name in named {
        if !direct::is_whole(project, *name) {
            return None;
        }
        last = Some(*name);
    }
    last
}

fn describe(
    project: &Project,
    rule: &'static Rule,
    setting: &Setting,
    env: &EnvValue,
    class: &str,
    at: Loc,
) -> Finding {
    let class = class.rsplit('.').next().unwrap_or(class);
    let message = format!("`{}` is an object of `{class}`, where Celery expects a text", setting.written);
    let masked = env.keys.iter().find(|key| CONNECTION.contains(&key.as_str()));
    // Celery reads that variable itself, and never gets to the setting.
    let (label, severity) = match masked {
        Some(key) => (
            format!("sending a task raises `TypeError`, unless `{key}` is in the environment itself"),
            Severity::Warning,
        ),
        None => ("sending a task and starting a worker raise `TypeError`".to_owned(), Severity::Error),
    };
    let mut finding = Finding::new(rule, message, at, label).severity(severity).symbol(setting.name.as_str());
    if env.key_at.file != at.file || project.sources.line(env.key_at) != project.sources.line(at) {
        finding = finding.related(env.key_at, format!("pydantic makes a `{class}` of it"));
    }
    let finding = finding.help("Convert it with `str(…)`, or make the field a `str`");
    let source = project.sources.snippet(at);
    let is_name = source.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let optional = env.default.as_ref().is_some_and(|default| default.alternatives().iter().any(is_none));
    if optional || !is_name {
        return finding;
    }
    finding.fix(Fix::new("Convert it to a text", Applicability::Unsafe).replace(at, format!("str({source})")))
}

fn is_none(value: &Value) -> bool {
    matches!(value.kind, ValueKind::None)
}
