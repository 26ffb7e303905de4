//! `beat-signature-mismatch`: see its page.

use crate::celery::arguments::{Checker, Given};
use crate::finding::Finding;
use crate::project::schedule::Origin;
use crate::project::{Project, Schedule, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/beat-signature-mismatch.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for schedule in &project.schedules {
        let shown = production::is_shown(project.sources.path(schedule.at.file));
        let Some(task) = schedule.resolved.and_then(|task| project.tasks.get(task)).filter(|_| !shown) else {
            continue;
        };
        let is_only = project.tasks.iter().filter(|it| it.name.is_some() && it.name == task.name).count() < 2;
        let Some(signature) = task.signature.as_ref().filter(|_| is_only && is_written(schedule)) else {
            continue;
        };
        let Some((positional, named)) = arguments(schedule) else { continue };
        let names: Vec<&str> = named.iter().map(String::as_str).collect();
        let given = Given { positional, named: &names, open: false };
        let checker = if signature.checked { Checker::Celery } else { Checker::Python };
        let Some(mismatch) = signature.parameters.mismatch(given, checker) else { continue };
        if !signature.checked && !signature.runs_as_sent {
            continue;
        }
        let label = format!("every run fails with `TypeError: {}() {}`", signature.function, mismatch.words());
        let message = format!(
            "The arguments of this entry do not fit the task `{}`",
            crate::rules::calls::sent::short(&task.function)
        );
        let finding = Finding::new(&RULE, message, place(schedule), label)
            .related(signature.at, "the task's parameters")
            .symbol(schedule.entry.as_str())
            .help("Give the task's parameters in `args` and `kwargs` of the entry");
        out.push(finding);
    }
}

/// An entry of a dictionary; `add_periodic_task` takes a signature, which has arguments of its own.
fn is_written(schedule: &Schedule) -> bool {
    schedule.schedule.is_some() && schedule.origin == Origin::Setting
}

fn place(schedule: &Schedule) -> Loc {
    let of = |value: &Option<Value>| value.as_ref().and_then(|value| value.at);
    of(&schedule.args).or_else(|| of(&schedule.kwargs)).or(schedule.task_at).unwrap_or(schedule.at)
}

/// How many positional arguments there are, and the names of the others; none when not all are known.
fn arguments(schedule: &Schedule) -> Option<(usize, Vec<String>)> {
    let positional = match schedule.args.as_ref().map(|args| &args.kind) {
        None | Some(ValueKind::None) => 0,
        Some(ValueKind::List { items, open: false }) => items.len(),
        Some(_) => return None,
    };
    let named = match schedule.kwargs.as_ref().map(|kwargs| &kwargs.kind) {
        None | Some(ValueKind::None) => Vec::new(),
        Some(ValueKind::Dict(dict)) if !dict.open => {
            dict.entries.iter().map(|(key, _)| key.as_literal()).collect::<Option<_>>()?
        }
        Some(_) => return None,
    };
    Some((positional, named))
}
