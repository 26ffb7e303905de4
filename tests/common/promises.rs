//! What every run promises, whatever the files are: no bug of ours, labels in their files, no secret and nothing that a
//! terminal would obey in any output, and fixes that come to an end and break nothing.

use std::collections::BTreeMap;

use celery_lint::cli::args::InspectFormat;
use celery_lint::cli::inspect;
use celery_lint::config::Settings;
use celery_lint::engine::{self, Outcome};
use celery_lint::files::kind::kind;
use celery_lint::fix::{self, Applicability, Rounds, Skip};
use celery_lint::python::lower::parses;
use celery_lint::report::{OutputFormat, RenderInput, RenderOptions, Summary, is_obeyed, render};
use celery_lint::rules;
use celery_lint::source::Sources;

use crate::memory;

/// A password that no seed and no dictionary knows.
pub const MARKER: &str = "Gq7-Zaunkoenig-81";

/// A file with that password, in a place where every run finds it.
#[allow(dead_code, reason = "not every program that includes this file plants it")]
pub fn planted() -> (String, Vec<u8>) {
    let text = format!("from celery import Celery\napp = Celery('planted', broker='redis://:{MARKER}@cache/0')\n");
    ("zz_planted/celery.py".to_owned(), text.into_bytes())
}

/// All rules, on one thread.
fn settings() -> Settings {
    Settings { rules: rules::all(), threads: 1, preview: true, ..Settings::default() }
}

/// Lints and shows the files in every way.
///
/// # Panics
/// When a promise is broken.
#[allow(dead_code, reason = "not every program that includes this file lints")]
pub fn keep<P: AsRef<str>, B: AsRef<[u8]>>(what: &str, files: &[(P, B)]) -> Outcome {
    let settings = settings();
    let outcome = engine::lint(memory::sources(files), &settings);
    healthy(what, &outcome);
    engine::with_threads(&settings, || show(what, &outcome, |_| true));
    outcome
}

/// [`keep`] with one output of three, which a number chooses: drawing takes longer than linting.
///
/// # Panics
/// When a promise is broken.
#[allow(dead_code, reason = "for the fuzz targets")]
pub fn keep_some<P: AsRef<str>, B: AsRef<[u8]>>(what: &str, files: &[(P, B)], chosen: usize) {
    let settings = settings();
    let outcome = engine::lint(memory::sources(files), &settings);
    healthy(what, &outcome);
    engine::with_threads(&settings, || show(what, &outcome, |output| output % 3 == chosen % 3));
}

fn show(what: &str, outcome: &Outcome, wanted: impl Fn(usize) -> bool) {
    let (project, findings) = (&outcome.project, outcome.findings.as_slice());
    let summary = Summary::of(project, findings, outcome.elapsed, outcome.suppressed.len());
    for (_, (format, name)) in FORMATS.iter().enumerate().filter(|(index, _)| wanted(*index)) {
        let options = RenderOptions { statistics: true, ..RenderOptions::default() };
        let input = RenderInput { project, findings, summary: &summary, options };
        let mut out = Vec::new();
        render(*format, &input, &mut out).expect("memory can be written to");
        harmless(&format!("{what}, {name}"), name, &utf8(name, out));
    }
    for (_, (format, name)) in VIEWS.iter().enumerate().filter(|(index, _)| wanted(*index)) {
        let mut out = Vec::new();
        inspect::write(&mut out, project, findings, *format).expect("memory can be written to");
        harmless(&format!("{what}, inspect {name}"), name, &utf8(name, out));
    }
}

/// Fixes the files, safely and unsafely.
///
/// # Panics
/// When a promise is broken.
#[allow(dead_code, reason = "not every program that includes this file fixes")]
pub fn fix<P: AsRef<str>, B: AsRef<[u8]>>(what: &str, files: &[(P, B)]) {
    let settings = settings();
    for level in [Applicability::Safe, Applicability::Unsafe] {
        let what = format!("{what}, {level:?}");
        let first = engine::lint(memory::sources(files), &settings);
        healthy(&what, &first);
        engine::with_threads(&settings, || fix_at(&what, level, first, &settings));
    }
}

