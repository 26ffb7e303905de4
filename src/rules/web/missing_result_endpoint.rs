//! `missing-result-endpoint`: see its page.

use super::missing::{self, Lack};
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-result-endpoint.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let lack = Lack {
        rule: &RULE,
        offered: |app| app.has_result,
        written: |has| has.result,
        message: "Tasks are submitted, but no endpoint returns their result",
        label: "what this returns never reaches the client",
        route: "/tasks/{task_id}/result",
        what: "that returns the result of `AsyncResult(task_id)` once it is ready",
    };
    missing::report(project, &lack, out);
}
