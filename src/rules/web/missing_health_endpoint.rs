//! `missing-health-endpoint`: see its page.

use super::missing::{self, Lack};
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-health-endpoint.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let lack = Lack {
        rule: &RULE,
        offered: |app| app.has_health,
        written: |has| has.health,
        message: "Tasks are submitted, but no endpoint tells whether Celery is up",
        label: "works only while the broker and a worker are there",
        route: "/health/celery",
        what: "that asks the broker and the workers (`app.control.ping(timeout=1)`) and answers 200 or 503",
    };
    missing::report(project, &lack, out);
}
