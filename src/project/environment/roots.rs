//! Which part of the tree a path belongs to: code roots, places that ask for nothing, programs in other languages.

use rustc_hash::FxHashSet;

use crate::project::link::is_test_path;
use crate::python::modules::is_below;
use crate::source::{FileKind, Sources};

/// Directories whose reads count but ask for nothing.
const ASIDE: &[&str] = &[
    "docs",
    "doc",
    "example",
    "examples",
    "samples",
    "demo",
    "demos",
    "migrations",
    "scripts",
    "script",
    "tools",
    "bin",
    "benchmarks",
    "benchmark",
    "notebooks",
    "ci",
    ".github",
    ".gitlab",
    ".circleci",
    ".devcontainer",
    ".vscode",
    "locust",
    "loadtest",
    "load_tests",
];

const ASIDE_FILES: &[&str] = &[
    "setup.py",
    "conftest.py",
    "noxfile.py",
    "fabfile.py",
    "locustfile.py",
    "conf.py",
    "toxfile.py",
    // Hooks that a build backend runs.
    "hatch_build.py",
    "pdm_build.py",
    "build_hooks.py",
    "scons_build.py",
    "_build_backend.py",
    "build_backend.py",
];

/// Words in the name of a compose file that is for tests.
const TEST_WORDS: &[&str] = &["test", "tests", "testing", "e2e", "ci", "cicd"];

/// Directories that hold files about the directory above them.
const ABOUT_PARENT: &[&str] = &[
    "docker",
    ".docker",
    "deployment",
    "deployments",
    "deploy",
    "config",
    "configs",
    "conf",
    "env",
    "envs",
    "env.d",
    "environments",
    "compose",
    "infra",
    "infrastructure",
    "devops",
    "ops",
    "k8s",
    "helm",
    "docs",
    "templates",
    "examples",
    "example",
    ".devcontainer",
    "settings",
    "etc",
    "scripts",
    "dotenv",
    "dotenvs",
    "env_files",
    "environment",
    "install",
    "setup",
    "contrib",
    "build",
    "resources",
];

/// Files that make a directory a project of its own.
const MARKERS: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "manage.py"];

/// Files that make a directory a program in another language.
const FOREIGN: &[&str] = &[
    "package.json",
    "go.mod",
    "Cargo.toml",
    "Gemfile",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "mix.exs",
    "Package.swift",
    "pubspec.yaml",
    "deno.json",
];

/// Directories of editors: what lies there is about their own programs.
const EDITORS: &[&str] = &[".vscode", ".devcontainer", ".idea", ".zed", ".fleet", ".vs", ".cursor", ".gitpod"];

/// Whether a path lies in the directory of an editor.
pub fn is_of_editor(path: &str) -> bool {
    path.split('/').any(|part| EDITORS.contains(&part))
}

/// Whether reads of the file ask for nothing: tests apart, which have a word of their own.
pub fn is_aside(path: &str) -> bool {
    let mut parts = path.split('/').rev();
    let name = parts.next().unwrap_or(path);
    // What starts with the system gets its variables from `/etc/default`.
    let of_system = path.contains("init.d/") || path.contains("etc/default/");
    of_system
        || path.starts_with("contrib/")
        || ASIDE_FILES.contains(&name)
        || is_migration(path)
        || parts.any(|part| ASIDE.contains(&part))
}

/// Alembic keeps its migrations in `versions`, wherever its directory is.
fn is_migration(path: &str) -> bool {
    let mut parts = path.rsplit('/').skip(1);
    let (dir, above) = (parts.next(), parts.next());
    dir == Some("versions") && above.is_some_and(|above| above.contains("alembic") || above.contains("migration"))
}

/// Whether a compose file is for tests, by its name: `docker-compose.test.yml`, `compose.integration_tests.yaml`.
pub fn is_test_compose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let name = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    name.split(['.', '-', '_']).any(|word| TEST_WORDS.contains(&word))
}

/// What the tree looks like from far away.
#[derive(Debug, Default)]
pub struct Layout {
    /// Every directory with Python code (tests apart) below it, the root of the run as the empty path.
    python: FxHashSet<String>,
    /// Directories with an `__init__.py`.
    packages: FxHashSet<String>,
    /// Directories with a file of [`FOREIGN`].
    foreign: Vec<String>,
    /// Directories with a file of [`MARKERS`] or requirements.
    projects: Vec<String>,
}

/// Directories that hold the part of a program that runs in a browser or on a phone.
const FRONTENDS: &[&str] = &["frontend", "front-end", "front", "client", "ui", "webui", "web-ui", "mobile"];

