//! What the project depends on, and which Celery that gives.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use super::Project;
use super::link::Linking;
use crate::celery::release::{Minor, Releases};
use crate::files::Dependency;
use crate::files::requirements::requirement;
use crate::python::{Eval, Site, Value, ValueKind};
use crate::source::{FileKind, Loc, Sources};

/// The release of Celery that the project runs with, as far as its files tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CeleryVersion {
    /// The `target-celery` setting: a release, or the minor release that is meant (`5.3`).
    Target(Version),
    /// A lock file or a pin.
    Exact(Version, Loc),
    /// The lower bound of a range.
    AtLeast(Version, Loc),
    Unknown,
}

impl CeleryVersion {
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::Target(version) | Self::Exact(version, _) | Self::AtLeast(version, _) => Some(version),
            Self::Unknown => None,
        }
    }

    /// Major and minor number of the release, or of the oldest one that may be meant.
    pub fn minor(&self) -> Option<(u64, u64)> {
        let release = self.version()?.release();
        Some((*release.first()?, release.get(1).copied().unwrap_or(0)))
    }

    /// Whether it is surely that minor release or a later one; none when that is not known.
    pub fn is_at_least(&self, major: u64, minor: u64) -> Option<bool> {
        let reached = self.minor()? >= (major, minor);
        match self {
            Self::AtLeast(..) => reached.then_some(true),
            _ => Some(reached),
        }
    }
}

/// Every requirement of the project, in (file, position) order.
pub fn find(linking: &Linking) -> Vec<Dependency> {
    let mut found: Vec<Dependency> =
        linking.facts.iter().flat_map(|(_, facts)| facts.dependencies.iter().cloned()).collect();
    found.extend(linking.per_module(|eval, id| {
        let is_setup = linking.modules.path(id).rsplit('/').next() == Some("setup.py");
        if is_setup { of_setup(eval, id) } else { Vec::new() }
    }));
    found.sort_by_key(|dependency| dependency.at);
    found
}

/// `setup(install_requires=[…], extras_require={…})`.
fn of_setup(eval: &Eval, id: usize) -> Vec<Dependency> {
    let module = eval.modules.get(id);
    let setups = module.calls.iter().filter(|fact| {
        let name = module.call(fact.call).and_then(|call| module.dotted(call.func));
        name.is_some_and(|name| name.rsplit('.').next() == Some("setup"))
    });
    let mut found = Vec::new();
    for fact in setups {
        let args = eval.arguments(Site { module: id, scope: fact.context.scope, expr: fact.call });
        for name in ["install_requires", "extras_require", "tests_require"] {
            if let Some(value) = args.named(name) {
                listed(value, &mut found, 0);
            }
        }
    }
    found
}

fn listed(value: &Value, found: &mut Vec<Dependency>, depth: u32) {
    match &value.kind {
        ValueKind::List { items, .. } if depth < 3 => items.iter().for_each(|item| listed(item, found, depth + 1)),
        ValueKind::Dict(dict) if depth < 3 => {
            dict.entries.iter().for_each(|(_, value)| listed(value, found, depth + 1));
        }
        ValueKind::Text(_) => {
            let (Some(text), Some(at)) = (value.as_literal(), value.at) else { return };
            let dependency = requirement(&text, 0, at.file);
            found.extend(dependency.map(|dependency| Dependency { at, ..dependency }));
        }
        _ => {}
    }
}

/// Whether a distribution belongs to Celery: the library itself, its transport library, its monitors and plug-ins.
pub fn is_of_celery(name: &str) -> bool {
    name.contains("celery") || name.contains("redbeat") || matches!(name, "kombu" | "flower")
}

/// Whether the tree has files that list what it depends on, and they list something.
pub fn has_manifest(sources: &Sources, dependencies: &[Dependency]) -> bool {
    !dependencies.is_empty()
        && sources.files.iter().any(|file| {
            matches!(file.kind, FileKind::Requirements | FileKind::Manifest | FileKind::Lock)
                || file.name() == "setup.py"
        })
}

