//! Documentation that cannot drift: the rule table, the help text, the schema, and every link. `UPDATE=1` rewrites the first three.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use celery_lint::rule::{FixAvailability, Status};
use celery_lint::rules;

mod common;

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
#[ignore = "until the command line is there"]
fn the_usage_page_shows_the_help_text() {
    let output = Command::new(env!("CARGO_BIN_EXE_celery-lint")).arg("check").arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
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

/// Compares what stands between `<!-- name: begin -->` and `<!-- name: end -->` of a page.
fn expect_part(page: &str, name: &str, part: &str) {
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
