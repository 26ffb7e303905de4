//! `pickle-accepted`: see its page.

use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::{Project, Setting, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::rules::configuration::shape;
use crate::source::{Loc, Piece};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/pickle-accepted.md"), Check::Project(check));

const ACCEPTING: &[&str] = &["accept_content", "result_accept_content"];
const SERIALIZERS: &[&str] = &["task_serializer", "result_serializer", "event_serializer"];
/// The serializer and its content type; both are names that a list may have.
const PICKLE: &[&str] = &["pickle", "application/x-python-serialize"];

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for setting in production::named(project, ACCEPTING) {
        for list in shape::literals(&setting.value) {
            let Some(item) = items(list).iter().find(|item| is_pickle(item)) else { continue };
            let Some(at) = item.at.filter(|at| !seen.contains(at)) else { continue };
            seen.push(at);
            out.push(describe(project, setting, list, at));
        }
    }
}

fn items(list: &Value) -> &[Value] {
    match &list.kind {
        ValueKind::List { items, .. } => items,
        _ => &[],
    }
}

fn is_pickle(item: &Value) -> bool {
    item.as_literal().is_some_and(|name| PICKLE.contains(&name.as_str()))
}

fn describe(project: &Project, setting: &Setting, list: &Value, at: Loc) -> Finding {
    // Signed messages come from those only who have a key.
    let signed = project.sources.files.iter().any(|file| file.text.contains("setup_security"));
    let development = !production::is_production(project, at);
    let severity = if signed || development { Severity::Note } else { Severity::Error };
    let message = format!("`{}` takes pickles, which run code when they are read", setting.written);
    let label = "whoever can reach the broker can run any code here";
    let mut finding = Finding::new(&RULE, message, at, label).severity(severity).symbol(setting.name.as_str());
    let senders = senders(project, at);
    for sender in &senders {
        finding = finding.related(*sender, "and this makes them");
    }
    finding = finding.help("Send and accept JSON, and pass identifiers instead of objects");
    match fix(project, list, &senders) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// The words `pickle` of serializer settings in the same file.
fn senders(project: &Project, near: Loc) -> Vec<Loc> {
    let values = production::named(project, SERIALIZERS).flat_map(|setting| shape::literals(&setting.value));
    let mut found: Vec<Loc> =
        values.filter(|value| is_pickle(value)).filter_map(word).filter(|at| at.file == near.file).collect();
    found.sort();
    found.dedup();
    found
}

/// The characters of a text, without its quotes.
fn word(value: &Value) -> Option<Loc> {
    match &value.kind {
        ValueKind::Text(text) => match text.pieces.as_slice() {
            [Piece::Literal { at, .. }] => Some(*at),
            _ => None,
        },
        _ => None,
    }
}

/// JSON in the place of pickle; none when the list is not written as one.
fn fix(project: &Project, list: &Value, senders: &[Loc]) -> Option<Fix> {
    let ValueKind::List { items, open: false } = &list.kind else { return None };
    let at = list.at?;
    let source = project.sources.snippet(at);
    let (open, close) = (source.chars().next()?, source.chars().next_back()?);
    if !matches!((open, close), ('[', ']') | ('(', ')') | ('{', '}')) || source.contains(['#', '*']) {
        return None;
    }
    let mut kept: Vec<&str> = Vec::new();
    for item in items.iter().filter(|item| !is_pickle(item)) {
        kept.push(
            project.sources.snippet(item.at.filter(|place| place.file == at.file && at.span.contains(place.span))?),
        );
    }
    if kept.is_empty() {
        kept.push("\"json\"");
    }
    let comma = if open == '(' && kept.len() == 1 { "," } else { "" };
    let mut fix = Fix::new("Use JSON instead", Applicability::Unsafe);
    for sender in senders {
        fix = fix.replace(*sender, "json");
    }
    Some(fix.replace(at, format!("{open}{}{comma}{close}", kept.join(", "))))
}
