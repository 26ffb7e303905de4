//! `autoretry-for-invalid`: see its page.

use super::asked::asked;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::Task;
use crate::project::task::detail::Autoretry;
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Sources, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/autoretry-for-invalid.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (_, task, detail) in asked(project) {
        let Some(auto) = &detail.autoretry else { continue };
        out.findings.extend(single(&project.sources, task, auto));
        out.findings.extend(auto.texts.iter().map(|at| text(task, *at)));
    }
}

/// One class, where Celery makes a tuple of it.
fn single(sources: &Sources, task: &Task, auto: &Autoretry) -> Option<Finding> {
    let [(class, Some(at))] = auto.classes.as_deref()? else { return None };
    if !auto.single || !class.is_sure() {
        return None;
    }
    let message = format!("`autoretry_for` of `{}` is a class, not a tuple of classes", task.function);
    let finding = Finding::new(&RULE, message, *at, "raises `TypeError: 'type' object is not iterable`");
    let title = format!("Make it a tuple: `({},)`", sources.snippet(*at));
    Some(finding.symbol(&task.function).help("Add a comma and parentheses: `(…,)`").fix(comma(sources, title, *at)))
}

fn comma(sources: &Sources, title: String, at: Loc) -> Fix {
    let text = &sources.get(at.file).text;
    let before = text.get(..at.span.start as usize).unwrap_or_default().trim_end();
    let after = text.get(at.span.end as usize..).unwrap_or_default().trim_start();
    let inside = before.strip_suffix('(').is_some_and(|rest| rest.trim_end().ends_with('=')) && after.starts_with(')');
    let fix = Fix::new(title, Applicability::Safe);
    if inside {
        let end = Loc::new(at.file, Span::new(at.span.end, at.span.end));
        return fix.replace(end, ",");
    }
    fix.replace(at, format!("({},)", sources.snippet(at)))
}

fn text(task: &Task, at: Loc) -> Finding {
    let message = format!("`autoretry_for` of `{}` names an error by a text", task.function);
    let label = "raises `TypeError: catching classes that do not inherit from BaseException is not allowed`";
    Finding::new(&RULE, message, at, label).symbol(&task.function).help("Name the class itself, without quotes")
}
