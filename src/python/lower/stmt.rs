//! Lowering of statements, functions and classes.

use ruff_python_ast::{self as ast, Stmt as Node};
use ruff_text_size::Ranged;

use super::expr::binary_op;
use super::{Lowerer, MAX_DEPTH, span};
use crate::python::ir::*;
use crate::source::Span;

impl Lowerer {
    pub(super) fn block(&mut self, nodes: &[Node]) -> Block {
        if self.depth >= MAX_DEPTH {
            let first = nodes.first().map(|node| Span::new(node.start().to_u32(), node.start().to_u32()));
            self.too_deep = self.too_deep.or(first);
            return Block::default();
        }
        self.depth += 1;
        let block = nodes.iter().map(|node| self.stmt(node)).collect();
        self.depth -= 1;
        block
    }

    /// A block that may not run, or runs more than once.
    fn branch(&mut self, nodes: &[Node]) -> Block {
        self.conditional += 1;
        let block = self.block(nodes);
        self.conditional -= 1;
        block
    }

    fn looped(&mut self, at: Span, nodes: &[Node]) -> Block {
        self.loops.push(at);
        let block = self.branch(nodes);
        self.loops.pop();
        block
    }

    fn stmt(&mut self, node: &Node) -> Stmt {
        let at = span(node.range());
        let kind = match node {
            Node::Assign(assign) => self.assign(assign, at),
            Node::AnnAssign(assign) => self.annotated(assign, at),
            Node::AugAssign(assign) => self.augmented(assign, at),
            Node::Expr(expr) => self.expr_stmt(expr),
            Node::Return(ret) => StmtKind::Return(ret.value.as_ref().map(|value| self.expr(value))),
            Node::Raise(raise) => self.raise(raise),
            Node::Import(import) => self.import(import, at),
            Node::ImportFrom(import) => self.import_from(import, at),
            Node::FunctionDef(function) => self.function(function, at),
            Node::ClassDef(class) => self.class(class, at),
            Node::If(choice) => self.if_stmt(choice),
            Node::For(looped) => self.for_stmt(looped, at),
            Node::While(looped) => StmtKind::While {
                test: self.test(&looped.test),
                body: self.looped(at, &looped.body),
                orelse: self.branch(&looped.orelse),
            },
            Node::With(with) => self.with_stmt(with, at),
            Node::Try(attempt) => self.try_stmt(attempt),
            Node::Match(choice) => self.match_stmt(choice, at),
            Node::Delete(delete) => {
                let targets = self.exprs(&delete.targets);
                for target in &targets {
                    self.bind_target(*target, BindingKind::Unknown, at);
                }
                StmtKind::Delete(targets)
            }
            Node::Global(global) => self.outer(&global.names),
            Node::Nonlocal(nonlocal) => self.outer(&nonlocal.names),
            Node::Assert(assert) => {
                self.expr(&assert.test);
                StmtKind::Other
            }
            Node::TypeAlias(_) | Node::Pass(_) | Node::Break(_) | Node::Continue(_) | Node::IpyEscapeCommand(_) => {
                StmtKind::Other
            }
        };
        Stmt { span: at, kind }
    }

    fn assign(&mut self, assign: &ast::StmtAssign, at: Span) -> StmtKind {
        let value = self.expr(&assign.value);
        let targets = self.exprs(&assign.targets);
        for target in &targets {
            self.bind_target(*target, BindingKind::Value(value), at);
        }
        StmtKind::Assign { targets, value }
    }

    fn annotated(&mut self, assign: &ast::StmtAnnAssign, at: Span) -> StmtKind {
        let annotation = self.expr(&assign.annotation);
        let value = assign.value.as_ref().map(|value| self.expr(value));
        let target = self.expr(&assign.target);
        self.bind_target(target, BindingKind::Annotation(annotation), at);
        if let Some(value) = value {
            self.bind_target(target, BindingKind::Value(value), at);
        }
        StmtKind::Annotated { target, annotation, value }
    }

    fn augmented(&mut self, assign: &ast::StmtAugAssign, at: Span) -> StmtKind {
        let value = self.expr(&assign.value);
        let target = self.expr(&assign.target);
        let op = binary_op(assign.op);
        self.bind_target(target, BindingKind::Augmented { op, value }, at);
        StmtKind::Augmented { target, op, value }
    }

    fn expr_stmt(&mut self, stmt: &ast::StmtExpr) -> StmtKind {
        let value = self.expr(&stmt.value);
        if stmt.value.is_string_literal_expr() {
            let at = self.module.span(value);
            self.module.docstrings.push(at);
        }
        self.mark(value, |context| context.dropped = true);
        self.note_mutation(value);
        StmtKind::Expr(value)
    }

