//! Functions and classes.

use super::{Argument, Block, ExprId, FunctionId, Name, Scope, ScopeBindings};
use crate::source::Span;

#[derive(Debug)]
pub struct Function {
    /// `<lambda>` for lambdas.
    pub name: Name,
    pub name_span: Span,
    pub span: Span,
    pub decorators: Box<[Decorator]>,
    pub params: Box<[Param]>,
    pub returns: Option<ExprId>,
    pub body: Block,
    pub scope: ScopeBindings,
    /// The scope the function is defined in.
    pub parent: Scope,
    pub is_async: bool,
    pub is_generator: bool,
}

#[derive(Debug, Clone)]
pub struct Decorator {
    /// From `@` to the end.
    pub span: Span,
    pub value: ExprId,
}

#[derive(Debug, Clone)]
pub struct Param {
    pub name: Name,
    pub span: Span,
    pub kind: ParamKind,
    pub annotation: Option<ExprId>,
    pub default: Option<ExprId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    PositionalOnly,
    Normal,
    KeywordOnly,
    /// `*args`
    Rest,
    /// `**kwargs`
    Keywords,
}

#[derive(Debug)]
pub struct Class {
    pub name: Name,
    pub name_span: Span,
    pub span: Span,
    pub decorators: Box<[Decorator]>,
    pub bases: Box<[ExprId]>,
    pub keywords: Box<[Argument]>,
    pub body: Block,
    pub scope: ScopeBindings,
    pub parent: Scope,
    /// `self.x = value` in its methods.
    pub self_stores: Vec<SelfStore>,
}

#[derive(Debug, Clone)]
pub struct SelfStore {
    pub attr: Name,
    pub value: ExprId,
    pub function: FunctionId,
}
