//! What the project declares that it installs: one question for the rules about missing packages.

use crate::files::Dependency;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::source::{FileKind, Loc, Span};

/// A package that Celery needs for something, and what declares it.
pub struct Driver {
    /// The extra of `celery` that brings it; empty when another distribution does.
    pub extra: &'static str,
    /// The distributions that are or surely bring it: parts of their normalised names.
    pub brought_by: &'static [&'static str],
    /// The module that is missing without it.
    pub module: &'static str,
}

/// How a driver is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// By the extra of `celery` or `kombu`.
    ByExtra,
    /// By a requirement of its own that any version satisfies, or many do.
    Apart,
    /// By one that may bring it, or at a certain version.
    Perhaps,
    No,
}

/// How the project declares a driver. None when its requirements are not wholly known.
pub fn of(project: &Project, driver: &Driver) -> Option<Declared> {
    let known = celery(project).is_some() && !has_other_sources(project, driver);
    known.then_some(())?;
    let of_celery = |it: &&Dependency| matches!(it.name.as_str(), "celery" | "kombu");
    let by_extra = |it: &Dependency| it.extras.iter().any(|extra| extra == driver.extra);
    if project.dependencies.iter().filter(of_celery).any(by_extra) {
        return Some(Declared::ByExtra);
    }
    let brings = |it: &Dependency| {
        let names = std::iter::once(&it.name).chain(&it.extras);
        names.into_iter().any(|name| driver.brought_by.iter().any(|part| name.contains(part)))
    };
    let mut own = project.dependencies.iter().filter(|it| it.name == driver.module).peekable();
    // A pin or a lock keeps the driver at a version that was tried.
    let apart = own.peek().is_some() && own.all(|it| !it.locked && !it.specifier.trim().starts_with("=="));
    Some(match project.dependencies.iter().any(brings) {
        _ if apart => Declared::Apart,
        true => Declared::Perhaps,
        false => Declared::No,
    })
}

/// The requirement `celery` that people edit: of the shallowest manifest.
pub fn celery(project: &Project) -> Option<&Dependency> {
    let written = project.dependencies.iter().filter(|it| it.name == "celery" && !it.locked);
    written.min_by_key(|it| (project.sources.path(it.at.file).matches('/').count(), it.at))
}

/// Whether something else may install the driver: conda, a Dockerfile or a script that installs it by name, a requirements
/// file that includes one outside the project.
fn has_other_sources(project: &Project, driver: &Driver) -> bool {
    project.sources.files.iter().any(|file| {
        let name = file.name();
        let conda = name.starts_with("environment.y") || name == "conda.yaml" || name == "pixi.toml";
        let speaks = || driver.brought_by.iter().chain([&driver.module]).any(|part| file.text.contains(part));
        let installs = || {
            let scripts =
                matches!(file.kind, FileKind::Dockerfile | FileKind::Shell | FileKind::Makefile | FileKind::Compose);
            scripts && file.text.contains("install") && speaks()
        };
        conda || installs() || file.kind == FileKind::Requirements && includes_unknown(project, file.dir(), &file.text)
    })
}

/// `-r ../base.in`, when there is no such file here.
fn includes_unknown(project: &Project, dir: &str, text: &str) -> bool {
    let included =
        text.lines().filter_map(|line| line.strip_prefix("-r").or_else(|| line.strip_prefix("--requirement")));
    included.into_iter().any(|path| {
        let path = path.trim_start_matches(['=', ' ']).split('#').next().unwrap_or_default().trim();
        let name = path.rsplit('/').next().unwrap_or(path);
        !project
            .sources
            .files
            .iter()
            .any(|file| file.name() == name && (path.contains("..") || file.path.starts_with(dir)))
    })
}

/// Puts an extra into the brackets of the requirement; none where a table of TOML spells extras in another way.
pub fn add_extra(project: &Project, celery: &Dependency, extra: &str) -> Option<Fix> {
    let file = project.sources.get(celery.at.file);
    let source = project.sources.snippet(celery.at);
    let before = file.text.get(..celery.at.span.start as usize)?.chars().next_back();
    let listed = match file.kind {
        FileKind::Requirements => before.is_none_or(|c| c == '\n' || c.is_whitespace()),
        _ => matches!(before, Some('"' | '\'')),
    };
    source.get(..6).filter(|name| listed && name.eq_ignore_ascii_case("celery"))?;
    let (at, text) = match source.get(6..)?.strip_prefix('[') {
        Some(_) => (7, format!("{extra},")),
        None if source.get(6..)?.trim_start().starts_with('[') => return None,
        None => (6, format!("[{extra}]")),
    };
    let start = celery.at.span.start;
    let from = Loc::new(celery.at.file, Span::new(start + at - 1, start + at));
    let kept = project.sources.snippet(from);
    let title = format!("Require `celery[{extra}]`");
    Some(Fix::new(title, Applicability::Safe).replace(from, format!("{kept}{text}")))
}