fn is_frontend(dir: &str) -> bool {
    FRONTENDS.contains(&dir.rsplit('/').next().unwrap_or(dir))
}

impl Layout {
    pub fn of(sources: &Sources) -> Self {
        let mut python: FxHashSet<String> = FxHashSet::default();
        let mut packages = FxHashSet::default();
        let mut projects = Vec::new();
        for file in &sources.files {
            if file.kind == FileKind::Python && !is_test_path(&file.path) {
                for dir in ancestors(file.dir()) {
                    // What is above a known directory is known.
                    if python.contains(dir) {
                        break;
                    }
                    python.insert(dir.to_owned());
                }
            }
            if file.name() == "__init__.py" {
                packages.insert(file.dir().to_owned());
            }
            if MARKERS.contains(&file.name()) || (file.kind == FileKind::Requirements && file.dir() != "requirements") {
                let dir = file.dir();
                projects.push(dir.strip_suffix("/requirements").unwrap_or(dir).to_owned());
            }
        }
        let names = sources.seen.iter().map(String::as_str).chain(sources.files.iter().map(|file| file.path.as_str()));
        let foreign = names.filter_map(|path| {
            let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
            FOREIGN.contains(&name).then(|| dir.to_owned())
        });
        let mut foreign: Vec<String> = foreign.collect();
        for list in [&mut foreign, &mut projects] {
            list.sort();
            list.dedup();
        }
        Self { python, packages, foreign, projects }
    }

    /// Whether a directory belongs to a program in another language: such a program is there, or above it, and no Python.
    pub fn is_foreign(&self, dir: &str) -> bool {
        ancestors(dir)
            .take_while(|dir| !dir.is_empty() && !self.python.contains(*dir))
            .any(|dir| self.foreign.iter().any(|known| known == dir) || is_frontend(dir))
    }

    /// Whether a program in another language lies in the directory or below it, which could read any variable.
    pub fn has_foreign_code(&self, root: &str) -> bool {
        self.foreign.iter().any(|dir| dir == root || is_below(dir, root))
    }

    /// The code root that an env file in `dir` documents. A package is none: its root is what it is imported from.
    pub fn documented_root(&self, dir: &str) -> String {
        let mut dir = dir;
        while !dir.is_empty() {
            let (above, name) = dir.rsplit_once('/').unwrap_or(("", dir));
            let about_parent = ABOUT_PARENT.contains(&name) || name.starts_with(".env");
            let package = self.packages.contains(dir) && !self.projects.iter().any(|root| root == dir);
            if !about_parent && !package && self.python.contains(dir) {
                break;
            }
            dir = above;
        }
        dir.to_owned()
    }

    /// The code root that a file belongs to: the nearest project around it, the root of the run when there is none.
    pub fn root_of<'l>(&'l self, path: &str) -> &'l str {
        let around = self.projects.iter().filter(|root| root.is_empty() || is_below(path, root));
        around.max_by_key(|root| root.len()).map_or("", String::as_str)
    }
}

/// A directory and those above it, the root of the run (the empty path) last.
fn ancestors(dir: &str) -> impl Iterator<Item = &str> {
    let start = Some(dir);
    std::iter::successors(start, |dir| {
        if dir.is_empty() { None } else { Some(dir.rsplit_once('/').map_or("", |(above, _)| above)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn layout(paths: &[&str]) -> Layout {
        let files = paths.iter().map(|path| {
            let kind = if path.ends_with(".py") { FileKind::Python } else { FileKind::Json };
            SourceFile::new(*path, kind, "")
        });
        Layout::of(&Sources::new("/".into(), None, files.collect()))
    }

    #[test]
    fn a_template_documents_the_code_around_it() {
        let layout = layout(&[
            "manage.py",
            "config/settings.py",
            "worker/tasks.py",
            "backend/app/main.py",
            "shop/__init__.py",
            "shop/settings/__init__.py",
            "api/__init__.py",
            "api/setup.py",
        ]);
        for (dir, root) in [
            ("", ""),
            ("config", ""),
            ("docker", ""),
            ("db", ""),
            ("worker", "worker"),
            ("backend/deploy", "backend"),
            (".envs/.local", ""),
            ("shop/settings", ""),
            ("shop", ""),
            ("api", "api"),
        ] {
            assert_eq!(layout.documented_root(dir), root, "{dir}");
        }
    }

    #[test]
    fn a_frontend_is_no_code_of_ours() {
        let layout = layout(&["app/main.py", "frontend/package.json", "app/package.json"]);
        assert!(layout.is_foreign("frontend"));
        assert!(layout.is_foreign("frontend/config"));
        assert!(!layout.is_foreign("app"));
        assert!(!layout.is_foreign(""));
    }
}
