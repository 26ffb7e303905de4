//! The allow-list of the endpoint that sends tasks: those that requests send already, and whose ids no client gets.

use std::collections::BTreeMap;

use super::context::Context;
use crate::project::endpoint::{Act, ActKind, Way};
use crate::project::task::{Definition, Task};
use crate::project::{Project, Submission};

/// The tasks that requests send, when the id of none of them is kept: then endpoints that ask for an id are of no use
/// without one that gives it. Empty when some id may reach a client.
pub fn without_id(project: &Project) -> Vec<&Task> {
    let acts = project.endpoints.iter().flat_map(|it| &it.acts).filter(|act| act.kind == ActKind::Sends);
    let mut tasks: BTreeMap<&str, &Task> = BTreeMap::new();
    for act in acts {
        if !drops_id(project, act) {
            return Vec::new();
        }
        let sent = project.submissions.iter().filter(|it| it.at == act.at && it.sure);
        let sent = sent.filter_map(|it: &Submission| project.tasks.get(it.task?)).filter(|task| is_importable(task));
        tasks.extend(sent.map(|task| (task.function.as_str(), task)));
    }
    tasks.into_values().collect()
}

/// Whether the call is a whole statement, or happens elsewhere, and the id is not chosen by the caller.
fn drops_id(project: &Project, act: &Act) -> bool {
    let module = project.modules.get(&project.sources, act.module);
    let Some(fact) = module.calls.iter().find(|fact| module.span(fact.call) == act.at.span) else { return false };
    let chooses = module.call(fact.call).is_some_and(|call| call.keyword("task_id").is_some() || call.has_splat());
    (fact.context.dropped || act.way == Way::Handed) && !chooses
}

/// Whether `from module import function` gives the task.
fn is_importable(task: &Task) -> bool {
    task.is_certain && !task.in_test && matches!(task.definition, Some(Definition::Function(..)))
}

/// Puts the tasks into the variables of the templates. They are imported where they are needed: the modules of tasks often
/// import the one that routes are registered in.
pub fn offer(context: &mut Context, tasks: &[&Task]) {
    if tasks.is_empty() {
        return;
    }
    context.has.submit = true;
    context.lazy_import = true;
    context.imports = Vec::new();
    context.tasks = tasks.iter().map(|task| task.function.clone()).collect();
    let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    tasks.iter().for_each(|task| modules.entry(&task.module).or_default().push(&task.function));
    let import = |(module, names): (&str, Vec<&str>)| format!("from {module} import {}", names.join(", "));
    context.task_imports = modules.into_iter().map(import).collect();
}
