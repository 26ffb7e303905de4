//! `periodic-task-overwritten`: see its page.

use crate::finding::Finding;
use crate::project::schedule::Origin;
use crate::project::{Project, Schedule};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/periodic-task-overwritten.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let entries = super::entries(project).filter_map(|entry| Some((entry, entry.overwritten_by?)));
    entries.for_each(|(entry, by)| out.push(describe(entry, by)));
}

fn describe(entry: &Schedule, by: Loc) -> Finding {
    let (message, help) = match entry.origin {
        Origin::Periodic => {
            (format!("The schedule `{}` is replaced by a later one", entry.entry), "Give each a `name` of its own")
        }
        _ => (format!("The entry `{}` is replaced by a later one", entry.entry), "Give each a name of its own"),
    };
    Finding::new(&RULE, message, entry.at, "beat never sees this one")
        .related(by, "has the same name")
        .help(help)
        .symbol(entry.entry.as_str())
}
