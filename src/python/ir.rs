//! What one Python file lowers to: an owned, compact tree without the parser's types. Expressions live in one arena, so
//! that an [`ExprId`] names a place in the file; functions and classes likewise.

mod binding;
mod definition;
mod expr;
mod fact;
mod stmt;

pub use binding::{Binding, BindingKind, Imported, ImportedModule, ScopeBindings};
pub use definition::{Class, Decorator, Function, Param, ParamKind, SelfStore};
pub use expr::{
    Argument, BinaryOp, Call, Clause, CompareOp, Comprehension, ComprehensionKind, Expr, ExprKind, Splat, StrPart,
};
pub use fact::{CallFact, Context, Guard, Read, Store, With};
pub use stmt::{Block, Handler, Stmt, StmtKind, Try};

use crate::source::{FileId, Span};

pub type Name = Box<str>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// One lowered Python file.
#[derive(Debug)]
pub struct Module {
    pub file: FileId,
    pub exprs: Vec<Expr>,
    /// Attributes whose name is not as long as what stands there, by expression in order: Python normalizes letters.
    pub normalized: Vec<(ExprId, Span)>,
    /// Functions, methods and lambdas, in source order.
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub body: Block,
    /// The names that the module's own scope binds.
    pub scope: ScopeBindings,
    /// Every call, with the context it stands in.
    pub calls: Vec<CallFact>,
    /// Every `a.b = v`, `a[b] = v` and their augmented forms.
    pub stores: Vec<Store>,
    /// Every `a[b]` that is read, and every `a in b`.
    pub reads: Vec<Read>,
    pub withs: Vec<With>,
    /// Every name that an import statement imports, and every star.
    pub imports: Vec<Imported>,
    /// From `#` to the end of the line.
    pub comments: Vec<Span>,
    pub errors: Vec<SyntaxError>,
    /// Strings that are statements of their own (docstrings among them).
    pub docstrings: Vec<Span>,
    /// Where a new import can be inserted: behind the docstring and `__future__` imports.
    pub import_at: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub span: Span,
    pub message: String,
}

/// Where a piece of code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Module,
    Class(ClassId),
    Function(FunctionId),
}

impl Module {
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    pub fn span(&self, id: ExprId) -> Span {
        self.expr(id).span
    }

    /// A text that is written out in one piece.
    pub fn plain_text(&self, id: ExprId) -> Option<&str> {
        match &self.expr(id).kind {
            ExprKind::Str(parts) => match &**parts {
                [StrPart::Literal { text, .. }] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    pub fn call(&self, id: ExprId) -> Option<&Call> {
        match &self.expr(id).kind {
            ExprKind::Call(call) => Some(call),
            _ => None,
        }
    }

    pub fn bindings(&self, scope: Scope) -> &ScopeBindings {
        match scope {
            Scope::Module => &self.scope,
            Scope::Class(id) => &self.class(id).scope,
            Scope::Function(id) => &self.function(id).scope,
        }
    }

    pub fn parent(&self, scope: Scope) -> Option<Scope> {
        match scope {
            Scope::Module => None,
            Scope::Class(id) => Some(self.class(id).parent),
            Scope::Function(id) => Some(self.function(id).parent),
        }
    }

    /// Where the name of an attribute stands: at its end.
    pub fn attr_span(&self, id: ExprId) -> Span {
        if let Ok(index) = self.normalized.binary_search_by_key(&id, |(expr, _)| *expr) {
            return self.normalized[index].1;
        }
        let Expr { span, kind } = self.expr(id);
        let length = if let ExprKind::Attribute { attr, .. } = kind { attr.len() as u32 } else { 0 };
        Span::new(span.end.saturating_sub(length), span.end)
    }

    /// `a.b.c` as written, when the expression is a plain dotted name.
    pub fn dotted(&self, id: ExprId) -> Option<String> {
        let (mut length, mut current) = (0, id);
        loop {
            match &self.expr(current).kind {
                ExprKind::Name(name) => {
                    let mut dotted = String::with_capacity(length + name.len());
                    self.push_dotted(id, &mut dotted);
                    return Some(dotted);
                }
                ExprKind::Attribute { value, attr } => {
                    length += attr.len() + 1;
                    current = *value;
                }
                _ => return None,
            }
        }
    }

    fn push_dotted(&self, id: ExprId, dotted: &mut String) {
        match &self.expr(id).kind {
            ExprKind::Name(name) => dotted.push_str(name),
            ExprKind::Attribute { value, attr } => {
                self.push_dotted(*value, dotted);
                dotted.push('.');
                dotted.push_str(attr);
            }
            _ => {}
        }
    }

    /// The name at the beginning of a chain of attributes: `a` of `a.b.c`.
    pub fn root_name(&self, id: ExprId) -> Option<&Name> {
        let mut current = id;
        loop {
            match &self.expr(current).kind {
                ExprKind::Attribute { value, .. } => current = *value,
                ExprKind::Name(name) => return Some(name),
                _ => return None,
            }
        }
    }

    /// The name, or the attribute at the end of a chain: `c` of `a.b().c`.
    pub fn last_name(&self, id: ExprId) -> Option<&Name> {
        match &self.expr(id).kind {
            ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => Some(name),
            _ => None,
        }
    }

    /// The function around a scope, if any.
    pub fn enclosing_function(&self, scope: Scope) -> Option<FunctionId> {
        match scope {
            Scope::Module => None,
            Scope::Function(id) => Some(id),
            Scope::Class(id) => self.enclosing_function(self.class(id).parent),
        }
    }
}
