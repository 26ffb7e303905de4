//! `send-task-unknown-name`: see its page.

use crate::finding::Finding;
use crate::project::task_name::NameTarget;
use crate::project::{Project, Submission, Task, production};
use crate::rule::{Check, Report, Rule};
use crate::rules::schedule::beat_unknown_task::{fix, is_asked, may_be_unseen, meant};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/send-task-unknown-name.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for submission in &project.submissions {
        let shown = submission.in_test || production::is_shown(project.sources.path(submission.at.file));
        let (Some(name), Some(target), Some(at)) = (&submission.task_name, submission.leads_to, submission.name_at)
        else {
            continue;
        };
        if shown || is_scheduled(project, submission) || !is_asked(project, name) || may_be_unseen(project, name) {
            continue;
        }
        let meant = meant(project, name, target);
        let certain = match target {
            // The worker may be another program, whose code is not here.
            NameTarget::NoModule => has_tasks_beside(project, name),
            NameTarget::NoName | NameTarget::NotATask | NameTarget::Renamed(_) => true,
            NameTarget::Bare | NameTarget::Foreign => meant.is_some() && has_tasks_beside(project, name),
            NameTarget::Possible => false,
        };
        if certain {
            out.push(describe(project, name, at, target, meant));
        }
    }
}

/// What is scheduled is asked about where it is scheduled.
fn is_scheduled(project: &Project, submission: &Submission) -> bool {
    project.schedules.iter().any(|entry| entry.task_at.is_some_and(|at| at == submission.at))
}

/// Whether the project has tasks in the package that the name begins with.
fn has_tasks_beside(project: &Project, name: &str) -> bool {
    let top = name.split('.').next();
    let own = project.tasks.iter().filter(|task| !task.in_test).filter_map(|task| task.name.as_deref());
    name.contains('.') && own.into_iter().any(|known| known.split('.').next() == top)
}

fn describe(project: &Project, name: &str, at: Loc, target: NameTarget, meant: Option<&Task>) -> Finding {
    let message = match name.len() {
        0..=60 => format!("No worker knows the task `{name}`"),
        _ => "No worker knows the task of this name".to_owned(),
    };
    let label = match target {
        NameTarget::NoModule => "the project has no such module: workers discard the message",
        NameTarget::NoName => "its module has no such task: workers discard the message",
        NameTarget::NotATask => "that function is not a task: workers discard the message",
        _ => "no task is registered under this name: workers discard the message",
    };
    let finding = Finding::new(&RULE, message, at, label).symbol(name);
    let Some((task, known)) = meant.and_then(|task| Some((task, task.name.as_deref()?))) else {
        return finding.help("Name a task that is registered");
    };
    let finding = finding.related(task.name_at, format!("is registered as `{known}`")).help(format!("Use `{known}`"));
    match fix(project, at, name, known) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}
