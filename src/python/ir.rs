//! What one Python file lowers to: an owned, compact tree without the parser's types. Expressions live in one arena, so
//! that an [`ExprId`] names a place in the file; functions and classes likewise.

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

pub type Block = Vec<Stmt>;

/// Where a piece of code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Module,
    Class(ClassId),
    Function(FunctionId),
}

#[derive(Debug)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug)]
pub enum ExprKind {
    Str(Vec<StrPart>),
    Int(i64),
    Float(f64),
    Bool(bool),
    None,
    Ellipsis,
    Name(Name),
    Attribute {
        value: ExprId,
        attr: Name,
        attr_span: Span,
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
        values: Vec<ExprId>,
    },
    Not(ExprId),
    Negative(ExprId),
    Compare {
        left: ExprId,
        rest: Vec<(CompareOp, ExprId)>,
    },
    If {
        test: ExprId,
        body: ExprId,
        orelse: ExprId,
    },
    List(Vec<ExprId>),
    Tuple(Vec<ExprId>),
    Set(Vec<ExprId>),
    /// A missing key is a splat (`**other`).
    Dict(Vec<(Option<ExprId>, ExprId)>),
    Starred(ExprId),
    Lambda(FunctionId),
    /// A comprehension or generator expression; `key` only for dictionaries.
    Comprehension {
        kind: ComprehensionKind,
        key: Option<ExprId>,
        element: ExprId,
        clauses: Vec<Clause>,
    },
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

#[derive(Debug)]
pub struct Clause {
    pub target: ExprId,
    pub iter: ExprId,
    pub conditions: Vec<ExprId>,
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
    pub args: Vec<Argument>,
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

#[derive(Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Debug)]
pub enum StmtKind {
    Assign {
        targets: Vec<ExprId>,
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
    If(Vec<(Option<ExprId>, Block)>),
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
        items: Vec<(ExprId, Option<ExprId>)>,
        body: Block,
    },
    Try {
        body: Block,
        handlers: Vec<Handler>,
        orelse: Block,
        finally: Block,
    },
    Match {
        subject: ExprId,
        cases: Vec<Block>,
    },
    Delete(Vec<ExprId>),
    Other,
}

#[derive(Debug)]
pub struct Handler {
    pub span: Span,
    /// The exception class or tuple; none for a bare `except:`.
    pub class: Option<ExprId>,
    pub name: Option<Name>,
    pub body: Block,
}

#[derive(Debug)]
pub struct Function {
    /// `<lambda>` for lambdas.
    pub name: Name,
    pub name_span: Span,
    pub span: Span,
    pub decorators: Vec<Decorator>,
    pub params: Vec<Param>,
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
    pub decorators: Vec<Decorator>,
    pub bases: Vec<ExprId>,
    pub keywords: Vec<Argument>,
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

/// The names a scope binds, with every binding in source order.
#[derive(Debug, Default)]
pub struct ScopeBindings {
    pub names: rustc_hash::FxHashMap<Name, Vec<Binding>>,
    /// Modules whose public names are imported (`from x import *`).
    pub stars: Vec<ImportedModule>,
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
        path: Vec<u32>,
    },
    /// An element of an iterable (`for x in value`), and the way into it.
    Element {
        iter: ExprId,
        path: Vec<u32>,
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
    Import(ImportedModule),
    /// `from module import name`.
    ImportFrom {
        module: ImportedModule,
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
    pub module: ImportedModule,
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
            ExprKind::Str(parts) => match parts.as_slice() {
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

    /// `a.b.c` as written, when the expression is a plain dotted name.
    pub fn dotted(&self, id: ExprId) -> Option<String> {
        match &self.expr(id).kind {
            ExprKind::Name(name) => Some(name.to_string()),
            ExprKind::Attribute { value, attr, .. } => Some(format!("{}.{attr}", self.dotted(*value)?)),
            _ => None,
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

impl Binding {
    /// The name itself, where the binding begins with it.
    pub fn name_at(&self, name: &str) -> Span {
        Span::new(self.at.start, self.at.start.saturating_add(name.len() as u32).min(self.at.end))
    }
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

impl Stmt {
    /// The blocks that stand in a statement, in source order; not those of functions and classes.
    pub fn blocks(&self) -> Vec<&Block> {
        match &self.kind {
            StmtKind::If(branches) => branches.iter().map(|(_, block)| block).collect(),
            StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => vec![body, orelse],
            StmtKind::With { body, .. } => vec![body],
            StmtKind::Try { body, handlers, orelse, finally } => {
                let handlers = handlers.iter().map(|handler| &handler.body);
                std::iter::once(body).chain(handlers).chain([orelse, finally]).collect()
            }
            StmtKind::Match { cases, .. } => cases.iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl ExprKind {
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
            Self::Comprehension { key, element, clauses, .. } => {
                key.iter().copied().for_each(&mut *visit);
                visit(*element);
                clauses.iter().for_each(|clause| {
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
