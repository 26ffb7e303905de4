//! Which app Celery takes where nobody names one: the one that was made last in the same thread, else the default app, whose
//! broker is `amqp://localhost` and which keeps no results.

use super::super::endpoint::WebApp;
use super::super::production::is_shown;
use super::super::{App, Project};
use crate::source::{FileKind, SourceFile};

/// What gives every thread an app, or the default app a configuration.
const GIVING: &[&str] =
    &["set_default", "set_current", "set_default_app", "CELERY_CONFIG_MODULE", "CELERY_LOADER", "C_STRICT_APP"];

/// Whether every thread but the one that makes the app has the plain default app.
pub fn is_plain_default(project: &Project, variable: &str) -> bool {
    let python = |file: &SourceFile| file.kind == FileKind::Python && !is_shown(&file.path);
    let named = project.sources.files.iter().any(|file| file.name() == "celeryconfig.py");
    let given = project.sources.speak_of(GIVING, |file| python(file) || file.kind != FileKind::Python);
    !named && !given && !is_in_environment(project, variable)
}

/// Whether the process may have that variable, which Celery reads by itself.
fn is_in_environment(project: &Project, variable: &str) -> bool {
    project.env_written.contains(variable)
        || project.env_deployed.contains_key(variable)
        || project.env_reads.iter().any(|read| read.key.accepts(variable))
        || project.sources.speak_of(&[variable], |file| !is_shown(&file.path))
}

/// The project's own apps.
fn own(project: &Project) -> Vec<&App> {
    project.apps.iter().filter(|app| !app.in_test && !is_shown(project.sources.path(app.at.file))).collect()
}

/// Whether a web application imports no module that makes an app, although the project has one.
pub fn loads_no_app<'p>(project: &'p Project, web: &WebApp) -> Option<&'p App> {
    let apps = own(project);
    let first = *apps.first()?;
    let loaded = |app: &&App| web.modules.binary_search(&app.site.module).is_ok();
    (!web.uncertain && !web.modules.is_empty() && !apps.iter().any(loaded)).then_some(first)
}

/// The one app of a project, when it is made in the thread that imports it: at the top of a module.
pub fn made_on_import(project: &Project) -> Option<&App> {
    match own(project).as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}
