//! The endpoints that a web application lacks: a module with them, and the edits that make it part of the application.

mod context;
mod names;
mod offered;
mod routers;
mod routes;
mod urls;

use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::endpoint::WebApp;

/// How every module begins that is written.
const MARK: &str = "\"\"\"HTTP endpoints for Celery tasks.\"\"\"";

pub use context::{Context, Has, Offered, has_backend};

/// The fix that writes whatever `app` lacks; none when its shape is not one that can be continued with certainty.
pub fn fix(project: &Project, app: &WebApp, has: Has) -> Option<Fix> {
    let wiring = app.wiring.as_deref()?;
    if is_written(project, has) {
        return None;
    }
    let offered = if has.status || has.result { offered::without_id(project) } else { Vec::new() };
    let has = Has { submit: !offered.is_empty(), ..has };
    let title = format!("Write {}", has.in_words());
    let fix = Fix::new(title, Applicability::Unsafe);
    let mut context = Context::new(project, &wiring.celery, has);
    offered::offer(&mut context, &offered);
    match (&wiring.routers, &wiring.urls) {
        (Some(routers), _) => routers::add(project, app, routers, context, fix),
        (_, Some(urls)) => urls::add(project, urls, context, fix),
        _ => None,
    }
}

/// Whether a module of ours has one of those endpoints already: whatever keeps it from being seen, a second one does not help.
fn is_written(project: &Project, has: Has) -> bool {
    let names = [
        (has.status, ["def task_status(", "class TaskStatusView("]),
        (has.result, ["def task_result(", "class TaskResultView("]),
        (has.health, ["def celery_health(", "class CeleryHealthView("]),
    ];
    let ours = project.sources.files.iter().filter(|file| file.text.starts_with(MARK));
    ours.into_iter()
        .any(|file| names.iter().any(|(is, names)| *is && names.iter().any(|name| file.text.contains(name))))
}
