//! `sarif`: SARIF 2.1.0 as GitHub code scanning reads it, written for its limits and its ways of matching alerts.

use std::io::{self, Write};

use rustc_hash::FxHashMap;

use crate::finding::{Confidence, Severity};
use crate::fix::encode;
use crate::rule::Rule;
use crate::source::{FileId, Position};

use super::harmless::write_json;
use super::identity::identity;
use super::mask::Masked;
use super::paint::rule_url;
use super::view::{Region as Place, Shown, View};

mod line_hash;
mod log;
mod results;

use log::{Component, Configuration, Driver, Help, Invocation, Log, Notification, Properties, Run, Text};

/// GitHub rejects a run with more results.
const MOST_RESULTS: usize = 25_000;
/// The longest description that GitHub takes.
const MOST_CHARACTERS: usize = 1024;

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    write_json(out, &log(view, MOST_RESULTS))
}

fn log(view: &View, most: usize) -> Log {
    let mut rules: Vec<&'static Rule> = view.rules().map(|(rule, _)| rule).chain(view.suppressed_rules()).collect();
    rules.sort_by_key(|rule| rule.name);
    rules.dedup();
    let kept = results::kept(view, most);
    let mut notifications = notifications(view);
    if kept.len() < view.len() {
        notifications.push(too_many(view.len(), kept.len()));
    }
    let failed = view.rules().any(|(rule, _)| rule.name == "internal-error");
    let results = results::results(view, &kept, &rules);
    Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Component { driver: driver(&rules) },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation { execution_successful: !failed, tool_execution_notifications: notifications }],
            results,
        }],
    }
}

fn driver(rules: &[&'static Rule]) -> Driver {
    let home = env!("CARGO_PKG_HOMEPAGE");
    Driver {
        name: "celery-lint",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: (!home.is_empty()).then_some(home),
        rules: rules.iter().map(|rule| descriptor(rule)).collect(),
    }
}

fn descriptor(rule: &'static Rule) -> log::Descriptor {
    let why = rule.section("Why").unwrap_or_default();
    let why = why.split("\n\n").next().filter(|why| !why.is_empty()).unwrap_or(rule.summary);
    let page = format!("# {}\n\n{}\n\n{}", rule.name, rule.summary, rule.page.trim()).trim_end().to_string();
    log::Descriptor {
        id: rule.name,
        name: rule.name,
        short_description: Text::own(shortened(rule.summary)),
        full_description: Text::own(shortened(&why.replace('\n', " "))),
        help: Help { text: page.clone(), markdown: page },
        help_uri: rule_url(rule),
        default_configuration: Configuration { level: rule.severity.word() },
        properties: properties(rule),
    }
}

/// Only a security rule has `security-severity`: it would make a vulnerability of every finding of the others.
fn properties(rule: &'static Rule) -> Properties {
    let security = rule.area == "security";
    let mut tags = vec!["celery"];
    tags.push(rule.area);
    Properties {
        tags,
        precision: match rule.confidence {
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        },
        problem_severity: match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "recommendation",
        },
        security_severity: security.then_some(match rule.severity {
            Severity::Error => "8.0",
            Severity::Warning => "5.5",
            Severity::Note => "2.0",
        }),
    }
}

/// What went wrong in the run itself: files that were not read or not parsed, and our own bugs.
fn notifications(view: &View) -> Vec<Notification> {
    let unreadable = view.unreadable().map(|(path, reason)| Notification {
        level: "error",
        message: Text::masked(sentence(&Masked::join(
            &["Could not read ".into(), path.clone(), ": ".into(), reason],
            "",
        ))),
        locations: results::location_of(&path, None).into_iter().collect(),
    });
    let broken = view.shown().filter(|shown| matches!(shown.rule.name, "invalid-syntax" | "internal-error"));
    let broken = broken.map(|shown| Notification {
        level: shown.severity.word(),
        message: Text::masked(sentence(&shown.message)),
        locations: results::location_of(&shown.repo_path, shown.region).into_iter().collect(),
    });
    unreadable.chain(broken).collect()
}

fn too_many(all: usize, kept: usize) -> Notification {
    let text =
        format!("There are {all} findings; the {kept} most severe are listed, which is as many as GitHub takes.");
    Notification { level: "warning", message: Text::own(text), locations: Vec::new() }
}

/// A message as a full sentence: its first one is the title of an alert.
fn sentence(message: &Masked) -> Masked {
    message.map(|text| {
        let text = text.trim();
        let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
        format!("{text}{end}")
    })
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_CHARACTERS {
        return text.to_string();
    }
    text.chars().take(MOST_CHARACTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::project::Project;
    use crate::report::{Mask, RenderInput, RenderOptions, Summary};
    use crate::rules;
    use crate::source::{FileKind, Loc, SourceFile, Sources, Span};

    #[test]
    fn the_most_severe_results_are_kept_and_the_cut_is_told() {
        let file = SourceFile::new("a.py", FileKind::Python, "a\nb\nc\nd\n");
        let project = Project { sources: Sources::new("/p".into(), None, vec![file]), ..Project::default() };
        let rule = rules::by_name("invalid-syntax").unwrap();
        let levels = [Severity::Note, Severity::Error, Severity::Warning, Severity::Error];
        let finding = |(line, severity): (usize, &Severity)| {
            let at = Loc::new(FileId(0), Span::of(line * 2, line * 2 + 1));
            Finding::new(rule, "Broken", at, "").severity(*severity)
        };
        let findings: Vec<Finding> = levels.iter().enumerate().map(finding).collect();
        let summary = Summary::default();
        let input = RenderInput {
            project: &project,
            findings: &findings,
            summary: &summary,
            options: RenderOptions::default(),
        };
        let mask = Mask::new(&project);
        let log = serde_json::to_value(log(&View::new(&input, &[], &mask), 3)).unwrap();
        let run = &log["runs"][0];
        let levels: Vec<_> = run["results"].as_array().unwrap().iter().map(|result| result["level"].clone()).collect();
        assert_eq!(levels, ["error", "warning", "error"]);
        let told = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().last().unwrap();
        assert_eq!(
            told["message"]["text"],
            "There are 4 findings; the 3 most severe are listed, which is as many as GitHub takes."
        );
    }
}
