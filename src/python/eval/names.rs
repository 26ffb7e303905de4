//! Names: which bindings a name has where it is read, and what they make of it together.

use super::{Eval, Frame, Known, Level, Locals};
use crate::python::ir::*;
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Value, ValueKind};
use crate::source::{Span, Text};

/// How many call sites are looked at for the value of a parameter.
const MAX_SITES: usize = 8;

impl Eval<'_> {
    pub(super) fn name(&self, frame: Frame, name: &str, at: Span) -> Value {
        let module = self.modules.get(frame.module);
        let mut scope = Some(frame.scope);
        let mut later = None;
        while let Some(current) = scope {
            let own = current == frame.scope;
            let bindings = module.bindings(current).names.get(name);
            let rebound = bindings.is_some_and(|all| all.iter().any(|b| !matches!(b.kind, BindingKind::Param(_))));
            if let Some(value) = local(frame.locals, frame.module, current, name, rebound) {
                return value.through(self.loc(frame.module, at));
            }
            // Names of a class body are not seen from its methods.
            let visible = own || !matches!(current, Scope::Class(_));
            if visible && let Some(bindings) = bindings {
                let locals = if own { frame.locals } else { locals_of(frame.locals, frame.module, current) };
                let inner = Frame { scope: current, locals, ..frame };
                if own && !matches!(current, Scope::Function(_)) && !bindings.iter().any(|b| is_before(b, at)) {
                    // Bound further down only: the outer name is meant, if there is one (`class A: url = url`).
                    later = Some((inner, bindings));
                } else {
                    let value = self.fold(inner, name, bindings, own.then_some(at));
                    return value.through(self.loc(frame.module, at));
                }
            }
            scope = module.parent(current);
        }
        if let Some(value) = self.through_stars(frame.module, name) {
            return value.through(self.loc(frame.module, at));
        }
        if let Some((inner, bindings)) = later {
            return self.fold(inner, name, bindings, None).through(self.loc(frame.module, at));
        }
        if name == "__name__" {
            let at = self.loc(frame.module, at);
            return Value::new(ValueKind::Text(Text::literal(self.modules.dotted(frame.module, &[]), at)), at);
        }
        Value::reference(Ref::External(name.to_owned()))
    }

    /// A module-level name, seen from outside. A name that is being worked out already (a circle of imports) is unknown.
    pub(super) fn module_name(&self, module: ModuleId, name: &str) -> Option<Value> {
        let Some(bindings) = self.modules.get(module).scope.names.get(name) else {
            return self.through_stars(module, name);
        };
        let key = bindings.as_ptr() as usize;
        if let Some(known) = self.memory.names.borrow().get(&key)
            && self.work.afford(known.spent)
        {
            return Some(known.value.clone());
        }
        let Some(mark) = self.work.start() else { return Some(Value::unknown()) };
        if !self.memory.naming.borrow_mut().insert(key) {
            self.work.cut_short();
            self.work.finish(&mark, u32::MAX);
            return Some(Value::unknown());
        }
        let value = self.fold(Frame { module, scope: Scope::Module, locals: None }, name, bindings, None).bounded();
        self.memory.naming.borrow_mut().remove(&key);
        if let Some(spent) = self.work.finish(&mark, u32::MAX).complete() {
            self.memory.names.borrow_mut().insert(key, Known { value: value.clone(), spent });
        }
        Some(value)
    }

    fn through_stars(&self, module: ModuleId, name: &str) -> Option<Value> {
        self.module_name(self.star_source(module, name)?, name)
    }

    /// The module that `from … import *` takes a name from, through any number of such imports; the last import wins.
    fn star_source(&self, module: ModuleId, name: &str) -> Option<ModuleId> {
        let mut seen = vec![module];
        let mut next = self.star_modules(module);
        while let Some(candidate) = next.pop() {
            if seen.contains(&candidate) || !self.exports(candidate, name) {
                continue;
            }
            if self.modules.get(candidate).scope.names.contains_key(name) {
                return Some(candidate);
            }
            seen.push(candidate);
            next.extend(self.star_modules(candidate));
        }
        None
    }

    fn star_modules(&self, module: ModuleId) -> Vec<ModuleId> {
        let stars = self.modules.get(module).scope.stars.iter();
        stars
            .filter_map(|import| match self.modules.resolve(module, import) {
                Ref::Module(id) => Some(id),
                _ => None,
            })
            .collect()
    }

    /// Whether `import *` takes a name: what a plain `__all__` lists, else all names without an underscore before them.
    fn exports(&self, module: ModuleId, name: &str) -> bool {
        let listed =
            self.modules.get(module).scope.names.get("__all__").and_then(|_| self.module_name(module, "__all__"));
        match listed.map(|listed| listed.kind) {
            Some(ValueKind::List { items, open: false }) if items.iter().all(|item| item.as_literal().is_some()) => {
                items.iter().any(|item| item.as_literal().as_deref() == Some(name))
            }
            Some(_) => true,
            None => !name.starts_with('_'),
        }
    }

    /// What the bindings of a name make of it, in order. `place` is where it is read, when in the same scope.
    pub(super) fn fold(&self, frame: Frame, name: &str, bindings: &[Binding], place: Option<Span>) -> Value {
        let earlier = |binding: &Binding| place.is_none_or(|at| is_before(binding, at));
        if !bindings.iter().any(earlier) {
            return self.fold_all(frame, name, &mut bindings.iter());
        }
        // What stands before the last binding that surely happens does not matter.
        let last = |binding: &Binding| earlier(binding) && !binding.conditional && makes(&binding.kind);
        let from = bindings.iter().rposition(last).unwrap_or(0);
        self.fold_all(frame, name, &mut bindings[from..].iter().filter(|binding| earlier(binding)))
    }

    fn fold_all(&self, frame: Frame, name: &str, bindings: &mut dyn Iterator<Item = &Binding>) -> Value {
        let mut values: Vec<Value> = Vec::new();
        for binding in bindings {
            if !self.work.spend() {
                values.push(Value::unknown());
                break;
            }
            if values.is_empty() && frame.scope == Scope::Module && changes(&binding.kind) {
                // `from .base import *` and then `NAME.update(…)`.
                values.extend(self.through_stars(frame.module, name));
            }
            if self.change(frame, name, &mut values, binding) {
                continue;
            }
            let Some(value) = self.bound(frame, name, binding) else { continue };
            if !binding.conditional {
                values.clear();
            }
            // Most names have one value: a list that grows would have room for four.
            values.reserve_exact(1);
            values.extend(value.into_alternatives());
        }
        Value::one_of(values)
    }

    /// The value a binding gives a name; none when it gives none (a bare annotation).
    fn bound(&self, frame: Frame, name: &str, binding: &Binding) -> Option<Value> {
        Some(match &binding.kind {
            BindingKind::Value(value) => self.eval(frame, *value),
            BindingKind::Unpack { value, path } => {
                path.iter().fold(self.eval(frame, *value), |value, index| element_at(&value, *index as usize))
            }
            BindingKind::Element { iter, path } => {
                let iter = self.eval(frame, *iter);
                let elements = Value::one_of(elements_of(&iter));
                Value::one_of(elements.alternatives().iter().map(|element| {
                    path.iter().fold(element.clone(), |value, index| element_at(&value, *index as usize))
                }))
            }
            BindingKind::Context(context) => self.entered(self.eval(frame, *context)),
            BindingKind::Import(import) => self.imported(frame.module, import),
            BindingKind::ImportFrom { module, name } => self.imported_name(frame.module, module, name),
            BindingKind::Function(id) => self.defined(frame, *id),
            BindingKind::Class(id) => {
                let at = self.modules.get(frame.module).class(*id).name_span;
                Value::new(ValueKind::Ref(Ref::Class(frame.module, *id)), self.loc(frame.module, at))
            }
            BindingKind::Param(index) => local(frame.locals, frame.module, frame.scope, name, false)
                .unwrap_or_else(|| self.param(frame, name, *index)),
            BindingKind::Unknown => Value::unknown(),
            BindingKind::Annotation(_)
            | BindingKind::Augmented { .. }
            | BindingKind::ItemStore { .. }
            | BindingKind::AttrStore { .. }
            | BindingKind::DeepStore
            | BindingKind::Mutation { .. } => return None,
        })
    }

    fn defined(&self, frame: Frame, id: FunctionId) -> Value {
        let function = self.modules.get(frame.module).function(id);
        Value::new(ValueKind::Ref(Ref::Function(frame.module, id)), self.loc(frame.module, function.name_span))
    }

    /// `with Connection(...) as conn` and the like enter to themselves.
    fn entered(&self, context: Value) -> Value {
        match context.kind {
            ValueKind::Made(_) | ValueKind::Instance(_) => context,
            _ => Value::unknown(),
        }
    }

    fn imported(&self, module: ModuleId, import: &ImportedModule) -> Value {
        if !import.binds_top {
            return Value::reference(self.modules.resolve(module, import));
        }
        let top = import.name.split('.').next().unwrap_or_default();
        let top = ImportedModule { level: import.level, name: top.into(), binds_top: false };
        Value::reference(self.modules.resolve(module, &top))
    }

    pub(super) fn imported_name(&self, module: ModuleId, import: &ImportedModule, name: &str) -> Value {
        let from = self.modules.resolve(module, import);
        match &from {
            Ref::Module(id) if *id != module => {
                let value = self.module_name(*id, name);
                value.or_else(|| self.modules.child(&from, name).map(Value::reference)).unwrap_or_else(Value::unknown)
            }
            // A package that imports its own modules by its own name.
            Ref::Module(_) | Ref::Namespace(_) => {
                self.modules.child(&from, name).map_or_else(Value::unknown, Value::reference)
            }
            Ref::External(path) => Value::reference(Ref::External(format!("{path}.{name}"))),
            _ => Value::unknown(),
        }
    }

    /// A parameter whose value the frame does not know: its default, and what its call sites pass.
    fn param(&self, frame: Frame, name: &str, index: u32) -> Value {
        self.work.ask();
        let Scope::Function(id) = frame.scope else { return Value::unknown() };
        let module = self.modules.get(frame.module);
        let function = module.function(id);
        let Some(param) = function.params.get(index as usize) else { return Value::unknown() };
        if index == 0
            && let Scope::Class(class) = function.parent
        {
            return self.own_instance(frame.module, class);
        }
        let mut values: Vec<Value> = Vec::new();
        if let Some(default) = param.default {
            values.push(self.eval(Frame { scope: function.parent, locals: None, ..frame }, default));
        }
        values.extend(self.passed(frame.module, id, name, index as usize));
        values.push(Value::unknown());
        Value::one_of(values)
    }

    /// What the project's own calls of a function pass for a parameter.
    fn passed(&self, module: ModuleId, id: FunctionId, name: &str, index: usize) -> Vec<Value> {
        let function = self.modules.get(module).function(id);
        if matches!(function.parent, Scope::Class(_)) {
            return Vec::new();
        }
        let sites = self.sites.of(&function.name, 4 * MAX_SITES);
        if sites.is_empty() {
            return Vec::new();
        }
        if self.work.deeper(Level::Passed, || ()).is_none() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for site in sites {
            let caller = self.modules.get(site.module);
            let Some(call) = caller.call(site.expr) else { continue };
            let frame = Frame { module: site.module, scope: site.scope, locals: None };
            let same = matches!(self.eval(frame, call.func).kind, ValueKind::Ref(Ref::Function(m, f)) if (m, f) == (module, id));
            if !same || found.len() >= MAX_SITES {
                continue;
            }
            if let Some(argument) = call.keyword(name).or_else(|| call.positional().nth(index)) {
                found.extend(self.work.deeper(Level::Passed, || self.eval(frame, argument.value)));
            }
        }
        found
    }
}

