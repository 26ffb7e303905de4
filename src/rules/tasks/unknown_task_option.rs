//! `unknown-task-option`: see its page.

use super::asked::asked;
use crate::celery::near_miss;
use crate::celery::task_options::{TaskOption, find, tables};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unknown-task-option.md"), Check::Project(check));

/// Names that are written for an option though no slip of the pen leads there.
const CONFUSIONS: &[(&str, &str)] = &[
    ("ack_late", "acks_late"),
    ("autoretry", "autoretry_for"),
    ("hard_time_limit", "time_limit"),
    ("max_retry", "max_retries"),
    ("retries", "max_retries"),
    ("retry_delay", "default_retry_delay"),
    ("soft_limit", "soft_time_limit"),
    ("soft_timeout", "soft_time_limit"),
    ("task_acks_late", "acks_late"),
    ("task_ignore_result", "ignore_result"),
    ("task_rate_limit", "rate_limit"),
    ("task_soft_time_limit", "soft_time_limit"),
    ("task_time_limit", "time_limit"),
    ("task_track_started", "track_started"),
];

fn known() -> impl Iterator<Item = &'static TaskOption> {
    let all = tables();
    all.attributes.iter().chain(&all.decorator).chain(&all.autoretry).chain(&all.exec_attributes).chain(&all.handlers)
}

fn check(project: &Project, out: &mut Report) {
    for task in
        project.tasks.iter().filter(|task| !task.in_test && !production::is_shown(project.sources.path(task.at.file)))
    {
        // The attributes of a base class are its own.
        if task.options.iter().any(|(name, ..)| name == "base") {
            continue;
        }
        for (name, _, at) in &task.options {
            let Some(meant) = meant(name).filter(|_| !is_read(project, name)) else { continue };
            let given = task.options.iter().any(|(known, ..)| known == meant);
            out.push(describe(&task.function, name, meant, *at, given));
        }
    }
    of_classes(project, out);
}

/// The attributes of the classes of tasks.
fn of_classes(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for (_, task, detail) in asked(project) {
        let given = |name: &str| detail.attributes.iter().any(|(known, _)| known == name);
        for (name, at) in detail.attributes.iter().filter(|(name, _)| !name.starts_with('_')) {
            let Some(meant) = meant(name).filter(|_| !seen.contains(at) && !is_read(project, name)) else { continue };
            seen.push(*at);
            out.push(describe(&task.function, name, meant, *at, given(meant)));
        }
    }
}

/// The option that a name was meant to be; none for the known ones, and for those that are like none.
fn meant(name: &str) -> Option<&'static str> {
    if known().any(|it| it.name == name) || find(&tables().exec_options, name).is_some() {
        return None;
    }
    let confused = CONFUSIONS.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right);
    let public = known().filter(|it| !it.internal && it.name.len() > 4).map(|it| it.name.as_str());
    confused.or_else(|| near_miss::closest(name, public))
}

/// Whether the project reads the attribute: an option that Celery does not know is one of the task all the same.
fn is_read(project: &Project, name: &str) -> bool {
    let (dotted, quoted, single) = (format!(".{name}"), format!("\"{name}\""), format!("'{name}'"));
    project.sources.speak_of(&[&dotted, &quoted, &single], |file| file.kind == FileKind::Python)
}

fn describe(task: &str, name: &str, meant: &'static str, at: Loc, given: bool) -> Finding {
    let finding = Finding::new(
        &RULE,
        format!("`{name}` is no option of a task, and has no effect"),
        at,
        "kept as an attribute that nothing reads",
    )
    .symbol(format!("{task}.{name}"));
    if given {
        return finding.help(format!("Remove it: `{meant}` is given as well"));
    }
    let at = Loc::new(at.file, Span::new(at.span.start, at.span.start + name.len() as u32));
    let fix = Fix::new(format!("Rename it to `{meant}`"), Applicability::Safe).replace(at, meant);
    finding.help(format!("Write `{meant}`")).fix(fix)
}
