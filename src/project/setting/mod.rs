//! One setting as the project writes it, and every way settings get to Celery.

mod modules;
mod sinks;

pub(super) use modules::is_django_settings;
pub(super) use sinks::OTHER_ARGUMENTS;

use super::app::App;
use super::flask::FlaskConfig;
use super::link::Linking;
use crate::celery::settings;
use crate::python::{Dict, Value, ValueKind};
use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Setting {
    /// Celery's own lower-case name (`broker_url`), or the name as written when Celery knows none like it.
    pub name: String,
    pub written: String,
    pub value: Value,
    /// The key where it is written (keyword, attribute, name, dict key).
    pub at: Loc,
    pub how: How,
    /// Index into `Project::apps`, when one app surely takes it.
    pub app: Option<usize>,
    /// Where it enters the app, when that is another place than `at` (`config_from_object(…)`).
    pub enters: Option<Loc>,
}

/// How a setting got to Celery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// `Celery(broker=…)`.
    Argument,
    /// `app.conf.x = …`, `app.conf["x"] = …`, `setattr(app.conf, …)`.
    Attribute,
    /// `app.conf.update(…)`, `add_defaults(…)`.
    Update,
    /// A module that `config_from_object` names, or `celeryconfig.py`.
    ConfigModule,
    /// A class or an instance.
    ConfigClass,
    /// `CELERY_…` in Django settings (namespace).
    DjangoNamespace,
    /// Flask's `app.config["CELERY"]`, or a `CELERY = {…}` dictionary.
    FlaskConfig,
    /// A module-level constant that looks like configuration, though nothing shows how it reaches an app.
    Loose,
}

/// How settings of one source reach an app.
#[derive(Debug, Clone)]
struct Route {
    how: How,
    namespace: Option<String>,
    app: Option<usize>,
    enters: Option<Loc>,
    /// Names that Celery does not know are kept as well: the source surely is Celery's configuration.
    sure: bool,
}

impl Route {
    fn new(how: How) -> Self {
        Self { how, namespace: None, app: None, enters: None, sure: true }
    }
}

/// Every setting of the project, in (file, position) order.
pub fn find(linking: &Linking, apps: &[App], flask: &FlaskConfig) -> Vec<Setting> {
    let mut found = linking.per_module(|eval, id| sinks::in_module(linking, eval, id, apps, flask));
    found.extend(linking.per_module(|eval, id| modules::loose(linking, eval, id)));
    found.sort_by_key(|setting| (setting.at, setting.how as u8));
    // The same key by a surer way hides the loose one; several apps may take the same module.
    found.dedup_by(|later, earlier| later.at == earlier.at && later.written == earlier.written);
    found
}

/// Adds a setting under the name Celery has for it.
fn push(into: &mut Vec<Setting>, written: &str, value: Value, at: Loc, route: &Route) {
    let namespace = route.namespace.as_deref();
    let name = match settings::canonical(written, namespace) {
        Some(name) => name.to_owned(),
        None if route.sure && namespace.is_none_or(|namespace| written.starts_with(namespace)) => written.to_owned(),
        None => return,
    };
    into.push(Setting {
        name,
        written: written.to_owned(),
        value,
        at,
        how: route.how,
        app: route.app,
        enters: route.enters,
    });
}

/// Adds the entries of a dictionary of settings.
fn push_dict(into: &mut Vec<Setting>, dict: &Dict, route: &Route) {
    for (key, value) in &dict.entries {
        for key in key.alternatives() {
            if let (Some(written), Some(at)) = (key.as_literal(), key.at) {
                push(into, &written, value.clone(), at, route);
            }
        }
    }
}

/// Adds what a value that is a mapping of settings holds.
fn push_mapping(into: &mut Vec<Setting>, value: &Value, route: &Route) {
    for alternative in value.alternatives() {
        if let ValueKind::Dict(dict) = &alternative.kind {
            push_dict(into, dict, route);
        }
    }
}
