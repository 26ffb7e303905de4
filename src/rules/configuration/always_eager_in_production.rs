//! `always-eager-in-production`: see its page.

use crate::finding::Finding;
use crate::project::{Project, Setting, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/always-eager-in-production.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let eager: Vec<&Setting> = production::named(project, &["task_always_eager"]).collect();
    let mut seen: Vec<Loc> = Vec::new();
    for setting in &eager {
        let at = setting.value.at.unwrap_or(setting.at);
        let surely = matches!(setting.value.kind, ValueKind::Bool(true) | ValueKind::Int(1));
        if !surely || seen.contains(&at) || !counts(project, setting, at) || is_changed(project, setting) {
            continue;
        }
        seen.push(at);
        out.push(describe(setting, at));
    }
}

/// Whether the place where it is set and the place where it is written are for production.
fn counts(project: &Project, setting: &Setting, at: Loc) -> bool {
    [Some(setting.at), Some(at), setting.enters].into_iter().flatten().all(|at| production::is_production(project, at))
}

/// Whether another place of the project sets it as well: then this one is for a part of the deployments.
fn is_changed(project: &Project, setting: &Setting) -> bool {
    let others = project.settings.iter().filter(|other| other.name == setting.name && other.at != setting.at);
    others.into_iter().any(|other| production::is_production(project, other.at))
}

fn describe(setting: &Setting, at: Loc) -> Finding {
    let message = format!("`{}` is on for every environment", setting.written);
    Finding::new(&RULE, message, at, "tasks run where they are called, and no worker ever gets one")
        .help("Set it in the settings of tests only, or take it from the environment")
        .symbol(setting.name.as_str())
}
