//! `beat-entry-malformed`: see its page.

use crate::celery::beat::{self, Failure, Kind, Stage};
use crate::celery::release::{Minor, Releases};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::schedule::{Origin, made};
use crate::project::{Project, Schedule};
use crate::python::{Dict, Ref, Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::rules::configuration::releases;
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/beat-entry-malformed.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for entry in super::entries(project) {
        let findings = match entry.origin {
            Origin::Setting => entry.value.as_ref().map(|value| of_value(project, entry, value)),
            Origin::Periodic => entry.schedule.as_ref().map(|it| of_schedule(project, entry, it).into_iter().collect()),
            _ => None,
        };
        for finding in findings.unwrap_or_default() {
            let place = finding.primary.as_ref().map_or(entry.at, |label| label.loc);
            if !seen.contains(&place) {
                seen.push(place);
                out.push(finding);
            }
        }
    }
}

fn of_value(project: &Project, entry: &Schedule, value: &Value) -> Vec<Finding> {
    match &value.kind {
        ValueKind::Dict(dict) => of_dict(project, entry, dict),
        _ => beat::whole(kind(value)).map(|failure| whole(entry, value, &failure)).into_iter().collect(),
    }
}

fn whole(entry: &Schedule, value: &Value, failure: &Failure) -> Finding {
    let message = format!("The entry `{}` is not a dictionary", entry.entry);
    let label = format!("beat does not start: `{}`", failure.exception);
    Finding::new(&RULE, message, value.at.unwrap_or(entry.at), label)
        .help("Use a dictionary with `task` and `schedule`")
        .symbol(entry.entry.as_str())
}

/// The keys that are known by name, with what their values are.
pub(super) fn keys(dict: &Dict) -> Vec<(String, Kind)> {
    dict.entries.iter().filter_map(|(key, value)| Some((key.as_literal()?, kind(value)))).collect()
}

/// Whether nothing else can be in it.
pub(super) fn is_complete(dict: &Dict) -> bool {
    !dict.open && dict.entries.iter().all(|(key, _)| key.as_literal().is_some())
}

fn of_dict(project: &Project, entry: &Schedule, dict: &Dict) -> Vec<Finding> {
    let keys = keys(dict);
    // Other schedulers take keys of their own: `enabled` is a column of django-celery-beat.
    let foreign = has_own_scheduler(project);
    let keys: Vec<(String, Kind)> =
        keys.into_iter().filter(|(key, _)| !foreign || KEYS.contains(&key.as_str())).collect();
    let fails = |release: Minor| beat::entry(&keys, is_complete(dict) && !foreign, release);
    let Some(newest) = project.releases.newest() else { return Vec::new() };
    let all = Releases::matching(|release| fails(release).is_some());
    let when = releases::suffix(project, all).unwrap_or_default();
    let known = fails(newest).or_else(|| fails(project.releases.oldest()?));
    let mut found: Vec<Finding> =
        known.map(|failure| failed(project, entry, dict, &failure, &when)).into_iter().collect();
    found.extend(odd(project, entry, dict, &keys));
    found
}

const KEYS: &[&str] = &["task", "schedule", "args", "kwargs", "options"];

/// Whether anything speaks of a scheduler other than Celery's own.
fn has_own_scheduler(project: &Project) -> bool {
    let names = ["django_celery_beat", "redbeat", "beat_scheduler", "BEAT_SCHEDULER", "--scheduler", "beat.Scheduler"];
    project.sources.files.iter().any(|file| names.iter().any(|name| file.text.contains(name)))
}

