//! Celery's own machinery of settings, as a pure function: which of the keys that a program gives is the one that a
//! release reads, which are shadowed, which are ignored and why, and when the release refuses them altogether.
//!
//! It follows `celery/app/base.py` (`Celery.__init__`, `config_from_object`, `_load_config`), `celery/app/utils.py`
//! (`detect_settings`, `Settings`) and `celery/utils/collections.py` (`ConfigurationView`) of each release from 4.0 to
//! 5.7. `tests/oracle/settings_random.py` compares it with the real packages.

mod ignored;
mod keys;
mod layers;
mod near_miss;
#[cfg(test)]
mod oracle_tests;
mod outcome;
#[cfg(test)]
mod tests;

pub use keys::Style;
pub use layers::{Configuration, Mixed, Rename};
pub use near_miss::suggest;

use super::release::Minor;
use super::settings::SettingFact;

/// A key as it stands in the program, case and prefix included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    pub written: &'a str,
    /// Its value is known to be `None`: some settings then fall back to another.
    pub none: bool,
}

impl<'a> From<&'a str> for Key<'a> {
    fn from(written: &'a str) -> Self {
        Key { written, none: false }
    }
}

/// One thing that a program does to its configuration. They are listed in the order in which they happen; the place in
/// the list is how the answers name a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// A keyword argument of `Celery()`: `broker`, `backend`, `include`, or since 5.1 any setting. An argument that is
    /// `None` sets nothing and is left out.
    Argument(Key<'a>),
    /// `app.conf.x = …`, `app.conf["x"] = …`, or one key of `app.conf.update(…)`.
    Change(Key<'a>),
    /// `config_from_object(…)`, or `Celery(config_source=…)`. The keys of the object follow, each as a `Key`. For Celery
    /// an empty dict is no object at all; it is left out.
    Object { namespace: Option<&'a str> },
    /// `app.add_defaults(…)`; its keys follow, each as a `Key`.
    Defaults,
    /// A key of the `Object` or the `Defaults` before it. For a module these are all its names, imported ones included.
    Key(Key<'a>),
    /// The configuration is read, as `app.conf.x`, `app.conf.get(…)` and starting a worker do. Celery decides on the
    /// style at the first read. The end of the list counts as one.
    Read,
    /// An environment variable that is set, and not to the empty text.
    Environment(&'a str),
}

/// What becomes of one given key.
#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    /// Celery reads this setting from it.
    Effective(&'static SettingFact),
    /// Celery would read the setting from it, were it not for another key (its place in the list).
    Shadowed { setting: &'static SettingFact, by: usize },
    Ignored {
        why: Why,
        /// The setting that the writer must have meant, if the name tells.
        meant: Option<&'static SettingFact>,
    },
    /// `Object`, `Defaults` and `Read` are no keys.
    NotAKey,
}

/// Why Celery does not read a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// An old name beside a namespace, which up to 5.6 has only new names.
    LegacyUnderNamespace,
    /// An old name changed on an application that has settled for new names (up to 5.6).
    OldAmongNew,
    /// A new name in upper case without a namespace: `TASK_SERIALIZER`.
    UpperCaseNew,
    /// The namespace or the name has the wrong case: `celery_broker_url` or `CELERY_broker_url` under `CELERY`.
    NamespaceCase,
    /// Right only under a namespace, and there is none: `CELERY_BROKER_URL`.
    NamespaceMissing,
    /// The name under the usual namespace `CELERY`, while the application has another one.
    OtherNamespace,
    /// The namespace stands there twice: `CELERY_CELERY_TASK_SERIALIZER`.
    DoublePrefix,
    /// A dict of settings under the namespace itself: `CELERY = {…}`.
    DictUnderNamespaceKey,
    /// An old name that the documentation has and the code ignores: `CELERYD_TIME_LIMIT`.
    OnlyDocumented,
    /// A setting that this release does not have yet, or has no more.
    NotInRelease,
    /// An argument of `Celery()` that is no setting.
    NotASettingHere,
    /// A setting as argument of `Celery()`, which takes them since 5.1.
    ArgumentNotTaken,
    /// An environment variable that Celery does not take a setting from.
    NotReadFromEnvironment,
    /// A later `config_from_object` replaced the object.
    ObjectReplaced,
    /// A change after the first read is lost when `config_from_object` is called again.
    LostOnReload,
    /// No release of Celery knows the name.
    UnknownName,
}

/// What `app.conf` gives for a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The value of the given key at this place.
    Given(usize),
    /// The built-in default.
    Default,
    /// Nothing: reading it raises `AttributeError`.
    Missing,
}

/// The key under which a setting is looked up first in a configuration with that namespace.
pub fn key_under(setting: &str, namespace: Option<&str>) -> String {
    keys::prefix(namespace).map_or_else(|| setting.to_owned(), |prefix| keys::prefixed(setting, &prefix))
}

/// The environment variable that Celery itself reads before anything that the program gives.
pub fn variable_of(setting: &str, release: Minor) -> Option<&'static str> {
    keys::chain(setting)?.variable(release)
}

/// Configures an application of a release as the program does. `namespace` is that of `Celery(namespace=…)`.
///
/// # Errors
/// `Mixed`, exactly when that release raises `ImproperlyConfigured` at the first read.
pub fn configure<'a>(
    release: Minor,
    namespace: Option<&'a str>,
    given: &'a [Given<'a>],
) -> Result<Configuration<'a>, Mixed> {
    layers::configure(release, namespace, given)
}
