//! What scopes bind to names.

use std::sync::Arc;

use super::{BinaryOp, ClassId, ExprId, FunctionId, Name};
use crate::source::Span;

/// The names a scope binds, with every binding in source order.
#[derive(Debug, Default)]
pub struct ScopeBindings {
    pub names: rustc_hash::FxHashMap<Name, Vec<Binding>>,
    /// Modules whose public names are imported (`from x import *`).
    pub stars: Vec<Arc<ImportedModule>>,
    /// Names declared `global` or `nonlocal`.
    pub outer: Vec<Name>,
}

#[derive(Debug, Clone)]
pub struct Binding {
    pub kind: BindingKind,
    /// Where it happens; for order.
    pub at: Span,
    /// It stands under an `if`, `try`, `for`, `while`, `with` or `match` of its scope.
    pub conditional: bool,
    /// The loop (its start) it stands in, so that later positions of the same loop count as earlier.
    pub in_loop: Option<Span>,
}

#[derive(Debug, Clone)]
pub enum BindingKind {
    Value(ExprId),
    /// `a, (b, c) = value`: the way to the element.
    Unpack {
        value: ExprId,
        path: Box<[u32]>,
    },
    /// An element of an iterable (`for x in value`), and the way into it.
    Element {
        iter: ExprId,
        path: Box<[u32]>,
    },
    /// `with value as x`.
    Context(ExprId),
    Augmented {
        op: BinaryOp,
        value: ExprId,
    },
    /// `x[key] = value`.
    ItemStore {
        key: ExprId,
        value: ExprId,
    },
    /// `x[key][…] = value` and other stores deeper than one level: `x` is changed in a way that is not followed.
    DeepStore,
    /// `x.attr = value`.
    AttrStore {
        attr: Name,
        value: ExprId,
    },
    /// `x.append(…)`, `x.update(…)` and the like: the call.
    Mutation {
        method: Name,
        call: ExprId,
    },
    Annotation(ExprId),
    Import(Arc<ImportedModule>),
    /// `from module import name`.
    ImportFrom {
        module: Arc<ImportedModule>,
        name: Name,
    },
    Function(FunctionId),
    Class(ClassId),
    Param(u32),
    /// Bound to something that is not followed (exception, match capture, deletion).
    Unknown,
}

/// A module as an import names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImportedModule {
    /// Leading dots.
    pub level: u32,
    pub name: Box<str>,
    /// `import a.b.c` without `as` binds `a`.
    pub binds_top: bool,
}

/// One name of an import statement.
#[derive(Debug, Clone)]
pub struct Imported {
    pub module: Arc<ImportedModule>,
    /// Where the module is named. Empty for `from . import x`.
    pub module_at: Span,
    /// The name that is imported from the module, `*` for all of them; none for `import module`.
    pub name: Option<Name>,
    /// Where it stands; the module when there is none.
    pub name_at: Span,
    /// What it is called from then on.
    pub bound: Option<Name>,
    /// The whole statement, and how many names it imports.
    pub statement: Span,
    pub names: usize,
    /// Something around it decides whether it happens, or what happens when it fails: `if`, `try`, `with`, a loop.
    pub guarded: bool,
}

impl Binding {
    /// The name itself, where the binding begins with it.
    pub fn name_at(&self, name: &str) -> Span {
        Span::new(self.at.start, self.at.start.saturating_add(name.len() as u32).min(self.at.end))
    }
}
