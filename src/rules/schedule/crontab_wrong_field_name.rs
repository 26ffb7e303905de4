//! `crontab-wrong-field-name`: see its page.

use crate::celery::crontab::{Field, Oddity};
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/crontab-wrong-field-name.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let Some(newest) = project.releases.newest() else { return };
    for crontab in super::crontabs(project).filter(|crontab| crontab.wrong(newest).is_none()) {
        let Some(made) = crontab.made(newest) else { continue };
        for (field, slot) in Field::ALL.into_iter().zip(&made.slots) {
            // One finding for a range of names.
            let odd = slot.odd.iter().find_map(|odd| match odd {
                Oddity::Name { name, of, counts_as } => Some((name, of, counts_as)),
                _ => None,
            });
            let Some((name, of, counts_as)) = odd else { continue };
            let what = if *of == Field::DayOfWeek { "a weekday" } else { "a month" };
            let message = format!("`{name}` is {what}, and stands in `{}`", field.name());
            let label = format!("counts as the number {counts_as} here");
            let finding = Finding::new(&RULE, message, crontab.place(field), label).symbol(field.name());
            out.push(finding.help(format!("Give it as `{}`; `crontab()` has another order than cron", of.name())));
        }
    }
}
