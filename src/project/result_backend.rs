//! Which result backend the apps have, where that is known for sure.

use super::link::is_test_path;
use super::production::is_shown;
use super::setting::How;
use super::unseen::Needs;
use super::{Configuration, Project, Setting};
use crate::celery::backends;
use crate::celery::transports::base_scheme;
use crate::python::ValueKind;
use crate::source::{FileKind, Loc, Piece, SourceFile, Text};

/// The result backend of one configuration.
#[derive(Debug, Clone)]
pub struct ResultBackend<'p> {
    /// Index into [`Project::apps`].
    pub app: usize,
    /// The scheme before the `+`, or the bare name, in lower case; none when no backend is configured.
    pub scheme: Option<String>,
    /// Where it is written.
    pub at: Option<Loc>,
    pub setting: Option<&'p Setting>,
}

impl ResultBackend<'_> {
    /// Whether there is none: results are thrown away.
    pub fn is_disabled(&self) -> bool {
        self.scheme.as_deref().is_none_or(|scheme| scheme == "disabled")
    }

    /// What is known of a backend that Celery itself has.
    pub fn fact(&self) -> Option<&'static backends::Backend> {
        backends::by_scheme(self.scheme.as_deref().unwrap_or("disabled"))
    }
}

const SETTING: &str = "result_backend";

/// Words that say that a backend may come from where the configurations do not show it.
const ELSEWHERE: &[&str] = &[VARIABLE, "--result-backend"];
const VARIABLE: &str = "CELERY_RESULT_BACKEND";
/// What stands in code that makes backends itself.
const OWN: &[&str] = &["(Celery)", ".backend = ", "backend_cls", "celery.backends"];

/// The configurations of all apps outside tests and examples; none when there is no app, or something of one is not known.
pub fn known(project: &Project) -> Option<Vec<&Configuration>> {
    let own = |index: &usize| {
        let app = project.apps.get(*index);
        app.is_some_and(|app| !app.in_test && !is_shown(project.sources.path(app.at.file)))
    };
    let apps: Vec<usize> = (0..project.apps.len()).filter(own).collect();
    let configured = |app: &usize| project.configurations.iter().any(|it| it.app == Some(*app));
    if apps.is_empty() || !apps.iter().all(configured) {
        return None;
    }
    let counted = project.configurations.iter().filter(|it| it.app.is_none_or(|app| apps.contains(&app)));
    counted.map(|it| (it.app.is_some() && !it.open).then_some(it)).collect()
}

/// The backends of all configurations of all apps; none when one of them is not known for sure.
pub fn surely(project: &Project) -> Option<Vec<ResultBackend<'_>>> {
    let configurations = known(project).filter(|_| !may_come_from_elsewhere(project))?;
    let found: Option<Vec<Vec<ResultBackend>>> =
        configurations.into_iter().map(|it| of_configuration(project, it)).collect();
    Some(found?.into_iter().flatten().collect())
}

/// The backends that one configuration has in the releases of the project.
fn of_configuration<'p>(project: &'p Project, configuration: &'p Configuration) -> Option<Vec<ResultBackend<'p>>> {
    let app = configuration.app?;
    let mut found: Vec<ResultBackend> = Vec::new();
    for release in project.releases.iter() {
        configuration.outcomes(release).ok()?;
        let Some(entry) = configuration.found(release, SETTING) else {
            found.push(ResultBackend { app, scheme: None, at: None, setting: None });
            continue;
        };
        if entry.none {
            found.push(ResultBackend { app, scheme: None, at: Some(entry.at), setting: None });
            continue;
        }
        let setting = entry.setting.and_then(|index| project.settings.get(index)).filter(|_| !entry.conditional)?;
        let scheme = match &setting.value.kind {
            ValueKind::None => None,
            _ => Some(scheme(&setting.value.to_text())?).filter(|scheme| !scheme.is_empty()),
        };
        found.push(ResultBackend { app, scheme, at: setting.value.at.or(Some(setting.at)), setting: Some(setting) });
    }
    found.dedup_by(|a, b| a.scheme == b.scheme && a.at == b.at);
    Some(found)
}

/// The scheme of a URL whose beginning is known, or the bare name of a backend.
fn scheme(url: &Text) -> Option<String> {
    let beginning = match url.pieces.first() {
        None => return Some(String::new()),
        Some(Piece::Literal { text, .. }) => text.trim_start(),
        Some(_) => return None,
    };
    let scheme = match beginning.split_once("://") {
        Some((scheme, _)) => scheme,
        None => beginning.split_once(':').map_or(beginning, |(scheme, _)| scheme),
    };
    let whole = beginning.contains(':') || url.pieces.len() == 1;
    whole.then(|| base_scheme(scheme).to_ascii_lowercase())
}

/// Whether the environment, a command line, a task or code that is not understood may give a backend.
fn may_come_from_elsewhere(project: &Project) -> bool {
    // A setting of that name in Python is either in the configurations, or does not reach Celery; elsewhere it may be loaded.
    let told = project.sources.speak_of(ELSEWHERE, |file| file.kind != FileKind::Python);
    let read = project.env_written.contains(VARIABLE)
        || project.env_deployed.contains_key(VARIABLE)
        || project.env_reads.iter().any(|read| read.key.accepts(VARIABLE));
    let launched =
        project.launches.iter().any(|it| it.option("result-backend").is_some() || it.option("config").is_some());
    let unseen = project.unseen.explains(&project.sources, Needs::CONFIGURATION, SETTING).is_some();
    unseen || told || read || launched || has_own_backends(project)
}

/// Whether settings that did not reach an app, or a task, name a backend; or apps are made by a class of the project.
fn has_own_backends(project: &Project) -> bool {
    let loose = |setting: &Setting| setting.name == SETTING && setting.how == How::Loose;
    let own = |file: &SourceFile| file.kind == FileKind::Python && !is_test_path(&file.path);
    project.settings.iter().any(loose)
        || project.tasks.iter().any(|task| project.sources.snippet(task.at).contains("backend"))
        || project.sources.speak_of(OWN, own)
}