/// Lock files by their name, the surest first.
const LOCKS: &[&str] = &["uv.lock", "poetry.lock", "Pipfile.lock"];

/// The release of Celery: what the configuration says, what a lock file says, what a requirement pins, the lower bound of
/// its range. Of several files of a kind the one nearest to the root counts.
pub fn celery_version(project: &Project) -> CeleryVersion {
    if let Some(target) = project.target_celery.as_deref().and_then(|target| Version::from_str(target).ok()) {
        return CeleryVersion::Target(target);
    }
    let mut known: Vec<&Dependency> = project.dependencies.iter().filter(|it| it.name == "celery").collect();
    known.sort_by_key(|it| {
        let path = project.sources.path(it.at.file);
        (lock_rank(path), path.matches('/').count(), it.at)
    });
    let pin = known.iter().find_map(|it| Some(CeleryVersion::Exact(pinned(&it.specifier, it.locked)?, it.at)));
    let range = || known.iter().find_map(|it| Some(CeleryVersion::AtLeast(lower_bound(&it.specifier)?, it.at)));
    pin.or_else(range).unwrap_or(CeleryVersion::Unknown)
}

/// The minor releases of Celery that the project may run with: one when it is pinned, those of a range, every supported one
/// when nothing tells.
pub fn celery_releases(project: &Project) -> Releases {
    let known = match celery_version(project) {
        CeleryVersion::Target(version) | CeleryVersion::Exact(version, _) => Releases::pinned(&version),
        CeleryVersion::AtLeast(version, at) => {
            let required = project.dependencies.iter().find(|it| it.at == at && it.name == "celery");
            let range = required.and_then(|it| range(&it.specifier)).filter(|range| !range.is_empty());
            range.unwrap_or_else(|| Releases::at_least(minor_of(&version)))
        }
        CeleryVersion::Unknown => Releases::none(),
    };
    if known.is_empty() { Releases::at_least(SUPPORTED) } else { known }
}

/// The releases of Celery that one requirement allows. None when it says nothing, or not in a notation that we read.
pub fn allowed_by(requirement: &Dependency) -> Option<Releases> {
    let specifier = requirement.specifier.trim();
    if specifier.is_empty() || specifier == "*" { None } else { range(specifier) }
}

/// Whether the project surely runs with a kombu before that release: all that lock or pin it, or limit it, say so. Which
/// release of Celery it has says nothing, as all of them take newer ones.
pub fn is_kombu_before(project: &Project, release: Minor) -> bool {
    let mut listed: Vec<&Dependency> = project.dependencies.iter().filter(|it| it.name == "kombu").collect();
    if listed.iter().any(|it| it.locked) {
        listed.retain(|it| it.locked);
    }
    let newer = Releases::at_least(release);
    let before = |it: &&Dependency| allowed_by(it).is_some_and(|allowed| allowed.intersection(newer).is_empty());
    !listed.is_empty() && listed.iter().all(before)
}

/// The oldest release that a project is taken to have when nothing tells.
const SUPPORTED: Minor = Minor(5, 2);

fn minor_of(version: &Version) -> Minor {
    let part = |index| version.release().get(index).and_then(|part| u16::try_from(*part).ok()).unwrap_or(0);
    Minor(part(0), part(1))
}

/// The releases of a range in pip's notation, or in Poetry's (`^5.3`, `~5.3`, `5.*`).
fn range(specifier: &str) -> Option<Releases> {
    let clauses: Option<Vec<String>> = specifier.split(',').map(|clause| in_pip_notation(clause.trim())).collect();
    let specifiers = VersionSpecifiers::from_str(&clauses?.join(",")).ok()?;
    Some(Releases::satisfying(&specifiers))
}

