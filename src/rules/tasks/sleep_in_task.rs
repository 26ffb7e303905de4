//! `sleep-in-task`: see its page.

use super::asked::asked;
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/sleep-in-task.md"), Check::Project(check));

/// Seconds from which on a sleep is worth telling.
const LONG: f64 = 1.0;

fn check(project: &Project, out: &mut Report) {
    for (_, task, detail) in asked(project) {
        let long = |seconds: &Option<f64>| seconds.is_some_and(|seconds| seconds >= LONG);
        for (at, _) in detail.body.sleeps.iter().filter(|(_, seconds)| long(seconds)) {
            let message = format!("Task `{}` keeps a worker process asleep", task.function);
            let finding = Finding::new(&RULE, message, *at, "no other task runs in this process meanwhile");
            out.push(
                finding.symbol(&task.function).help("Send the rest with `countdown=`, or `self.retry(countdown=…)`"),
            );
        }
    }
}
