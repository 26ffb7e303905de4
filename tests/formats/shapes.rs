//! Odd files and odd spans: nothing panics, and what is drawn stands under what it is about.

use celery_lint::finding::Finding;
use celery_lint::project::Project;
use celery_lint::report::{OutputFormat, RenderOptions};
use celery_lint::source::{FileKind, Loc, Span};
use proptest::prelude::*;

use crate::sample::{SYNTAX, Sample, sources};
use crate::{plain, rendered};

fn one(text: &str, spans: &[(u32, u32)]) -> Sample {
    let sources = sources(vec![("a.py", FileKind::Python, text)]);
    let file = sources.by_path("a.py").unwrap().id;
    let place = |&(start, end): &(u32, u32)| Loc::new(file, Span::new(start, end));
    let first = Finding::new(&SYNTAX, "Broken", place(&spans[0]), "here");
    let finding = spans[1..].iter().fold(first, |finding, span| finding.related(place(span), "and there"));
    Sample { project: Project { sources, ..Project::default() }, findings: vec![finding] }
}

/// The drawing without head and foot.
fn drawing(text: &str, spans: &[(u32, u32)], width: usize) -> String {
    let options = RenderOptions { width, quiet: true, ..plain() };
    let full = rendered(&one(text, spans), OutputFormat::Full, options);
    full.lines()
        .skip_while(|line| !line.contains('╭'))
        .take_while(|line| !line.contains("docs:"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn tabs_and_wide_characters_keep_the_underline_in_place() {
    let want = "
   ╭─[a.py:1:5]
 1 │ 日   x = 1
   ·      ┬
   ·      ╰── here
   ╰────
";
    assert_eq!(format!("\n{}", drawing("日 \t x = 1\n", &[(6, 7)], 80)), want);
}

#[test]
fn an_empty_span_at_the_end_of_the_file_is_drawn() {
    let want = "
   ╭─[a.py:2:1]
 1 │ x = 1
 2 │
   · ▲
   · ╰── here
   ╰────
";
    assert_eq!(format!("\n{}", drawing("x = 1\r\n", &[(7, 7)], 80)), want);
}

#[test]
fn a_label_inside_another_gets_its_own_snippet() {
    let want = "
   ╭─[a.py:1:5]
 1 │ x = f(secret)
   ·     ────┬────
   ·         ╰── here
   ╰────
   ╭─[a.py:1:7]
 1 │ x = f(secret)
   ·       ───┬──
   ·          ╰── and there
   ╰────
";
    assert_eq!(format!("\n{}", drawing("x = f(secret)\n", &[(4, 13), (6, 12)], 80)), want);
}

#[test]
fn a_minified_line_is_clipped_around_its_label() {
    let text = format!("{}secret{}\n", "a=1;".repeat(100_000), ";b=2".repeat(100_000));
    let want = "
   ╭─[a.py:1:400001]
 1 │ …;a=1;a=1;secret;b=2;b=2;b=2;b=…
   ·           ───┬──
   ·              ╰── here
   ╰────
";
    assert_eq!(format!("\n{}", drawing(&text, &[(400_000, 400_006)], 38)), want);
}

#[test]
fn what_a_terminal_would_obey_is_not_passed_on() {
    let text = drawing("x = '\x1b[2J\u{202e}'\n", &[(5, 9)], 80);
    assert!(text.contains("x = '�[2J�'"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_span_in_no_text_panics(
        text in "[ab\t\r\n é日😀\u{200b}\u{1b}]{0,40}",
        spans in prop::collection::vec((0u32..60, 0u32..60), 1..5),
        width in 0usize..60,
        color: bool,
    ) {
        let sample = one(&text, &spans);
        for format in [OutputFormat::Full, OutputFormat::Json, OutputFormat::Sarif, OutputFormat::Github, OutputFormat::Junit] {
            let options = RenderOptions { width, color, ..plain() };
            prop_assert!(!rendered(&sample, format, options).is_empty());
        }
    }
}