fn fix_at(what: &str, level: Applicability, first: Outcome, settings: &Settings) {
    let parsed = parsing(&first.project.sources);
    let rounds =
        Rounds { level, found: |outcome: &Outcome| (&outcome.project.sources, &outcome.findings), parses, kind };
    let fixed = fix::fix_until_stable(first, &rounds, |sources| engine::lint(sources, settings));
    assert!(fixed.stable, "{what}: the fixes do not come to an end: {:?}", fixed.plan.applied);
    for skipped in &fixed.plan.skipped {
        assert!(!matches!(skipped.why, Skip::Misplaced | Skip::Breaks), "{what}: {skipped:?}");
    }
    let last = fixed.last.as_ref().unwrap_or(&fixed.first);
    healthy(what, last);
    for (path, parses) in parsing(&last.project.sources) {
        let before = parsed.get(path.as_str()).copied().unwrap_or(true);
        assert!(parses || !before, "{what}: `{path}` parsed before the fixes, and does not now");
    }
    let diff = fix::diff(&fixed.plan, &fixed.first.project, &last.project);
    assert!(!diff.contains(MARKER), "{what}: the diff tells the planted password");
    let obeyed = diff.chars().find(|c| is_obeyed(*c) && !"\n\r\t\u{c}".contains(*c));
    assert_eq!(obeyed, None, "{what}: the diff holds what a terminal obeys");
}

fn parsing(sources: &Sources) -> BTreeMap<String, bool> {
    let python = sources.files.iter().filter(|file| file.path.ends_with(".py"));
    python.map(|file| (file.path.clone(), parses(&file.text))).collect()
}

/// No bug of ours, and every label lies in its file.
pub fn healthy(what: &str, outcome: &Outcome) {
    for finding in outcome.findings.iter().chain(&outcome.suppressed) {
        assert_ne!(finding.rule.name, "internal-error", "{what}: {}", finding.message);
        for loc in finding.primary.iter().chain(&finding.related).map(|label| label.loc) {
            let text = &outcome.project.sources.get(loc.file).text;
            assert!(text.get(loc.span.range()).is_some(), "{what}: {} at {:?}", finding.message, loc.span);
        }
    }
}

const FORMATS: &[(OutputFormat, &str)] = &[
    (OutputFormat::Full, "full"),
    (OutputFormat::Concise, "concise"),
    (OutputFormat::Json, "json"),
    (OutputFormat::Jsonl, "jsonl"),
    (OutputFormat::Sarif, "sarif"),
    (OutputFormat::Github, "github"),
    (OutputFormat::Gitlab, "gitlab"),
    (OutputFormat::Junit, "junit"),
];

const VIEWS: &[(InspectFormat, &str)] = &[
    (InspectFormat::Tree, "tree"),
    (InspectFormat::Json, "json"),
    (InspectFormat::Mermaid, "mermaid"),
    (InspectFormat::Dot, "dot"),
    (InspectFormat::Html, "html"),
];

fn utf8(what: &str, bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{what} is not UTF-8: {error}"))
}

/// No secret, nothing that a terminal would obey, and documents that parse.
fn harmless(what: &str, output: &str, text: &str) {
    assert!(!text.contains(MARKER), "{what} tells the planted password");
    if let Some(at) = text.find(|c| is_obeyed(c) && c != '\n') {
        let around: String = text[..at].chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
        panic!("{what} holds {:?} after {around:?}", text[at..].chars().next());
    }
    let lines: Vec<&str> = match output {
        "json" | "sarif" | "gitlab" => vec![text],
        "jsonl" => text.lines().collect(),
        _ => Vec::new(),
    };
    for line in lines {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(parsed.is_ok(), "{what} is no JSON: {parsed:?}");
    }
}
