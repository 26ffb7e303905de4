//! Statements.

use super::{BinaryOp, ClassId, ExprId, FunctionId, Name};
use crate::source::Span;

pub type Block = Box<[Stmt]>;

#[derive(Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Debug)]
pub enum StmtKind {
    Assign {
        targets: Box<[ExprId]>,
        value: ExprId,
    },
    Annotated {
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
    },
    Augmented {
        target: ExprId,
        op: BinaryOp,
        value: ExprId,
    },
    Expr(ExprId),
    Return(Option<ExprId>),
    Raise(Option<ExprId>),
    /// Already in the scope's bindings; kept for its place.
    Import,
    Function(FunctionId),
    Class(ClassId),
    /// The last branch has no test when there is an `else`.
    If(Box<[(Option<ExprId>, Block)]>),
    For {
        target: ExprId,
        iter: ExprId,
        body: Block,
        orelse: Block,
    },
    While {
        test: ExprId,
        body: Block,
        orelse: Block,
    },
    With {
        items: Box<[(ExprId, Option<ExprId>)]>,
        body: Block,
    },
    Try(Box<Try>),
    Match {
        subject: ExprId,
        cases: Box<[Block]>,
    },
    Delete(Box<[ExprId]>),
    Other,
}

#[derive(Debug)]
pub struct Try {
    pub body: Block,
    pub handlers: Box<[Handler]>,
    pub orelse: Block,
    pub finally: Block,
}

#[derive(Debug)]
pub struct Handler {
    pub span: Span,
    /// The exception class or tuple; none for a bare `except:`.
    pub class: Option<ExprId>,
    pub name: Option<Name>,
    pub body: Block,
}

impl Stmt {
    /// The blocks that stand in a statement, in source order; not those of functions and classes.
    pub fn blocks(&self) -> Vec<&Block> {
        match &self.kind {
            StmtKind::If(branches) => branches.iter().map(|(_, block)| block).collect(),
            StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => vec![body, orelse],
            StmtKind::With { body, .. } => vec![body],
            StmtKind::Try(whole) => {
                let handlers = whole.handlers.iter().map(|handler| &handler.body);
                std::iter::once(&whole.body).chain(handlers).chain([&whole.orelse, &whole.finally]).collect()
            }
            StmtKind::Match { cases, .. } => cases.iter().collect(),
            _ => Vec::new(),
        }
    }
}
