//! `missing-status-endpoint`: see its page.

use super::missing::{self, Lack};
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-status-endpoint.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let lack = Lack {
        rule: &RULE,
        offered: |app| app.has_status,
        written: |has| has.status,
        message: "Tasks are submitted, but no endpoint tells their state",
        label: "the client gets no way to ask how this is going",
        route: "/tasks/{task_id}/status",
        what: "that returns the state of `AsyncResult(task_id)`",
    };
    missing::report(project, &lack, out);
}
