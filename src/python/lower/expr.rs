//! Lowering of expressions.

use ruff_python_ast::{self as ast, Expr as Node};
use ruff_text_size::Ranged;

use super::{Lowerer, MAX_DEPTH, MAX_OPERANDS, span};
use crate::python::ir::*;
use crate::source::Span;

impl Lowerer {
    pub(super) fn expr(&mut self, node: &Node) -> ExprId {
        let at = span(node.range());
        if self.depth >= MAX_DEPTH {
            return self.give_up(at);
        }
        self.depth += 1;
        let kind = self.expr_kind(node, at);
        self.depth -= 1;
        let id = self.add(at, kind);
        if let Node::Attribute(attribute) = node {
            let named = span(attribute.attr.range());
            if self.module.attr_span(id) != named {
                self.module.normalized.push((id, named));
            }
        }
        self.note(id);
        id
    }

    fn expr_kind(&mut self, node: &Node, at: Span) -> ExprKind {
        match node {
            Node::StringLiteral(string) => ExprKind::Str(literal_parts(&string.value)),
            Node::BytesLiteral(bytes) => ExprKind::Str(bytes_parts(&bytes.value)),
            Node::FString(string) => ExprKind::Str(self.fstring_parts(&string.value)),
            Node::NumberLiteral(number) => number_kind(&number.value),
            Node::BooleanLiteral(boolean) => ExprKind::Bool(boolean.value),
            Node::NoneLiteral(_) => ExprKind::None,
            Node::EllipsisLiteral(_) => ExprKind::Ellipsis,
            Node::Name(name) => ExprKind::Name(name.id.as_str().into()),
            Node::Attribute(attribute) => {
                ExprKind::Attribute { value: self.expr(&attribute.value), attr: attribute.attr.as_str().into() }
            }
            Node::Subscript(subscript) => {
                ExprKind::Subscript { value: self.expr(&subscript.value), index: self.expr(&subscript.slice) }
            }
            Node::Call(call) => self.call(call),
            Node::BinOp(binary) => self.binary(binary),
            Node::BoolOp(logic) => self.logic(logic),
            Node::UnaryOp(unary) => self.unary(unary),
            Node::Compare(compare) => self.compare(compare),
            Node::If(choice) => ExprKind::If {
                test: self.expr(&choice.test),
                body: self.expr(&choice.body),
                orelse: self.expr(&choice.orelse),
            },
            Node::List(list) => ExprKind::List(self.exprs(&list.elts)),
            Node::Tuple(tuple) => ExprKind::Tuple(self.exprs(&tuple.elts)),
            Node::Set(set) => ExprKind::Set(self.exprs(&set.elts)),
            Node::Dict(dict) => {
                let items = dict.items.iter();
                let items =
                    items.map(|item| (item.key.as_ref().map(|key| self.expr(key)), self.expr(&item.value))).collect();
                ExprKind::Dict(items)
            }
            Node::Starred(starred) => ExprKind::Starred(self.expr(&starred.value)),
            Node::Lambda(lambda) => ExprKind::Lambda(self.lambda(lambda, at)),
            Node::ListComp(c) => {
                self.comprehension(ComprehensionKind::List, None, &c.elt, &c.generators, span(c.range()))
            }
            Node::SetComp(c) => {
                self.comprehension(ComprehensionKind::Set, None, &c.elt, &c.generators, span(c.range()))
            }
            Node::Generator(c) => {
                self.comprehension(ComprehensionKind::Generator, None, &c.elt, &c.generators, span(c.range()))
            }
            Node::DictComp(c) => {
                self.comprehension(ComprehensionKind::Dict, c.key.as_deref(), &c.value, &c.generators, span(c.range()))
            }
            Node::Await(inner) => self.awaited(&inner.value),
            Node::Yield(inner) => self.yielded(inner.value.as_deref()),
            Node::YieldFrom(inner) => self.yielded(Some(&inner.value)),
            Node::Named(named) => self.walrus(named),
            Node::Slice(slice) => ExprKind::Slice {
                lower: slice.lower.as_ref().map(|bound| self.expr(bound)),
                upper: slice.upper.as_ref().map(|bound| self.expr(bound)),
            },
            Node::TString(_) | Node::IpyEscapeCommand(_) => ExprKind::Other,
        }
    }

    fn give_up(&mut self, at: Span) -> ExprId {
        self.too_deep.get_or_insert(Span::new(at.start, at.start));
        self.add(at, ExprKind::Other)
    }

