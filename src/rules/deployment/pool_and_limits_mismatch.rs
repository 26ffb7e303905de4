//! `pool-and-limits-mismatch`: see its page.

use super::common;
use crate::finding::Finding;
use crate::project::launch::Argument;
use crate::project::{Launch, Project, Setting, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/pool-and-limits-mismatch.md"), Check::Project(check));

/// Pools, and what they do nothing with.
const IGNORED: &[(&str, &[&str])] = &[
    ("solo", &["time-limit", "soft-time-limit", "max-tasks-per-child", "max-memory-per-child"]),
    ("threads", &["time-limit", "soft-time-limit", "max-tasks-per-child", "max-memory-per-child"]),
    ("gevent", &["soft-time-limit", "max-tasks-per-child", "max-memory-per-child"]),
    ("eventlet", &["time-limit", "soft-time-limit", "max-tasks-per-child", "max-memory-per-child"]),
];

fn check(project: &Project, out: &mut Report) {
    let workers: Vec<&Launch> = common::launches(project).filter(|launch| launch.command == "worker").collect();
    for launch in &workers {
        let Some((pool, at)) = pool(launch) else { continue };
        let ignored = IGNORED.iter().find(|(name, _)| *name == pool).map_or(&[][..], |(_, options)| *options);
        for option in launch.options.iter().filter(|option| ignored.contains(&option.name.as_str())) {
            let message = format!("The pool `{pool}` does nothing with `{}`", option.written);
            let finding = Finding::new(&RULE, message, option.at, "has no effect").related(at.value_at, "the pool");
            out.push(
                finding.help(format!("Leave it out, or use the pool `{}`", better(&option.name))).symbol(&option.name),
            );
        }
    }
    settings(project, &workers, out);
}

fn better(option: &str) -> &'static str {
    if option == "time-limit" { "prefork` or `gevent" } else { "prefork" }
}

/// The pool that the command names.
fn pool(launch: &Launch) -> Option<(String, &Argument)> {
    let option = launch.option("pool")?;
    Some((option.value.as_ref()?.as_literal()?, option))
}

/// Limits of the configuration, when every worker has a pool that does nothing with them.
fn settings(project: &Project, workers: &[&Launch], out: &mut Report) {
    let counted: Vec<&&Launch> =
        workers.iter().filter(|launch| !common::is_development(project, launch.at.file)).collect();
    let Some(first) = counted.first() else { return };
    for (name, option) in [("task_time_limit", "time-limit"), ("task_soft_time_limit", "soft-time-limit")] {
        let ignores = |launch: &&&Launch| {
            let pool = pool(launch).map(|(pool, _)| pool).unwrap_or_default();
            IGNORED.iter().any(|(known, options)| *known == pool && options.contains(&option))
        };
        let names = [name];
        let Some(setting) = production::named(project, &names).find(|it| is_set(it)) else { continue };
        if !counted.iter().all(ignores) {
            continue;
        }
        if let Some((pool, at)) = pool(first) {
            let message = format!("The pool `{pool}` does nothing with `{name}`");
            let finding = Finding::new(&RULE, message, at.value_at, "no task is ever stopped")
                .related(setting.at, "the limit has no effect")
                .help(format!("Give tasks limits of their own, or use the pool `{}`", better(option)));
            out.push(finding.symbol(name));
        }
    }
}

fn is_set(setting: &Setting) -> bool {
    setting
        .value
        .alternatives()
        .iter()
        .any(|value| matches!(value.kind, ValueKind::Int(_) | ValueKind::Float(_) | ValueKind::Env(_)))
}
