//! `json` and `jsonl`: a versioned shape for programs.
//!
//! One document is `{"version": 1, "tool": …, "findings": [finding…], "summary": {…}}`; `jsonl` writes one finding per
//! line and the summary nowhere. A finding has
//! - `rule`, `area`, `severity` (`note`, `warning`, `error`), `confidence` (`low`, `medium`, `high`), `message`;
//! - `path`, relative to the root of the run, and `start` and `end`, each `{"line", "column"}`: 1-based, columns count
//!   code points, the end is exclusive; both null when the finding is about a whole file;
//! - `labels`: every place with `path`, `start`, `end`, `text` and `primary`;
//! - `help`, or null; `docs`: the command that explains the rule; `id`: the identity of the finding;
//!   `suppressed`: a comment silences it (such findings are only written when asked for);
//! - `fixes`: each with `title`, `applicability` (`safe`, `unsafe`, `display-only`), `masked` (an edit would write a
//!   secret and is masked here) and `edits`, each with `kind` (`replace`, `append`, `create`), `path`, `start`, `end`, `text`.
//!
//! Within one version fields may be added, never renamed, removed or given another meaning.

use std::io::{self, Write};

use serde::Serialize;

use crate::finding::{Confidence, Severity};
use crate::fix::Applicability;
use crate::source::Position;

use super::harmless::{write_json, write_json_line};
use super::identity::identity;
use super::mask::Masked;
use super::summary::Understood;
use super::view::{EditKind, Region, Shown, ShownEdit, ShownFix, View};

#[derive(Serialize)]
struct Document {
    version: u32,
    tool: Tool,
    findings: Vec<JsonFinding>,
    summary: JsonSummary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct JsonFinding {
    rule: &'static str,
    area: &'static str,
    severity: Severity,
    confidence: &'static str,
    message: Masked,
    path: Masked,
    start: Option<Place>,
    end: Option<Place>,
    labels: Vec<JsonLabel>,
    help: Option<Masked>,
    fixes: Vec<JsonFix>,
    docs: String,
    id: String,
    suppressed: bool,
}

#[derive(Serialize)]
struct JsonLabel {
    path: Masked,
    start: Place,
    end: Place,
    text: Masked,
    primary: bool,
}

#[derive(Serialize)]
struct JsonFix {
    title: Masked,
    applicability: &'static str,
    masked: bool,
    edits: Vec<JsonEdit>,
}

#[derive(Serialize)]
struct JsonEdit {
    kind: EditKind,
    path: Masked,
    start: Option<Place>,
    end: Option<Place>,
    text: Masked,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct JsonSummary {
    errors: usize,
    warnings: usize,
    notes: usize,
    fixable: usize,
    unsafe_fixable: usize,
    suppressed: usize,
    not_read: usize,
    /// Paths of files and folders that were not seen, or not whole, where a rule could have found an explanation.
    unseen: Vec<Masked>,
    left_out: usize,
    files: usize,
    celery_files: usize,
    understood: Understood,
}

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: 1,
        tool: Tool { name: "celery-lint", version: env!("CARGO_PKG_VERSION") },
        findings: view.shown().chain(view.shown_suppressed()).map(finding).collect(),
        summary: summary(view),
    };
    write_json(out, &document)
}

pub fn render_lines(view: &View, out: &mut dyn Write) -> io::Result<()> {
    for shown in view.shown().chain(view.shown_suppressed()) {
        write_json_line(out, &finding(shown))?;
    }
    Ok(())
}

fn finding(shown: Shown) -> JsonFinding {
    JsonFinding {
        id: identity(&shown),
        suppressed: shown.suppressed,
        rule: shown.rule.name,
        area: shown.rule.area,
        severity: shown.severity,
        confidence: confidence(shown.rule.confidence),
        message: shown.message,
        path: shown.path,
        start: start(shown.region),
        end: end(shown.region),
        labels: shown
            .labels
            .into_iter()
            .map(|label| JsonLabel {
                path: label.path,
                start: place(label.region.start),
                end: place(label.region.end),
                text: label.text,
                primary: label.primary,
            })
            .collect(),
        help: shown.help,
        fixes: shown.fixes.into_iter().map(fix).collect(),
        docs: format!("celery-lint rule {}", shown.rule.name),
    }
}

fn fix(fix: ShownFix) -> JsonFix {
    JsonFix {
        title: fix.title,
        applicability: applicability(fix.applicability),
        masked: fix.masked,
        edits: fix.edits.into_iter().map(edit).collect(),
    }
}

fn edit(edit: ShownEdit) -> JsonEdit {
    JsonEdit { kind: edit.kind, path: edit.path, start: start(edit.region), end: end(edit.region), text: edit.text }
}

fn start(region: Option<Region>) -> Option<Place> {
    region.map(|region| place(region.start))
}

fn end(region: Option<Region>) -> Option<Place> {
    region.map(|region| place(region.end))
}

fn place(position: Position) -> Place {
    Place { line: position.line, column: position.column }
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
        Applicability::DisplayOnly => "display-only",
    }
}

/// Without the time: the same input gives the same bytes.
fn summary(view: &View) -> JsonSummary {
    let summary = view.summary;
    JsonSummary {
        errors: summary.errors,
        warnings: summary.warnings,
        notes: summary.notes,
        fixable: summary.fixable,
        unsafe_fixable: summary.unsafe_fixable,
        suppressed: summary.suppressed,
        not_read: summary.not_read,
        unseen: view.unseen().map(|(_, path)| path).collect(),
        left_out: summary.left_out,
        files: summary.files,
        celery_files: summary.celery_files,
        understood: summary.understood,
    }
}