    fn raise(&mut self, raise: &ast::StmtRaise) -> StmtKind {
        let value = raise.exc.as_ref().map(|value| self.expr(value));
        if let Some(value) = value {
            self.mark(value, |context| context.raised = true);
        }
        if let Some(cause) = &raise.cause {
            self.expr(cause);
        }
        StmtKind::Raise(value)
    }

    fn outer(&mut self, names: &[ast::Identifier]) -> StmtKind {
        self.bindings().outer.extend(names.iter().map(|name| Name::from(name.as_str())));
        StmtKind::Other
    }

    fn decorators(&mut self, decorators: &[ast::Decorator]) -> Box<[Decorator]> {
        self.in_decorator = true;
        let lowered = decorators
            .iter()
            .map(|decorator| Decorator { span: span(decorator.range()), value: self.expr(&decorator.expression) })
            .collect();
        self.in_decorator = false;
        lowered
    }

    fn function(&mut self, function: &ast::StmtFunctionDef, at: Span) -> StmtKind {
        let decorators = self.decorators(&function.decorator_list);
        let params = self.params(&function.parameters);
        let returns = function.returns.as_ref().map(|node| self.expr(node));
        let id = self.open_function(function.name.as_str(), span(function.name.range()), at, params);
        self.bind(function.name.as_str(), BindingKind::Function(id), at);
        let lowered = &mut self.module.functions[id.0 as usize];
        lowered.decorators = decorators;
        lowered.returns = returns;
        lowered.is_async = function.is_async;
        let body = self.within(Scope::Function(id), |this| {
            this.bind_params(id);
            this.block(&function.body)
        });
        self.module.functions[id.0 as usize].body = body;
        StmtKind::Function(id)
    }

    pub(super) fn open_function(&mut self, name: &str, name_span: Span, at: Span, params: Box<[Param]>) -> FunctionId {
        let id = FunctionId(self.module.functions.len() as u32);
        self.module.functions.push(Function {
            name: name.into(),
            name_span,
            span: at,
            decorators: Box::default(),
            params,
            returns: None,
            body: Block::default(),
            scope: ScopeBindings::default(),
            parent: self.scope,
            is_async: false,
            is_generator: false,
        });
        id
    }

    pub(super) fn params(&mut self, parameters: &ast::Parameters) -> Box<[Param]> {
        let mut params = Vec::with_capacity(parameters.len());
        self.params_of(&parameters.posonlyargs, ParamKind::PositionalOnly, &mut params);
        self.params_of(&parameters.args, ParamKind::Normal, &mut params);
        if let Some(rest) = &parameters.vararg {
            params.push(self.param(rest, ParamKind::Rest, None));
        }
        self.params_of(&parameters.kwonlyargs, ParamKind::KeywordOnly, &mut params);
        if let Some(keywords) = &parameters.kwarg {
            params.push(self.param(keywords, ParamKind::Keywords, None));
        }
        params.into()
    }

    fn params_of(&mut self, nodes: &[ast::ParameterWithDefault], kind: ParamKind, params: &mut Vec<Param>) {
        for node in nodes {
            params.push(self.param(&node.parameter, kind, node.default.as_deref()));
        }
    }

    fn param(&mut self, node: &ast::Parameter, kind: ParamKind, default: Option<&ast::Expr>) -> Param {
        Param {
            name: node.name.as_str().into(),
            span: span(node.range()),
            kind,
            annotation: node.annotation.as_ref().map(|annotation| self.expr(annotation)),
            default: default.map(|default| self.expr(default)),
        }
    }

    fn class(&mut self, class: &ast::StmtClassDef, at: Span) -> StmtKind {
        let decorators = self.decorators(&class.decorator_list);
        let arguments = class.arguments.as_ref().map(|arguments| self.arguments(arguments)).unwrap_or_default();
        let (keywords, bases): (Vec<_>, Vec<_>) = arguments.into_vec().into_iter().partition(|a| a.name.is_some());
        let id = ClassId(self.module.classes.len() as u32);
        self.module.classes.push(Class {
            name: class.name.as_str().into(),
            name_span: span(class.name.range()),
            span: at,
            decorators,
            bases: bases.into_iter().map(|base| base.value).collect(),
            keywords: keywords.into(),
            body: Block::default(),
            scope: ScopeBindings::default(),
            parent: self.scope,
            self_stores: Vec::new(),
        });
        self.bind(class.name.as_str(), BindingKind::Class(id), at);
        let body = self.within(Scope::Class(id), |this| this.block(&class.body));
        self.module.classes[id.0 as usize].body = body;
        StmtKind::Class(id)
    }

