//! Calls, stores and reads, with the context they stand in.

use super::{BinaryOp, ExprId, Scope};

/// A call and where it stands.
#[derive(Debug, Clone)]
pub struct CallFact {
    pub call: ExprId,
    pub context: Context,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub scope: Scope,
    pub in_loop: bool,
    pub guard: Guard,
    /// The innermost `with` around it: an index into [`Module::withs`].
    pub with: Option<u32>,
    /// It is an operand of `or` that another operand stands in for.
    pub has_fallback: bool,
    /// Only its truth is asked for (`if x:`, `not x`, `x and y`).
    pub tested: bool,
    pub awaited: bool,
    pub raised: bool,
    /// The expression is a whole statement: its value is dropped.
    pub dropped: bool,
    pub in_decorator: bool,
}

/// Whether a `try` around a place catches what goes wrong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    None,
    /// Every handler of the innermost `try` ends by raising or leaving the program.
    Reraises,
    Catches,
}

/// A `with` item and the `with` around it.
#[derive(Debug, Clone, Copy)]
pub struct With {
    pub context: ExprId,
    pub outer: Option<u32>,
}

#[derive(Debug, Clone)]
pub struct Store {
    /// `a.b` or `a[b]`.
    pub target: ExprId,
    pub value: ExprId,
    pub op: Option<BinaryOp>,
    pub scope: Scope,
}

#[derive(Debug, Clone)]
pub struct Read {
    /// The subscript or comparison.
    pub expr: ExprId,
    pub context: Context,
}
