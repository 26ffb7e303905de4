//! What every page has in common: its name, summary and headings, and whether its front matter agrees with its examples.

use std::path::Path;

use celery_lint::rule::{FixAvailability, Rule};

use crate::NO_EXAMPLE;
use crate::example::Seen;
use crate::page::{Page, Role};

/// The headings a page may have, in this order.
const HEADINGS: &[&str] = &["Why", "Examples", "Fix safety", "Options", "See also"];

/// Code scanning cuts a rule's description here.
const FIRST_PARAGRAPH: usize = 1024;

/// What is wrong with a page before anything is linted.
pub fn problems(rule: &Rule, page: &Page) -> Vec<String> {
    let mut problems = summary(rule.summary);
    problems.extend(headings(rule, page));
    let paragraph = rule.section("Why").unwrap_or_default().split("\n\n").next().unwrap_or_default();
    if paragraph.is_empty() || paragraph.chars().count() > FIRST_PARAGRAPH {
        problems.push(format!("the first paragraph of `## Why` must have 1 to {FIRST_PARAGRAPH} characters"));
    }
    let logic = format!("src/rules/{}/{}.rs", rule.area, rule.name.replace('-', "_"));
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join(&logic).is_file() {
        problems.push(format!("its logic does not stand in {logic}"));
    }
    for (role, word) in [(Role::Bad, "bad"), (Role::Good, "good")] {
        let shown = page.sections.iter().flat_map(|section| &section.blocks).any(|block| block.role == role);
        if !shown && !NO_EXAMPLE.contains(&rule.name) {
            problems.push(format!("needs a `{word}` example"));
        }
    }
    problems
}

fn summary(summary: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if summary.chars().count() > 90 || summary.ends_with('.') {
        problems.push("`summary` must have at most 90 characters and no full stop".to_string());
    }
    if !summary.starts_with(|first: char| first.is_uppercase() || first == '`') {
        problems.push("`summary` must start with a capital".to_string());
    }
    problems
}

fn headings(rule: &Rule, page: &Page) -> Vec<String> {
    let mut problems = Vec::new();
    let mut rest = HEADINGS.iter();
    for heading in &page.headings {
        if !rest.any(|known| known == heading) {
            problems.push(format!("`## {heading}` is unknown or out of order ({})", HEADINGS.join(", ")));
        }
        if rule.section(heading).is_none_or(str::is_empty) {
            problems.push(format!("`## {heading}` is empty"));
        }
    }
    let required: &[&str] = if NO_EXAMPLE.contains(&rule.name) { &["Why"] } else { &["Why", "Examples"] };
    for required in required {
        if !page.headings.iter().any(|heading| heading == required) {
            problems.push(format!("`## {required}` is missing"));
        }
    }
    problems
}

/// What is wrong once it is known which fixes the examples bring about.
pub fn problems_with_fixes(rule: &Rule, page: &Page, seen: &Seen) -> Vec<String> {
    let mut problems = Vec::new();
    let explains = page.headings.iter().any(|heading| heading == "Fix safety");
    if explains != seen.unsafe_fix {
        let word = if explains { "has `## Fix safety`, but no fix is" } else { "needs `## Fix safety`: a fix is" };
        problems.push(format!("{word} unsafe"));
    }
    let roles = page.sections.iter().flat_map(|section| &section.blocks).map(|block| block.role);
    let shows_fix = roles.into_iter().any(|role| matches!(role, Role::Fixed | Role::FixedUnsafe));
    let agrees = match rule.fix {
        FixAvailability::Never => !seen.fixable && !shows_fix,
        FixAvailability::Sometimes => shows_fix && seen.fixable,
        FixAvailability::Always => shows_fix && seen.fixable && !seen.not_fixable,
    };
    if !agrees {
        problems.push(format!("`fix: {:?}` does not agree with the examples: {seen:?}, shown: {shows_fix}", rule.fix));
    }
    problems
}
