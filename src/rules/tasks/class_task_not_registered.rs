//! `class-task-not-registered`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/class-task-not-registered.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for sent in &project.unregistered {
        if seen.contains(&sent.class_at) {
            continue;
        }
        seen.push(sent.class_at);
        let message = format!("Class `{}` is sent as a task, and no app knows it", sent.class);
        let label = "a class becomes a task when it is registered, and this one never is";
        let finding = Finding::new(&RULE, message, sent.class_at, label)
            .related(sent.at, "workers discard this message as one of an unregistered task")
            .symbol(&sent.class);
        let finding = finding.help(format!(
            "Send what the app gives back: `task = app.register_task({}())`, then `task.{}(…)`",
            sent.class, sent.method
        ));
        let fix = sent.register_at.as_ref().map(|(at, app)| {
            let text = format!("\n\n\n{app}.register_task({}())", sent.class);
            Fix::new("Register it", Applicability::Safe).replace(*at, text)
        });
        out.push(fix.into_iter().fold(finding, Finding::fix));
    }
}
