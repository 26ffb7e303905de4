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

pub use context::{Context, Has, Offered, has_backend};

/// The fix that writes whatever `app` lacks; none when its shape is not one that can be continued with certainty.
pub fn fix(project: &Project, app: &WebApp, has: Has) -> Option<Fix> {
    let wiring = app.wiring.as_deref()?;
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
