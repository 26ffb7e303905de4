//! The names that a scope binds: every assignment, import, definition and mutation, in source order.

use ruff_python_ast as ast;
use ruff_python_ast::visitor::{Visitor, walk_pattern};

use super::Lowerer;
use crate::python::ir::*;
use crate::source::Span;

/// Methods that change the object they are called on.
const MUTATORS: &[&str] = &["append", "extend", "insert", "update", "setdefault", "add", "pop", "remove", "clear"];

impl Lowerer {
    pub(super) fn bind(&mut self, name: &str, kind: BindingKind, at: Span) {
        let conditional = self.conditional > 0;
        let in_loop = self.loops.first().copied();
        let binding = Binding { kind, at, conditional, in_loop };
        // Most names are bound once: a list that grows would have room for four.
        match self.bindings().names.get_mut(name) {
            Some(bindings) => bindings.push(binding),
            None => drop(self.bindings().names.insert(name.into(), vec![binding])),
        }
    }

    /// Binds the names of an assignment target and notes stores to attributes and items.
    pub(super) fn bind_target(&mut self, target: ExprId, kind: BindingKind, at: Span) {
        self.bind_path(target, &kind, &mut Vec::new(), at);
    }

    /// Binds the names of a loop target to elements of `iter`.
    pub(super) fn bind_element(&mut self, target: ExprId, iter: ExprId, at: Span) {
        self.bind_path(target, &BindingKind::Element { iter, path: Box::default() }, &mut Vec::new(), at);
    }

    fn bind_path(&mut self, target: ExprId, kind: &BindingKind, path: &mut Vec<u32>, at: Span) {
        let elements = match &self.module.expr(target).kind {
            ExprKind::Name(name) => {
                let name = name.clone();
                return self.bind(&name, unpacked(kind, path), at);
            }
            ExprKind::Tuple(elements) | ExprKind::List(elements) => elements.clone(),
            ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => return self.store(target, kind, path, at),
            _ => return,
        };
        if path.len() > 8 {
            return;
        }
        let mut starred = false;
        for (index, element) in elements.into_iter().enumerate() {
            // A starred target takes any number: nothing is known of it and of what stands behind it.
            let inner = match self.module.expr(element).kind {
                ExprKind::Starred(inner) => Some(inner),
                _ => None,
            };
            starred |= inner.is_some();
            let kind = if starred { &BindingKind::Unknown } else { kind };
            path.push(index as u32);
            self.bind_path(inner.unwrap_or(element), kind, path, at);
            path.pop();
        }
    }

    /// `a.b = v`, `a[b] = v`: a store, and a change of the name `a`.
    fn store(&mut self, target: ExprId, kind: &BindingKind, path: &[u32], at: Span) {
        let (value, op) = match kind {
            BindingKind::Value(value) if path.is_empty() => (*value, None),
            BindingKind::Augmented { op, value } => (*value, Some(*op)),
            _ => return,
        };
        let scope = self.scope;
        self.module.stores.push(Store { target, value, op, scope });
        if op.is_some() {
            return;
        }
        let (base, change) = match &self.module.expr(target).kind {
            ExprKind::Attribute { value: base, attr, .. } => {
                (*base, BindingKind::AttrStore { attr: attr.clone(), value })
            }
            ExprKind::Subscript { value: base, index } => (*base, BindingKind::ItemStore { key: *index, value }),
            _ => return,
        };
        match &self.module.expr(base).kind {
            ExprKind::Name(name) => {
                let name = name.clone();
                self.bind(&name, change, at);
            }
            ExprKind::Subscript { .. } => {
                if let Some(name) = self.root_name(base) {
                    self.bind(&name, BindingKind::DeepStore, at);
                }
            }
            _ => {}
        }
    }

    fn root_name(&self, mut expr: ExprId) -> Option<Name> {
        for _ in 0..16 {
            match &self.module.expr(expr).kind {
                ExprKind::Name(name) => return Some(name.clone()),
                ExprKind::Subscript { value, .. } => expr = *value,
                _ => return None,
            }
        }
        None
    }

    /// `x.append(…)` as a statement changes `x`.
    pub(super) fn note_mutation(&mut self, statement: ExprId) {
        let Some(call) = self.module.call(statement) else { return };
        let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind else { return };
        let ExprKind::Name(name) = &self.module.expr(*value).kind else { return };
        if MUTATORS.contains(&&**attr) {
            let (name, method, at) = (name.clone(), attr.clone(), self.module.span(statement));
            self.bind(&name, BindingKind::Mutation { method, call: statement }, at);
        }
    }

    pub(super) fn bind_params(&mut self, id: FunctionId) {
        let params: Vec<(Name, Span)> =
            self.module.function(id).params.iter().map(|p| (p.name.clone(), p.span)).collect();
        for (index, (name, at)) in params.into_iter().enumerate() {
            self.bind(&name, BindingKind::Param(index as u32), at);
        }
    }

    pub(super) fn bind_pattern(&mut self, pattern: &ast::Pattern, at: Span) {
        let mut names = Captures::default();
        names.visit_pattern(pattern);
        for name in names.0 {
            self.bind(&name, BindingKind::Unknown, at);
        }
    }

    /// Gives every class the `self.x = value` stores of its methods.
    pub(super) fn collect_self_stores(&mut self) {
        let module = &self.module;
        let mut found = Vec::new();
        for store in &module.stores {
            let Scope::Function(function) = store.scope else { continue };
            let Scope::Class(class) = module.function(function).parent else { continue };
            let ExprKind::Attribute { value, attr, .. } = &module.expr(store.target).kind else { continue };
            let ExprKind::Name(name) = &module.expr(*value).kind else { continue };
            let is_self = module.function(function).params.first().is_some_and(|param| param.name == *name);
            if is_self && store.op.is_none() {
                found.push((class, SelfStore { attr: attr.clone(), value: store.value, function }));
            }
        }
        for (class, store) in found {
            self.module.classes[class.0 as usize].self_stores.push(store);
        }
    }
}

fn unpacked(kind: &BindingKind, path: &[u32]) -> BindingKind {
    if path.is_empty() {
        return kind.clone();
    }
    match kind {
        BindingKind::Value(value) => BindingKind::Unpack { value: *value, path: path.into() },
        BindingKind::Element { iter, .. } => BindingKind::Element { iter: *iter, path: path.into() },
        _ => BindingKind::Unknown,
    }
}

/// The names that a match pattern captures.
#[derive(Default)]
struct Captures(Vec<String>);

impl<'a> Visitor<'a> for Captures {
    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        let name = match pattern {
            ast::Pattern::MatchAs(capture) => capture.name.as_ref(),
            ast::Pattern::MatchStar(capture) => capture.name.as_ref(),
            ast::Pattern::MatchMapping(capture) => capture.rest.as_ref(),
            _ => None,
        };
        self.0.extend(name.map(|name| name.as_str().to_owned()));
        walk_pattern(self, pattern);
    }
}