fn in_pip_notation(clause: &str) -> Option<String> {
    let tilde = clause.strip_prefix('~').filter(|rest| !rest.starts_with('='));
    if let Some(version) = clause.strip_prefix('^').or(tilde) {
        let version = version.trim();
        let Minor(major, minor) = minor_of(&Version::from_str(version).ok()?);
        let next = match (clause.starts_with('^'), version.contains('.')) {
            (false, true) => format!("{major}.{}", minor + 1),
            _ => (major + 1).to_string(),
        };
        return Some(format!(">={version},<{next}"));
    }
    if clause.starts_with(|c: char| c.is_ascii_digit()) { Some(format!("=={clause}")) } else { Some(clause.to_owned()) }
}

fn lock_rank(path: &str) -> usize {
    let name = path.rsplit('/').next().unwrap_or(path);
    let other = LOCKS.len() + usize::from(!name.ends_with(".lock") && !name.starts_with("pylock."));
    LOCKS.iter().position(|lock| *lock == name).unwrap_or(other)
}

/// `==5.4.0`, `===5.4.0`; without a `*`.
fn pinned(specifier: &str, locked: bool) -> Option<Version> {
    let version = specifier.trim().strip_prefix("==").map(|rest| rest.trim_start_matches('='));
    let version = version.or_else(|| locked.then_some(specifier))?.trim();
    if version.contains([',', '*']) { None } else { Version::from_str(version).ok() }
}

