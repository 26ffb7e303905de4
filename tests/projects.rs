//! Lints the whole little projects of `fixtures/projects` with the real binary; the expected output stands beside each.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use std::fs;
use std::path::Path;

mod common;

#[test]
fn each_project_gives_the_output_that_stands_beside_it() {
    let folder = common::root().join("fixtures/projects");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_dir());
    paths.sort();
    assert!(paths.len() >= 6, "the fixtures are missing");
    let wrong: Vec<String> =
        paths.iter().filter_map(|path| common::expect_file(&path.with_extension("txt"), &lint(path)).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the binary prints for a copy of the project, standard error and exit code included.
fn lint(project: &Path) -> String {
    let arguments = ["check", "--isolated", "--no-cache", "--output-format", "concise"];
    let output = common::run(project.file_name().unwrap().to_str().unwrap(), &arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let err = if err.is_empty() { err } else { format!("--- standard error\n{err}") };
    format!("{out}{err}--- exit code {}\n", output.status.code().unwrap())
}
