//! Whether Celery takes a setting as it is written.

use crate::celery::configuration::Outcome;
use crate::project::{Project, production};

/// Whether some app takes the setting, in some release that the project may run with; not one of tests and examples.
pub fn is_taken(project: &Project, setting: usize) -> bool {
    let shown = project.settings.get(setting).is_none_or(|it| production::is_shown(project.sources.path(it.at.file)));
    !shown
        && project.configurations.iter().any(|configuration| {
            project.releases.iter().any(|release| {
                let mut read = configuration.read(release);
                read.any(|(it, outcome)| it.setting == Some(setting) && matches!(outcome, Outcome::Effective(_)))
            })
        })
}
