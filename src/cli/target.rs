//! What the paths of a command line mean: the root of the run, and where findings are reported.

use std::path::{Path, PathBuf};

use super::args::InspectFiles;
use super::error::CliError;
use crate::config::selector::similar;
use crate::config::{self, Overrides, Settings};
use crate::source::walk::git_root;

/// The tree that is linted.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// Absolute, links resolved.
    pub root: PathBuf,
    /// Paths relative to the root that findings are reported in; empty: everywhere.
    pub only: Vec<String>,
}

/// What the top directory of a project holds.
const ROOT_MARKS: &[&str] =
    &[".git", "celery-lint.toml", ".celery-lint.toml", "pyproject.toml", "manage.py", "setup.cfg"];

const COMMANDS: &[&str] = &["check", "rule", "inspect", "doctor", "init", "config", "cache"];

/// One directory is the root itself. Otherwise the root is found from what is above all paths: for directories
/// the one they share, for files the project they belong to.
///
/// # Errors
/// When a path does not exist.
pub fn resolve(paths: &[PathBuf]) -> Result<Target, CliError> {
    let here = PathBuf::from(".").canonicalize().map_err(|error| CliError::path(Path::new("."), &error))?;
    resolve_from(paths, &here)
}

/// How a tree is read by commands that take only what changes which files are read.
///
/// # Errors
/// When the configuration cannot be used.
pub fn settings(target: &Target, files: &InspectFiles) -> Result<Settings, CliError> {
    let overrides = Overrides {
        config: files.config.clone(),
        isolated: files.isolated,
        exclude: files.exclude.clone(),
        ..Overrides::default()
    };
    Ok(config::resolve(&target.root, git_root(&target.root).as_deref(), &overrides)?.settings)
}

fn resolve_from(paths: &[PathBuf], here: &Path) -> Result<Target, CliError> {
    let absolute: Vec<PathBuf> = paths.iter().map(|path| existing(path, here)).collect::<Result<_, _>>()?;
    if let [only] = absolute.as_slice()
        && only.is_dir()
    {
        return Ok(Target { root: only.clone(), only: Vec::new() });
    }
    let shared = shared_directory(&absolute);
    if absolute.len() > 1 && !is_one_project(&shared, here) {
        return Err(CliError::Usage {
            message: format!("the paths have nothing in common but `{}`", shared.display()),
            help: "lint each project on its own".to_owned(),
        });
    }
    let root = if absolute.iter().all(|path| path.is_dir()) { shared } else { project_of(&shared, here) };
    let mut only: Vec<String> = absolute.iter().map(|path| relative(path, &root)).collect();
    only.sort();
    only.dedup();
    Ok(Target { root, only })
}

fn existing(path: &Path, here: &Path) -> Result<PathBuf, CliError> {
    here.join(path).canonicalize().map_err(|error| {
        let meant = path.to_str().and_then(|name| similar(name, COMMANDS.iter().copied()));
        match meant {
            Some(command) => CliError::Path {
                message: format!("`{}` is neither a command nor a path that exists", path.display()),
                help: format!("did you mean `celery-lint {command}`?"),
            },
            None => CliError::path(path, &error),
        }
    })
}

/// The deepest directory that holds all paths.
fn shared_directory(paths: &[PathBuf]) -> PathBuf {
    let directory = |path: &PathBuf| match path.parent() {
        Some(parent) if !path.is_dir() => parent.to_path_buf(),
        _ => path.clone(),
    };
    let mut directories = paths.iter().map(directory);
    let first = directories.next().unwrap_or_default();
    directories.fold(first, |shared, other| {
        shared.ancestors().find(|above| other.starts_with(above)).unwrap_or(Path::new("/")).to_path_buf()
    })
}

/// Whether a directory that several paths share may be read as a whole, and is not half a disk.
fn is_one_project(shared: &Path, here: &Path) -> bool {
    shared.starts_with(here) || git_root(shared).is_some() || shared.ancestors().any(is_top)
}

