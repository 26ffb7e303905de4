//! `unknown-task-option`: see its page.

use super::asked::asked;
use crate::celery::task_options::{TaskOption, find, tables};
use crate::celery::{near_miss, settings};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
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
    ("timeout", "time_limit"),
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
    for (_, task, detail) in asked(project) {
        // A base class that is not known may have options of its own.
        if !detail.closed && task.options.iter().any(|(name, ..)| name == "base") {
            continue;
        }
        for (name, _, at) in &task.options {
            if is_setting(name) {
                out.push(setting(&task.function, name, *at));
                continue;
            }
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
    if known().any(|it| it.name == name) {
        return None;
    }
    let confused = CONFUSIONS.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right);
    // `retries` is an option of a call; on a task it does nothing.
    if confused.is_none() && find(&tables().exec_options, name).is_some() {
        return None;
    }
    let public = known().filter(|it| !it.internal && it.name.len() > 4).map(|it| it.name.as_str());
    confused.or_else(|| near_miss::closest(name, public))
}

/// Whether it is a setting of the app that no task has as an option.
fn is_setting(name: &str) -> bool {
    const OF_APPS: &[&str] = &["beat_", "broker_", "result_", "worker_"];
    OF_APPS.iter().any(|prefix| name.starts_with(prefix)) && settings::lookup(name).is_some()
}

fn setting(task: &str, name: &str, at: Loc) -> Finding {
    let message = format!("`{name}` is a setting of the app, and has no effect on a task");
    Finding::new(&RULE, message, at, "kept as an attribute that nothing reads")
        .symbol(format!("{task}.{name}"))
        .help(format!("Set it where the app is configured: `app.conf.{name} = …`"))
}

/// Whether the project reads the attribute: an option that Celery does not know is one of the task all the same. Settings
/// have places of their own.
fn is_read(project: &Project, name: &str) -> bool {
    let setting = name.starts_with("task_") || name.starts_with("worker_");
    let python = project.sources.files.iter().filter(|file| file.kind == FileKind::Python);
    !setting && python.into_iter().any(|file| reads(&file.text, name))
}

/// `task.name` and `getattr(task, "name")`. The request of a task has `retries` and `timelimit` of its own.
fn reads(text: &str, name: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), name.as_bytes()).any(|at| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        let continues = |it: char| it.is_alphanumeric() || it == '_';
        if let Some(owner) = before.strip_suffix('.') {
            return !after.starts_with(continues) && !owner.ends_with("request");
        }
        let quoted = before.strip_suffix(['"', '\'']).filter(|_| after.starts_with(['"', '\'']));
        let line = quoted.map(|before| before.rsplit('\n').next().unwrap_or_default());
        line.is_some_and(|line| line.contains("attr("))
    })
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
