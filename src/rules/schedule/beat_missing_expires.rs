//! `beat-missing-expires`: see its page.

use crate::celery::crontab::Field;
use crate::finding::Finding;
use crate::project::schedule::Origin;
use crate::project::{Project, Schedule, duration};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/beat-missing-expires.md"), Check::Project(check));

/// Schedules that run more seldom than this, in seconds, catch up by themselves.
const OFTEN: f64 = 300.0;

fn check(project: &Project, out: &mut Report) {
    for entry in super::entries(project) {
        let own = matches!(entry.origin, Origin::Setting | Origin::Periodic);
        let Some(every) = entry.schedule.as_ref().filter(|_| own).and_then(|it| interval(project, it)) else {
            continue;
        };
        if every < OFTEN && every > 0.0 && lacks_expiry(project, entry) {
            let message = format!("`{}` is sent every {} and never expires", entry.entry, duration::words(every));
            let label = "while no worker runs, these messages pile up";
            let finding = Finding::new(&RULE, message, entry.at, label).symbol(entry.entry.as_str());
            out.push(finding.help("Set `expires` in the entry's `options` to the interval or less"));
        }
    }
}

fn lacks_expiry(project: &Project, entry: &Schedule) -> bool {
    let signature = entry.task_at.map_or("", |at| project.sources.snippet(at));
    let named = |value: &Value| match &value.kind {
        ValueKind::Dict(dict) => dict.open || dict.get("expires").is_some(),
        ValueKind::None => false,
        _ => true,
    };
    !entry.entry.is_empty() && !entry.options.as_ref().is_some_and(named) && !signature.contains("expires")
}

/// The shortest time between two runs.
fn interval(project: &Project, schedule: &Value) -> Option<f64> {
    let crontab = project.crontabs.iter().find(|it| Some(it.at) == schedule.at);
    let Some(crontab) = crontab else { return duration::seconds(schedule) };
    let made = crontab.made(project.releases.newest()?)?;
    let times = |field: Field| made.slots.get(field as usize)?.times;
    let minutes: Vec<i64> = times(Field::Minute)?.iter().collect();
    let gap = minutes.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?)).min()?;
    Some(gap as f64 * 60.0)
}
