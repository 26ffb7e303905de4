//! Lints the whole little projects of `fixtures/projects` with the real binary; the expected output stands beside each.

use std::fs;
use std::path::Path;
use std::process::Command;

mod common;

#[test]
#[ignore = "until the command line and the rules are there"]
fn each_project_gives_the_output_that_stands_beside_it() {
    let folder = common::root().join("fixtures/projects");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.is_dir());
    names.sort();
    assert!(names.len() >= 6, "the fixtures are missing");
    let wrong: Vec<String> =
        names.iter().filter_map(|path| common::expect_file(&path.with_extension("txt"), &lint(path)).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the binary prints for a copy of the project, standard error and exit code included.
fn lint(project: &Path) -> String {
    let copy = tempfile::tempdir().unwrap();
    copy_tree(project, copy.path());
    let mut command = Command::new(env!("CARGO_BIN_EXE_celery-lint"));
    command.args(["check", "--isolated", "--no-cache", "--output-format", "concise"]).current_dir(copy.path());
    for variable in ["CI", "GITHUB_ACTIONS", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM"] {
        command.env_remove(variable);
    }
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let exit = output.status.code().unwrap();
    let err = if err.is_empty() { err } else { format!("--- standard error\n{err}") };
    format!("{out}{err}--- exit code {exit}\n")
}

/// Copies a fixture; `dot.env` becomes `.env`.
fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let target = to.join(name.strip_prefix("dot").filter(|rest| rest.starts_with('.')).unwrap_or(&name));
        if entry.path().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
