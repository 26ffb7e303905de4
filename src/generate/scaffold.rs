//! Celery for a project that does not have it: an app, a task, endpoints, and around them whatever a new project needs.

use std::path::Path;

use serde::Serialize;

use super::endpoints::{Context, Has};
use super::render::{self, RenderError};
use super::style::Style;
use crate::project::Project;
use crate::project::wiring::CeleryHome;

/// What the endpoints are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Framework {
    Fastapi,
    Flask,
    Django,
    /// Celery alone
    None,
}

/// Where it is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nothing of a project is there.
    New,
    /// A project: it gets what belongs to Celery, and is told how to connect it.
    Existing {
        /// The module of Django's settings.
        settings: Option<String>,
    },
}

/// A file that is to be written.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub text: String,
    /// When it is there already, it is left alone, and these lines ought to be in it.
    pub lines: &'static [&'static str],
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Celery,
    /// Written where it is missing.
    Shared(&'static [&'static str]),
    /// New projects only.
    Around,
}

struct Entry {
    path: &'static str,
    /// Nothing: an empty file.
    template: &'static str,
    frameworks: &'static [Framework],
    part: Part,
}

const ALL: &[Framework] = &[Framework::Fastapi, Framework::Flask, Framework::Django, Framework::None];
const PLAIN: &[Framework] = &[Framework::Fastapi, Framework::Flask, Framework::None];
const FASTAPI: &[Framework] = &[Framework::Fastapi];
const FLASK: &[Framework] = &[Framework::Flask];
const DJANGO: &[Framework] = &[Framework::Django];

const fn entry(path: &'static str, template: &'static str, frameworks: &'static [Framework], part: Part) -> Entry {
    Entry { path, template, frameworks, part }
}

const KEYS: &[&str] = &["CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"];

/// `{package}` is that of Django's settings.
const ENTRIES: &[Entry] = &[
    entry("jobs/__init__.py", "", ALL, Part::Celery),
    entry("jobs/celery_app.py", "init/celery_app.py", PLAIN, Part::Celery),
    entry("{package}/celery.py", "init/django/celery.py", DJANGO, Part::Celery),
    entry("jobs/tasks.py", "init/tasks.py", ALL, Part::Celery),
    entry("jobs/routes.py", "fastapi/router.py", FASTAPI, Part::Celery),
    entry("jobs/routes.py", "flask/blueprint.py", FLASK, Part::Celery),
    entry("jobs/views.py", "django/views.py", DJANGO, Part::Celery),
    entry("jobs/urls.py", "django/urls.py", DJANGO, Part::Celery),
    entry("main.py", "init/fastapi/main.py", FASTAPI, Part::Around),
    entry("main.py", "init/flask/main.py", FLASK, Part::Around),
    entry("manage.py", "init/django/manage.py", DJANGO, Part::Around),
    entry("config/__init__.py", "init/django/package.py", DJANGO, Part::Around),
    entry("config/settings.py", "init/django/settings.py", DJANGO, Part::Around),
    entry("config/urls.py", "init/django/urls.py", DJANGO, Part::Around),
    entry("config/wsgi.py", "init/django/wsgi.py", DJANGO, Part::Around),
    entry("requirements.txt", "init/requirements.txt", ALL, Part::Around),
    entry("Dockerfile", "init/Dockerfile", ALL, Part::Around),
    entry(".dockerignore", "init/dockerignore", ALL, Part::Around),
    entry("compose.yaml", "init/compose.yaml", ALL, Part::Around),
    entry(".env.example", "init/env.example", ALL, Part::Shared(KEYS)),
    entry(".gitignore", "init/gitignore", ALL, Part::Shared(&[".env"])),
];

#[derive(Serialize)]
struct Filled {
    #[serde(flatten)]
    endpoints: Context,
    framework: Framework,
    settings_module: String,
    settings_package: String,
    /// After `celery -A`.
    celery_target: String,
    new: bool,
}

/// The files, in the order in which they are told.
///
/// # Errors
/// When a template is wrong, which a test rules out.
pub fn files(framework: Framework, place: &Place) -> Result<Vec<File>, RenderError> {
    let filled = filled(framework, place);
    let wanted = ENTRIES
        .iter()
        .filter(|entry| entry.frameworks.contains(&framework) && (*place == Place::New || entry.part != Part::Around));
    wanted
        .map(|entry| {
            let path = entry.path.replace("{package}", &filled.settings_package);
            let text = match entry.template {
                "" => String::new(),
                template if is_python(template) => render::python(template, &filled, Style::default())?,
                template => render::text(template, &filled)?,
            };
            let lines = if let Part::Shared(lines) = entry.part { lines } else { &[] };
            Ok(File { path, text, lines })
        })
        .collect()
}

fn is_python(template: &str) -> bool {
    Path::new(template).extension().is_some_and(|extension| extension == "py")
}

fn filled(framework: Framework, place: &Place) -> Filled {
    let settings_module = match place {
        Place::Existing { settings: Some(settings) } => settings.clone(),
        _ => "config.settings".to_owned(),
    };
    let settings_package = settings_module.split('.').next().unwrap_or_default().to_owned();
    let is_django = framework == Framework::Django;
    let (module, name) = if is_django {
        (format!("{settings_package}.celery"), "app")
    } else {
        ("jobs.celery_app".to_owned(), "celery_app")
    };
    let home = CeleryHome::Variable { dotted: module.clone(), name: name.to_owned(), circular: false };
    let has = Has { status: true, result: true, health: true, submit: true };
    let mut endpoints = Context::new(&Project::default(), &home, has);
    endpoints.tasks = vec!["count_primes".to_owned()];
    endpoints.imports.push("from jobs.tasks import count_primes".to_owned());
    if framework == Framework::Flask {
        endpoints.router = "bp".to_owned();
    }
    endpoints.imports.sort();
    (endpoints.views_package, endpoints.views_name) = ("jobs".to_owned(), "views".to_owned());
    let celery_target = if is_django { settings_package.clone() } else { module };
    Filled { endpoints, framework, settings_module, settings_package, celery_target, new: *place == Place::New }
}

/// What is left to do, as text for people.
///
/// # Errors
/// When the template is wrong, which a test rules out.
pub fn next_steps(framework: Framework, place: &Place) -> Result<String, RenderError> {
    render::text("init/next_steps.txt", filled(framework, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> [Place; 3] {
        let existing = |settings: Option<&str>| Place::Existing { settings: settings.map(str::to_owned) };
        [Place::New, existing(None), existing(Some("shop.settings.base"))]
    }

    #[test]
    fn every_framework_can_be_begun_with_everywhere() {
        for framework in ALL {
            for place in places() {
                assert!(!files(*framework, &place).unwrap().is_empty(), "{framework:?} {place:?}");
                assert!(!next_steps(*framework, &place).unwrap().trim().is_empty(), "{framework:?} {place:?}");
            }
        }
    }

    #[test]
    fn a_project_that_exists_gets_what_belongs_to_celery() {
        let place = Place::Existing { settings: Some("shop.settings.base".to_owned()) };
        let files = files(Framework::Django, &place).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "jobs/__init__.py",
                "shop/celery.py",
                "jobs/tasks.py",
                "jobs/views.py",
                "jobs/urls.py",
                ".env.example",
                ".gitignore"
            ]
        );
        assert!(files[1].text.contains("\"shop.settings.base\""), "{}", files[1].text);
    }
}
