//! What the place of a statement says about when it runs.

use super::ir::{Block, Module, Scope, StmtKind};
use crate::source::Span;

impl Module {
    /// Whether a place stands under a condition, a loop or a `try` of its scope.
    pub fn is_conditional(&self, scope: Scope, place: Span) -> bool {
        let body = match scope {
            Scope::Module => &self.body,
            Scope::Class(id) => &self.class(id).body,
            Scope::Function(id) => &self.function(id).body,
        };
        in_block(body, place)
    }
}

fn in_block(block: &Block, place: Span) -> bool {
    let holds = |span: Span| span.start <= place.start && place.end <= span.end;
    let Some(statement) = block.iter().find(|statement| holds(statement.span)) else { return false };
    match &statement.kind {
        StmtKind::With { body, .. } => in_block(body, place),
        StmtKind::If(_)
        | StmtKind::For { .. }
        | StmtKind::While { .. }
        | StmtKind::Try { .. }
        | StmtKind::Match { .. } => true,
        _ => false,
    }
}
