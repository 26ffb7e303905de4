//! `gitlab`: a Code Quality report, a subset of Code Climate's format.

use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::finding::Severity;

use super::harmless::write_json;
use super::identity::identity;
use super::mask::Masked;
use super::view::{Shown, View};

#[derive(Serialize)]
struct Issue {
    description: Masked,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: Masked,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = FxHashMap::default();
    let issues: Vec<Issue> = view.shown().map(|shown| issue(shown, &mut seen)).collect();
    write_json(out, &issues)
}

fn issue(shown: Shown, seen: &mut FxHashMap<String, usize>) -> Issue {
    let region = shown.region;
    Issue {
        fingerprint: unique(identity(&shown), seen),
        check_name: shown.rule.name,
        severity: severity(shown.severity),
        location: Place {
            // GitLab wants a path; a finding about no file is one about the project.
            path: if shown.repo_path.is_empty() { ".".into() } else { shown.repo_path },
            lines: Lines {
                begin: region.map_or(1, |region| region.start.line),
                end: region.map_or(1, |region| region.end.line),
            },
        },
        description: shown.message,
    }
}

/// GitLab drops issues with a fingerprint that it has seen: the second of one identity is told apart by its number.
fn unique(identity: String, seen: &mut FxHashMap<String, usize>) -> String {
    let count = seen.entry(identity.clone()).or_default();
    *count += 1;
    if *count == 1 { identity } else { format!("{identity}-{count}") }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "info",
        Severity::Warning => "minor",
        Severity::Error => "major",
    }
}
