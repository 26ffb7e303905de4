//! Signatures, canvases and methods of tasks that stand alone in a statement: nothing starts them.

use super::{Canvas, Finder, Kind, What};
use crate::python::ir::{Block, ExprId, ExprKind, Scope, StmtKind};
use crate::source::Loc;

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct Dropped {
    pub kind: DroppedKind,
    /// The whole expression.
    pub at: Loc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DroppedKind {
    /// `task.s(1)`
    Signature,
    /// `chain(…)`
    Canvas(Kind),
    /// `a.s() | b.s()`
    Pipe,
    /// `task.delay`
    Method,
}

/// Every one in a module.
pub(super) fn find(finder: &Finder, canvases: &[Canvas]) -> Vec<Dropped> {
    let mut found = Vec::new();
    let functions = finder.module.functions.iter().map(|function| &function.body);
    let classes = finder.module.classes.iter().map(|class| &class.body);
    for body in std::iter::once(&finder.module.body).chain(functions).chain(classes) {
        statements(body, &mut |expr| {
            let scope = finder.names.scope_at(finder.module.span(expr));
            if let Some(kind) = kind(finder, canvases, scope, expr) {
                found.push(Dropped { kind, at: finder.loc(expr) });
            }
        });
    }
    found.sort_by_key(|dropped| dropped.at);
    found.dedup_by_key(|dropped| dropped.at);
    found
}

/// The expressions that are statements of their own. The bodies of functions and classes are blocks of their own.
fn statements(block: &Block, visit: &mut dyn FnMut(ExprId)) {
    for statement in block {
        if let StmtKind::Expr(expr) = &statement.kind {
            visit(*expr);
        }
        for inner in statement.blocks() {
            statements(inner, visit);
        }
    }
}

fn kind(finder: &Finder, canvases: &[Canvas], scope: Scope, expr: ExprId) -> Option<DroppedKind> {
    match &finder.module.expr(expr).kind {
        ExprKind::Call(call) => {
            if let Some(kind) = finder.kind_of(scope, call.func) {
                return Some(DroppedKind::Canvas(kind));
            }
            let name = finder.module.last_name(call.func)?;
            if !matches!(&**name, "s" | "si" | "signature" | "subtask") {
                return None;
            }
            matches!(finder.part(scope, expr).what, What::Signature(_)).then_some(DroppedKind::Signature)
        }
        ExprKind::Binary { .. } => {
            let at = finder.loc(expr);
            let pipe = canvases.iter().find(|canvas| canvas.at == at)?;
            let sure = pipe.parts.iter().all(|part| !matches!(part.what, What::Unknown | What::Sent(_)));
            sure.then_some(DroppedKind::Pipe)
        }
        ExprKind::Attribute { value, attr, .. } if matches!(&**attr, "delay" | "apply_async") => {
            matches!(finder.part(scope, *value).what, What::Task(_)).then_some(DroppedKind::Method)
        }
        _ => None,
    }
}
