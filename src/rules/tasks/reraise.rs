//! A fix that lets one class of errors out of a `try`.

use super::import_line;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::task::attempt::Attempt;
use crate::source::{Loc, Span};

/// `except Class: raise` above the other handlers, with `Class` imported from `celery.exceptions`.
pub fn fix(project: &Project, attempt: &Attempt, class: &str, title: &str) -> Option<Fix> {
    let first = attempt.handlers.first()?.at;
    let text = &project.sources.get(first.file).text;
    let before = text.get(..first.span.start as usize)?;
    let indent = before.get(before.rfind('\n')? + 1..).filter(|it| it.trim().is_empty())?;
    let unit = if indent.contains('\t') { "\t" } else { "    " };
    let start = Loc::new(first.file, Span::new(first.span.start, first.span.start));
    let handler = format!("except {class}:\n{indent}{unit}raise\n{indent}");
    let fix = Fix::new(title, Applicability::Unsafe).replace(start, handler);
    import_line::with(project, fix, first.file, class, &format!("from celery.exceptions import {class}"))
}
