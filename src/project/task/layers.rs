//! What the decorators around a task make of its function.

use super::detail::{Gives, Layer, Wrapper};
use crate::python::ir::{Decorator, FunctionId, ParamKind, Scope};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// What the decorators make of a function, from the lowest up.
pub(super) fn layers(eval: &Eval, function: (ModuleId, FunctionId), decorators: &[Decorator]) -> Vec<Layer> {
    let module = eval.modules.get(function.0);
    let mut inner = function;
    let mut found = Vec::new();
    for decorator in decorators.iter().rev() {
        let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
        let gives = layer(eval, function, inner, decorator);
        if let Gives::Other(wrapper) = gives {
            inner = (wrapper.module, wrapper.function);
        }
        let at = Loc::new(module.file, decorator.span);
        found.push(Layer { at, name: module.dotted(callee).unwrap_or_default(), gives });
    }
    found
}

/// What a decorator makes of `inner`, which those below it have made of a function.
pub(super) fn layer(
    eval: &Eval,
    of: (ModuleId, FunctionId),
    inner: (ModuleId, FunctionId),
    decorator: &Decorator,
) -> Gives {
    let module = eval.modules.get(of.0);
    let scope = module.function(of.1).parent;
    let value = eval.expr(of.0, scope, decorator.value);
    match value.external() {
        Some("staticmethod") => return Gives::StaticMethod,
        Some("classmethod") => return Gives::ClassMethod,
        _ => {}
    }
    let site = Site { module: of.0, scope, expr: decorator.value };
    let args = Args { positional: vec![Value::reference(Ref::Function(inner.0, inner.1))], ..Args::default() };
    match eval.call_value(&value, &args, site, Loc::new(module.file, decorator.span)).kind {
        ValueKind::Ref(Ref::Function(m, f)) if (m, f) == inner => Gives::Same,
        ValueKind::Ref(Ref::Function(m, f)) => other(eval, m, f),
        _ => Gives::Unknown,
    }
}

/// A function that stands in for another: whether it takes over its name.
fn other(eval: &Eval, id: ModuleId, function: FunctionId) -> Gives {
    let module = eval.modules.get(id);
    let lowered = module.function(function);
    let at = Loc::new(module.file, lowered.name_span);
    let wraps = |decorator: &Decorator| {
        let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
        module.last_name(callee).is_some_and(|name| matches!(&**name, "wraps" | "decorator" | "update_wrapper"))
    };
    if lowered.decorators.iter().any(wraps) {
        return Gives::Wrapped { by: (id, function) };
    }
    let Scope::Function(outer) = lowered.parent else { return Gives::Unknown };
    let bindings = &module.bindings(lowered.parent).names;
    // Its attributes are set, or it has decorators of its own: what becomes of it is not known.
    let changed = bindings.get(&lowered.name).is_none_or(|found| found.len() != 1);
    let text = eval.modules.text(id).get(module.function(outer).span.range()).unwrap_or_default();
    if changed || !lowered.decorators.is_empty() || text.contains("update_wrapper(") {
        return Gives::Unknown;
    }
    let wrapped = module.function(outer).params.first().filter(|param| param.kind == ParamKind::Normal);
    let wrapped = wrapped.filter(|_| module.function(outer).params.len() == 1);
    let wrapped = wrapped.map(|param| Loc::new(module.file, param.span));
    Gives::Other(Wrapper { module: id, function, at, wrapped })
}