    /// `a + b + …` nests to the left, once for every operand: walked, not recursed into.
    fn binary(&mut self, outermost: &ast::ExprBinOp) -> ExprKind {
        let mut chain = vec![outermost];
        let mut first = &*outermost.left;
        while let Node::BinOp(inner) = first {
            chain.push(inner);
            first = &inner.left;
        }
        let mut left = if chain.len() > MAX_OPERANDS { self.give_up(span(first.range())) } else { self.expr(first) };
        for inner in chain[1..].iter().rev().take(MAX_OPERANDS) {
            let right = self.expr(&inner.right);
            left = self.add(span(inner.range()), ExprKind::Binary { op: binary_op(inner.op), left, right });
        }
        ExprKind::Binary { op: binary_op(outermost.op), left, right: self.expr(&outermost.right) }
    }

    pub(super) fn exprs(&mut self, nodes: &[Node]) -> Box<[ExprId]> {
        nodes.iter().map(|node| self.expr(node)).collect()
    }

    fn call(&mut self, call: &ast::ExprCall) -> ExprKind {
        let func = self.expr(&call.func);
        ExprKind::Call(Box::new(Call { func, args: self.arguments(&call.arguments) }))
    }

    pub(super) fn arguments(&mut self, arguments: &ast::Arguments) -> Box<[Argument]> {
        arguments
            .iter_source_order()
            .map(|argument| match argument {
                ast::ArgOrKeyword::Arg(Node::Starred(starred)) => Argument {
                    name: None,
                    span: span(starred.range()),
                    value: self.expr(&starred.value),
                    splat: Some(Splat::Positional),
                },
                ast::ArgOrKeyword::Arg(node) => {
                    Argument { name: None, span: span(node.range()), value: self.expr(node), splat: None }
                }
                ast::ArgOrKeyword::Keyword(keyword) => Argument {
                    name: keyword.arg.as_ref().map(|name| name.as_str().into()),
                    span: span(keyword.arg.as_ref().map_or(keyword.range(), Ranged::range)),
                    value: self.expr(&keyword.value),
                    splat: keyword.arg.is_none().then_some(Splat::Keyword),
                },
            })
            .collect()
    }

    fn logic(&mut self, logic: &ast::ExprBoolOp) -> ExprKind {
        let any = logic.op == ast::BoolOp::Or;
        let values = self.exprs(&logic.values);
        for value in values.iter().rev().skip(1) {
            self.mark(*value, |context| if any { context.has_fallback = true } else { context.tested = true });
        }
        ExprKind::Logic { any, values }
    }

    fn unary(&mut self, unary: &ast::ExprUnaryOp) -> ExprKind {
        let operand = self.expr(&unary.operand);
        match unary.op {
            ast::UnaryOp::Not => {
                self.mark(operand, |context| context.tested = true);
                ExprKind::Not(operand)
            }
            ast::UnaryOp::USub => ExprKind::Negative(operand),
            ast::UnaryOp::UAdd | ast::UnaryOp::Invert => ExprKind::Other,
        }
    }

    fn compare(&mut self, compare: &ast::ExprCompare) -> ExprKind {
        let left = self.expr(&compare.left);
        let rest = compare.ops.iter().zip(&compare.comparators).map(|(op, right)| {
            let op = match op {
                ast::CmpOp::In => CompareOp::In,
                ast::CmpOp::NotIn => CompareOp::NotIn,
                ast::CmpOp::Eq => CompareOp::Equal,
                _ => CompareOp::Other,
            };
            (op, self.expr(right))
        });
        let rest = rest.collect();
        ExprKind::Compare { left, rest }
    }

    fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        key: Option<&Node>,
        element: &Node,
        generators: &[ast::Comprehension],
        whole: Span,
    ) -> ExprKind {
        self.loops.push(whole);
        let clauses = generators
            .iter()
            .map(|generator| {
                let iter = self.expr(&generator.iter);
                let target = self.expr(&generator.target);
                self.conditional += 1;
                self.bind_element(target, iter, span(generator.target.range()));
                self.conditional -= 1;
                Clause { iter, target, conditions: self.exprs(&generator.ifs) }
            })
            .collect();
        let key = key.map(|key| self.expr(key));
        let element = self.expr(element);
        self.loops.pop();
        ExprKind::Comprehension(Box::new(Comprehension { kind, key, element, clauses }))
    }

    fn awaited(&mut self, value: &Node) -> ExprKind {
        let value = self.expr(value);
        self.mark(value, |context| context.awaited = true);
        ExprKind::Await(value)
    }

    fn yielded(&mut self, value: Option<&Node>) -> ExprKind {
        if let Scope::Function(id) = self.scope {
            self.module.functions[id.0 as usize].is_generator = true;
        }
        ExprKind::Yield(value.map(|value| self.expr(value)))
    }

    fn walrus(&mut self, named: &ast::ExprNamed) -> ExprKind {
        let value = self.expr(&named.value);
        let target = self.expr(&named.target);
        self.bind_target(target, BindingKind::Value(value), span(named.range()));
        ExprKind::Walrus { target, value }
    }

    fn lambda(&mut self, lambda: &ast::ExprLambda, at: Span) -> FunctionId {
        let params = lambda.parameters.as_deref().map(|parameters| self.params(parameters)).unwrap_or_default();
        let id = self.open_function("<lambda>", at, at, params);
        let body = self.within(Scope::Function(id), |this| {
            this.bind_params(id);
            let value = this.expr(&lambda.body);
            Box::new([Stmt { span: this.module.span(value), kind: StmtKind::Return(Some(value)) }]) as Block
        });
        self.module.functions[id.0 as usize].body = body;
        id
    }

    fn fstring_parts(&mut self, value: &ast::FStringValue) -> Box<[StrPart]> {
        let mut parts = Vec::new();
        for part in value {
            match part {
                ast::FStringPart::Literal(literal) => parts.push(literal_part(literal)),
                ast::FStringPart::FString(string) => self.fstring_elements(string, &mut parts),
            }
        }
        parts.into()
    }

    fn fstring_elements(&mut self, string: &ast::FString, parts: &mut Vec<StrPart>) {
        for element in &string.elements {
            parts.push(match element {
                ast::InterpolatedStringElement::Literal(literal) => {
                    StrPart::Literal { text: literal.value.clone(), span: span(literal.range()) }
                }
                ast::InterpolatedStringElement::Interpolation(hole) => StrPart::Hole {
                    value: self.expr(&hole.expression),
                    has_format: hole.format_spec.is_some() || hole.debug_text.is_some(),
                },
            });
        }
    }

    /// Enters an expression into the indexes that other steps read.
    fn note(&mut self, id: ExprId) {
        match &self.module.exprs[id.0 as usize].kind {
            ExprKind::Call(_) => {
                let context = self.context();
                self.module.calls.push(CallFact { call: id, context });
            }
            ExprKind::Subscript { .. } | ExprKind::Compare { .. } => {
                let context = self.context();
                self.module.reads.push(Read { expr: id, context });
            }
            _ => {}
        }
    }

    /// Changes the context of a call that was just lowered.
    pub(super) fn mark(&mut self, call: ExprId, change: impl FnOnce(&mut Context)) {
        if self.module.call(call).is_none() {
            return;
        }
        if let Some(fact) = self.module.calls.iter_mut().rev().find(|fact| fact.call == call) {
            change(&mut fact.context);
        }
    }
}

fn literal_parts(value: &ast::StringLiteralValue) -> Box<[StrPart]> {
    value.iter().map(literal_part).collect()
}

fn literal_part(literal: &ast::StringLiteral) -> StrPart {
    StrPart::Literal { text: literal.value.clone(), span: span(literal.content_range()) }
}

/// Bytes that are ASCII read as text; anything else is not followed.
fn bytes_parts(value: &ast::BytesLiteralValue) -> Box<[StrPart]> {
    let part = |literal: &ast::BytesLiteral| {
        let text = String::from_utf8_lossy(&literal.value).into_owned();
        StrPart::Literal { text: text.into(), span: span(literal.content_range()) }
    };
    value.iter().map(part).collect()
}

fn number_kind(number: &ast::Number) -> ExprKind {
    match number {
        ast::Number::Int(int) => int.as_i64().map_or(ExprKind::Other, ExprKind::Int),
        ast::Number::Float(float) => ExprKind::Float(*float),
        ast::Number::Complex { .. } => ExprKind::Other,
    }
}

pub(super) fn binary_op(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Mod => BinaryOp::Modulo,
        ast::Operator::Mult => BinaryOp::Multiply,
        ast::Operator::Div => BinaryOp::Divide,
        ast::Operator::Sub => BinaryOp::Subtract,
        ast::Operator::BitOr => BinaryOp::Or,
        _ => BinaryOp::Other,
    }
}
