//! What the place of a statement says about when it runs.

use super::ir::{Block, Module, Scope, Stmt, StmtKind};
use crate::source::Span;

impl Module {
    /// Whether a place stands under a condition, a loop or a `try` of its scope.
    pub fn is_conditional(&self, scope: Scope, place: Span) -> bool {
        in_block(self.block(scope), place)
    }

    /// The statement of the scope's own block that holds a place.
    pub fn statement_at(&self, scope: Scope, place: Span) -> Option<&Stmt> {
        holding(self.block(scope), place)
    }

    fn block(&self, scope: Scope) -> &Block {
        match scope {
            Scope::Module => &self.body,
            Scope::Class(id) => &self.class(id).body,
            Scope::Function(id) => &self.function(id).body,
        }
    }
}

fn holding(block: &Block, place: Span) -> Option<&Stmt> {
    block.iter().find(|statement| statement.span.contains(place))
}

fn in_block(block: &Block, place: Span) -> bool {
    let Some(statement) = holding(block, place) else { return false };
    match &statement.kind {
        StmtKind::With { body, .. } => in_block(body, place),
        StmtKind::If(_) | StmtKind::For { .. } | StmtKind::While { .. } | StmtKind::Try(_) | StmtKind::Match { .. } => {
            true
        }
        _ => false,
    }
}
