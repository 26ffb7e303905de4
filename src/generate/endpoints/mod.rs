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
use crate::project::wiring::Place;

/// How every module begins that is written.
const MARK: &str = "\"\"\"HTTP endpoints for Celery tasks.\"\"\"";

pub use context::{Context, Has, has_backend};

/// The fix that writes whatever `app` lacks; none when its shape is not one that can be continued with certainty.
pub fn fix(project: &Project, app: &WebApp, has: Has) -> Option<Fix> {
    let wiring = app.wiring.as_deref()?;
    if is_written(project, has) {
        return None;
    }
    let offered = if has.status || has.result { offered::without_id(project) } else { Vec::new() };
    let mut context = Context::new(project, &wiring.celery, has);
    offered::offer(&mut context, &offered);
    let fix = Fix::new(format!("Write {}", context.has.in_words()), Applicability::Unsafe);
    match &wiring.place {
        Place::Routers(routers) => routers::add(project, app, routers, context, fix),
        Place::Urls(urls) => urls::add(project, urls, context, fix),
    }
}

/// Whether a module of ours has one of those endpoints already: whatever keeps it from being seen, a second one does not help.
fn is_written(project: &Project, has: Has) -> bool {
    let names = [
        (has.status, ["def task_status(", "class TaskStatusView("]),
        (has.result, ["def task_result(", "class TaskResultView("]),
        (has.health, ["def celery_health(", "class CeleryHealthView("]),
    ];
    let mut ours = project.sources.files.iter().filter(|file| file.text.starts_with(MARK));
    ours.any(|file| names.iter().any(|(is, names)| *is && names.iter().any(|name| file.text.contains(name))))
}
