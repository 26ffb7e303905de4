//! Rules about schedules: crontabs, and the entries that beat sends.

use crate::project::crontab::CrontabCall;
use crate::project::{Project, Schedule, production};
use crate::rule::Rule;
use crate::source::Loc;

pub mod beat_entry_malformed;
pub mod beat_missing_expires;
pub mod beat_unknown_task;
pub mod crontab_argument_order;
pub mod crontab_every_minute;
pub mod crontab_ignored_tail;
pub mod crontab_never;
pub mod crontab_wrong_field_name;
pub mod invalid_crontab;
#[cfg(test)]
mod oracle_tests;
pub mod periodic_task_overwritten;

pub static RULES: &[&Rule] = &[
    &beat_entry_malformed::RULE,
    &beat_missing_expires::RULE,
    &beat_unknown_task::RULE,
    &crontab_argument_order::RULE,
    &crontab_every_minute::RULE,
    &crontab_ignored_tail::RULE,
    &crontab_never::RULE,
    &crontab_wrong_field_name::RULE,
    &invalid_crontab::RULE,
    &periodic_task_overwritten::RULE,
];

/// The crontabs outside tests, examples and migrations.
fn crontabs(project: &Project) -> impl Iterator<Item = &CrontabCall> {
    project.crontabs.iter().filter(|crontab| is_own(project, crontab.at))
}

/// The entries outside tests, examples and migrations.
fn entries(project: &Project) -> impl Iterator<Item = &Schedule> {
    project.schedules.iter().filter(|entry| is_own(project, entry.at))
}

fn is_own(project: &Project, at: Loc) -> bool {
    let path = project.sources.path(at.file);
    !production::is_shown(path) && !path.split('/').any(|part| part == "migrations")
}

/// Source that is short enough for a message.
fn shown(project: &Project, at: Loc) -> Option<&str> {
    let source = project.sources.snippet(at);
    (source.len() <= 40 && !source.contains(['\n', '`'])).then_some(source)
}
