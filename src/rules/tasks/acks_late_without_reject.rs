//! `acks-late-without-reject`: see its page.

use super::asked::asked;
use crate::finding::Finding;
use crate::project::{Project, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/acks-late-without-reject.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // Whatever the settings say of rejecting, somebody thought of it.
    if production::named(project, &["task_reject_on_worker_lost"]).next().is_some() {
        return;
    }
    let late = production::named(project, &["task_acks_late"]).find(|setting| {
        matches!(setting.value.kind, ValueKind::Bool(true)) && production::is_production(project, setting.at)
    });
    if let Some(setting) = late {
        let said = asked(project).any(|(_, _, detail)| detail.option("reject_on_worker_lost").is_some());
        out.findings.extend((!said).then(|| describe("task_acks_late", setting.at, "task_reject_on_worker_lost")));
        return;
    }
    for (_, _, detail) in asked(project).filter(|(_, _, detail)| detail.closed && detail.is_on("acks_late")) {
        let option = detail.option("acks_late").filter(|option| option.own);
        if let Some(option) = option.filter(|_| detail.option("reject_on_worker_lost").is_none()) {
            out.push(describe("acks_late", option.at, "reject_on_worker_lost"));
        }
    }
}

fn describe(word: &str, at: Loc, other: &str) -> Finding {
    let message = format!("`{word}` without `{other}` loses the tasks of a process that is killed");
    let message =
        if message.len() > 90 { format!("`{word}` loses the tasks of a process that is killed") } else { message };
    let label = "the message is acknowledged all the same when the process of the task is killed";
    Finding::new(&RULE, message, at, label)
        .symbol(word)
        .help(format!("Set `{other}` where a task may safely run twice"))
}
