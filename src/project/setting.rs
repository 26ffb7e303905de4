//! One setting as the project writes it.

use crate::python::Value;
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
