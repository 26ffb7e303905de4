//! `send-task-unknown-name`: see its page.

use crate::project::task_name::NameTarget;
use crate::project::{Project, Submission, production};
use crate::rule::{Check, Report, Rule};
use crate::rules::schedule::beat_unknown_task::{is_asked, meant};
use crate::rules::tasks::unknown_name::UnknownName;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/send-task-unknown-name.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for submission in &project.submissions {
        let shown = submission.in_test || production::is_shown(project.sources.path(submission.at.file));
        let (Some(name), Some(target), Some(at)) = (&submission.task_name, submission.leads_to, submission.name_at)
        else {
            continue;
        };
        if shown || is_scheduled(project, submission) || !is_asked(project, name) {
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
            let otherwise = "No worker knows the task of this name";
            let help = "Name a task that is registered";
            let unknown =
                UnknownName { rule: &RULE, name, at, target, meant, otherwise, help, looked_up: submission.looked_up };
            out.push(unknown.finding(project));
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
