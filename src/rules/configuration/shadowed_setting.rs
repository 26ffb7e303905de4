//! `shadowed-setting`: see its page.

use super::keys;
use crate::celery::configuration::{Outcome, variable_of};
use crate::celery::release::{Minor, Releases};
use crate::files::{self, Role};
use crate::finding::{Finding, Severity};
use crate::project::Project;
use crate::project::configuration::{Configuration, Effective, Entry, Kind};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/shadowed-setting.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<(Loc, Loc)> = Vec::new();
    for configuration in &project.configurations {
        for (first, second, setting) in pairs(project, configuration) {
            if !seen.contains(&(first.at, second.at)) && differ(project, first, second) {
                seen.push((first.at, second.at));
                out.push(finding(project, configuration, first, second, setting));
            }
        }
        for found in configuration.effective(project.releases) {
            if let Some(lost) = found.entry.lost.filter(|lost| !seen.contains(&(*lost, found.entry.at))) {
                seen.push((lost, found.entry.at));
                out.push(set_twice(found.entry, lost, &found.setting.name));
            }
            if let Some((variable, at)) = overruled_by_environment(project, &found)
                && !seen.contains(&(found.entry.at, at))
            {
                seen.push((found.entry.at, at));
                out.push(by_environment(project, &found, variable, at));
            }
        }
    }
}

/// Two keys that give the same setting, one of which counts: an argument of `Celery()` and any other key, or the same part of
/// `app.conf` twice. What overrides a loaded object or a default is meant to.
fn pairs<'p>(project: &Project, configuration: &'p Configuration) -> Vec<(&'p Entry, &'p Entry, &'static str)> {
    let mut found: Vec<(&Entry, &Entry, &str)> = Vec::new();
    for release in project.releases.iter() {
        for (entry, outcome) in configuration.read(release) {
            let Outcome::Shadowed { setting, by } = outcome else { continue };
            let Some(winner) = configuration.entries.get(by) else { continue };
            let pair = match (entry.kind, winner.kind) {
                (Kind::Argument, Kind::Key | Kind::Change) => (entry, winner, setting.name.as_str()),
                (Kind::Key | Kind::Change, Kind::Argument) => (winner, entry, setting.name.as_str()),
                (Kind::Change, Kind::Change) if entry.at.file == winner.at.file => {
                    (entry, winner, setting.name.as_str())
                }
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

/// The variable of the environment that Celery reads first and a deployment gives, when the setting's own value is known to be
/// another one.
fn overruled_by_environment(project: &Project, found: &Effective) -> Option<(&'static str, Loc)> {
    // Of several apps nothing says which one the deployment starts.
    if found.entry.conditional || project.apps.iter().filter(|app| !app.in_test).count() != 1 {
        return None;
    }
    let variable = variable_of(&found.setting.name, found.releases.oldest()?)?;
    let at = *project.env_deployed.get(variable)?;
    let setting = found.entry.setting.and_then(|setting| project.settings.get(setting))?;
    let own = usual(&setting.value)?;
    if setting.value.reads_variable(variable) {
        return None;
    }
    let values = project.facts.iter().flat_map(|(_, facts)| &facts.entries).filter(|entry| entry.key() == variable);
    let mut values = values.filter(|entry| entry.role == Role::Environment && !entry.commented).peekable();
    let other = |entry: &files::Entry| entry.value.as_literal().is_some_and(|value| !value.is_empty() && value != own);
    (values.peek().is_some() && values.all(other)).then_some((variable, at))
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
        (false, true) if argument.written == key.written => "does not count: the later one does".to_owned(),
        (false, true) => format!("does not count: `{}` does", key.written),
        _ => format!("counts: `{}` does not", key.written),
    };
    let message = match argument.written == key.written {
        true => format!("`{setting}` is given two values"),
        false => format!("`{}` and `{}` give `{setting}` two values", argument.written, key.written),
    };
    Finding::new(&RULE, message, argument.at, label)
        .related(keys::shown(project, key), "the other value")
        .help("Give it in one place only")
        .symbol(setting)
}

fn set_twice(entry: &Entry, lost: Loc, setting: &str) -> Finding {
    Finding::new(&RULE, format!("`{}` is set twice, with two values", entry.written), lost, "lost: nothing reads it")
        .related(entry.at, "counts")
        .help("Give it in one place only")
        .symbol(setting)
}

fn by_environment(project: &Project, found: &Effective, variable: &str, at: Loc) -> Finding {
    let message =
        format!("Celery reads `{variable}` from the environment before the value of `{}`", found.entry.written);
    Finding::new(&RULE, message, keys::shown(project, found.entry), "does not count where the variable is set")
        .severity(Severity::Note)
        .related(at, "set for the deployment here")
        .help(format!("Read `{variable}` in the code, so that what counts can be seen there"))
        .symbol(&found.setting.name)
}