    fn if_stmt(&mut self, choice: &ast::StmtIf) -> StmtKind {
        let test = self.test(&choice.test);
        let mut branches = vec![(Some(test), self.branch(&choice.body))];
        for clause in &choice.elif_else_clauses {
            let test = clause.test.as_ref().map(|test| self.test(test));
            branches.push((test, self.branch(&clause.body)));
        }
        StmtKind::If(branches.into())
    }

    /// An expression of which only the truth is asked for.
    fn test(&mut self, node: &ast::Expr) -> ExprId {
        let test = self.expr(node);
        let tested = match self.module.expr(test).kind {
            ExprKind::Walrus { value, .. } => value,
            _ => test,
        };
        self.mark(tested, |context| context.tested = true);
        test
    }

    fn for_stmt(&mut self, looped: &ast::StmtFor, at: Span) -> StmtKind {
        let iter = self.expr(&looped.iter);
        self.loops.push(at);
        self.conditional += 1;
        let target = self.expr(&looped.target);
        self.bind_element(target, iter, span(looped.target.range()));
        self.conditional -= 1;
        self.loops.pop();
        StmtKind::For { target, iter, body: self.looped(at, &looped.body), orelse: self.branch(&looped.orelse) }
    }

    fn with_stmt(&mut self, with: &ast::StmtWith, at: Span) -> StmtKind {
        let outer = self.with;
        let items = with.items.iter().map(|item| {
            let context = self.expr(&item.context_expr);
            self.module.withs.push(With { context, outer: self.with });
            self.with = Some(self.module.withs.len() as u32 - 1);
            let target = item.optional_vars.as_ref().map(|target| self.expr(target));
            if let Some(target) = target {
                self.bind_target(target, BindingKind::Context(context), at);
            }
            (context, target)
        });
        let items = items.collect();
        let body = self.block(&with.body);
        self.with = outer;
        StmtKind::With { items, body }
    }

    fn try_stmt(&mut self, attempt: &ast::StmtTry) -> StmtKind {
        let guard = if attempt.handlers.is_empty() { self.guard } else { guard_of(&attempt.handlers) };
        let outer = std::mem::replace(&mut self.guard, guard);
        let body = self.branch(&attempt.body);
        self.guard = outer;
        let handlers = attempt
            .handlers
            .iter()
            .map(|ast::ExceptHandler::ExceptHandler(handler)| {
                let class = handler.type_.as_ref().map(|class| self.expr(class));
                if let Some(name) = &handler.name {
                    self.conditional += 1;
                    self.bind(name.as_str(), BindingKind::Unknown, span(handler.range()));
                    self.conditional -= 1;
                }
                Handler {
                    span: span(handler.range()),
                    class,
                    name: handler.name.as_ref().map(|name| name.as_str().into()),
                    body: self.branch(&handler.body),
                }
            })
            .collect();
        let (orelse, finally) = (self.branch(&attempt.orelse), self.block(&attempt.finalbody));
        StmtKind::Try(Box::new(Try { body, handlers, orelse, finally }))
    }

    fn match_stmt(&mut self, choice: &ast::StmtMatch, at: Span) -> StmtKind {
        let subject = self.expr(&choice.subject);
        let cases = choice.cases.iter().map(|case| {
            self.conditional += 1;
            self.bind_pattern(&case.pattern, at);
            self.conditional -= 1;
            if let Some(guard) = &case.guard {
                self.expr(guard);
            }
            self.branch(&case.body)
        });
        let cases = cases.collect();
        StmtKind::Match { subject, cases }
    }
}

/// What the handlers of a `try` do with an error.
fn guard_of(handlers: &[ast::ExceptHandler]) -> Guard {
    let leaves = |body: &[Node]| match body.last() {
        Some(Node::Raise(_)) => true,
        Some(Node::Expr(expr)) => is_exit(&expr.value),
        _ => false,
    };
    let all = handlers.iter().all(|ast::ExceptHandler::ExceptHandler(handler)| leaves(&handler.body));
    if all { Guard::Reraises } else { Guard::Catches }
}

fn is_exit(expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    match &*call.func {
        ast::Expr::Name(name) => matches!(name.id.as_str(), "exit" | "quit"),
        ast::Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "exit" | "_exit"),
        _ => false,
    }
}
