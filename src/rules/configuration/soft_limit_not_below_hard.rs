//! `soft-limit-not-below-hard`: see its page.

use super::releases;
use crate::celery::release::{Minor, Releases};
use crate::finding::{Finding, Severity};
use crate::project::{Project, Setting, production};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/soft-limit-not-below-hard.md"), Check::Project(check));

/// The release that compares the limits of the configuration when a task is sent (celery/app/task.py, `apply_async`).
const COMPARES: Minor = Minor(5, 7);

fn check(project: &Project, out: &mut Report) {
    for soft in production::named(project, &["task_soft_time_limit"]) {
        let Some(seconds) = soft.value.as_number() else { continue };
        let hard = production::named(project, &["task_time_limit"]).find(|hard| is_beside(project, soft, hard));
        if let Some((hard, limit)) = hard.and_then(|hard| Some((hard, hard.value.as_number()?)))
            && limit > 0.0
            && seconds >= limit
        {
            out.push(describe(project, soft, hard, seconds > limit));
        }
    }
}

/// Whether two settings are of one configuration: of one way into one app, in the same block of the same file.
fn is_beside(project: &Project, a: &Setting, b: &Setting) -> bool {
    let around = |setting: &Setting| {
        let module = production::module(project, setting.at)?;
        let classes = module.classes.iter().map(|class| class.span);
        let functions = module.functions.iter().map(|function| function.span);
        let blocks = classes.chain(functions).filter(|span| span.contains(setting.at.span));
        blocks.min_by_key(|span| span.len())
    };
    a.at.file == b.at.file && a.how == b.how && a.app == b.app && around(a) == around(b)
}

fn describe(project: &Project, soft: &Setting, hard: &Setting, above: bool) -> Finding {
    let place = |setting: &Setting| setting.value.at.unwrap_or(setting.at);
    let raises = if above { releases::suffix(project, Releases::at_least(COMPARES)) } else { None };
    let (label, severity) = match raises {
        Some(when) => (format!("sending any task raises `ValueError`{when}"), Severity::Error),
        None => ("the task is killed before it hears of the soft limit".to_owned(), Severity::Warning),
    };
    let message = format!("`{}` is not below `{}`", soft.written, hard.written);
    Finding::new(&RULE, message, place(soft), label)
        .severity(severity)
        .related(place(hard), "the process of the task is killed after this time")
        .help("Make the soft limit some seconds shorter, so that the task can clean up")
        .symbol(soft.name.as_str())
}
