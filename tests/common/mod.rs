//! What several test programs need: the repository, expected files that `UPDATE=1` rewrites, and runs of the real binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The top of this repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file with what it has to say; with `UPDATE=1` writes it instead. The error names the file and the first line that differs.
pub fn expect_file(path: &Path, actual: &str) -> Result<(), String> {
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, actual).unwrap();
        return Ok(());
    }
    let line = expected.lines().zip(actual.lines()).take_while(|(left, right)| left == right).count();
    Err(format!(
        "{}:{}: out of date, UPDATE=1 rewrites it\n  expected: {}\n  actual:   {}\n",
        path.display(),
        line + 1,
        expected.lines().nth(line).unwrap_or("(the end)"),
        actual.lines().nth(line).unwrap_or("(the end)"),
    ))
}

/// Runs the real binary in a copy of `fixtures/projects/<project>`, in a surrounding that says nothing about colours, width or CI.
pub fn run(project: &str, arguments: &[&str]) -> Output {
    let copy = tempfile::tempdir().unwrap();
    copy_tree(&root().join("fixtures/projects").join(project), copy.path());
    let mut command = Command::new(env!("CARGO_BIN_EXE_celery-lint"));
    command.args(arguments).current_dir(copy.path());
    for variable in ["CI", "GITHUB_ACTIONS", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "TERM"] {
        command.env_remove(variable);
    }
    command.env("LANG", "C.UTF-8").output().unwrap()
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
