//! What the templates of endpoints are filled with.

use serde::Serialize;

use crate::project::wiring::CeleryHome;
use crate::project::{Project, result_backend};

/// Which endpoints are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Has {
    pub status: bool,
    pub result: bool,
    pub health: bool,
    pub submit: bool,
}

impl Has {
    /// What is written, to follow "Write ".
    pub fn in_words(self) -> String {
        let tasks = match (self.status, self.result) {
            (true, true) => "the state and the result of tasks",
            (true, false) => "the state of tasks",
            (false, true) => "the result of tasks",
            (false, false) => return "an endpoint for the health of Celery".to_owned(),
        };
        let sending = if self.submit { "sending tasks, for " } else { "" };
        let health = if self.health { ", and for the health of Celery" } else { "" };
        let several = self.submit || self.health || (self.status && self.result);
        format!("{} for {sending}{tasks}{health}", if several { "endpoints" } else { "an endpoint" })
    }
}

/// The variables of every template of endpoints.
#[derive(Debug, Serialize)]
pub struct Context {
    pub has: Has,
    /// What the paths about tasks begin with, with a slash in front.
    pub prefix: String,
    pub health_path: String,
    /// What paths end with: a slash, or nothing.
    pub slash: &'static str,
    /// A name for the group: OpenAPI's tag, the blueprint's name.
    pub tag: String,
    /// The variable that holds the router or blueprint.
    pub router: String,
    pub celery_module: String,
    pub celery_name: String,
    pub lazy_import: bool,
    pub flask_extension: bool,
    /// Import statements of the project's own modules, sorted.
    pub imports: Vec<String>,
    /// The result backend can keep a record of a task that was sent.
    pub remembers: bool,
    /// The functions that are tasks clients may send.
    pub tasks: Vec<String>,
    pub task_imports: Vec<String>,
    pub views_package: String,
    pub views_name: String,
}

impl Context {
    pub fn new(project: &Project, celery: &CeleryHome, has: Has) -> Self {
        let (celery_module, celery_name, lazy_import) = match celery {
            CeleryHome::Variable { dotted, name, circular, .. } => (dotted.clone(), name.clone(), *circular),
            CeleryHome::FlaskExtension => (String::new(), String::new(), true),
        };
        let imports = if lazy_import { Vec::new() } else { vec![format!("from {celery_module} import {celery_name}")] };
        Self {
            has,
            prefix: "/tasks".to_owned(),
            health_path: "/health/celery".to_owned(),
            slash: "",
            tag: "tasks".to_owned(),
            router: "router".to_owned(),
            celery_module,
            celery_name,
            lazy_import,
            flask_extension: *celery == CeleryHome::FlaskExtension,
            imports,
            remembers: keeps_records(project) && has_backend(project),
            tasks: Vec::new(),
            task_imports: Vec::new(),
            views_package: String::new(),
            views_name: String::new(),
        }
    }
}

/// Whether the project has a result backend, as far as is known.
pub fn has_backend(project: &Project) -> bool {
    result_backend::surely(project).is_none_or(|all| all.iter().any(|backend| !backend.is_disabled()))
}

/// Whether no result backend of the project is one that gives results to the sender only.
fn keeps_records(project: &Project) -> bool {
    let is_rpc = |text: &str| text.starts_with("rpc") || text.starts_with("amqp");
    let backends = project.settings.iter().filter(|setting| setting.name == "result_backend");
    !backends.flat_map(|setting| setting.value.alternatives()).any(|it| it.as_literal().is_some_and(|it| is_rpc(&it)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::render;
    use crate::generate::style::Style;

    const TEMPLATES: &[&str] = &[
        "fastapi/router.py",
        "flask/blueprint.py",
        "django/views.py",
        "django/urls.py",
        "drf/views.py",
        "drf/urls.py",
    ];

    #[test]
    fn every_combination_of_endpoints_is_python() {
        let celery = |circular| CeleryHome::Variable {
            dotted: "shop.worker".to_owned(),
            name: "celery_app".to_owned(),
            circular,
        };
        for bits in 1_u8..16 {
            let [status, result, health, submit] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
            let has = Has { status, result, health, submit };
            for home in [celery(false), celery(true), CeleryHome::FlaskExtension] {
                for remembers in [false, true] {
                    let mut context = Context::new(&Project::default(), &home, has);
                    context.remembers = remembers;
                    context.views_package = "shop".to_owned();
                    context.views_name = "task_views".to_owned();
                    for template in TEMPLATES {
                        if home == CeleryHome::FlaskExtension && !template.starts_with("flask") {
                            continue;
                        }
                        if let Err(error) = render::python(template, &context, Style::default()) {
                            panic!("{template} {has:?} {home:?} {remembers}: {error:#?}");
                        }
                    }
                }
            }
        }
    }
}
