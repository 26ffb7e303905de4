//! The names that modules and classes have once they have run, as far as that is known without running them.

use rustc_hash::FxHashSet;

use super::source::{Name, Names};
use crate::project::link::Linking;
use crate::python::ir::{Binding, BindingKind, ExprKind, Module, Scope, ScopeBindings, StrPart};
use crate::python::{ModuleId, Ref};
use crate::source::Loc;

/// How many modules import each other's names.
const MAX_STARS: usize = 24;

/// Calls that may make names nobody sees.
const OPENING: &[&str] = &["globals", "locals", "vars", "exec", "include", "DjangoDynaconf", "setattr", "settings"];

/// The public names of a module, its star imports followed; and those modules, itself included.
pub(super) fn of_module(linking: &Linking, id: ModuleId) -> (Names, Vec<ModuleId>) {
    let (mut names, mut seen) = (Names::default(), Vec::new());
    let mut known = FxHashSet::default();
    collect(linking, id, false, &mut names, &mut known, &mut seen);
    (names, seen)
}

fn collect(
    linking: &Linking,
    id: ModuleId,
    conditional: bool,
    names: &mut Names,
    known: &mut FxHashSet<String>,
    seen: &mut Vec<ModuleId>,
) {
    if seen.contains(&id) || seen.len() >= MAX_STARS {
        names.open |= !seen.contains(&id);
        return;
    }
    seen.push(id);
    let module = linking.modules.get(id);
    names.open |= !module.errors.is_empty() || opens(module);
    for mut name in of_scope(module, &module.scope, linking.modules.text(id)) {
        name.conditional |= conditional;
        if !name.written.starts_with('_') && known.insert(name.written.clone()) {
            names.keys.push(name);
        }
    }
    let maybe = has_conditional_star(linking.modules.text(id));
    for star in &module.scope.stars {
        match linking.modules.resolve(id, star) {
            Ref::Module(other) => collect(linking, other, conditional || maybe, names, known, seen),
            _ => names.open = true,
        }
    }
}

/// `from x import *` under a condition. Star imports do not say where they stand; only an indented one is under something.
fn has_conditional_star(text: &str) -> bool {
    text.lines().any(|line| line.starts_with([' ', '\t']) && line.contains("import *"))
}

/// Whether something in the module may make names.
fn opens(module: &Module) -> bool {
    module.calls.iter().filter(|fact| fact.context.scope == Scope::Module).any(|fact| {
        let Some(call) = module.call(fact.call) else { return false };
        // `Base.load_settings(__name__)`
        let named = call.args.iter().any(|argument| module.dotted(argument.value).as_deref() == Some("__name__"));
        let loads = module.last_name(call.func).is_some_and(|name| name.contains("setting") || name.contains("conf"));
        (named && loads) || module.last_name(call.func).is_some_and(|name| OPENING.contains(&&**name))
    })
}

/// The names a scope binds, in the order of their last bindings.
pub(super) fn of_scope(module: &Module, scope: &ScopeBindings, text: &str) -> Vec<Name> {
    let mut found: Vec<Name> =
        scope.names.iter().filter_map(|(name, bindings)| of_bindings(module, name, bindings, text)).collect();
    found.sort_by_key(|name| name.at.span);
    found
}

fn of_bindings(module: &Module, name: &str, bindings: &[Binding], text: &str) -> Option<Name> {
    let binds = |binding: &&Binding| {
        use BindingKind as Kind;
        !matches!(
            binding.kind,
            Kind::Annotation(_)
                | Kind::ItemStore { .. }
                | Kind::DeepStore
                | Kind::AttrStore { .. }
                | Kind::Mutation { .. }
                | Kind::Augmented { .. }
        )
    };
    let last = bindings.iter().rev().find(binds)?;
    let place = |binding: &Binding| Loc::new(module.file, binding.name_at(name));
    let none = match &last.kind {
        BindingKind::Value(value) => matches!(module.expr(*value).kind, ExprKind::None),
        _ => false,
    };
    let gone = bindings.iter().any(|binding| matches!(binding.kind, BindingKind::Unknown));
    let conditional = gone || bindings.iter().filter(binds).all(|binding| binding.conditional);
    let earlier = bindings.iter().filter(binds).rev().nth(1);
    let lost = earlier.filter(|earlier| is_lost(module, name, earlier, last, text)).map(place);
    Some(Name { written: name.to_owned(), at: place(last), none, conditional, lost })
}

/// Whether nobody can see the value of a binding: the next one gives another before anything reads it.
fn is_lost(module: &Module, name: &str, earlier: &Binding, last: &Binding, text: &str) -> bool {
    let literal = |binding: &Binding| match binding.kind {
        BindingKind::Value(value) if !binding.conditional && is_scalar(&module.expr(value).kind) => {
            text.get(module.span(value).range())
        }
        _ => None,
    };
    let differ = matches!((literal(earlier), literal(last)), (Some(first), Some(second)) if first != second);
    let between = text.get(earlier.at.end as usize..last.at.start as usize);
    differ && between.is_some_and(|between| memchr::memmem::find(between.as_bytes(), name.as_bytes()).is_none())
}

fn is_scalar(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Str(parts) => parts.iter().all(|part| matches!(part, StrPart::Literal { .. })),
        ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) => true,
        _ => false,
    }
}
