//! What `on_commit` is given in a loop: a function that reads the loop's variables when the transaction is done, and finds the
//! last value in all of them.

use super::{Finder, Sent};
use crate::python::ir::{Binding, BindingKind, Block, CallFact, ExprId, ExprKind, FunctionId, Scope, Stmt, StmtKind};
use crate::source::{Loc, Span};

/// Such a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The name that it reads.
    pub name: String,
    /// Where it reads it.
    pub at: Loc,
    /// Where the loop gives it its values.
    pub bound_at: Loc,
    /// The lambda.
    pub callback: Loc,
    /// A transaction is open around the loop; elsewhere it is the caller who opens one.
    pub sure: bool,
    /// All that the lambda does is to send a task.
    pub sends: Option<Sent>,
}

impl Finder<'_> {
    pub(super) fn late(&self, fact: &CallFact, callback: ExprId) -> Option<Late> {
        let ExprKind::Lambda(lambda) = self.module.expr(callback).kind else { return None };
        let home = match fact.context.scope {
            Scope::Function(id) => &self.module.function(id).body,
            Scope::Module => &self.module.body,
            Scope::Class(_) => return None,
        };
        let around = innermost_loop(home, self.module.span(fact.call), None)?;
        if self.is_done_within(fact, around.at) || around.left {
            return None;
        }
        let (read, binding) = self.reads(lambda, fact.context.scope, around.at)?;
        let ExprKind::Name(name) = &self.module.expr(read).kind else { return None };
        let body = self.returned(lambda)?;
        Some(Late {
            name: name.to_string(),
            at: self.loc(read),
            bound_at: Loc::new(self.module.file, binding.name_at(name)),
            callback: self.loc(callback),
            sure: self.function(fact.context.scope).is_some_and(|id| self.transaction(fact, id).is_some()),
            sends: Some(self.sent(body)?),
        })
    }

    /// Whether a transaction begins in the loop, so that it is done before the loop goes on.
    fn is_done_within(&self, fact: &CallFact, around: Span) -> bool {
        let mut with = fact.context.with;
        while let Some(item) = with.and_then(|index| self.module.withs.get(index as usize)) {
            let inside = around.contains(self.module.span(item.context));
            if inside && self.atomic(item.context, fact.context.scope).is_some() {
                return true;
            }
            with = item.outer;
        }
        false
    }

    /// A name that the lambda reads and the loop binds.
    fn reads(&self, lambda: FunctionId, home: Scope, around: Span) -> Option<(ExprId, &Binding)> {
        let own = &self.module.function(lambda).scope.names;
        let mut names = Vec::new();
        self.names_in(self.returned(lambda)?, &mut names, 0);
        names.into_iter().find_map(|expr| {
            let ExprKind::Name(name) = &self.module.expr(expr).kind else { return None };
            let bindings = self.module.bindings(home).names.get(name).filter(|_| !own.contains_key(name))?;
            let in_loop = |it: &&Binding| around.contains(it.at) && changes(&it.kind);
            bindings.iter().find(in_loop).map(|binding| (expr, binding))
        })
    }

    fn names_in(&self, expr: ExprId, into: &mut Vec<ExprId>, depth: u32) {
        if depth > 12 {
            return;
        }
        match &self.module.expr(expr).kind {
            ExprKind::Name(_) => into.push(expr),
            // It has names of its own.
            ExprKind::Comprehension(_) | ExprKind::Lambda(_) => {}
            kind => kind.for_each_child(&mut |child| self.names_in(child, into, depth + 1)),
        }
    }

    /// What a lambda gives.
    fn returned(&self, lambda: FunctionId) -> Option<ExprId> {
        match &*self.module.function(lambda).body {
            [Stmt { kind: StmtKind::Return(Some(expr)) | StmtKind::Expr(expr), .. }] => Some(*expr),
            _ => None,
        }
    }
}

fn changes(kind: &BindingKind) -> bool {
    matches!(
        kind,
        BindingKind::Value(_) | BindingKind::Element { .. } | BindingKind::Unpack { .. } | BindingKind::Context(_)
    )
}

struct Around {
    /// The whole loop.
    at: Span,
    /// The loop ends with the round in which the place is reached.
    left: bool,
}

/// The loop around a place.
fn innermost_loop(block: &Block, place: Span, known: Option<Around>) -> Option<Around> {
    let Some((index, stmt)) = block.iter().enumerate().find(|(_, stmt)| stmt.span.contains(place)) else {
        return known;
    };
    // `break` and `continue` are statements of which nothing is kept but that they are there.
    let leaves = block.iter().skip(index + 1).any(|it| {
        matches!(it.kind, StmtKind::Return(_) | StmtKind::Raise(_))
            || matches!(it.kind, StmtKind::Other) && it.span.len() == 5
    });
    let known = known.map(|around| Around { left: around.left || leaves, ..around });
    let inner = stmt.blocks().into_iter().find(|inner| inner.iter().any(|it| it.span.contains(place)));
    let Some(inner) = inner else { return known };
    match &stmt.kind {
        StmtKind::For { body, .. } | StmtKind::While { body, .. } if std::ptr::eq(body, inner) => {
            innermost_loop(inner, place, Some(Around { at: stmt.span, left: false }))
        }
        _ => innermost_loop(inner, place, known),
    }
}
