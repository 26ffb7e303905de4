//! Changes of what a name holds already: stores into it, augmented assignments, methods of lists and dictionaries.

use super::{Eval, Frame};
use crate::python::ir::*;
use crate::python::value::{Args, Dict, Value, ValueKind};

/// How many alternatives still fork at a change that may or may not happen.
const MAX_FORKS: usize = 4;

impl Eval<'_> {
    /// Changes the alternatives, when the binding changes a value instead of making one; says whether it does.
    pub(super) fn change(&self, frame: Frame, name: &str, values: &mut Vec<Value>, binding: &Binding) -> bool {
        let maybe = binding.conditional;
        let change: Box<dyn FnMut(&mut Value) + '_> = match &binding.kind {
            BindingKind::Augmented { op, value } => {
                let right = self.eval(frame, *value);
                let (op, at) = (*op, self.loc(frame.module, binding.at));
                Box::new(move |left| *left = self.combine(op, left, &right, left.at.unwrap_or(at)))
            }
            BindingKind::ItemStore { key, value } => {
                let (key, value) = (self.eval(frame, *key), self.eval(frame, *value));
                Box::new(move |dict| store_item(dict, &key, &value, maybe))
            }
            // What methods store on `self` is found when the attribute is asked for.
            BindingKind::AttrStore { .. } if self.is_self(frame, name) => return true,
            BindingKind::AttrStore { attr, value } => {
                let value = self.eval(frame, *value);
                Box::new(move |object| store_attr(object, attr, &value, maybe))
            }
            BindingKind::DeepStore => Box::new(open),
            BindingKind::Mutation { method, call } => {
                let module = self.modules.get(frame.module);
                let args = module.call(*call).map(|call| self.args(frame, call)).unwrap_or_default();
                let method = method.clone();
                Box::new(move |value| mutate(value, &method, &args))
            }
            _ => return false,
        };
        // Containers say themselves what they may hold; other values have both states, as long as there are few.
        let forks = maybe && matches!(binding.kind, BindingKind::Augmented { .. }) && values.len() <= MAX_FORKS;
        if forks {
            let mut changed = values.clone();
            changed.iter_mut().for_each(change);
            values.extend(changed);
        } else {
            values.iter_mut().for_each(change);
        }
        true
    }

    /// Whether a name is the first parameter of the method around it.
    fn is_self(&self, frame: Frame, name: &str) -> bool {
        let Scope::Function(id) = frame.scope else { return false };
        let function = self.modules.get(frame.module).function(id);
        let method = matches!(function.parent, Scope::Class(_));
        method && function.params.first().is_some_and(|param| &*param.name == name)
    }
}

/// Adds the entries of a splatted mapping.
pub(super) fn merge_dict(dict: &mut Dict, other: Value) {
    match other.kind {
        ValueKind::Dict(other) => {
            dict.entries.extend(other.entries);
            dict.open |= other.open;
        }
        ValueKind::OneOf(values) => values.into_iter().for_each(|value| merge_dict(dict, value)),
        _ => dict.open = true,
    }
}

/// `target[key] = value`; when that happens only `maybe`, an older value stays an alternative.
fn store_item(target: &mut Value, key: &Value, value: &Value, maybe: bool) {
    match &mut target.kind {
        ValueKind::Dict(dict) => {
            let older = key.as_literal().and_then(|key| dict.get(&key).cloned()).filter(|_| maybe);
            dict.entries.push((key.clone(), joined(older, value)));
        }
        ValueKind::Made(made) => {
            if let Some(key) = key.as_literal() {
                made.change(|made| set_attr(&mut made.attrs, &key, value, maybe));
            }
        }
        ValueKind::List { open, .. } => *open = true,
        _ => {}
    }
}

fn store_attr(target: &mut Value, attr: &str, value: &Value, maybe: bool) {
    match &mut target.kind {
        ValueKind::Made(made) => made.change(|made| set_attr(&mut made.attrs, attr, value, maybe)),
        ValueKind::Instance(instance) => instance.change(|instance| set_attr(&mut instance.attrs, attr, value, maybe)),
        _ => {}
    }
}

fn set_attr(attrs: &mut Vec<(String, Value)>, attr: &str, value: &Value, maybe: bool) {
    let older = attrs.iter().rev().find(|(name, _)| name == attr).map(|(_, value)| value.clone());
    attrs.push((attr.to_owned(), joined(older.filter(|_| maybe), value)));
}

fn joined(older: Option<Value>, value: &Value) -> Value {
    if value.is_large() {
        return Value::unknown();
    }
    match older {
        Some(older) => Value::one_of([older, value.clone()]),
        None => value.clone(),
    }
}

fn open(target: &mut Value) {
    match &mut target.kind {
        ValueKind::Dict(dict) => dict.open = true,
        ValueKind::List { open, .. } => *open = true,
        _ => {}
    }
}

/// What `value.method(args)` makes of a list or dictionary.
fn mutate(value: &mut Value, method: &str, args: &Args) {
    let first = args.positional.first();
    match (&mut value.kind, method) {
        (ValueKind::List { items, .. }, "append" | "add") => items.extend(first.cloned()),
        (ValueKind::List { items, open }, "insert") => match args.positional.get(1) {
            Some(item) => items.push(item.clone()),
            None => *open = true,
        },
        (ValueKind::List { items, open }, "extend" | "update") => match first.map(|list| &list.kind) {
            Some(ValueKind::List { items: more, open: unsure }) => {
                items.extend(more.iter().cloned());
                *open |= unsure;
            }
            _ => *open = true,
        },
        (ValueKind::Dict(dict), "update") => {
            if let Some(other) = first {
                merge_dict(dict, other.clone());
            }
            for (name, value, at) in &args.named {
                let key = Value::new(ValueKind::Text(crate::source::Text::literal(name.as_str(), *at)), *at);
                dict.entries.push((key, value.clone()));
            }
            dict.open |= args.open;
        }
        (ValueKind::Dict(dict), "setdefault") => match args.positional.as_slice() {
            [key, value] if key.as_literal().is_some_and(|key| dict.get(&key).is_none()) => {
                dict.entries.push((key.clone(), value.clone()));
            }
            _ => {}
        },
        _ => open(value),
    }
}
