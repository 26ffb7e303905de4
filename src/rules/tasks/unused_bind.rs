//! `unused-bind`: see its page.

use super::asked::asked;
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unused-bind.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (_, task, detail) in asked(project) {
        let Some(first) = detail.first_param.as_deref() else { continue };
        if !task.bind || detail.body.uses_first || !detail.closed || !detail.below.is_empty() {
            continue;
        }
        let message = format!("Task `{}` is bound and does not use `{first}`", task.function);
        let finding = Finding::new(&RULE, message, task.name_at, "takes the task as its first argument for nothing");
        out.push(finding.symbol(&task.function).help(format!("Remove `bind=True` and the parameter `{first}`")));
    }
}