fn failed(project: &Project, entry: &Schedule, dict: &Dict, failure: &Failure, when: &str) -> Finding {
    let Failure { stage, exception, key } = failure;
    let written = dict.entries.iter().rev().find(|(known, _)| known.as_literal().as_deref() == Some(key));
    let happens = match stage {
        Stage::Load | Stage::Heap => "beat does not start",
        Stage::Send => "beat logs an error in place of sending the task",
    };
    let (at, message, help) = match (key.as_str(), written) {
        (_, None) => (entry.at, format!("The entry `{}` has no `schedule`", entry.entry), "Add a `schedule`"),
        ("schedule", Some((_, value))) => (place(entry, value), SCHEDULE.to_owned(), SCHEDULE_HELP),
        ("args", Some((_, value))) => (
            place(entry, value),
            "The `args` of an entry are not a list".to_owned(),
            "Use a list, or a tuple with a comma",
        ),
        ("kwargs" | "options", Some((_, value))) => {
            (place(entry, value), format!("The `{key}` of an entry are not a dictionary"), "Use a dictionary")
        }
        (_, Some((name, _))) if beat::is_option(key) => {
            (place(entry, name), format!("An entry takes no `{key}`"), "Move it into `options`")
        }
        (_, Some((name, _))) => (
            place(entry, name),
            format!("An entry takes no `{key}`"),
            "Use `task`, `schedule`, `args`, `kwargs`, `options` and `relative`",
        ),
    };
    let label = format!("{happens}: `{exception}`{when}");
    let finding = Finding::new(&RULE, message, at, label).help(help).symbol(entry.entry.as_str());
    let fix = match written {
        Some((_, value)) if key == "args" => tuple(project, value),
        Some((name, value)) if beat::is_option(key) && dict.get("options").is_none() => {
            into_options(project, name, value)
        }
        _ => None,
    };
    match fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

const SCHEDULE: &str = "The `schedule` of an entry is not one";
const SCHEDULE_HELP: &str = "Use a number of seconds, a `timedelta`, or `crontab(…)`";

/// A schedule that raises an error when it is made.
fn unmade(entry: &Schedule, value: &Value) -> Option<Finding> {
    let exception = made::refused(value)?;
    let finding = Finding::new(&RULE, SCHEDULE, place(entry, value), format!("making it raises `{exception}`"));
    Some(finding.help("See the arguments that `schedule()` and `solar()` take").symbol(entry.entry.as_str()))
}

fn place(entry: &Schedule, value: &Value) -> Loc {
    value.at.unwrap_or(entry.at)
}

/// What beat accepts, and surely nobody meant.
fn odd(project: &Project, entry: &Schedule, dict: &Dict, keys: &[(String, Kind)]) -> Vec<Finding> {
    let mut found = Vec::new();
    let of = |name: &str| keys.iter().rev().find(|(key, _)| key == name).map(|(_, kind)| *kind);
    let value = |name: &str| dict.get(name).map_or(entry.at, |value| place(entry, value));
    if let Some(Kind::Text { empty: false }) = of("args") {
        let finding =
            Finding::new(&RULE, "The `args` of an entry are one text", value("args"), "each letter is an argument");
        let finding = finding.help("Use a tuple with a comma, or a list").symbol(entry.entry.as_str());
        found.push(match dict.get("args").and_then(|value| tuple(project, value)) {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
    if let Some(Kind::Number { positive: false }) = of("schedule") {
        found.push(at_once(entry, value("schedule")));
    }
    if of("task").is_none() && is_complete(dict) && of("schedule").is_some() {
        let message = format!("The entry `{}` has no `task`", entry.entry);
        let finding = Finding::new(&RULE, message, entry.at, "beat sends a message that names no task");
        found.push(finding.help("Add a `task`").symbol(entry.entry.as_str()));
    }
    found
}

fn at_once(entry: &Schedule, at: Loc) -> Finding {
    Finding::new(&RULE, "A schedule without a pause", at, "beat sends the task again and again, as fast as it can")
        .severity(Severity::Warning)
        .help("Give the seconds between two runs")
        .symbol(entry.entry.as_str())
}

/// The schedule that `add_periodic_task` is given.
fn of_schedule(project: &Project, entry: &Schedule, value: &Value) -> Option<Finding> {
    let at = value.at?;
    if let Some(finding) = unmade(entry, value) {
        return Some(finding);
    }
    match kind(value) {
        Kind::Number { positive: false } => Some(at_once(entry, at)),
        schedule => {
            let keys = [("schedule".to_owned(), schedule)];
            let failure = beat::entry(&keys, false, project.releases.newest()?)?;
            let label = format!("beat does not start: `{}`", failure.exception);
            let finding = Finding::new(&RULE, SCHEDULE, at, label).help(SCHEDULE_HELP);
            Some(finding.symbol(entry.entry.as_str()))
        }
    }
}

pub(super) fn kind(value: &Value) -> Kind {
    match &value.kind {
        ValueKind::None => Kind::None,
        ValueKind::Int(number) => Kind::Number { positive: *number > 0 },
        ValueKind::Float(number) => Kind::Number { positive: *number > 0.0 },
        ValueKind::Bool(truth) => Kind::Number { positive: *truth },
        ValueKind::Text(_) => value.as_literal().map_or(Kind::Unknown, |text| Kind::Text { empty: text.is_empty() }),
        ValueKind::List { items, open } if !open => Kind::List { empty: items.is_empty() },
        ValueKind::Dict(dict) if !dict.open => Kind::Dict { empty: dict.entries.is_empty() },
        ValueKind::Ref(Ref::External(path)) if path == "celery.schedules.crontab" => Kind::Class,
        ValueKind::Made(_) => Kind::Schedule,
        _ => Kind::Unknown,
    }
}

/// `(x)` becomes `(x,)`.
fn tuple(project: &Project, value: &Value) -> Option<Fix> {
    let at = value.at?;
    let text = &project.sources.get(at.file).text;
    let before = text.get(..at.span.start as usize)?;
    let after = text.get(at.span.end as usize..)?;
    (before.ends_with('(') && after.starts_with(')')).then_some(())?;
    let end = Loc::new(at.file, Span::new(at.span.end, at.span.end));
    Some(Fix::new("Make it a tuple", Applicability::Unsafe).replace(end, ","))
}

/// `"queue": "q"` becomes `"options": {"queue": "q"}`.
fn into_options(project: &Project, key: &Value, value: &Value) -> Option<Fix> {
    let (key, value) = (key.at?, value.at?);
    let text = &project.sources.get(key.file).text;
    let between = text.get(key.span.end as usize..value.span.start as usize)?;
    (key.file == value.file && between.trim() == ":").then_some(())?;
    let written = project.sources.snippet(key);
    let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let end = Loc::new(value.file, Span::new(value.span.end, value.span.end));
    let fix = Fix::new("Move it into `options`", Applicability::Unsafe);
    Some(fix.replace(key, format!("{quote}options{quote}: {{{written}")).replace(end, "}"))
}
