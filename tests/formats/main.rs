//! Every output format, byte for byte, on one small project made by hand (`fixtures/report/`; `UPDATE=1` rewrites them),
//! and against what its readers require.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod readers;
mod sample;
mod secrets;
mod shapes;

use std::path::Path;

use celery_lint::report::{OutputFormat, RenderInput, RenderOptions, Summary, render};

use sample::Sample;

fn rendered(sample: &Sample, format: OutputFormat, options: RenderOptions) -> String {
    let mut summary = Summary::of(&sample.project, &sample.findings, std::time::Duration::from_millis(41), 2);
    summary.understood.tasks = 23;
    let input = RenderInput { project: &sample.project, findings: &sample.findings, summary: &summary, options };
    let mut out = Vec::new();
    render(format, &input, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Compares with the file, or writes it when `UPDATE` is set.
fn assert_is(file: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/report").join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, got).unwrap();
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(want == got, "{file} differs (UPDATE=1 rewrites it); now it is:\n{got}");
}

fn plain() -> RenderOptions {
    RenderOptions { width: 100, ..RenderOptions::default() }
}

#[test]
fn full_shows_snippets_and_what_was_understood() {
    let sample = sample::shop();
    assert_is("full.txt", &rendered(&sample, OutputFormat::Full, plain()));
    assert_is("full-80.txt", &rendered(&sample, OutputFormat::Full, RenderOptions { width: 80, ..plain() }));
    assert_is("full-40.txt", &rendered(&sample, OutputFormat::Full, RenderOptions { width: 40, ..plain() }));
}

#[test]
fn full_can_be_ascii_and_can_be_coloured() {
    let sample = sample::shop();
    let ascii = RenderOptions { unicode: false, width: 80, ..plain() };
    let text = rendered(&sample, OutputFormat::Full, ascii);
    assert_is("full-ascii.txt", &text);
    let color = RenderOptions { color: true, width: 80, statistics: true, ..plain() };
    assert_is("full-color.txt", &rendered(&sample, OutputFormat::Full, color).replace('\x1b', "␛"));
}

#[test]
fn a_clean_run_says_what_was_looked_at() {
    let sample = Sample { findings: Vec::new(), ..sample::shop() };
    assert_is("full-clean.txt", &rendered(&sample, OutputFormat::Full, plain()));
    let quiet = RenderOptions { quiet: true, ..plain() };
    assert_eq!(rendered(&sample, OutputFormat::Full, quiet), "");
}

#[test]
fn concise_is_one_line_per_finding() {
    assert_is("concise.txt", &rendered(&sample::shop(), OutputFormat::Concise, plain()));
}

#[test]
fn the_formats_for_programs_stay_as_they_are() {
    let sample = sample::shop();
    let files = [
        (OutputFormat::Json, "report.json"),
        (OutputFormat::Jsonl, "report.jsonl"),
        (OutputFormat::Sarif, "report.sarif"),
        (OutputFormat::Github, "github.txt"),
        (OutputFormat::Gitlab, "gitlab.json"),
        (OutputFormat::Junit, "junit.xml"),
    ];
    for (format, file) in files {
        assert_is(file, &rendered(&sample, format, plain()));
    }
}
