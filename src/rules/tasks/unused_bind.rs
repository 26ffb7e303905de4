//! `unused-bind`: see its page.

use super::asked::asked;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unused-bind.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (_, task, detail) in asked(project) {
        let Some(first) = detail.first_param.as_deref() else { continue };
        if !task.bind || detail.body.uses_first || !detail.closed || !detail.below.is_empty() {
            continue;
        }
        let message = format!("Task `{}` is bound and does not use `{first}`", task.function);
        let finding = Finding::new(&RULE, message, task.name_at, "takes the task as its first argument for nothing");
        let finding = finding.symbol(&task.function).help(format!("Remove `bind=True` and the parameter `{first}`"));
        out.push(unbound(project, task).into_iter().fold(finding, Finding::fix));
    }
}

/// Without `bind=True`, and without the parameter.
fn unbound(project: &Project, task: &Task) -> Option<Fix> {
    let (_, value, word) = task.options.iter().find(|(name, ..)| name == "bind")?;
    let end = value.at.filter(|at| at.file == word.file)?.span.end;
    let text = &project.sources.get(word.file).text;
    let bind = Span::new(word.span.start, end);
    (text.get(bind.range())? == "bind=True").then_some(())?;
    let (_, parameter) = task.signature.as_ref()?.places.first()?;
    // An annotation belongs to it.
    let plain = text.get(parameter.span.end as usize..)?.trim_start().starts_with([',', ')']);
    let fix = Fix::new("Unbind the task", Applicability::Unsafe)
        .replace(Loc::new(word.file, whole(text, bind, true)?), "")
        .replace(Loc::new(parameter.file, whole(text, parameter.span, false)?), "");
    plain.then_some(fix)
}

/// An argument with its comma; with the parentheses too where it is the only one, if they may go.
fn whole(text: &str, at: Span, parentheses: bool) -> Option<Span> {
    let (before, after) = (text.get(..at.start as usize)?, text.get(at.end as usize..)?);
    let blank = |text: &str| (text.len() - text.trim_start().len()) as u32;
    if let Some(rest) = after.trim_start().strip_prefix(',') {
        let last = rest.trim_start().starts_with(')');
        let to = at.end + blank(after) + 1;
        return Some(Span::new(at.start, if last { to } else { to + blank(rest) }));
    }
    let trimmed = before.trim_end();
    match trimmed.chars().next_back()? {
        ',' => Some(Span::new(trimmed.len() as u32 - 1, at.end)),
        '(' if parentheses && after.trim_start().starts_with(')') => {
            Some(Span::new(trimmed.len() as u32 - 1, at.end + blank(after) + 1))
        }
        _ => Some(at),
    }
}
