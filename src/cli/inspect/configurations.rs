//! What each app's configuration comes to: the effective value of every setting, its origin, what it overrides, and which
//! releases of Celery decide.

use serde::Serialize;

use super::value::ValueView;
use crate::celery::configuration::{Why, variable_of};
use crate::celery::release::Releases;
use crate::project::configuration::{Configuration, Effective, Entry, Kind, NotRead};
use crate::project::{App, Project};
use crate::python::Value;
use crate::source::Loc;

/// One configuration that an app may have.
#[derive(Debug, Serialize)]
pub struct ConfigurationView {
    /// Index into `apps`; none for the app of the process.
    pub app: Option<usize>,
    /// The app as `celery -A` names it.
    pub target: String,
    /// The settings module or the file that it loads.
    pub object: Option<String>,
    pub namespace: Option<String>,
    /// There may be settings that are not known.
    pub open: bool,
    /// The releases that refuse it, as they mix old and new names: `all`, `up to 5.6`.
    pub refused: Option<String>,
    pub settings: Vec<EffectiveView>,
    pub ignored: Vec<IgnoredView>,
}

#[derive(Debug, Serialize)]
pub struct EffectiveView {
    pub name: String,
    pub value: ValueView,
    #[serde(flatten)]
    pub key: KeyView,
    /// Whether it stands under a condition, or in code that may not run.
    pub conditional: bool,
    /// In words, where another release reads another key: `up to 5.6`.
    pub releases: Option<String>,
    pub overrides: Vec<KeyView>,
    /// The variable of the environment that Celery reads first.
    pub unless: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub struct IgnoredView {
    #[serde(flatten)]
    pub key: KeyView,
    pub why: Why,
    pub releases: Option<String>,
    /// The setting that it looks like.
    pub meant: Option<&'static str>,
}

/// A key where it is written.
#[derive(Debug, Serialize)]
pub struct KeyView {
    pub written: String,
    /// `argument`, `change`, `key` or `defaults`.
    pub given: &'static str,
    pub path: String,
    /// 1-based.
    pub line: u32,
}

/// Every configuration of the project.
pub fn of(project: &Project) -> Vec<(ConfigurationView, Loc)> {
    project.configurations.iter().filter_map(|configuration| view(project, configuration)).collect()
}

fn view(project: &Project, configuration: &Configuration) -> Option<(ConfigurationView, Loc)> {
    let range = project.releases;
    let app = configuration.app.and_then(|index| project.apps.get(index));
    let object = configuration.object.as_ref();
    let refused = configuration.refused(range);
    let first = configuration.entries.first().map(|entry| entry.at);
    let view = ConfigurationView {
        app: configuration.app,
        target: app.map_or_else(|| "the app of the process".to_owned(), named),
        object: object.and_then(|object| object.file).map(|file| project.sources.path(file).to_owned()),
        namespace: configuration.namespace.clone(),
        open: configuration.open,
        refused: (!refused.is_empty()).then(|| refused.describe(range)).map(|words| match words.is_empty() {
            true => "all".to_owned(),
            false => words,
        }),
        settings: configuration.effective(range).iter().map(|it| effective(project, it)).collect(),
        ignored: configuration.not_read(range).iter().map(|it| ignored(project, it)).collect(),
    };
    let at = app.map(|app| app.at).or(object.map(|object| object.loaded_at)).or(first)?;
    Some((view, at))
}

fn named(app: &App) -> String {
    app.target.clone().or_else(|| app.main.clone()).unwrap_or_else(|| app.module.clone())
}

fn effective(project: &Project, found: &Effective) -> EffectiveView {
    let setting = found.entry.setting.and_then(|setting| project.settings.get(setting));
    let unknown = Value::unknown();
    let value = setting.map_or(&unknown, |setting| &setting.value);
    let newest = found.releases.newest();
    EffectiveView {
        name: found.setting.name.clone(),
        value: ValueView::of(value, &found.setting.name),
        key: key(project, found.entry),
        conditional: found.entry.conditional,
        releases: words(found.releases, project.releases),
        overrides: found.overrides.iter().map(|entry| key(project, entry)).collect(),
        unless: newest
            .and_then(|release| variable_of(&found.setting.name, release))
            .filter(|it| !value.reads_variable(it)),
    }
}

fn ignored(project: &Project, found: &NotRead) -> IgnoredView {
    IgnoredView {
        key: key(project, found.entry),
        why: found.why,
        releases: words(found.releases, project.releases),
        meant: found.meant.map(|setting| setting.name.as_str()),
    }
}

fn words(releases: Releases, range: Releases) -> Option<String> {
    Some(releases.describe(range)).filter(|words| !words.is_empty())
}

fn key(project: &Project, entry: &Entry) -> KeyView {
    let given = match entry.kind {
        Kind::Argument => "argument",
        Kind::Change => "change",
        Kind::Defaults => "defaults",
        Kind::Object | Kind::Key => "key",
    };
    KeyView {
        written: entry.written.clone(),
        given,
        path: project.sources.path(entry.at.file).to_owned(),
        line: project.sources.line(entry.at),
    }
}

impl ConfigurationView {
    /// One line for people.
    pub fn title(&self) -> String {
        let object = self.object.as_ref().map_or(String::new(), |object| format!(" with {object}"));
        let namespace = self.namespace.as_ref().map_or(String::new(), |name| format!(", namespace {name}"));
        let refused = self.refused.as_ref().map_or(String::new(), |releases| match releases.as_str() {
            "all" => ", refused by Celery: old and new names are mixed".to_owned(),
            releases => format!(", refused by Celery {releases}: old and new names are mixed"),
        });
        let open = if self.open { ", not known completely" } else { "" };
        format!("{}{object}{namespace}{refused}{open}", self.target)
    }

    /// The lines below the title: a text and the place it speaks of.
    pub fn lines(&self) -> Vec<(String, String)> {
        let effective = self.settings.iter().map(|setting| (setting.line(), setting.key.place()));
        let ignored = self.ignored.iter().map(|it| (it.line(), it.key.place()));
        effective.chain(ignored).collect()
    }
}

impl EffectiveView {
    fn line(&self) -> String {
        let mut notes: Vec<String> = Vec::new();
        if self.key.written != self.name {
            notes.push(format!("as {}", self.key.written));
        }
        notes.extend(self.releases.clone());
        if self.conditional {
            notes.push("perhaps".to_owned());
        }
        let overrides = self.overrides.iter().map(|key| format!("over {} at {}", key.written, key.place()));
        notes.extend(overrides);
        notes.extend(self.unless.map(|variable| format!("unless ${variable} is set")));
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        format!("{} = {}{notes}", self.name, self.value)
    }
}

impl IgnoredView {
    fn line(&self) -> String {
        let releases = self.releases.as_ref().map_or(String::new(), |releases| format!(" {releases}"));
        let meant = self.meant.filter(|meant| *meant != self.key.written);
        let meant = meant.map_or(String::new(), |meant| format!(", looks like {meant}"));
        format!("{}: not read{releases}{meant}", self.key.written)
    }
}

impl KeyView {
    fn place(&self) -> String {
        format!("{}:{}", self.path, self.line)
    }
}