fn is_top(path: &Path) -> bool {
    ROOT_MARKS.iter().any(|mark| path.join(mark).exists())
}

/// The project that a directory belongs to: the directory one stands in, when it looks like a project's top and holds
/// it (a hook of pre-commit), else the nearest one above, never above the repository.
fn project_of(directory: &Path, here: &Path) -> PathBuf {
    if directory.starts_with(here) && is_top(here) {
        return here.to_path_buf();
    }
    let repository = git_root(directory);
    let inside = |path: &&Path| repository.as_deref().is_none_or(|top| path.starts_with(top));
    directory.ancestors().take_while(inside).find(|path| is_top(path)).unwrap_or(directory).to_path_buf()
}

fn relative(path: &Path, root: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            let path = directory.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let root = directory.path().canonicalize().unwrap();
        (directory, root)
    }

    fn target(paths: &[&str], here: &Path) -> (PathBuf, Vec<String>) {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        let target = resolve_from(&paths, here).unwrap();
        (target.root, target.only)
    }

    #[test]
    fn one_directory_is_the_root() {
        let (_keep, root) = tree(&["manage.py", "a/b.py"]);
        assert_eq!(target(&["."], &root), (root.clone(), vec![]));
        assert_eq!(target(&["a"], &root), (root.join("a"), vec![]));
    }

    #[test]
    fn a_file_stands_for_its_project() {
        let (_keep, root) = tree(&[".git/HEAD", "api/pyproject.toml", "api/shop/tasks.py", "web/a.py"]);
        let expected = (root.join("api"), vec!["shop/tasks.py".to_owned()]);
        assert_eq!(target(&["tasks.py"], &root.join("api/shop")), expected);
        assert_eq!(target(&["a.py"], &root.join("web")), (root.clone(), vec!["web/a.py".to_owned()]));
    }

    #[test]
    fn files_given_at_the_top_of_a_project_stand_for_that_project() {
        let (_keep, root) = tree(&[".git/HEAD", "api/pyproject.toml", "api/tasks.py", "web/a.py"]);
        let (found, only) = target(&["web/a.py", "api/tasks.py"], &root);
        assert_eq!((found, only), (root.clone(), vec!["api/tasks.py".to_owned(), "web/a.py".to_owned()]));
        assert_eq!(target(&["api/tasks.py"], &root).0, root);
    }

    #[test]
    fn several_directories_share_the_one_above_them() {
        let (_keep, root) = tree(&["a/b/x.py", "a/c/y.py"]);
        assert_eq!(target(&["a/b", "a/c"], &root), (root.join("a"), vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!(target(&["a", "a/c"], &root).1, ["", "c"]);
    }

    #[test]
    fn paths_without_a_project_in_common_are_refused() {
        let (_keep, root) = tree(&["a/x.py", "b/y.py"]);
        let paths = [root.join("a"), root.join("b/y.py")];
        let error = resolve_from(&paths, &root.join("a")).unwrap_err().to_string();
        assert_eq!(error, format!("the paths have nothing in common but `{}`", root.display()));
    }

    #[test]
    fn a_lone_file_is_linted_in_its_directory() {
        let (_keep, root) = tree(&["x/a.py"]);
        let file = root.join("x/a.py");
        assert_eq!(target(&[file.to_str().unwrap()], Path::new("/")), (root.join("x"), vec!["a.py".to_owned()]));
    }

    #[test]
    fn a_missing_path_is_an_error_that_knows_the_commands() {
        let (_keep, root) = tree(&[]);
        let error = |path: &str| resolve_from(&[PathBuf::from(path)], &root).unwrap_err().to_string();
        assert_eq!(error("nowhere"), "cannot read `nowhere`: No such file or directory (os error 2)");
        assert_eq!(error("chek"), "`chek` is neither a command nor a path that exists");
    }
}
