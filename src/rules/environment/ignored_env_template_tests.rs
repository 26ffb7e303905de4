//! Tests of `ignored-env-template` that its page cannot show.

use super::super::env_file_tests::{Tree, summary};
use super::*;

fn run(tree: &Tree) -> Vec<String> {
    let project = tree.project();
    let mut report = Report::default();
    check(&project, &mut report);
    summary(&project, &report)
}

#[test]
fn a_template_that_is_tracked_is_not_hidden() {
    let tree = Tree::new(&[(".gitignore", ".env*\n"), (".env.example", "K=\n")]).repository();
    assert_eq!(run(&tree), [".gitignore:1 Git ignores the env template `.env.example`"]);
    let tree = tree.track(&[".env.example"]);
    assert_eq!(run(&tree), [""; 0]);
}

#[test]
fn templates_that_one_line_brings_back_are_one_finding() {
    let tree = Tree::new(&[(".gitignore", ".env*\n"), ("a/.env.example", "K=\n"), ("b/.env.example", "K=\n")]);
    let project = tree.project();
    let mut report = Report::default();
    check(&project, &mut report);
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].related.len(), 1);
}

#[test]
fn copies_in_ignored_directories_are_nobodys_template() {
    let tree = Tree::new(&[(".gitignore", "vendored/\n"), ("vendored/x/.env.example", "K=\n")]);
    assert_eq!(run(&tree), [""; 0]);
}

#[test]
fn a_directory_of_templates_that_a_file_rule_hides_is_told_without_a_fix() {
    let tree = Tree::new(&[(".gitignore", ".env\n"), (".env/.dev-sample", "K=\n")]);
    let project = tree.project();
    let mut report = Report::default();
    check(&project, &mut report);
    assert_eq!(summary(&project, &report), [".gitignore:1 Git ignores the env template `.env/.dev-sample`"]);
    assert!(report.findings[0].fixes.is_empty());
}
