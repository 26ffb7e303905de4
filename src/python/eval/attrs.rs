//! Attributes and items: of modules, classes, instances, dictionaries, and of things outside the project.

use super::names::element_at;
use super::{Eval, Frame, Locals};
use crate::python::ir::*;
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Args, Instance, Made, Shared, Value, ValueKind};

/// Attributes that only Celery's applications and tasks have: they are followed even when their owner is not known.
const CELERY_NAMES: &[&str] = &["AsyncResult", "GroupResult", "apply_async", "send_task"];

impl Eval<'_> {
    pub(super) fn attr(&self, value: &Value, attr: &str) -> Value {
        match &value.kind {
            ValueKind::OneOf(values) => Value::one_of(values.iter().map(|value| self.attr(value, attr))),
            ValueKind::Ref(to) => self.attr_of_ref(value, to, attr),
            ValueKind::Instance(instance) => self.attr_of_instance(value, instance, attr),
            ValueKind::Made(made) => {
                if let Some((_, set)) = made.attrs.iter().rev().find(|(name, _)| name == attr) {
                    return set.clone();
                }
                if made.callee == "types.SimpleNamespace" || made.callee == "argparse.Namespace" {
                    return made.args.named(attr).cloned().unwrap_or_else(Value::unknown);
                }
                if let Some(field) = named_tuple_field(made, attr) {
                    return field;
                }
                if let Some(access) = self.dynaconf_item(made, attr, value.at) {
                    return access;
                }
                method(value, attr)
            }
            // A nested model of a settings class.
            ValueKind::Env(read) if matches!(read.default.as_ref().map(|v| &v.kind), Some(ValueKind::Instance(_))) => {
                read.default.as_ref().map_or_else(Value::unknown, |default| self.attr(default, attr))
            }
            // Members of an enumeration: `Queue.HIGH.value`.
            ValueKind::Text(_) | ValueKind::Int(_) if attr == "value" => value.clone(),
            ValueKind::Unknown if CELERY_NAMES.contains(&attr) => method(value, attr),
            ValueKind::Unknown | ValueKind::None => Value::unknown(),
            _ => method(value, attr),
        }
    }

    fn attr_of_ref(&self, value: &Value, to: &Ref, attr: &str) -> Value {
        match to {
            Ref::Module(id) => {
                if attr == "__name__" {
                    return Value::unknown();
                }
                let found = self.module_name(*id, attr);
                found.or_else(|| self.modules.child(to, attr).map(Value::reference)).unwrap_or_else(Value::unknown)
            }
            Ref::Namespace(_) => self.modules.child(to, attr).map_or_else(Value::unknown, Value::reference),
            Ref::Class(module, class) => match self.class_member(*module, *class, attr) {
                Some(Value { kind: ValueKind::Ref(Ref::Function(m, f)), .. })
                    if self.decorated_with(m, f, &["classmethod"]) =>
                {
                    method(value, attr)
                }
                found => found.unwrap_or_else(|| method(value, attr)),
            },
            Ref::Function(..) => method(value, attr),
            Ref::External(path) => Value::reference(Ref::External(format!("{path}.{attr}"))),
        }
    }

    fn attr_of_instance(&self, value: &Value, instance: &Instance, attr: &str) -> Value {
        if let Some((_, set)) = instance.attrs.iter().rev().find(|(name, _)| name == attr) {
            return set.clone();
        }
        let fields = self.is_record(instance.module, instance.class);
        if fields && let Some(given) = self.field_argument(instance, attr) {
            return given;
        }
        if let Some(stored) = self.stored_on_self(instance, attr) {
            return stored;
        }
        if let Some(read) = self.settings_value(instance, attr) {
            return read;
        }
        match self.class_member(instance.module, instance.class, attr) {
            Some(Value { kind: ValueKind::Ref(Ref::Function(module, function)), .. }) => {
                self.bound_method(value, module, function, attr)
            }
            Some(found) => found,
            None => method(value, attr),
        }
    }

    /// A method, or what a property returns.
    fn bound_method(&self, value: &Value, module: ModuleId, function: FunctionId, attr: &str) -> Value {
        if !self.decorated_with(module, function, &["property", "cached_property", "computed_field"]) {
            return method(value, attr);
        }
        let at = self.loc(module, self.modules.get(module).function(function).name_span);
        self.inline(module, function, &Args::default(), Some(value), at)
    }

    /// Whether one of the decorators has that last name.
    pub(super) fn decorated_with(&self, module: ModuleId, function: FunctionId, names: &[&str]) -> bool {
        let lowered = self.modules.get(module);
        lowered.function(function).decorators.iter().any(|decorator| {
            let called = lowered.call(decorator.value).map(|call| call.func);
            let name = lowered.dotted(called.unwrap_or(decorator.value));
            name.is_some_and(|name| name.rsplit('.').next().is_some_and(|last| names.contains(&last)))
        })
    }

    /// The function that a method taken from an instance or a class is, and what is bound to its first parameter.
    pub fn method_of(&self, of: &Value, name: &str) -> Option<(ModuleId, FunctionId, Option<Value>)> {
        let (module, class, is_class) = match &of.kind {
            ValueKind::Instance(instance) => (instance.module, instance.class, false),
            ValueKind::Ref(Ref::Class(module, class)) => (*module, *class, true),
            // An instance of a project class that counts as the library's class it derives from.
            ValueKind::Made(made) => match made.attrs.iter().find(|(name, _)| name == "__class__")?.1.kind {
                ValueKind::Ref(Ref::Class(module, class)) => (module, class, false),
                _ => return None,
            },
            _ => return None,
        };
        let member = self.question(|| self.class_member(module, class, name))?;
        let ValueKind::Ref(Ref::Function(module, function)) = member.kind else { return None };
        let unbound = match is_class {
            true => !self.decorated_with(module, function, &["classmethod"]),
            false => self.decorated_with(module, function, &["staticmethod"]),
        };
        Some((module, function, (!unbound).then(|| of.clone())))
    }

    /// What the methods of a class (`__init__` before others) store in `self.attr`.
    fn stored_on_self(&self, instance: &Instance, attr: &str) -> Option<Value> {
        let (module, class) =
            self.class_chain(instance.module, instance.class).iter().copied().find(|(module, class)| {
                self.modules.get(*module).class(*class).self_stores.iter().any(|store| &*store.attr == attr)
            })?;
        let stores = &self.modules.get(module).class(class).self_stores;
        let values = stores.iter().filter(|store| &*store.attr == attr).map(|store| {
            let function = self.modules.get(module).function(store.function);
            let this = Value { kind: ValueKind::Instance(Shared::new(instance.clone())), at: None, trail: Vec::new() };
            let in_init = &*function.name == "__init__";
            let values = if in_init {
                self.bind_arguments(module, function, &instance.args, Some(&this))
            } else {
                function.params.first().map(|param| (param.name.clone(), this)).into_iter().collect()
            };
            let id = (1 << 29) + store.value.0;
            let scope = Scope::Function(store.function);
            let locals = Locals::of_call(module, scope, values, id);
            self.eval(Frame { module, scope, locals: Some(&locals) }, store.value)
        });
        Some(Value::one_of(values.collect::<Vec<_>>()))
    }

    fn field_argument(&self, instance: &Instance, attr: &str) -> Option<Value> {
        if let Some(value) = instance.args.named(attr) {
            return Some(value.clone());
        }
        let mut fields: Vec<&Name> = Vec::new();
        for (module, class) in self.class_chain(instance.module, instance.class).iter().copied().rev() {
            let mut own: Vec<(u32, &Name)> = Vec::new();
            for (name, bindings) in &self.modules.get(module).class(class).scope.names {
                let binding = bindings.iter().find(|b| matches!(b.kind, BindingKind::Annotation(_)));
                own.extend(binding.filter(|_| !fields.contains(&name)).map(|binding| (binding.at.start, name)));
            }
            own.sort();
            fields.extend(own.into_iter().map(|(_, name)| name));
        }
        let index = fields.iter().position(|name| &***name == attr)?;
        instance.args.positional.get(index).cloned()
    }

    /// `self` in a method, when no call says more.
    pub(super) fn own_instance(&self, module: ModuleId, class: ClassId) -> Value {
        let instance = Instance { module, class, args: Args { open: true, ..Args::default() }, attrs: Vec::new() };
        Value { kind: ValueKind::Instance(Shared::new(instance)), at: None, trail: Vec::new() }
    }

    pub(super) fn subscript(&self, frame: Frame, id: ExprId, value: ExprId, index: ExprId) -> Value {
        let module = self.modules.get(frame.module);
        let base = self.eval(frame, value);
        if matches!(module.expr(index).kind, ExprKind::Slice { .. }) {
            return Value::unknown();
        }
        let key = self.eval(frame, index);
        let at = self.loc(frame.module, module.span(id));
        Value::one_of(base.alternatives().iter().map(|base| self.item(frame, base, &key, at)))
    }

    fn item(&self, frame: Frame, base: &Value, key: &Value, at: crate::source::Loc) -> Value {
        if let Some(access) = self.env_item(frame, base, key) {
            return access.into_value(at);
        }
        match (&base.kind, &key.kind) {
            (ValueKind::List { items, open }, ValueKind::Int(index)) => match usize::try_from(*index) {
                Ok(index) => element_at(base, index),
                Err(_) if *open => Value::unknown(),
                Err(_) => match items.len().checked_sub(index.unsigned_abs() as usize) {
                    Some(index) => element_at(base, index),
                    None => Value::unknown(),
                },
            },
            (ValueKind::Dict(dict), _) => match key.as_literal() {
                Some(key) => dict.get(&key).cloned().unwrap_or_else(Value::unknown),
                // A choice at run time: `{"dev": Dev, "prod": Prod}[os.environ["MODE"]]`.
                None => Value::one_of(
                    dict.entries.iter().map(|(_, value)| value.clone()).chain(dict.open.then(Value::unknown)),
                ),
            },
            (ValueKind::Made(made), _) => match key.as_literal() {
                Some(key) => {
                    let set = made.attrs.iter().rev().find(|(name, _)| *name == key);
                    set.map_or_else(|| item_of(base, &key), |(_, value)| value.clone())
                }
                None => Value::unknown(),
            },
            (ValueKind::Method { .. }, _) => key.as_literal().map_or_else(Value::unknown, |key| item_of(base, &key)),
            // `list[int]`, `Optional[str]`: a type stays the type.
            (ValueKind::Ref(Ref::External(_)), _) => base.clone(),
            _ => Value::unknown(),
        }
    }
}

