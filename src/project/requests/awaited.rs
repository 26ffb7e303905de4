//! `await` on what Celery gives: nothing of it can be awaited.

use super::super::{Project, production::is_shown};
use crate::project::submission::Method;
use crate::python::Module;
use crate::python::ir::{ExprId, ExprKind};
use crate::source::{Loc, Span};

/// One such place.
#[derive(Debug, Clone, Copy)]
pub struct Awaited {
    /// Index into `Project::submissions`.
    pub submission: usize,
    /// From `await` to the end.
    pub at: Loc,
    /// The word `await` with the blank behind it.
    pub word: Loc,
    /// The method of the result that is called and awaited, if it is not the result itself.
    pub waits: bool,
}

/// Methods that wait for the value, and give it.
const WAITING: &[&str] = &["collect", "get", "join", "wait"];

/// All of a project, outside tests and examples.
pub fn find(project: &Project) -> Vec<Awaited> {
    let mut modules: Vec<usize> = project.submissions.iter().map(|it| it.module).collect();
    modules.sort_unstable();
    modules.dedup();
    let mut found = Vec::new();
    for id in modules {
        let module = project.modules.get(&project.sources, id);
        if is_shown(project.sources.path(module.file)) {
            continue;
        }
        found.extend(module.exprs.iter().filter_map(|expr| match expr.kind {
            ExprKind::Await(inner) => of_await(project, module, expr.span, inner),
            _ => None,
        }));
    }
    found.sort_by_key(|it| it.at);
    found
}

fn of_await(project: &Project, module: &Module, span: Span, inner: ExprId) -> Option<Awaited> {
    let direct = sends(project, module, inner);
    let (submission, waits) = match direct {
        Some(submission) => (submission, false),
        None => (sends(project, module, receiver_of_wait(module, inner)?)?, true),
    };
    let file = module.file;
    let word = Loc::new(file, Span::new(span.start, module.span(inner).start));
    // Parentheses between the two would stay behind.
    let plain = project.sources.snippet(word).trim() == "await";
    plain.then_some(Awaited { submission, at: Loc::new(file, span), word, waits })
}

/// `x` of `x.get()`.
fn receiver_of_wait(module: &Module, expr: ExprId) -> Option<ExprId> {
    match &module.expr(module.call(expr)?.func).kind {
        ExprKind::Attribute { value, attr, .. } if WAITING.contains(&&**attr) => Some(*value),
        _ => None,
    }
}

/// The submission that a call surely is.
fn sends(project: &Project, module: &Module, expr: ExprId) -> Option<usize> {
    module.call(expr)?;
    let at = Loc::new(module.file, module.span(expr));
    let index = project.submissions.binary_search_by(|it| it.at.cmp(&at)).ok()?;
    let submission = project.submissions.get(index)?;
    let known = submission.task.is_some() || submission.method == Method::Canvas;
    let gives = !matches!(submission.method, Method::Signature | Method::Retry | Method::Each | Method::Apply);
    (known && gives && !submission.in_test && !submission.handed).then_some(index)
}
