//! A run as a whole: bugs of ours cost one finding, and the same input gives the same outcome.

use super::*;
use crate::config::FailOn;
use crate::finding::Severity;
use crate::rules::files::unused_suppression;
use crate::source::files::ReadError;
use crate::source::{FileId, FileKind, Loc, SourceFile, Span};

const PAGE: &str = "---\nname: panics\narea: files\nseverity: error\nconfidence: high\nfix: never\nstatus: preview\n\
                    since: 0.1.0\ncelery: x\nsummary: x\n---\n";
static PANICS: Rule = Rule::new(PAGE, Check::Project(|_, _| panic!("hunter2")));
static EVERY_FILE: Rule = Rule::new(PAGE, Check::Project(every_file));

fn every_file(project: &Project, report: &mut Report) {
    for index in (0..project.sources.files.len() as u32).rev() {
        for start in [1, 0] {
            let loc = Loc::new(FileId(index), Span::new(start, 2));
            report.push(Finding::new(&EVERY_FILE, "here", loc, ""));
        }
    }
}

fn sources(paths: &[&str]) -> Sources {
    let files = paths.iter().map(|path| SourceFile::new(*path, FileKind::Python, "x = 1\n")).collect();
    Sources::new("/p".into(), None, files)
}

fn lines(outcome: &Outcome) -> Vec<String> {
    let place = |finding: &Finding| finding.primary.as_ref().map_or(0, |label| label.loc.span.start);
    outcome.findings.iter().map(|it| format!("{}:{} {}", it.path, place(it), it.message)).collect()
}

#[test]
fn a_rule_that_panics_costs_one_finding_and_the_run_has_failed() {
    let settings = Settings { rules: vec![&PANICS], only: vec!["a.py".into()], ..Settings::default() };
    let outcome = lint(sources(&["a.py"]), &settings);
    assert_eq!(outcome.status, Status::Failed);
    let [finding] = outcome.findings.as_slice() else { panic!("{:?}", lines(&outcome)) };
    assert_eq!((finding.rule.name, finding.path.as_str(), finding.symbol.as_str()), ("internal-error", ".", "panics"));
    assert!(finding.message.starts_with("The rule `panics` failed at `src/engine/tests.rs:"), "{}", finding.message);
}

#[test]
fn the_outcome_does_not_depend_on_threads_or_on_the_order_of_files() {
    let expected = ["a.py:0 here", "a.py:1 here", "b/c.py:0 here", "b/c.py:1 here"];
    for threads in [1, 2, 7] {
        for paths in [["a.py", "b/c.py"], ["b/c.py", "a.py"]] {
            let settings = Settings { rules: vec![&EVERY_FILE], threads, ..Settings::default() };
            assert_eq!(lines(&lint(sources(&paths), &settings)), expected);
        }
    }
}

#[test]
fn a_hidden_finding_still_counts() {
    let settings = Settings { rules: vec![&EVERY_FILE], min_severity: Severity::Error, ..Settings::default() };
    let mut settings = Settings { severities: [("panics".into(), Severity::Warning)].into(), ..settings };
    let outcome = lint(sources(&["a.py"]), &settings);
    assert_eq!((outcome.findings.len(), outcome.hidden, outcome.status), (0, 2, Status::Findings));
    settings.fail_on = FailOn::Error;
    assert_eq!(lint(sources(&["a.py"]), &settings).status, Status::Clean);
}

#[test]
fn only_the_named_paths_are_reported() {
    let settings = Settings { rules: vec![&EVERY_FILE], only: vec!["b".into()], ..Settings::default() };
    assert_eq!(lines(&lint(sources(&["a.py", "b/c.py", "bc.py"]), &settings)), ["b/c.py:0 here", "b/c.py:1 here"]);
}

#[test]
fn unreadable_files_are_findings_and_large_data_is_a_note() {
    let mut sources = sources(&["a.py"]);
    sources.unreadable.push(("b.py".into(), ReadError::Io("permission denied".into())));
    sources.unreadable.push(("dump.json".into(), ReadError::TooLarge { size: 3, limit: 2 }));
    let outcome = lint(sources, &Settings::default());
    let severities: Vec<Severity> = outcome.findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Error, Severity::Note]);
    assert_eq!(lines(&outcome)[0], "b.py:0 The file was not read: permission denied");
}

#[test]
fn a_suppressed_finding_is_counted_and_its_comment_is_used() {
    let file = SourceFile::new("a.py", FileKind::Python, "x = 1  # celery-lint: ignore[unused-suppression, nope]\n");
    let outcome = lint(Sources::new("/p".into(), None, vec![file]), &Settings::default());
    assert_eq!((outcome.findings.len(), outcome.suppressed.len()), (0, 1));
    assert_eq!(outcome.suppressed[0].rule, &unused_suppression::RULE);
}

#[test]
fn a_project_whose_requirements_have_no_celery_has_no_findings() {
    let tree = |requirements: Option<&str>, python: &str| {
        let mut files = vec![SourceFile::new("a.py", FileKind::Python, python)];
        files.push(SourceFile::new(".gitignore", FileKind::GitIgnore, "celerybeat-schedule\n"));
        files.extend(requirements.map(|text| SourceFile::new("requirements.txt", FileKind::Requirements, text)));
        Sources::new("/p".into(), None, files)
    };
    let settings = Settings { rules: vec![&PANICS], ..Settings::default() };
    let outcome = lint(tree(Some("flask==3\n"), "def f(:\n"), &settings);
    assert_eq!((lines(&outcome), outcome.status), (Vec::new(), Status::Clean));
    let others = [(Some("flower\n"), "x"), (None, "x"), (Some("# nothing\n"), "x"), (Some("flask\n"), "'CELERY_X'")];
    for (requirements, python) in others {
        let outcome = lint(tree(requirements, python), &Settings { rules: vec![&EVERY_FILE], ..Settings::default() });
        assert!(!outcome.findings.is_empty(), "{requirements:?} {python}");
    }
}
