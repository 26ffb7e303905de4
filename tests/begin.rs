//! `celery-lint init --framework`: what it writes has no finding, and nothing that exists is touched.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up is a failure")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const FRAMEWORKS: &[&str] = &["fastapi", "flask", "django", "none"];

fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_celery-lint")).args(arguments).current_dir(directory).env_clear().output().unwrap()
}

fn files(directory: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().display().to_string();
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_project_that_was_begun_has_no_findings() {
    for framework in FRAMEWORKS {
        let tree = tempfile::tempdir().unwrap();
        assert!(run(tree.path(), &["init", "--framework", framework]).status.success(), "{framework}");
        let arguments =
            ["check", "--no-cache", "--preview", "--select", "ALL", "--fail-on", "note", "--output-format", "concise"];
        let checked = run(tree.path(), &arguments);
        let told = String::from_utf8_lossy(&checked.stdout);
        assert!(told.starts_with("0 errors, 0 warnings, 0 notes"), "{framework}:\n{told}");
        let before = files(tree.path());
        run(tree.path(), &["check", "--no-cache", "--fix", "--unsafe-fixes", "--preview", "--select", "ALL"]);
        assert_eq!(files(tree.path()), before, "{framework}: something was fixed");
    }
}

#[test]
fn nothing_is_written_when_one_file_exists() {
    for (framework, existing) in [("fastapi", "compose.yaml"), ("none", "Dockerfile"), ("django", "config")] {
        let tree = tempfile::tempdir().unwrap();
        fs::write(tree.path().join(existing), "mine\n").unwrap();
        let before = files(tree.path());
        let refused = run(tree.path(), &["init", "--framework", framework]);
        assert_eq!(refused.status.code(), Some(2), "{framework}");
        let told = String::from_utf8_lossy(&refused.stderr);
        assert!(told.contains(existing), "{framework}: {told}");
        assert_eq!(files(tree.path()), before, "{framework}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let tree = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), tree.path().join("jobs")).unwrap();
    let refused = run(tree.path(), &["init", "--framework", "none"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(files(outside.path()).is_empty());
}
