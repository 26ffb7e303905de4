//! `decorator-hides-task`: see its page.

use super::asked::asked;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::submission::Method;
use crate::project::task::detail::{Gives, Layer, TaskDetail};
use crate::project::{Project, Submission, Task};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/decorator-hides-task.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (index, task, detail) in asked(project) {
        let Some(layer) = hiding(detail) else { continue };
        let of_it = |sent: &&Submission| {
            sent.task == Some(index) && !sent.in_test && !matches!(sent.method, Method::SendTask | Method::Retry)
        };
        if let Some(sent) = project.submissions.iter().find(of_it) {
            out.push(describe(project, task, detail, layer, sent));
        }
    }
}

/// A decorator above the task's own that surely gives a plain function; those above it do not change that.
fn hiding(detail: &TaskDetail) -> Option<&Layer> {
    let plain = |layer: &&Layer| matches!(layer.gives, Gives::Wrapped { .. } | Gives::Other(_));
    let kept = detail.above.iter().all(|layer| plain(&layer) || layer.gives == Gives::Same);
    detail.above.iter().find(plain).filter(|_| kept && detail.class.is_none())
}

fn describe(project: &Project, task: &Task, detail: &TaskDetail, layer: &Layer, sent: &Submission) -> Finding {
    let method = match sent.method {
        Method::ApplyAsync => "apply_async",
        Method::Signature => "s",
        Method::Apply => "apply",
        _ => "delay",
    };
    let message = format!("`{}` stands above the task's decorator and hides task `{}`", layer.name, task.function);
    let message = if message.len() > 90 { format!("A decorator hides task `{}`", task.function) } else { message };
    let label = "gives a plain function, which has none of the task's methods";
    let raised = format!("raises `AttributeError: 'function' object has no attribute '{method}'`");
    let finding = Finding::new(&RULE, message, layer.at, label)
        .related(sent.at, raised)
        .symbol(&task.function)
        .help("Put the task's decorator on top");
    match fix(project, detail) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// The task's decorator goes to the top, the others move down by one. Only where the others keep the function's name:
/// the task would get another one.
fn fix(project: &Project, detail: &TaskDetail) -> Option<Fix> {
    let own = detail.decorator?;
    let keeps = |layer: &Layer| matches!(layer.gives, Gives::Same | Gives::Wrapped { .. });
    if !detail.above.iter().all(keeps) {
        return None;
    }
    let places = std::iter::once(own).chain(detail.above.iter().map(|layer| layer.at));
    let texts = detail.above.iter().map(|layer| layer.at).chain([own]);
    let fix = Fix::new("Put the task's decorator on top", Applicability::Safe);
    Some(places.zip(texts).fold(fix, |fix, (place, text)| fix.replace(place, project.sources.snippet(text))))
}
