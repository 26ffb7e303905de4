//! Documentation that cannot drift: the rule table, the help text, the schema, and every link. `UPDATE=1` rewrites the first three.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use celery_lint::rule::{FixAvailability, Rule, Status};
use celery_lint::rules;

mod common;

/// Tests run side by side, and two of them may rewrite one page.
static WRITING: Mutex<()> = Mutex::new(());

#[test]
fn the_readme_lists_every_rule() {
    let mut table = String::from("| rule | severity | fix | what it reports |\n|---|---|---|---|\n");
    for rule in rules::all() {
        let fix = match rule.fix {
            FixAvailability::Never => "",
            FixAvailability::Sometimes => "sometimes",
            FixAvailability::Always => "yes",
        };
        let status = match rule.status {
            Status::Preview => " (preview)",
            Status::Stable => "",
            Status::Deprecated => " (deprecated)",
        };
        let severity = format!("{:?}", rule.severity).to_lowercase();
        let row = format!("| [`{0}`](rules/{0}.md){status} | {severity} | {fix} | {1} |\n", rule.name, rule.summary);
        table.push_str(&row);
    }
    expect_part("README.md", "rules", &table);
}

#[test]
fn the_guide_says_what_silences_which_rules() {
    let mut needs: Vec<String> = Vec::new();
    let of_rule = |rule: &'static Rule| rule.needs.words().join(", ");
    for rule in rules::all().into_iter().filter(|rule| !rule.needs.is_empty()) {
        let words = of_rule(rule);
        if !needs.contains(&words) {
            needs.push(words);
        }
    }
    needs.sort_by_key(|words| (words.matches(',').count(), words.clone()));
    let mut table =
        String::from("| where one of these was not seen | these say nothing that it could explain |\n|---|---|\n");
    for words in needs {
        let rules = rules::all().into_iter().filter(|rule| of_rule(rule) == words);
        let names: Vec<String> = rules.map(|rule| format!("[`{0}`](../rules/{0}.md)", rule.name)).collect();
        table.push_str(&format!("| {words} | {} |\n", names.join(", ")));
    }
    expect_part("docs/how-it-reads-your-project.md", "needs", &table);
}

#[test]
fn the_readme_shows_real_output() {
    let output = common::run("readme", &["check", "--isolated", "--no-cache"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    expect_part("README.md", "example", &format!("```text\n{}```\n", steady(&text)));
}

/// The output with a fixed time in the place of the measured one (` 0.03 s)`).
fn steady(text: &str) -> String {
    let Some(end) = text.find(" s)") else { return text.to_string() };
    let start = text[..end].rfind([' ', '\n']).unwrap() + 1;
    assert!(text[start..end].parse::<f64>().is_ok(), "no time in {text}");
    format!("{}0.01{}", &text[..start], &text[end..])
}

#[test]
fn the_usage_page_shows_the_help_text() {
    let help = String::from_utf8(common::run("readme", &["check", "-h"]).stdout).unwrap();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    expect_part("docs/usage.md", "help", &format!("```text\n{}\n```\n", help.join("\n").trim_end()));
}

#[test]
fn every_relative_link_leads_somewhere() {
    let root = common::root();
    let mut broken = Vec::new();
    let pages: Vec<PathBuf> =
        ["", "docs", "rules", "fixtures/rules"].iter().flat_map(|dir| markdown(&root.join(dir))).collect();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if !resolves(&page, &text, link) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_configuration_page_names_every_key_and_its_example_is_valid() {
    let page = fs::read_to_string(common::root().join("docs/configuration.md")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&celery_lint::config::model::schema()).unwrap();
    let keys = schema["properties"].as_object().unwrap().keys();
    let missing: Vec<&String> = keys.filter(|key| !page.contains(&format!("| `{key}"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    toml::from_str::<celery_lint::config::model::FileConfig>(example).unwrap();
}

/// Compares what stands between `<!-- name: begin -->` and `<!-- name: end -->` of a page.
fn expect_part(page: &str, name: &str, part: &str) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let path = common::root().join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    let whole = format!("{before}{begin}{part}{end}{after}");
    common::expect_file(&path, &whole).unwrap();
}

/// The Markdown files directly in a folder.
fn markdown(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The targets of `[text](target)` outside code fences, without those on the web.
fn links(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        for part in line.split("](").skip(1) {
            found.extend(part.split_once(')').map(|(target, _)| target));
        }
    }
    found.retain(|target| !target.contains("://") && !target.starts_with("mailto:"));
    found
}

/// Whether the file exists and, if the link names one, has that heading.
fn resolves(page: &Path, text: &str, link: &str) -> bool {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = page.parent().unwrap().join(file);
    let text = if file.is_empty() { text.to_string() } else { fs::read_to_string(&target).unwrap_or_default() };
    let exists = file.is_empty() || target.exists();
    exists && (heading.is_empty() || text.lines().any(|line| slug(line).as_deref() == Some(heading)))
}

/// The anchor of a heading line, as Markdown hosts make it.
fn slug(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
    Some(title.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-').collect::<String>().replace(' ', "-"))
}
