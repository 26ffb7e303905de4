//! What the names of a module may stand for, by where they are used: variables and attributes of `self`.

use rustc_hash::FxHashSet;

use crate::python::ir::{Binding, BindingKind, ExprId, Module, Scope};
use crate::python::scopes::ScopeIndex;
use crate::source::Span;

pub(in crate::project) struct Names<'m> {
    module: &'m Module,
    scopes: ScopeIndex,
}

impl<'m> Names<'m> {
    pub fn of(module: &'m Module) -> Self {
        Self { module, scopes: ScopeIndex::new(module) }
    }

    /// What a scope's name may have been given.
    pub fn values(&self, scope: Scope, name: &str) -> Vec<ExprId> {
        let mut current = scope;
        loop {
            let bindings = self.module.bindings(current);
            let visible = current == scope || !matches!(current, Scope::Class(_));
            if visible && let Some(found) = bindings.names.get(name) {
                return values_of(found);
            }
            let Some(parent) = self.module.parent(current) else { return Vec::new() };
            current = parent;
        }
    }

    /// Whether a name that stands at `use_at` gets a value inside a part of the file.
    pub fn binds_within(&self, use_at: Span, name: &str, part: Span) -> bool {
        let found = self.module.bindings(self.scope_at(use_at)).names.get(name);
        found.is_some_and(|found| found.iter().any(|binding| part.contains(binding.at)))
    }

    /// What an attribute of the object of the class around a scope may have been given.
    pub fn attributes(&self, scope: Scope, attr: &str) -> Vec<ExprId> {
        let mut current = scope;
        loop {
            if let Scope::Class(id) = current {
                let class = self.module.class(id);
                let stored = class.self_stores.iter().filter(|store| &*store.attr == attr).map(|store| store.value);
                return stored
                    .chain(class.scope.names.get(attr).map(|found| values_of(found)).unwrap_or_default())
                    .collect();
            }
            let Some(parent) = self.module.parent(current) else { return Vec::new() };
            current = parent;
        }
    }

    /// The innermost function or class around a place.
    pub fn scope_at(&self, place: Span) -> Scope {
        self.scopes.around(self.module, place)
    }

    /// Values of names that get another value as well: a test of the name may be about that one.
    pub fn rebound(&self) -> FxHashSet<ExprId> {
        let module = self.module;
        let scopes = std::iter::once(&module.scope)
            .chain(module.functions.iter().map(|function| &function.scope))
            .chain(module.classes.iter().map(|class| &class.scope));
        let several = scopes.flat_map(|scope| scope.names.values()).filter(|bindings| bindings.len() > 1);
        several.flat_map(|bindings| values_of(bindings)).collect()
    }
}

fn values_of(bindings: &[Binding]) -> Vec<ExprId> {
    let value = |binding: &Binding| match binding.kind {
        BindingKind::Value(value) => Some(value),
        _ => None,
    };
    bindings.iter().filter_map(value).collect()
}
