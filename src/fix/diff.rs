//! The changes of a plan as a unified diff, without its secrets: also the lines that go away are masked.

use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use crate::project::Project;
use crate::report::{Mask, clean, is_obeyed};

use super::apply::{Change, Plan};

const CONTEXT: usize = 3;

/// A unified diff that `git apply` would take, were nothing masked. `before` is the project that was linted first,
/// `after` the project on the fixed texts (the same one when there is none): secrets of both are hidden.
pub fn diff(plan: &Plan, before: &Project, after: &Project) -> String {
    let masks = [Mask::new(before), Mask::new(after)];
    let mut out = String::new();
    for change in &plan.changes {
        let old = change.before.as_deref().unwrap_or("");
        let masked = (masked(change, old, before, &masks), masked(change, &change.after, after, &masks));
        let path = clean(masks[0].text(&change.path).as_str());
        let from = if change.before.is_some() { format!("a/{path}") } else { "/dev/null".to_string() };
        let _ = write!(out, "--- {from}\n+++ b/{path}\n");
        write_hunks(&mut out, (old, &change.after), (&masked.0, &masked.1));
    }
    out
}

/// A text with the secrets of both projects hidden, and those at their places where the project holds this very text.
fn masked(change: &Change, text: &str, project: &Project, masks: &[Mask; 2]) -> String {
    let file = project.sources.by_path(&change.path).filter(|file| &*file.text == text);
    let placed = match file {
        Some(file) => {
            let own = masks.iter().find(|mask| mask.is_of(project));
            own.map(|mask| mask.source(file.id).text).unwrap_or_default()
        }
        None => text.to_string(),
    };
    masks.iter().fold(placed, |text, mask| mask.text(&text).to_string())
}

/// Compares the real texts and prints the masked ones, which have the same lines.
fn write_hunks(out: &mut String, real: (&str, &str), masked: (&str, &str)) {
    let lines = |text| -> Vec<&str> { str::split_inclusive(text, '\n').collect() };
    let (old, new) = (lines(masked.0), lines(masked.1));
    let ops = capture_diff_slices(Algorithm::Myers, &lines(real.0), &lines(real.1));
    for hunk in group_diff_ops(ops, CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let range = |start: usize, end: usize| {
            let count = end - start;
            // A range without lines names the line before it.
            let start = if count == 0 { start } else { start + 1 };
            if count == 1 { start.to_string() } else { format!("{start},{count}") }
        };
        let old_range = range(first.old_range().start, last.old_range().end);
        let new_range = range(first.new_range().start, last.new_range().end);
        let _ = writeln!(out, "@@ -{old_range} +{new_range} @@");
        for op in &hunk {
            write_op(out, op, &old, &new);
        }
    }
}

fn write_op(out: &mut String, op: &DiffOp, old: &[&str], new: &[&str]) {
    let (old, new) = (old.get(op.old_range()).unwrap_or(&[]), new.get(op.new_range()).unwrap_or(&[]));
    match op.tag() {
        DiffTag::Equal => write_lines(out, ' ', old),
        DiffTag::Delete => write_lines(out, '-', old),
        DiffTag::Insert => write_lines(out, '+', new),
        DiffTag::Replace => {
            write_lines(out, '-', old);
            write_lines(out, '+', new);
        }
    }
}

/// What a terminal would obey is not shown as it is, but for what stands in many sources and does no harm.
fn shown(character: char) -> char {
    let harmless = matches!(character, '\n' | '\r' | '\t' | '\u{c}');
    if !harmless && is_obeyed(character) { '\u{fffd}' } else { character }
}

fn write_lines(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.extend(line.chars().map(shown));
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}
