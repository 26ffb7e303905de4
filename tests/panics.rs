//! What a bug of ours costs: one finding that names the rule or the file, and exit code 2. The drills of `src/drill.rs` bring
//! the bugs about, in the real binary; in `.ci/run` that is the release.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

#[path = "common/binary.rs"]
mod binary;

use binary::{both, run, write_tree};
use serde_json::Value;

const SECRET: &str = "Wq7Rost-Lamm-93";

const FORMATS: &[&str] = &["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"];

/// A project with a certain finding in each of its files. `zz.py` asks for what must never be heard.
fn project() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("redis://:{SECRET}@cache/0");
    let files = [
        ("shop/celery.py", format!("from celery import Celery\napp = Celery('shop', broker='{url}')\n")),
        ("shop/other.py", format!("from celery import Celery\nother = Celery('other', broker='{url}')\n")),
        ("docker-compose.yml", format!("services:\n  worker:\n    environment:\n      CELERY_BROKER_URL: {url}\n")),
        ("zz.py", "import celery\nx = 1  # celery-lint: ignore[internal-error]\n".to_owned()),
        ("celery-lint.toml", "ignore = ['files']\nmin-severity = 'error'\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    write_tree(directory.path(), &files);
    directory
}

/// `rule path message` of each finding, and the exit code.
fn findings(directory: &std::path::Path, drill: &str, arguments: &[&str]) -> (Vec<String>, Option<i32>) {
    let arguments = [&["check", "--output-format", "json"], arguments].concat();
    let output = run(directory, &arguments, &[("CELERY_LINT_DRILL", drill)]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let line = |it: &Value| format!("{} {:?} {}", text(it, "rule"), text(it, "path"), text(it, "message"));
    (document["findings"].as_array().unwrap().iter().map(line).collect(), output.status.code())
}

/// Splits off the findings about bugs of ours, without the line numbers of our source.
fn bugs(findings: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (bugs, others): (Vec<String>, Vec<String>) =
        findings.into_iter().partition(|line| line.starts_with("internal-error"));
    (bugs.iter().map(|line| line.rsplit_once(':').unwrap().0.to_owned()).collect(), others)
}

#[test]
fn a_rule_that_panics_costs_what_it_would_have_found_and_nothing_else() {
    let directory = project();
    let (plain, status) = findings(directory.path(), "", &[]);
    assert_eq!((plain.len() > 2, status), (true, Some(1)), "{plain:?}");
    let (drilled, status) = findings(directory.path(), "rule", &[]);
    let (bugs, others) = bugs(drilled);
    assert_eq!(bugs, ["internal-error \"\" The rule `drill` failed at `src/engine/drill.rs"]);
    assert_eq!((others, status), (plain, Some(2)));
}

#[test]
fn a_file_that_cannot_be_lowered_costs_itself_and_is_named() {
    let directory = project();
    let (plain, _) = findings(directory.path(), "", &[]);
    for path in ["shop/other.py", "docker-compose.yml"] {
        let (drilled, status) = findings(directory.path(), &format!("file:{path}"), &[]);
        let (bugs, others) = bugs(drilled);
        assert_eq!(bugs, [format!("internal-error {path:?} Reading the file failed at `src/drill.rs")]);
        let elsewhere: Vec<&String> = plain.iter().filter(|line| !line.contains(&format!("{path:?}"))).collect();
        assert_eq!((others.iter().collect::<Vec<_>>(), status), (elsewhere, Some(2)), "{path}");
    }
}

#[test]
fn nothing_turns_a_bug_of_ours_off() {
    let directory = project();
    for drill in ["rule", "link", "file:shop/other.py"] {
        for arguments in [
            &["--exit-zero"][..],
            &["--ignore", "files"],
            &["--select", "hardcoded-credentials"],
            &["--fail-on", "never"],
            &["--min-severity", "error"],
            &["--isolated"],
            &["shop/celery.py"],
        ] {
            let (drilled, status) = findings(directory.path(), drill, arguments);
            let (bugs, _) = bugs(drilled);
            assert_eq!((bugs.len(), status), (1, Some(2)), "{drill} {arguments:?}");
        }
    }
}

#[test]
fn what_fails_outside_of_rules_and_files_is_an_error_with_its_place() {
    let directory = project();
    let output = run(directory.path(), &["check"], &[("CELERY_LINT_DRILL", "report")]);
    let text = both(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("celery-lint failed at `src/cli/check.rs:"), "{text}");
    assert!(text.contains("this is a bug of celery-lint"), "{text}");
}

#[test]
fn a_picture_without_a_file_of_ours_says_so() {
    let directory = project();
    let output = run(directory.path(), &["inspect"], &[("CELERY_LINT_DRILL", "file:shop/other.py")]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.starts_with("shop/other.py: Reading the file failed at `src/drill.rs:"), "{err}");
    assert!(out.contains("shop/celery.py"), "{out}");
}

#[test]
fn no_panic_tells_a_secret_and_none_is_printed() {
    let directory = project();
    for drill in ["rule", "link", "report", "file:shop/celery.py", "file:docker-compose.yml"] {
        let formats = FORMATS.iter().map(|format| vec!["check", "--timings", "--output-format", format]);
        let views = ["tree", "json", "mermaid", "dot", "html"].map(|view| vec!["inspect", "--output-format", view]);
        let others = [vec!["check", "--diff", "--unsafe-fixes"], vec!["doctor"], vec!["check", "--show-settings"]];
        for arguments in formats.chain(views).chain(others) {
            let output = run(directory.path(), &arguments, &[("CELERY_LINT_DRILL", drill), ("RUST_BACKTRACE", "1")]);
            let text = both(&output);
            assert!(!text.contains(SECRET), "{drill} {arguments:?}: {text}");
            assert!(!text.contains("panicked at"), "{drill} {arguments:?}: {text}");
            assert!(output.status.code().is_some_and(|code| code <= 2), "{drill} {arguments:?}: {:?}", output.status);
        }
    }
}