/// The highest of the bounds from below: `>=5.3,<6`, `~=5.3.1`, `^5.3`, `~5.3`, `==5.*`, and Poetry's bare `5.3`.
fn lower_bound(specifier: &str) -> Option<Version> {
    // `^4.4 || ^5` has no single bound.
    if specifier.contains("||") {
        return None;
    }
    let bounds = specifier.split(',').filter_map(|clause| {
        let clause = clause.trim();
        let operator = clause.find(|c: char| c.is_ascii_digit() || c == 'v').unwrap_or(clause.len());
        let (operator, version) = clause.split_at(operator);
        let from_below = matches!(operator.trim(), ">=" | ">" | "~=" | "^" | "~" | "==" | "=" | "");
        let version = version.trim().trim_end_matches('*').trim_end_matches('.');
        Version::from_str(version).ok().filter(|_| from_below)
    });
    bounds.max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::kind::by_name;
    use crate::source::SourceFile;

    fn project(files: &[(&str, &str)]) -> Project {
        let files = files.iter().map(|(path, text)| SourceFile::new(*path, by_name(path).unwrap(), *text)).collect();
        Project::link(Sources::new("/p".into(), None, files), &Default::default())
    }

    fn version(files: &[(&str, &str)]) -> String {
        match celery_version(&project(files)) {
            CeleryVersion::Target(version) => format!("target {version}"),
            CeleryVersion::Exact(version, _) => format!("== {version}"),
            CeleryVersion::AtLeast(version, _) => format!(">= {version}"),
            CeleryVersion::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn the_surest_file_tells_the_version() {
        let uv = ("uv.lock", "[[package]]\nname = \"celery\"\nversion = \"5.5.1\"\n");
        let poetry = ("poetry.lock", "[[package]]\nname = \"celery\"\nversion = \"5.4.0\"\n");
        let pipenv = ("Pipfile.lock", "{\"default\": {\"celery\": {\"version\": \"==5.3.6\"}}}");
        let pin = ("requirements.txt", "celery[redis]==5.2.7\n");
        let deeper = ("a/requirements.txt", "celery==4.4.7\n");
        let range = ("pyproject.toml", "[project]\ndependencies = [\"celery>=5.1,<6\"]\n");
        assert_eq!(version(&[range, pin, pipenv, poetry, uv]), "== 5.5.1");
        assert_eq!(version(&[range, pin, pipenv, poetry]), "== 5.4.0");
        assert_eq!(version(&[range, pin, pipenv]), "== 5.3.6");
        assert_eq!(version(&[range, deeper, pin]), "== 5.2.7");
        assert_eq!(version(&[range]), ">= 5.1");
        assert_eq!(version(&[("requirements.txt", "celery\nredis==5\n")]), "unknown");
    }

    #[test]
    fn the_configuration_overrules_every_file() {
        let target =
            Project { target_celery: Some("5.3".to_owned()), ..project(&[("requirements.txt", "celery==4.4")]) };
        let version = celery_version(&target);
        assert_eq!(version, CeleryVersion::Target(Version::from_str("5.3").unwrap()));
        assert_eq!((version.is_at_least(5, 3), version.is_at_least(5, 4)), (Some(true), Some(false)));
    }

    #[test]
    fn lower_bounds_in_every_notation() {
        let bound = |specifier: &str| lower_bound(specifier).map_or("-".to_owned(), |version| version.to_string());
        let notations = [
            ">=5.3,<6",
            "~= 5.3.1",
            "^5.3",
            "~5.2",
            "==5.*",
            "5.1",
            "<6",
            "!=5.0",
            ">=4.4, >=5.0",
            "",
            "*",
            "^4 || ^5",
        ];
        let expected = ["5.3", "5.3.1", "5.3", "5.2", "5", "5.1", "-", "-", "5.0", "-", "-", "-"];
        assert_eq!(notations.map(bound), expected);
    }

    #[test]
    fn a_range_is_sure_only_of_what_all_of_it_has() {
        let found = celery_version(&project(&[("requirements.txt", "celery~=5.3\n")]));
        assert_eq!((found.is_at_least(5, 3), found.is_at_least(5, 4), found.minor()), (Some(true), None, Some((5, 3))));
        assert_eq!(CeleryVersion::Unknown.is_at_least(4, 0), None);
    }

    #[test]
    fn the_releases_of_a_project_follow_from_its_requirements() {
        let shown = |files: &[(&str, &str)]| {
            let releases = celery_releases(&project(files));
            let ends =
                [releases.oldest(), releases.newest()].map(|end| end.map_or("-".to_owned(), |it| it.to_string()));
            ends.join("..")
        };
        let requires = |specifier: &str| shown(&[("requirements.txt", &format!("celery{specifier}\n"))]);
        assert_eq!(requires("==5.3.6"), "5.3..5.3");
        assert_eq!(requires(">=5.1,<5.5"), "5.1..5.4");
        assert_eq!(requires("~=5.3.1"), "5.3..5.3");
        assert_eq!(requires(">=4.4"), "4.4..5.7");
        assert_eq!(requires(""), "5.2..5.7");
        assert_eq!(shown(&[]), "5.2..5.7");
        let poetry = |version: &str| {
            shown(&[("pyproject.toml", &format!("[tool.poetry.dependencies]\ncelery = \"{version}\"\n"))])
        };
        assert_eq!(
            [poetry("^5.3"), poetry("~5.3"), poetry("5.*"), poetry("^4.4")],
            ["5.3..5.7", "5.3..5.3", "5.0..5.7", "4.4..4.4"]
        );
    }

    #[test]
    fn requirements_come_from_every_manifest_in_order() {
        let setup = "from setuptools import setup\nBASE = ['celery[redis]>=5']\nsetup(install_requires=BASE, extras_require={'x': ['flower']})\n";
        let project = project(&[("setup.py", setup), ("requirements.txt", "redis==5\n")]);
        let shown: Vec<String> = project
            .dependencies
            .iter()
            .map(|it| {
                format!(
                    "{}:{} {}{}",
                    project.sources.path(it.at.file),
                    project.sources.line(it.at),
                    it.name,
                    it.specifier
                )
            })
            .collect();
        assert_eq!(shown, ["requirements.txt:1 redis==5", "setup.py:2 celery>=5", "setup.py:3 flower"]);
    }
}
