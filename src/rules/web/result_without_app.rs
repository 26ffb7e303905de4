//! `result-without-app`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::requests::lookup::Lookup;
use crate::project::requests::{self, Read, current};
use crate::project::result_use::UseKind;
use crate::project::{Project, production, result_backend};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/result-without-app.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if project.lookups.is_empty() || !current::is_plain_default(project, "CELERY_RESULT_BACKEND") {
        return;
    }
    // Without any result backend the app that is named would not help: another rule says so.
    let disabled = result_backend::surely(project).is_some_and(|all| all.iter().all(|it| it.is_disabled()));
    if disabled || production::runs_eagerly(project) {
        return;
    }
    let mut seen: Vec<Loc> = Vec::new();
    for read in requests::read(project) {
        let UseKind::ById { made_at } = read.used.kind else { continue };
        let lookup = project.lookups.binary_search_by(|it| it.at.cmp(&made_at)).ok();
        let Some(lookup) = lookup.and_then(|index| project.lookups.get(index)).filter(|it| !seen.contains(&it.at))
        else {
            continue;
        };
        if let Some(why) = why(project, &read) {
            seen.push(lookup.at);
            out.push(describe(lookup, &read, why));
        }
    }
}

/// Why no app of the project is the current one.
enum Why {
    Thread(Loc),
    NeverImported(Loc),
}

fn why(project: &Project, read: &Read) -> Option<Why> {
    let webs = project.web.iter().filter(|web| web.framework == read.endpoint.framework && web.framework != "Django");
    let mut webs = webs.filter(|web| web.modules.binary_search(&read.act.module).is_ok()).peekable();
    webs.peek()?;
    let none: Option<Vec<Loc>> = webs.map(|web| current::loads_no_app(project, web).map(|app| app.at)).collect();
    if let Some(at) = none.as_deref().and_then(|all| all.first()) {
        return Some(Why::NeverImported(*at));
    }
    let app = current::made_on_import(project)?;
    requests::runs_in_thread(read.endpoint, read.act.way).then_some(Why::Thread(app.at))
}

fn describe(lookup: &Lookup, read: &Read, why: Why) -> Finding {
    let call = &lookup.class;
    let (message, label, app) = match why {
        Why::Thread(app) => (
            format!("`{call}` is made in a thread that has no current app"),
            "a plain `def` runs in a thread: this asks Celery's default app, which has no result backend",
            app,
        ),
        Why::NeverImported(app) => (
            format!("`{call}` is made in a process that never imports the Celery app"),
            "asks Celery's default app, which has no result backend",
            app,
        ),
    };
    let finding = Finding::new(&RULE, message, lookup.at, label);
    let finding = if read.used.at.file == lookup.at.file {
        let raises = "raises `AttributeError: 'DisabledBackend' object has no attribute '_get_task_meta_for'`";
        let waits = "raises `NotImplementedError: No result backend is configured`";
        finding.related(read.used.at, if read.used.waits() { waits } else { raises })
    } else {
        finding
    };
    let finding = finding.related(app, "this app has the results").symbol(call);
    match &lookup.app {
        Some(name) => finding.help(format!("Name the app: `app={name}`")).fix(
            Fix::new(format!("Add `app={name}`"), Applicability::Safe).replace(lookup.end, format!(", app={name}")),
        ),
        None => finding.help("Name the app: `app=`, or look the result up with `app.AsyncResult(…)`"),
    }
}
