//! Expressions.

use super::{ExprId, FunctionId, Name};
use crate::source::Span;

#[derive(Debug)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug)]
pub enum ExprKind {
    Str(Box<[StrPart]>),
    Int(i64),
    Float(f64),
    Bool(bool),
    None,
    Ellipsis,
    Name(Name),
    Attribute {
        value: ExprId,
        attr: Name,
    },
    Subscript {
        value: ExprId,
        index: ExprId,
    },
    Call(Box<Call>),
    Binary {
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
    },
    /// `or` when `any`, else `and`.
    Logic {
        any: bool,
        values: Box<[ExprId]>,
    },
    Not(ExprId),
    Negative(ExprId),
    Compare {
        left: ExprId,
        rest: Box<[(CompareOp, ExprId)]>,
    },
    If {
        test: ExprId,
        body: ExprId,
        orelse: ExprId,
    },
    List(Box<[ExprId]>),
    Tuple(Box<[ExprId]>),
    Set(Box<[ExprId]>),
    /// A missing key is a splat (`**other`).
    Dict(Box<[(Option<ExprId>, ExprId)]>),
    Starred(ExprId),
    Lambda(FunctionId),
    Comprehension(Box<Comprehension>),
    Await(ExprId),
    Yield(Option<ExprId>),
    Walrus {
        target: ExprId,
        value: ExprId,
    },
    Slice {
        lower: Option<ExprId>,
        upper: Option<ExprId>,
    },
    /// Anything that lowering does not keep.
    Other,
}

// Most of what a run keeps are expressions.
const _: () = assert!(size_of::<Expr>() <= 32);

/// A part of a string: characters as they stand in the source, or a hole of an f-string.
#[derive(Debug)]
pub enum StrPart {
    /// `text` is decoded; `span` covers the characters in the source without prefix and quotes.
    Literal {
        text: Box<str>,
        span: Span,
    },
    Hole {
        value: ExprId,
        has_format: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComprehensionKind {
    List,
    Set,
    Dict,
    Generator,
}

/// A comprehension or generator expression.
#[derive(Debug)]
pub struct Comprehension {
    pub kind: ComprehensionKind,
    /// Only of dictionaries.
    pub key: Option<ExprId>,
    pub element: ExprId,
    pub clauses: Box<[Clause]>,
}

#[derive(Debug)]
pub struct Clause {
    pub target: ExprId,
    pub iter: ExprId,
    pub conditions: Box<[ExprId]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    Add,
    Modulo,
    Multiply,
    Divide,
    Subtract,
    /// `|`, which chains Celery signatures and merges dictionaries.
    Or,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    In,
    NotIn,
    Equal,
    Other,
}

#[derive(Debug)]
pub struct Call {
    pub func: ExprId,
    pub args: Box<[Argument]>,
}

#[derive(Debug, Clone)]
pub struct Argument {
    /// The keyword, or none for positional arguments and splats.
    pub name: Option<Name>,
    /// The keyword's own place; the value's when there is none.
    pub span: Span,
    pub value: ExprId,
    /// `*args` and `**kwargs`.
    pub splat: Option<Splat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Splat {
    Positional,
    Keyword,
}

impl Call {
    pub fn keyword(&self, name: &str) -> Option<&Argument> {
        self.args.iter().find(|argument| argument.name.as_deref() == Some(name))
    }

    /// The positional arguments before the first splat.
    pub fn positional(&self) -> impl Iterator<Item = &Argument> {
        self.args.iter().take_while(|argument| argument.splat.is_none()).filter(|argument| argument.name.is_none())
    }

    pub fn has_splat(&self) -> bool {
        self.args.iter().any(|argument| argument.splat.is_some())
    }
}

impl ExprKind {
    /// Whether nothing else has to be looked at to tell the value, known or not: a number, a text without holes and the like.
    pub fn is_constant(&self) -> bool {
        match self {
            Self::Int(_) | Self::Float(_) | Self::Bool(_) | Self::None | Self::Ellipsis | Self::Other => true,
            Self::Str(parts) => parts.iter().all(|part| matches!(part, StrPart::Literal { .. })),
            _ => false,
        }
    }

    /// Calls `visit` with every direct sub-expression.
    pub fn for_each_child(&self, visit: &mut dyn FnMut(ExprId)) {
        match self {
            Self::Str(parts) => parts.iter().for_each(|part| {
                if let StrPart::Hole { value, .. } = part {
                    visit(*value);
                }
            }),
            Self::Attribute { value, .. }
            | Self::Not(value)
            | Self::Negative(value)
            | Self::Starred(value)
            | Self::Await(value)
            | Self::Yield(Some(value)) => visit(*value),
            Self::Subscript { value, index } => [*value, *index].into_iter().for_each(visit),
            Self::Call(call) => {
                visit(call.func);
                call.args.iter().for_each(|argument| visit(argument.value));
            }
            Self::Binary { left, right, .. } => [*left, *right].into_iter().for_each(visit),
            Self::Logic { values, .. } | Self::List(values) | Self::Tuple(values) | Self::Set(values) => {
                values.iter().copied().for_each(visit);
            }
            Self::Compare { left, rest } => {
                visit(*left);
                rest.iter().for_each(|(_, right)| visit(*right));
            }
            Self::If { test, body, orelse } => [*test, *body, *orelse].into_iter().for_each(visit),
            Self::Dict(items) => items.iter().for_each(|(key, value)| {
                key.iter().copied().for_each(&mut *visit);
                visit(*value);
            }),
            Self::Comprehension(whole) => {
                whole.key.iter().copied().for_each(&mut *visit);
                visit(whole.element);
                whole.clauses.iter().for_each(|clause| {
                    visit(clause.iter);
                    clause.conditions.iter().copied().for_each(&mut *visit);
                });
            }
            Self::Walrus { target, value } => [*target, *value].into_iter().for_each(visit),
            Self::Slice { lower, upper } => lower.iter().chain(upper).copied().for_each(visit),
            Self::Int(_)
            | Self::Float(_)
            | Self::Bool(_)
            | Self::None
            | Self::Ellipsis
            | Self::Name(_)
            | Self::Lambda(_)
            | Self::Yield(None)
            | Self::Other => {}
        }
    }
}