/// Whether a binding has happened when the name is read at `at`.
fn is_before(binding: &Binding, at: Span) -> bool {
    binding.at.end <= at.start
        || binding.in_loop.is_some_and(|looped| looped.contains(at))
        || matches!(binding.kind, BindingKind::Param(_))
        || (matches!(binding.kind, BindingKind::Element { .. }) && binding.at.start <= at.start)
}

/// Whether a binding gives the name a value of its own.
fn makes(kind: &BindingKind) -> bool {
    !changes(kind) && !matches!(kind, BindingKind::AttrStore { .. } | BindingKind::Annotation(_))
}

/// Whether a binding changes what the name holds already.
fn changes(kind: &BindingKind) -> bool {
    matches!(
        kind,
        BindingKind::Augmented { .. }
            | BindingKind::ItemStore { .. }
            | BindingKind::DeepStore
            | BindingKind::Mutation { .. }
    )
}

/// The part of the chain that belongs to an outer scope and what is around it.
fn locals_of<'f>(mut locals: Option<&'f Locals<'f>>, module: ModuleId, scope: Scope) -> Option<&'f Locals<'f>> {
    while let Some(current) = locals {
        if (current.module, current.scope) == (module, scope) {
            return Some(current);
        }
        locals = current.outer;
    }
    None
}

