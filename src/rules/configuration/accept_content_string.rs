//! `accept-content-string`: see its page.

use super::{direct, releases, shape};
use crate::celery::values::{Shape, wrong_in};
use crate::celery::{release::Releases, settings};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::{Project, Setting, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/accept-content-string.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for setting in production::named(project, &["accept_content", "result_accept_content"]) {
        for value in setting.value.alternatives() {
            let Some(at) = text_at(project, setting, value).filter(|at| !seen.contains(at)) else { continue };
            let Some(when) = releases::suffix(project, letters(setting)) else { continue };
            seen.push(at);
            out.push(describe(project, setting, value, at, &when));
        }
    }
}

/// Where a text stands that becomes the setting.
fn text_at(project: &Project, setting: &Setting, value: &Value) -> Option<Loc> {
    match &value.kind {
        ValueKind::Text(text) if !text.is_empty() => value.at,
        ValueKind::Env(_) => direct::text_read(project, setting, value).map(|(_, at)| at),
        _ => None,
    }
}

fn letters(setting: &Setting) -> Releases {
    settings::lookup(&setting.name).map_or(Releases::none(), |fact| wrong_in(fact, Shape::Str("json")))
}

fn describe(project: &Project, setting: &Setting, value: &Value, at: Loc, when: &str) -> Finding {
    let message = format!("`{}` is a text, and Celery reads it letter by letter", setting.written);
    let label = format!("no task is sent and no worker starts{when}");
    let finding = Finding::new(&RULE, message, at, label).symbol(setting.name.as_str());
    let help = "Write a list of content types";
    let source = project.sources.snippet(at);
    let literal = shape::with(project, value, |shape| matches!(shape, Shape::Str(text) if !text.contains(',')));
    if !literal || !source.starts_with(['"', '\'']) {
        return finding.help(help);
    }
    finding.help(help).fix(Fix::new("Make it a list", Applicability::Safe).replace(at, format!("[{source}]")))
}
