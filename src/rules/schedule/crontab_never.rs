//! `crontab-never`: see its page.

use crate::celery::crontab::Field;
use crate::celery::release::{Minor, Releases};
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/crontab-never.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let Some(newest) = project.releases.newest() else { return };
    for crontab in super::crontabs(project).filter(|crontab| crontab.wrong(newest).is_none()) {
        let Some(made) = crontab.made(newest) else { continue };
        let (message, field) = match made.empty {
            Some(field) => (format!("A crontab without any `{}` never runs", field.name()), field),
            None if made.never => ("None of these months has such a day".to_owned(), Field::DayOfMonth),
            None => continue,
        };
        let finding = Finding::new(&RULE, message, crontab.place(field), happens(project, field, made.empty.is_some()));
        out.push(finding.help("Give a day that comes").symbol(field.name()));
    }
}

/// What becomes of it in the releases of the project.
fn happens(project: &Project, field: Field, empty: bool) -> &'static str {
    let refusing = Releases::at_least(Minor(5, 7));
    let dated = !empty || matches!(field, Field::DayOfMonth | Field::MonthOfYear);
    let (new, old) = (project.releases.intersection(refusing), project.releases.without(refusing));
    match (dated && !new.is_empty(), old.is_empty()) {
        (false, _) if empty => "beat stops when it asks for the next time",
        (false, _) => "beat stops with `RuntimeError` when it asks for the next time",
        (true, true) => "raises `ValueError`",
        (true, false) => "raises `ValueError` since Celery 5.7, and stops beat before",
    }
}
