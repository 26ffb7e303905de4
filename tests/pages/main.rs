//! Runs the pages of `rules/` and the fixtures of `fixtures/rules/`: what documentation shows is what the linter does.
//! `PAGE=hardcoded-credentials cargo test --test pages` runs one.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use celery_lint::rule::Rule;
use celery_lint::rules;

mod example;
mod page;
mod project;
mod shape;

/// Rules that no page can show: a bug of ours has no example, and what git tracks is in no file of an example.
const NO_EXAMPLE: &[&str] = &["internal-error", "tracked-env-file"];

/// Pages that are still being written: a rule may be merged before its fix. To be empty at every release.
const UNFINISHED: &[&str] = &[];

#[test]
fn pages_and_rules_correspond() {
    let pages: BTreeSet<String> = markdown("rules").iter().map(|path| rule_name(path)).collect();
    let names: BTreeSet<String> = rules::all().iter().map(|rule| rule.name.to_string()).collect();
    assert_eq!(pages, names);
}

#[test]
fn pages_have_one_shape() {
    let mut problems = Vec::new();
    for path in chosen("rules") {
        let (rule, page) = read(&path);
        problems.extend(shape::problems(rule, &page).into_iter().map(|problem| at(&path, &problem)));
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn every_example_is_what_the_linter_does() {
    let mut problems = Vec::new();
    for rule in rules::all() {
        let mut seen = example::Seen::default();
        for (folder, teaches) in [("rules", true), ("fixtures/rules", false)] {
            for path in chosen(folder).into_iter().filter(|path| rule_name(path) == rule.name) {
                let (_, page) = read(&path);
                for section in &page.sections {
                    let found = example::problems(rule, section, teaches, &mut seen);
                    problems
                        .extend(found.into_iter().map(|problem| at(&path, &format!("{}: {problem}", section.title))));
                }
                if teaches && !NO_EXAMPLE.contains(&rule.name) {
                    problems.extend(shape::problems_with_fixes(rule, &page, &seen).iter().map(|text| at(&path, text)));
                }
            }
        }
    }
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn a_fixture_belongs_to_a_rule() {
    for path in markdown("fixtures/rules") {
        assert!(rules::by_name(&rule_name(&path)).is_some(), "{} is named after no rule", path.display());
    }
}

/// The rule a page is about, and the page.
fn read(path: &Path) -> (&'static Rule, page::Page) {
    let name = rule_name(path);
    let rule = rules::by_name(&name).unwrap_or_else(|| panic!("{name} is no rule"));
    let markdown = fs::read_to_string(path).unwrap();
    let page = page::parse(&markdown).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (rule, page)
}

/// `fixtures/rules/hardcoded-credentials.compose.md` is about `hardcoded-credentials`.
fn rule_name(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_string()
}

/// The pages of a folder, or the one that `PAGE` names.
fn chosen(folder: &str) -> Vec<PathBuf> {
    let only = std::env::var("PAGE").ok();
    let wanted = |name: String| only.as_ref().map_or(!UNFINISHED.contains(&&*name), |only| name == *only);
    markdown(folder).into_iter().filter(|path| wanted(rule_name(path))).collect()
}

/// The Markdown files of a folder of this repository, sorted.
fn markdown(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths
}

fn at(path: &Path, problem: &str) -> String {
    format!("{}: {problem}", path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display())
}
