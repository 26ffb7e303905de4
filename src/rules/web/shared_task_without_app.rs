//! `shared-task-without-app`: see its page.

use crate::finding::Finding;
use crate::project::requests::{self, Sent, current};
use crate::project::{App, Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/shared-task-without-app.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let sent: Vec<Sent> = requests::sent(project).into_iter().filter(|sent| is_shared(project, sent)).collect();
    if sent.is_empty() || production::runs_eagerly(project) || !current::is_plain_default(project, "CELERY_BROKER_URL")
    {
        return;
    }
    let mut seen: Vec<Loc> = Vec::new();
    for web in project.web.iter().filter(|web| web.framework != "Django") {
        let Some(app) = current::loads_no_app(project, web) else { continue };
        let here = |sent: &&Sent| {
            web.modules.binary_search(&sent.act.module).is_ok() && sent.endpoint.framework == web.framework
        };
        let Some(first) = sent.iter().find(here).filter(|first| !seen.contains(&first.act.at)) else { continue };
        seen.push(first.act.at);
        let message = "A shared task is sent by an application that never imports the Celery app";
        let label = "is sent through Celery's default app, to `amqp://localhost`";
        out.push(
            describe(message, label, first, app)
                .related(web.at, "no module that it imports makes the Celery app")
                .help(format!("Import the module that makes the app (`{}`) where this application starts", app.module)),
        );
    }
    if seen.is_empty()
        && let Some(app) = current::made_on_import(project)
    {
        in_threads(&sent, app, out);
    }
}

/// Whether it is surely a `@shared_task`.
fn is_shared(project: &Project, sent: &Sent) -> bool {
    let task = sent.submission.task.and_then(|index| project.tasks.get(index));
    sent.submission.sure && task.is_some_and(|task| task.shared && !task.in_test)
}

/// Plain functions of FastAPI run in threads, where the app that was made in the main thread is not the current one.
fn in_threads(sent: &[Sent], app: &App, out: &mut Report) {
    let threaded = |sent: &&Sent| requests::runs_in_thread(sent.endpoint, sent.act.way);
    let mut places: Vec<&Sent> = sent.iter().filter(threaded).collect();
    places.dedup_by_key(|sent| sent.act.at);
    let Some(first) = places.first() else { return };
    let message = match places.len() {
        1 => "A shared task is sent in a thread that has no current app".to_owned(),
        count => format!("Shared tasks are sent in threads that have no current app ({count} places)"),
    };
    let label = "a plain `def` runs in a thread: this goes through Celery's default app, to `amqp://localhost`";
    let help = match &app.variable {
        Some(variable) => format!("Call `{variable}.set_default()` behind the line that makes the app"),
        None => "Call `set_default()` on the app where it is made".to_owned(),
    };
    out.push(describe(&message, label, first, app).help(help));
}

fn describe(message: &str, label: &str, sent: &Sent, app: &App) -> Finding {
    Finding::new(&RULE, message, sent.act.at, label)
        .related(app.at, "its broker is not the one that is asked")
        .symbol(sent.submission.task_name.as_deref().unwrap_or_default())
}
