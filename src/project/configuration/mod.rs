//! What an app's configuration is made of, in the order in which the program gives it, and what each release of Celery makes
//! of it. Every settings module, class or dictionary that may be loaded is a configuration of its own.

mod build;
mod django;
mod effective;
mod names;
mod source;
mod steps;
#[cfg(test)]
mod tests;

pub use effective::{Effective, NotRead};

use std::sync::OnceLock;

use super::flask::FlaskConfig;
use super::link::Linking;
use super::{App, Setting};
use crate::celery::configuration::{self, Found, Given, Key, Mixed, Outcome};
use crate::celery::release::{self, Minor};
use crate::celery::settings::SettingFact;
use crate::python::{Eval, ModuleId};
use crate::source::{FileId, Loc};

/// One configuration that an app may have.
#[derive(Debug, Default)]
pub struct Configuration {
    /// Index into `Project::apps`; none for the app of the process (`celery.current_app`).
    pub app: Option<usize>,
    /// The namespace that holds in the end, the underscores at its end included.
    pub namespace: Option<String>,
    /// The object that `config_from_object` loads, if it does.
    pub object: Option<Object>,
    /// What the program gives, in order.
    pub entries: Vec<Entry>,
    /// More may be given than is known: what depends on the absence of a key is not known.
    pub open: bool,
    results: [OnceLock<Result<Vec<Outcome>, Mixed>>; release::ALL.len()],
}

/// What `config_from_object` loads.
#[derive(Debug, Clone)]
pub struct Object {
    /// The call.
    pub loaded_at: Loc,
    /// The module with the settings, when it is one.
    pub file: Option<FileId>,
    pub django: bool,
    /// What Django's `INSTALLED_APPS` holds there, if it is known.
    pub installed: Option<Installed>,
}

/// Django's `INSTALLED_APPS`.
#[derive(Debug, Clone)]
pub struct Installed {
    pub apps: Vec<String>,
    /// It may hold more.
    pub open: bool,
    pub at: Loc,
    /// The last element, when the list is written out there.
    pub last: Option<Loc>,
}

/// One thing that is given.
#[derive(Debug, Clone)]
pub struct Entry {
    pub kind: Kind,
    /// The key as written; for an object its namespace, else empty for a marker.
    pub written: String,
    /// The key, or the call of a marker.
    pub at: Loc,
    /// Its value is `None`.
    pub none: bool,
    /// It may not be given at all: it stands under a condition, or in code of which nothing says that it runs.
    pub conditional: bool,
    /// The same key right before, with another value that nothing reads.
    pub lost: Option<Loc>,
    /// Index into `Project::settings`.
    pub setting: Option<usize>,
}

/// What is given how: [`Given`], without its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Argument,
    Change,
    Object,
    Defaults,
    Key,
}

impl Configuration {
    /// What becomes of every entry in a release, in their order.
    ///
    /// # Errors
    /// When that release refuses to mix the names.
    pub fn outcomes(&self, release: Minor) -> Result<&[Outcome], &Mixed> {
        let at = release::ALL.iter().position(|known| *known == release).unwrap_or(release::ALL.len() - 1);
        let result = self.results.get(at).map(|cell| {
            cell.get_or_init(|| {
                let given = self.given(|_| true);
                self.configure(release, &given).map(|it| it.outcomes())
            })
        });
        match result {
            Some(Ok(outcomes)) => Ok(outcomes),
            Some(Err(mixed)) => Err(mixed),
            None => Ok(&[]),
        }
    }

    /// Whether that release refuses the configuration, if only the entries that surely are there count.
    ///
    /// # Errors
    /// When it does. The places of the renames are those among the entries that count.
    pub fn accepts_sure(&self, release: Minor) -> Result<(), Mixed> {
        self.configure(release, &self.given(|entry| !entry.conditional)).map(|_| ())
    }

    /// Which entry gives a setting in a release; none when it is left to its default, or the release refuses all.
    pub fn found(&self, release: Minor, setting: &str) -> Option<&Entry> {
        let given = self.given(|_| true);
        match self.configure(release, &given).ok()?.lookup(setting) {
            Found::Given(at) => self.entries.get(at),
            Found::Default | Found::Missing => None,
        }
    }

    /// The entries with what becomes of them in a release; nothing when it refuses them.
    pub fn read(&self, release: Minor) -> impl Iterator<Item = (&Entry, Outcome)> {
        self.entries.iter().zip(self.outcomes(release).unwrap_or_default().iter().copied())
    }

    /// The name under which an entry like this one gives a setting.
    pub fn name_for(&self, setting: &SettingFact) -> String {
        configuration::key_under(&setting.name, self.namespace.as_deref())
    }

    fn configure<'a>(
        &'a self,
        release: Minor,
        given: &'a [Given<'a>],
    ) -> Result<configuration::Configuration<'a>, Mixed> {
        configuration::configure(release, self.namespace.as_deref(), given)
    }

    fn given(&self, counts: impl Fn(&Entry) -> bool) -> Vec<Given<'_>> {
        let entries = self.entries.iter().filter(|entry| counts(entry));
        entries
            .map(|entry| {
                let key = Key { written: &entry.written, none: entry.none };
                match entry.kind {
                    Kind::Argument => Given::Argument(key),
                    Kind::Change => Given::Change(key),
                    Kind::Object => Given::Object { namespace: Some(&entry.written) },
                    Kind::Defaults => Given::Defaults,
                    Kind::Key => Given::Key(key),
                }
            })
            .collect()
    }
}

/// The Django settings modules that an app made in that module may load.
pub(super) fn django_settings(linking: &Linking, home: ModuleId) -> Vec<ModuleId> {
    django::Entries::find(linking).of(linking, home)
}

/// The modules that a settings module is made of (itself, and those whose names it imports with a star), and whether it may
/// have more names than these tell.
pub(super) fn parts_of_settings(linking: &Linking, id: ModuleId) -> (Vec<ModuleId>, bool) {
    let (names, modules) = names::of_module(linking, id);
    (modules, names.open)
}

/// `INSTALLED_APPS` of a settings module.
pub(super) fn installed_apps(eval: &Eval, id: ModuleId) -> Option<Installed> {
    django::installed(eval, id)
}

/// Every configuration of the project, by app.
pub fn find(linking: &Linking, apps: &[App], settings: &[Setting], flask: &FlaskConfig) -> Vec<Configuration> {
    let steps = steps::find(linking, apps, flask);
    if steps.is_empty() { Vec::new() } else { build::configurations(linking, apps, settings, &steps) }
}
