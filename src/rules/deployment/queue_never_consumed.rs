//! `queue-never-consumed`: see its page.

use super::queue_use;
use crate::celery::near_miss;
use crate::finding::Finding;
use crate::project::queues::Queues;
use crate::project::{Project, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/queue-never-consumed.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let queues = Queues::of(project);
    let Some((workers, read)) = queue_use::read(project, &queues) else { return };
    let mut told: Vec<String> = Vec::new();
    for (name, at) in sent(project) {
        let near = near_miss::closest(&name, read.iter().map(String::as_str));
        if read.contains(&name) || told.contains(&name) || (near.is_none() && is_named_elsewhere(project, &name)) {
            continue;
        }
        let label = "messages wait there for ever";
        let mut finding = Finding::new(&RULE, format!("No worker reads the queue `{name}`"), at, label).symbol(&name);
        if let Some(worker) = workers.first() {
            let place = worker.option("queues").map_or(worker.at, |option| option.value_at);
            finding = finding.related(place, "what a worker reads");
        }
        out.push(finding.help(match near {
            Some(near) => format!("Write `{near}`, which a worker reads"),
            None => format!("Add `{name}` to `-Q` of a worker"),
        }));
        told.push(name);
    }
}

/// Every queue that something is sent to by its name, and where that is written.
fn sent(project: &Project) -> Vec<(String, Loc)> {
    let counts = |at: Loc| !production::is_shown(project.sources.path(at.file));
    let mut found: Vec<(String, Loc)> = Vec::new();
    for submission in project.submissions.iter().filter(|it| !it.in_test && counts(it.at)) {
        let options = submission.passed.iter().flat_map(|passed| &passed.options);
        found.extend(
            options.filter(|given| given.name.as_deref() == Some("queue")).filter_map(|given| named(&given.value)),
        );
    }
    for task in project.tasks.iter().filter(|task| !task.in_test && counts(task.at)) {
        found.extend(task.options.iter().filter(|(name, ..)| name == "queue").filter_map(|(_, value, _)| named(value)));
    }
    for schedule in project.schedules.iter().filter(|it| counts(it.at)) {
        if let Some(ValueKind::Dict(options)) = schedule.options.as_ref().map(|value| &value.kind) {
            found.extend(options.get("queue").and_then(named));
        }
    }
    for setting in production::named(project, &["task_routes"]) {
        if let ValueKind::Dict(routes) = &setting.value.kind {
            found.extend(routes.entries.iter().filter_map(|(_, route)| match &route.kind {
                ValueKind::Dict(route) => route.get("queue").and_then(named),
                _ => named(route),
            }));
        }
    }
    found.sort_by_key(|(_, at)| *at);
    found
}

fn named(value: &Value) -> Option<(String, Loc)> {
    Some((value.as_literal()?, value.at?)).filter(|(name, _)| !name.is_empty())
}

/// Whether another file speaks of the queue: something that is not understood may read it.
fn is_named_elsewhere(project: &Project, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut others = project.sources.files.iter().filter(|file| file.kind != FileKind::Python);
    others.any(|file| {
        file.text.match_indices(name).any(|(at, _)| {
            let before = file.text.get(..at).unwrap_or_default();
            let after = file.text.get(at + name.len()..).unwrap_or_default();
            !before.ends_with(part) && !after.starts_with(part)
        })
    })
}
