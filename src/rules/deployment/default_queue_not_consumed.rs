//! `default-queue-not-consumed`: see its page.

use super::queue_use;
use crate::finding::Finding;
use crate::project::queues::{Given, Queue, Queues};
use crate::project::{Project, Submission, production};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/default-queue-not-consumed.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let queues = Queues::of(project);
    let [Queue::Named(default)] = queues.default.as_slice() else { return };
    // The default may be set where it is not seen.
    if project.configurations.iter().any(|it| it.open) {
        return;
    }
    let Some((workers, read)) = queue_use::read(project, &queues) else { return };
    if read.contains(default) {
        return;
    }
    let Some(sent) = project.submissions.iter().find(|it| goes_to(project, &queues, it, default)) else { return };
    let message = format!("No worker reads `{default}`, where tasks go that have no other queue");
    let declared =
        production::named(project, &["task_queues"]).find(|_| workers.iter().any(|it| it.option("queues").is_none()));
    let place: Option<Loc> = match (declared, workers.first()) {
        (Some(setting), _) => Some(setting.at),
        (None, Some(worker)) => worker.option("queues").map(|option| option.value_at),
        (None, None) => None,
    };
    if let Some(at) = place {
        let finding = Finding::new(&RULE, message, at, format!("`{default}` is not among these"))
            .related(sent.at, "waits there for ever")
            .help(format!("Add `{default}` to what a worker reads, or name another queue in `task_default_queue`"));
        out.push(finding.symbol(default));
    }
}

/// Whether a message surely goes to the default queue.
fn goes_to(project: &Project, queues: &Queues, submission: &Submission, default: &str) -> bool {
    let counted = !submission.in_test && submission.sure && submission.method.sends();
    let shown = production::is_shown(project.sources.path(submission.at.file));
    let Some(task) = submission.task.and_then(|at| project.tasks.get(at)).filter(|_| counted && !shown) else {
        return false;
    };
    let open = task.options_open || submission.passed.is_none();
    let named = queues.of_message(task.name.as_deref(), Some(task), Given::by_call(submission));
    !open && matches!(named.as_slice(), [Queue::Named(name)] if name == default)
}
