//! Which parts of a tree are libraries: packages that nothing in them runs.

use crate::project::parts::is_manifest;
use crate::project::{Project, production};
use crate::python::modules::is_below;
use crate::source::{FileKind, Loc, SourceFile};

/// Whether the code of a root is a package for others to install: it is built as one, and no application is made there, nothing starts
/// one, and no env file is kept for one. Who runs it decides what its variables are, and reads of them in its documentation.
pub fn is_for_others(project: &Project, root: &str) -> bool {
    let counts = |path: &str| is_below(path, root) && !production::is_shown(path);
    let stands = |at: Loc| counts(project.sources.path(at.file));
    let packaged = project.sources.files.iter().any(|file| file.dir() == root && is_manifest(file));
    let runs = |file: &SourceFile| counts(&file.path) && (file.name() == "manage.py" || RUNNING.contains(&file.kind));
    packaged
        && !project.apps.iter().any(|app| !app.in_test && stands(app.at))
        && !project.web.iter().any(|web| stands(web.at))
        && !project.launches.iter().any(|launch| stands(launch.at))
        && !project.env_files.iter().any(|file| counts(&file.path))
        && !project.sources.files.iter().any(runs)
}

/// Files that belong to something that runs.
const RUNNING: &[FileKind] = &[
    FileKind::Env,
    FileKind::EnvTemplate,
    FileKind::Compose,
    FileKind::Dockerfile,
    FileKind::Kubernetes,
    FileKind::Procfile,
    FileKind::Supervisor,
    FileKind::Systemd,
];
