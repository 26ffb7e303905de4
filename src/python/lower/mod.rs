//! Lowering: one parsed file becomes a [`Module`]. A pure function of the text; the syntax tree is dropped at the end.

mod bind;
mod expr;
mod import;
mod stmt;
#[cfg(test)]
mod tests;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{self as ast};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::ir::*;
use crate::source::{FileId, Span};

/// Expressions and statements nested deeper than this are not followed (they lower to `Other`, and the file counts as
/// understood in part), so that no input can exhaust the stack. CPython itself refuses 200 nested parentheses.
const MAX_DEPTH: u32 = 400;
/// How many operands `a + b + …` may have.
const MAX_OPERANDS: usize = 2_000;

/// How much text an expression takes at least, in most files.
const BYTES_PER_EXPR: usize = 24;

/// Parses and lowers one Python file. Never fails: what could not be parsed is listed in `errors`.
pub fn lower(file: FileId, text: &str) -> Module {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let mut lowerer = Lowerer::new(file, text);
    lowerer.module.errors = parsed
        .errors()
        .iter()
        .map(|error| SyntaxError { span: span(error.location), message: error.error.to_string() })
        .collect();
    lowerer.module.comments =
        parsed.tokens().iter().filter(|t| t.kind() == TokenKind::Comment).map(|t| span(t.range())).collect();
    if let ast::Mod::Module(module) = parsed.syntax() {
        lowerer.module.import_at = import_position(module);
        lowerer.module.body = lowerer.block(&module.body);
    }
    lowerer.finish()
}

/// Whether the text parses without an error; what a fix must not break.
pub fn parses(text: &str) -> bool {
    first_error(text).is_none()
}

/// The first syntax error of a text that is not lowered.
pub fn first_error(text: &str) -> Option<SyntaxError> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    parsed.errors().first().map(|error| SyntaxError { span: span(error.location), message: error.error.to_string() })
}

fn span(range: TextRange) -> Span {
    Span::new(range.start().to_u32(), range.end().to_u32())
}

/// Behind the module's docstring and `from __future__` imports.
fn import_position(module: &ast::ModModule) -> u32 {
    let mut at = 0;
    for (index, stmt) in module.body.iter().enumerate() {
        let keeps = match stmt {
            ast::Stmt::Expr(expr) => index == 0 && expr.value.is_string_literal_expr(),
            ast::Stmt::ImportFrom(import) => import.module.as_ref().is_some_and(|name| name.as_str() == "__future__"),
            _ => false,
        };
        if !keeps {
            break;
        }
        at = stmt.range().end().to_u32();
    }
    at
}

/// The state of one lowering: the module so far and where in it we stand.
struct Lowerer {
    module: Module,
    scope: Scope,
    depth: u32,
    /// How many conditional blocks of the current scope surround the statement.
    conditional: u32,
    loops: Vec<Span>,
    guard: Guard,
    with: Option<u32>,
    in_decorator: bool,
    /// The first place that is nested too deeply.
    too_deep: Option<Span>,
}

impl Lowerer {
    fn new(file: FileId, text: &str) -> Self {
        let module = Module {
            file,
            exprs: Vec::with_capacity(text.len() / BYTES_PER_EXPR),
            normalized: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            body: Block::default(),
            scope: ScopeBindings::default(),
            calls: Vec::new(),
            stores: Vec::new(),
            reads: Vec::new(),
            withs: Vec::new(),
            imports: Vec::new(),
            comments: Vec::new(),
            errors: Vec::new(),
            docstrings: Vec::new(),
            import_at: 0,
        };
        Self {
            module,
            scope: Scope::Module,
            depth: 0,
            conditional: 0,
            loops: Vec::new(),
            guard: Guard::None,
            with: None,
            in_decorator: false,
            too_deep: None,
        }
    }

    fn finish(mut self) -> Module {
        self.collect_self_stores();
        if let Some(at) = self.too_deep {
            let message = "nested too deeply: what stands here was not understood".to_owned();
            self.module.errors.push(SyntaxError { span: at, message });
        }
        self.shrink();
        self.module
    }

    /// Gives back what the lists were given to grow: modules are kept to the end of the run.
    fn shrink(&mut self) {
        let module = &mut self.module;
        module.exprs.shrink_to_fit();
        module.calls.shrink_to_fit();
        module.stores.shrink_to_fit();
        module.reads.shrink_to_fit();
        module.functions.shrink_to_fit();
        let functions = module.functions.iter_mut().map(|function| &mut function.scope);
        let classes = module.classes.iter_mut().map(|class| &mut class.scope);
        for scope in functions.chain(classes).chain([&mut module.scope]) {
            scope.names.values_mut().for_each(Vec::shrink_to_fit);
        }
    }

    fn add(&mut self, span: Span, kind: ExprKind) -> ExprId {
        let id = ExprId(self.module.exprs.len() as u32);
        self.module.exprs.push(Expr { span, kind });
        id
    }

    /// Runs `work` inside another scope, with its own conditional, loop and try counters.
    fn within<T>(&mut self, scope: Scope, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer_scope = std::mem::replace(&mut self.scope, scope);
        let conditional = std::mem::take(&mut self.conditional);
        let loops = std::mem::take(&mut self.loops);
        let guard = std::mem::replace(&mut self.guard, Guard::None);
        let with = self.with.take();
        let in_decorator = std::mem::take(&mut self.in_decorator);
        let result = work(self);
        self.scope = outer_scope;
        self.conditional = conditional;
        self.loops = loops;
        self.guard = guard;
        self.with = with;
        self.in_decorator = in_decorator;
        result
    }

    fn bindings(&mut self) -> &mut ScopeBindings {
        match self.scope {
            Scope::Module => &mut self.module.scope,
            Scope::Class(id) => &mut self.module.classes[id.0 as usize].scope,
            Scope::Function(id) => &mut self.module.functions[id.0 as usize].scope,
        }
    }

    fn context(&self) -> Context {
        Context {
            scope: self.scope,
            in_loop: !self.loops.is_empty(),
            guard: self.guard,
            with: self.with,
            has_fallback: false,
            tested: false,
            awaited: false,
            raised: false,
            dropped: false,
            in_decorator: self.in_decorator,
        }
    }
}
