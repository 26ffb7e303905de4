//! `celery-lint init --framework`: writes what a project needs to run tasks, and never over a file that is there.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::CliError;
use super::{Exit, target, to_stdout};
use crate::config::{Overrides, resolve};
use crate::engine;
use crate::generate::RenderError;
use crate::generate::scaffold::{self, File, Framework, Place};
use crate::report::clean;
use crate::source::{self, walk::git_root};

/// Files that only projects have.
const SIGNS: &[&str] =
    &["Pipfile", "environment.yml", "manage.py", "pyproject.toml", "requirements.txt", "setup.cfg", "setup.py"];
/// A `manage.py` is small.
const MANAGE_LIMIT: u64 = 64 * 1024;

pub fn run(root: &Path, framework: Framework) -> Result<Exit, CliError> {
    let place = place(root, framework)?;
    refuse_second_app(root)?;
    let ours = |error: RenderError| CliError::Usage {
        message: error.to_string(),
        help: "this is a bug of celery-lint: please report it".to_owned(),
    };
    let files = scaffold::files(framework, &place).map_err(ours)?;
    let steps = scaffold::next_steps(framework, &place).map_err(ours)?;
    let (kept, written): (Vec<&File>, Vec<&File>) =
        files.iter().partition(|file| !file.lines.is_empty() && exists(&root.join(&file.path)));
    refuse_to_overwrite(root, &written)?;
    for file in &written {
        write(&root.join(&file.path), &file.text)?;
    }
    to_stdout(|out| write!(out, "{}\n{steps}", told(root, &written, &kept)))?;
    Ok(Exit::Clean)
}

/// A link that leads nowhere is there too.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// A project that has a Celery app needs no other one.
fn refuse_second_app(root: &Path) -> Result<(), CliError> {
    if !root.is_dir() {
        return Ok(());
    }
    let target = target::resolve(&[root.to_owned()])?;
    let settings = resolve(&target.root, git_root(&target.root).as_deref(), &Overrides::default())?.settings;
    let sources = source::load(&target.root, &settings.walk)?;
    // A project that cannot be linked is one that nothing is known of.
    let Ok(project) = engine::link(sources, &settings) else { return Ok(()) };
    let Some(app) = project.apps.iter().find(|app| !app.in_test) else { return Ok(()) };
    Err(CliError::Usage {
        message: format!("the project has a Celery app, in `{}`", project.sources.path(app.at.file)),
        help: "nothing was written; `celery-lint --fix --unsafe-fixes` writes the endpoints that it lacks".to_owned(),
    })
}

fn refuse_to_overwrite(root: &Path, files: &[&File]) -> Result<(), CliError> {
    let mut there: Vec<String> = Vec::new();
    for file in files {
        if let Some(path) = in_the_way(root, &file.path) {
            there.push(format!("`{}`", shown(&path)));
        }
    }
    there.dedup();
    if there.is_empty() {
        return Ok(());
    }
    let verb = if there.len() == 1 { "exists" } else { "exist" };
    Err(CliError::Usage {
        message: format!("{} {verb}", there.join(", ")),
        help: "nothing was written; move what is there out of the way, or name another directory".to_owned(),
    })
}

/// What stands where a file is to be written: the file, or a file or a link in place of one of its directories.
fn in_the_way(root: &Path, file: &str) -> Option<PathBuf> {
    let mut path = root.to_owned();
    let mut parts = file.split('/').peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let there = fs::symlink_metadata(&path).ok()?;
        if parts.peek().is_none() || !there.is_dir() {
            return Some(path);
        }
    }
    None
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |error| CliError::write_file(path, error);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// What was written, and what is missing in files that were left alone.
fn told(root: &Path, written: &[&File], kept: &[&File]) -> String {
    let mut text = String::new();
    for file in written {
        let _ = writeln!(text, "Wrote {}", shown(&root.join(&file.path)));
    }
    for file in kept {
        let path = root.join(&file.path);
        let there = fs::read_to_string(&path).unwrap_or_default();
        let missing: Vec<String> = file
            .lines
            .iter()
            .filter(|line| !there.lines().any(|it| it.trim().split('=').next() == Some(**line)))
            .map(|line| format!("`{line}`"))
            .collect();
        if missing.is_empty() {
            let _ = writeln!(text, "Left {} as it is", shown(&path));
        } else {
            let _ = writeln!(text, "Left {} as it is: add {}", shown(&path), missing.join(" and "));
        }
    }
    text
}

fn shown(path: &Path) -> String {
    clean(&path.strip_prefix(".").unwrap_or(path).display().to_string())
}

fn place(root: &Path, framework: Framework) -> Result<Place, CliError> {
    if !is_project(root) {
        return Ok(Place::New);
    }
    if framework != Framework::Django {
        return Ok(Place::Existing { settings: None });
    }
    let settings = settings_module(&root.join("manage.py")).ok_or_else(|| CliError::Usage {
        message: format!("`{}` does not tell Django's settings", shown(&root.join("manage.py"))),
        help: "name the directory that holds the project's `manage.py`, or an empty one".to_owned(),
    })?;
    Ok(Place::Existing { settings: Some(settings) })
}

/// Whether Python code, or what describes it, is there.
fn is_project(root: &Path) -> bool {
    let is_python = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "py") || path.join("__init__.py").is_file()
    };
    let mut entries = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    SIGNS.iter().any(|name| root.join(name).exists()) || entries.any(|path| is_python(&path))
}

/// `shop.settings` of `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`.
fn settings_module(manage: &Path) -> Option<String> {
    if fs::metadata(manage).ok()?.len() > MANAGE_LIMIT {
        return None;
    }
    let text = fs::read_to_string(manage).ok()?;
    let (_, behind) = text.split_once("DJANGO_SETTINGS_MODULE")?;
    let name = behind.split(['"', '\'']).nth(2)?;
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|it| it.is_alphanumeric() || it == '_');
    (name.contains('.') && name.split('.').all(is_name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_those_that_manage_names() {
        let directory = tempfile::tempdir().unwrap();
        let manage = directory.path().join("manage.py");
        for (text, expected) in [
            ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.base')", Some("shop.settings.base")),
            ("os.environ[\"DJANGO_SETTINGS_MODULE\"] = \"shop.settings\"", Some("shop.settings")),
            ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', NAME)", None),
            ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', '../../etc')", None),
            ("", None),
        ] {
            fs::write(&manage, text).unwrap();
            assert_eq!(settings_module(&manage).as_deref(), expected, "{text}");
        }
    }
}