/// What is known of a name of one scope beforehand; for a name that the scope binds anew, only what is fixed.
fn local(mut locals: Option<&Locals>, module: ModuleId, scope: Scope, name: &str, only_fixed: bool) -> Option<Value> {
    while let Some(current) = locals {
        if (current.module, current.scope) == (module, scope)
            && (current.fixed || !only_fixed)
            && let Some((_, value)) = current.values.iter().rev().find(|(known, _)| &**known == name)
        {
            return Some(value.clone());
        }
        locals = current.outer;
    }
    None
}

pub(super) fn element_at(value: &Value, index: usize) -> Value {
    match &value.kind {
        ValueKind::List { items, .. } => items.get(index).cloned().unwrap_or_else(Value::unknown),
        ValueKind::OneOf(values) => Value::one_of(values.iter().map(|value| element_at(value, index))),
        _ => Value::unknown(),
    }
}

/// What iterating over a value yields.
pub(super) fn elements_of(value: &Value) -> Vec<Value> {
    match &value.kind {
        ValueKind::List { items, open } => {
            let more = open.then(Value::unknown);
            items.iter().cloned().chain(more).collect()
        }
        ValueKind::Dict(dict) => dict.entries.iter().map(|(key, _)| key.clone()).collect(),
        ValueKind::OneOf(values) => values.iter().flat_map(elements_of).collect(),
        _ => vec![Value::unknown()],
    }
}
