//! `task-method`: see its page.

use super::asked::asked;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task::detail::{Gives, Layer, TaskDetail};
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/task-method.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (_, task, detail) in asked(project) {
        let Some(class) = detail.class else { continue };
        let found = over(project, task, detail).or_else(|| unbound(task, detail));
        out.findings.extend(found.map(|finding| finding.related(class, "in this class").symbol(&task.function)));
    }
}

/// The task's decorator stands above `@staticmethod` or `@classmethod`.
fn over(project: &Project, task: &Task, detail: &TaskDetail) -> Option<Finding> {
    let layer = detail.below.last().filter(|_| detail.closed)?;
    let (kind, label) = match layer.gives {
        Gives::StaticMethod => ("staticmethod", "makes an object that Celery cannot make a task of: no worker starts"),
        Gives::ClassMethod => ("classmethod", "raises `TypeError: argument 1 to @task() must be a callable`"),
        _ => return None,
    };
    let message = format!("Task `{}` is made of a `{kind}` object", task.function);
    let finding = Finding::new(&RULE, message, layer.at, label);
    Some(match (layer.gives, fix(project, detail, layer)) {
        (Gives::StaticMethod, Some(fix)) => finding.help("Put `@staticmethod` above the task's decorator").fix(fix),
        (Gives::StaticMethod, None) => finding.help("Put `@staticmethod` above the task's decorator"),
        _ => finding.help("Make the task a function of the module, which calls the class method"),
    })
}

fn fix(project: &Project, detail: &TaskDetail, layer: &Layer) -> Option<Fix> {
    let own = detail.decorator.filter(|_| detail.below.len() == 1)?;
    let (upper, lower) = (project.sources.snippet(own), project.sources.snippet(layer.at));
    let fix = Fix::new("Put `@staticmethod` above the task's decorator", Applicability::Safe);
    Some(fix.replace(own, lower).replace(layer.at, upper))
}

/// A method whose object nobody passes.
fn unbound(task: &Task, detail: &TaskDetail) -> Option<Finding> {
    let takes = detail.first_param.as_deref().is_some_and(|name| matches!(name, "self" | "cls"));
    let alone = |layers: &[Layer]| layers.iter().all(|layer| layer.gives == Gives::Same);
    let class_method = detail.above.iter().all(|layer| matches!(layer.gives, Gives::Same | Gives::ClassMethod));
    if !takes || task.bind || !detail.plain || !alone(&detail.below) || !class_method || has_filter(detail) {
        return None;
    }
    let first = detail.first_param.as_deref().unwrap_or_default();
    let message = format!("Task `{}` is a method, and Celery passes it no `{first}`", task.function);
    let label = format!("takes the first argument for `{first}`, and misses one argument at the end");
    Some(
        Finding::new(&RULE, message, task.name_at, label)
            .help("Make the task a function of the module, which makes the object it needs"),
    )
}

/// `filter=task_method` passes the object.
fn has_filter(detail: &TaskDetail) -> bool {
    detail.option("filter").is_some()
}
