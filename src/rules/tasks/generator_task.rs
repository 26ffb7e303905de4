//! `generator-task`: see its page.

use super::asked::{asked, may_use_results};
use crate::finding::Finding;
use crate::project::task::detail::Gives;
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/generator-task.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let found = asked(project).filter(|(_, task, detail)| {
        let alone = detail.below.iter().all(|layer| layer.gives == Gives::Same);
        detail.is_generator && detail.plain && alone && !task.is_async
    });
    let found: Vec<&Task> = found.map(|(_, task, _)| task).collect();
    if found.is_empty() || may_use_results(project) {
        return;
    }
    for task in found {
        let message = format!("Task `{}` is a generator, and nobody iterates it", task.function);
        let label = "the `yield` makes it a generator: the worker calls it, and none of its body runs";
        let finding = Finding::new(&RULE, message, task.name_at, label).symbol(&task.function);
        out.push(finding.help("Return a list, or send a task for each item"));
    }
}
