//! What suppression comments silence, and what an idle one says.

use super::*;
use crate::fix::Edit;
use crate::rules::files::{internal_error, invalid_syntax};
use crate::source::FileKind;

/// Lints one file in which the text between guillemets of `marked` is the label of an `invalid-syntax` finding.
fn run(marked: &str) -> (usize, Vec<String>, String) {
    run_with(marked, &Settings::default())
}

fn run_with(marked: &str, settings: &Settings) -> (usize, Vec<String>, String) {
    let start = marked.find('«').unwrap();
    let text = marked.replace(['«', '»'], "");
    let end = start + marked[start..].find('»').unwrap() - '«'.len_utf8();
    let file = SourceFile::new("a.py", FileKind::Python, text.clone());
    let sources = Sources::new("/p".into(), None, vec![file]);
    let loc = Loc::new(FileId(0), Span::of(start, end));
    let mut finding = Finding::new(&invalid_syntax::RULE, "broken", loc, "");
    finding.path = "a.py".into();
    let comments: Vec<(FileId, Span)> = text
        .match_indices("# celery-lint")
        .map(|(at, _)| (FileId(0), Span::of(at, at + text[at..].find('\n').unwrap_or(text.len() - at))))
        .collect();
    let sorted = apply(&sources, &comments, vec![finding], settings);
    let unused: Vec<&Finding> =
        sorted.kept.iter().filter(|finding| finding.rule.name == "unused-suppression").collect();
    let mut fixed = text;
    if let Some(Edit::Replace { at, text }) = unused.first().map(|finding| &finding.fixes[0].edits[0]) {
        fixed.replace_range(at.span.range(), text);
    }
    (sorted.suppressed.len(), unused.iter().map(|finding| finding.message.clone()).collect(), fixed)
}

#[test]
fn a_name_on_the_line_silences_its_rule() {
    assert_eq!(run("«x»  # celery-lint: ignore[invalid-syntax] legacy\n").0, 1);
    assert_eq!(run("# celery-lint: ignore[invalid-syntax]\n«x»\n").0, 1);
    assert_eq!(run("# celery-lint: ignore-file[invalid-syntax]\n\ny\n«x»\n").0, 1);
    assert_eq!(run("«x»  # celery-lint: ignore\n").0, 1);
}

#[test]
fn any_line_of_a_label_will_do() {
    let text = "«x = (\n  1,  # celery-lint: ignore[invalid-syntax]\n)»\n";
    assert_eq!(run(text), (1, vec![], text.replace(['«', '»'], "")));
}

#[test]
fn another_line_or_another_rule_is_not_silenced() {
    assert_eq!(run("«x»\ny  # celery-lint: ignore[invalid-syntax]\n").0, 0);
    assert_eq!(run("«x»  # celery-lint: ignore[unreadable-file]\n").0, 0);
}

#[test]
fn an_idle_comment_is_a_finding_and_its_fix_leaves_no_trace() {
    let expected = |fixed: &str| (0, vec!["`invalid-syntax` suppresses nothing here".to_owned()], fixed.to_owned());
    assert_eq!(run("«x»\ny  # celery-lint: ignore[invalid-syntax]\n"), expected("x\ny\n"));
    assert_eq!(run("«x»\nz\n    # celery-lint: ignore[invalid-syntax] why\ny\n"), expected("x\nz\ny\n"));
    assert_eq!(run("«x»\ny  # celery-lint: ignore[invalid-syntax] why  # noqa\n"), expected("x\ny  # noqa\n"));
    assert_eq!(run("«x»\ny  # noqa  # celery-lint: ignore[invalid-syntax]\n"), expected("x\ny  # noqa\n"));
}

#[test]
fn only_the_idle_name_goes_when_another_is_needed() {
    let (suppressed, messages, fixed) = run("«x»  # celery-lint: ignore[invalid-syntax, unreadable-file, nope]\n");
    assert_eq!(suppressed, 1);
    assert_eq!(messages, ["`unreadable-file` suppresses nothing here", "`nope` is not a rule"]);
    assert_eq!(fixed, "x  # celery-lint: ignore[invalid-syntax]\n");
}

#[test]
fn a_rule_that_did_not_run_is_not_missed() {
    let settings = Settings { rules: vec![&unused_suppression::RULE], partial: true, ..Settings::default() };
    let text = "«x»\ny  # celery-lint: ignore[unreadable-file]\nz  # celery-lint: ignore\n";
    assert_eq!(run_with(text, &settings).1, Vec::<String>::new());
}

#[test]
fn blanket_and_empty_comments_that_silence_nothing_are_findings() {
    assert_eq!(run("«x»\ny  # celery-lint: ignore\n").1, ["The comment suppresses nothing"]);
    assert_eq!(run("«x»  # celery-lint: ignore[]\n").1, ["The comment names no rule"]);
    assert_eq!(run("«x»  # celery-lint: ingore[a]\n").1, ["`ingore` is not a suppression"]);
    assert_eq!(run("«x»  # celery-lint: is a linter\n").1, Vec::<String>::new());
}

#[test]
fn the_finding_about_a_comment_can_itself_be_silenced_by_name() {
    let text = "«x»\n# celery-lint: ignore[unused-suppression]\ny  # celery-lint: ignore[invalid-syntax]\n";
    assert_eq!(run(text).1, Vec::<String>::new());
}

#[test]
fn a_related_label_counts_too_but_not_for_a_whole_file() {
    let file = |path: &str, text: &str| SourceFile::new(path, FileKind::Python, text.to_owned());
    for (comment, expected) in
        [("# celery-lint: ignore[internal-error]", 1), ("# celery-lint: ignore-file[internal-error]", 0)]
    {
        let sources = Sources::new("/p".into(), None, vec![file("a.py", "x\n"), file("b.py", comment)]);
        let place = |id: u32| Loc::new(FileId(id), Span::new(0, 1));
        let mut finding = Finding::new(&internal_error::RULE, "bad", place(0), "").related(place(1), "here");
        finding.path = "a.py".into();
        let comments = [(FileId(1), Span::of(0, comment.len()))];
        let sorted = apply(&sources, &comments, vec![finding], &Settings::default());
        assert_eq!(sorted.suppressed.len(), expected, "{comment}");
    }
}
