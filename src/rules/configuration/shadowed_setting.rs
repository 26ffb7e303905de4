//! `shadowed-setting`: see its page.

use super::keys;
use crate::celery::configuration::Outcome;
use crate::celery::release::{Minor, Releases};
use crate::finding::Finding;
use crate::project::Project;
use crate::project::configuration::{Configuration, Entry, Kind};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/shadowed-setting.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<(Loc, Loc)> = Vec::new();
    for configuration in &project.configurations {
        for (argument, key, setting) in pairs(project, configuration) {
            if !seen.contains(&(argument.at, key.at)) && differ(project, argument, key) {
                seen.push((argument.at, key.at));
                out.push(finding(project, configuration, argument, key, setting));
            }
        }
    }
}

/// Arguments of `Celery()` and keys of the loaded object that give the same setting, one of which counts.
fn pairs<'p>(project: &Project, configuration: &'p Configuration) -> Vec<(&'p Entry, &'p Entry, &'static str)> {
    let mut found: Vec<(&Entry, &Entry, &str)> = Vec::new();
    for release in project.releases.iter() {
        for (entry, outcome) in configuration.read(release) {
            let Outcome::Shadowed { setting, by } = outcome else { continue };
            let Some(winner) = configuration.entries.get(by) else { continue };
            let pair = match (entry.kind, winner.kind) {
                (Kind::Argument, Kind::Key) => (entry, winner, setting.name.as_str()),
                (Kind::Key, Kind::Argument) => (winner, entry, setting.name.as_str()),
                _ => continue,
            };
            let sure = !pair.0.conditional && !pair.1.conditional;
            if sure && !found.iter().any(|known| known.0.at == pair.0.at && known.1.at == pair.1.at) {
                found.push(pair);
            }
        }
    }
    found
}

/// Whether both values are known, and are two.
fn differ(project: &Project, left: &Entry, right: &Entry) -> bool {
    let value = |entry: &Entry| entry.setting.and_then(|setting| project.settings.get(setting));
    let known = |entry: &Entry| value(entry).and_then(|setting| usual(&setting.value));
    matches!((known(left), known(right)), (Some(left), Some(right)) if left != right)
}

/// The literal, or the default of what is read from the environment.
fn usual(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Env(env) => env.default.as_ref().and_then(Value::as_literal),
        _ => value.as_literal(),
    }
}

fn finding(project: &Project, configuration: &Configuration, argument: &Entry, key: &Entry, setting: &str) -> Finding {
    let range = project.releases;
    let wins =
        |entry: &Entry, release: Minor| configuration.found(release, setting).is_some_and(|it| it.at == entry.at);
    let overruled = Releases::matching(|release| range.contains(release) && wins(key, release));
    let overrules = Releases::matching(|release| range.contains(release) && wins(argument, release));
    let label = match (overruled.is_empty(), overrules.is_empty()) {
        (false, false) => {
            let (before, after) = (keys::in_releases(project, overruled), keys::in_releases(project, overrules));
            format!("does not count{before}, and does{after}")
        }
        (false, true) => format!("does not count: `{}` does", key.written),
        _ => format!("counts: `{}` does not", key.written),
    };
    let message = format!("`{}` and `{}` give `{setting}` two values", argument.written, key.written);
    Finding::new(&RULE, message, argument.at, label)
        .related(keys::shown(project, key), "the other value")
        .help("Give it in one place only")
        .symbol(setting)
}
