//! Which names of a function depend on how it is called.

use rustc_hash::FxHashSet;

use super::ir::{Binding, BindingKind, ExprId, ExprKind, FunctionId, Module, Name, Scope};

/// The parameters of a function, and the variables of it that are made from them.
pub fn names(module: &Module, id: FunctionId) -> FxHashSet<&Name> {
    let scope = &module.function(id).scope;
    let is_param = |all: &[Binding]| all.iter().any(|binding| matches!(binding.kind, BindingKind::Param(_)));
    let mut names: FxHashSet<&Name> =
        scope.names.iter().filter(|(_, all)| is_param(all)).map(|(name, _)| name).collect();
    for _ in 0..2 {
        let made = |binding: &Binding| match &binding.kind {
            BindingKind::Value(value)
            | BindingKind::Context(value)
            | BindingKind::Augmented { value, .. }
            | BindingKind::Unpack { value, .. }
            | BindingKind::Element { iter: value, .. } => mentions(module, *value, &names),
            _ => false,
        };
        let more: Vec<&Name> =
            scope.names.iter().filter(|(_, all)| all.iter().any(made)).map(|(name, _)| name).collect();
        names.extend(more);
    }
    names
}

/// Whether the value of an expression can depend on how the functions around it are called, or on the turn of a loop: unless
/// the name it begins with is bound, and none of its names to a parameter, an element, or what is made from a parameter.
pub fn varies(module: &Module, scope: Scope, expr: ExprId) -> bool {
    let mut bound = false;
    let root = module.root_name(expr);
    let mut current = Some(scope);
    while let Some(scope) = current {
        bound |= root.is_some_and(|root| module.bindings(scope).names.contains_key(root));
        let is_element =
            |all: &[Binding]| all.iter().any(|binding| matches!(binding.kind, BindingKind::Element { .. }));
        let elements = module.bindings(scope).names.iter().filter(|(_, all)| is_element(all)).map(|(name, _)| name);
        let mut names: FxHashSet<&Name> = elements.collect();
        if let Scope::Function(id) = scope {
            names.extend(self::names(module, id));
        }
        if !names.is_empty() && mentions(module, expr, &names) {
            return true;
        }
        current = module.parent(scope);
    }
    !bound
}

/// Whether one of the names stands in an expression.
pub fn mentions(module: &Module, expr: ExprId, names: &FxHashSet<&Name>) -> bool {
    let mut open = vec![expr];
    while let Some(current) = open.pop() {
        let kind = &module.expr(current).kind;
        match kind {
            ExprKind::Name(name) if names.contains(name) => return true,
            // What it holds is not part of the tree.
            ExprKind::Lambda(_) => return true,
            _ => kind.for_each_child(&mut |child| open.push(child)),
        }
    }
    false
}