/// The field of an instance of `namedtuple("Name", "field field")`.
fn named_tuple_field(made: &Made, attr: &str) -> Option<Value> {
    let maker = made.receiver.as_ref()?.made().filter(|maker| maker.callee == "collections.namedtuple")?;
    if let Some(given) = made.args.named(attr) {
        return Some(given.clone());
    }
    let fields: Vec<String> = match &maker.args.get(1, "field_names")?.kind {
        ValueKind::List { items, .. } => items.iter().filter_map(Value::as_literal).collect(),
        ValueKind::Text(text) => {
            text.as_literal()?.split([' ', ',']).filter(|field| !field.is_empty()).map(str::to_owned).collect()
        }
        _ => return None,
    };
    made.args.positional.get(fields.iter().position(|field| field == attr)?).cloned()
}

/// `app.config["CELERY"]` is followed like an attribute of that name in brackets.
fn item_of(base: &Value, key: &str) -> Value {
    method(base, &format!("[{key}]"))
}

pub(super) fn method(of: &Value, name: &str) -> Value {
    let mut depth = 0;
    let mut inner = of;
    while let ValueKind::Method { of, .. } = &inner.kind {
        depth += 1;
        inner = of;
    }
    if depth > 6 {
        return Value::unknown();
    }
    Value {
        kind: ValueKind::Method { of: Shared::new(of.clone()), name: name.to_owned() },
        at: None,
        trail: Vec::new(),
    }
}
