//! `crontab-ignored-tail`: see its page.

use crate::celery::crontab::{Field, Oddity};
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/crontab-ignored-tail.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let Some(newest) = project.releases.newest() else { return };
    for crontab in super::crontabs(project).filter(|crontab| crontab.wrong(newest).is_none()) {
        let Some(made) = crontab.made(newest) else { continue };
        for (field, slot) in Field::ALL.into_iter().zip(&made.slots) {
            for odd in &slot.odd {
                let Oddity::Tail { part, kept } = odd else { continue };
                let message = format!("Celery drops the end of `{part}`");
                let label = format!("runs as `{kept}`");
                let finding = Finding::new(&RULE, message, crontab.place(field), label).symbol(field.name());
                out.push(finding.help(help(part, kept)));
            }
        }
    }
}

fn help(part: &str, kept: &str) -> String {
    if part.contains('#') || part.ends_with(['L', 'l']) {
        return "Give the week by `day_of_month` too: `1-7` is the first one".to_owned();
    }
    format!("Write `{kept}` if that is meant, or a list such as `0,5,10`")
}
