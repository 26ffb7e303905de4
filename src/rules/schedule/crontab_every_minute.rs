//! `crontab-every-minute`: see its page.

use super::shown;
use crate::celery::crontab::{Field, Times};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::crontab::{CrontabCall, Form};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/crontab-every-minute.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for crontab in super::crontabs(project).filter(|crontab| crontab.form != Form::FromString) {
        if let Some((missing, given)) = missing(project, crontab) {
            out.push(describe(project, crontab, missing, given));
        }
    }
}

/// The field that is left to `*`, and a larger one that is given.
fn missing(project: &Project, crontab: &CrontabCall) -> Option<(Field, Field)> {
    let newest = project.releases.newest()?;
    if crontab.wrong(newest).is_some() || crontab.open {
        return None;
    }
    let made = crontab.made(newest)?;
    let given = |field: Field| crontab.given(field).is_some();
    let times = |field: Field| made.slots.get(field as usize).and_then(|slot| slot.times);
    if !given(Field::Minute) {
        let larger = [Field::Hour, Field::DayOfWeek, Field::DayOfMonth, Field::MonthOfYear];
        return larger.into_iter().find(|field| given(*field)).map(|field| (Field::Minute, field));
    }
    // Every hour of a whole week may be meant; of one day it hardly is.
    let count = |times: Times| times.iter().count();
    let one_minute = times(Field::Minute).is_some_and(|minutes| count(minutes) == 1);
    if given(Field::Hour) || !one_minute {
        return None;
    }
    let few = [(Field::DayOfWeek, 1), (Field::DayOfMonth, 3)];
    let few = few.into_iter().find(|(field, most)| given(*field) && times(*field).is_some_and(|it| count(it) <= *most));
    few.map(|(field, _)| (Field::Hour, field))
}

fn describe(project: &Project, crontab: &CrontabCall, missing: Field, given: Field) -> Finding {
    let (name, given) = (missing.name(), given.name());
    let often = if missing == Field::Minute { "minute" } else { "hour" };
    let message = match shown(project, crontab.at) {
        Some(source) => format!("`{source}` runs every {often}"),
        None => format!("A crontab runs every {often}"),
    };
    let label = format!("`{given}` is given, and `{name}` is not: it counts as `*`");
    let finding = Finding::new(&RULE, message, crontab.at, label)
        .help(format!("Add `{name}=0`, or `{name}=\"*\"` where every {often} is meant"))
        .symbol(name);
    let Some((_, first)) = crontab.keywords.iter().find(|(name, _)| name != "minute") else { return finding };
    let zero = if crontab.form == Form::Database { "\"0\"" } else { "0" };
    let at = Loc::new(first.file, Span::new(first.span.start, first.span.start));
    let fix = Fix::new(format!("Add `{name}={zero}`"), Applicability::Unsafe);
    finding.fix(fix.replace(at, format!("{name}={zero}, ")))
}
