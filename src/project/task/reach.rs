//! The calls of a function, and the functions of the project that they lead to.

use rustc_hash::FxHashMap;

use crate::python::ir::{CallFact, FunctionId, Module, Scope};
use crate::python::{Eval, ModuleId, Ref, ValueKind};
use crate::source::Span;

/// The calls of one module by the function they stand in, in source order. Those of a lambda are of the function around it.
pub struct Calls<'m> {
    by_function: FxHashMap<FunctionId, Vec<(Span, &'m CallFact)>>,
}

impl<'m> Calls<'m> {
    pub fn of(module: &'m Module) -> Self {
        let mut by_function: FxHashMap<FunctionId, Vec<(Span, &CallFact)>> = FxHashMap::default();
        for fact in module.calls.iter().filter(|fact| !fact.context.in_decorator) {
            if let Some(function) = owner(module, fact.context.scope) {
                by_function.entry(function).or_default().push((module.span(fact.call), fact));
            }
        }
        by_function.values_mut().for_each(|calls| calls.sort_by_key(|(span, _)| (span.start, span.end)));
        Self { by_function }
    }

    pub fn own(&self, function: FunctionId) -> &[(Span, &'m CallFact)] {
        self.by_function.get(&function).map_or(&[], Vec::as_slice)
    }

    /// Those that stand in a part of the function.
    pub fn within(&self, function: FunctionId, part: Span) -> &[(Span, &'m CallFact)] {
        let own = self.own(function);
        let from = own.partition_point(|(span, _)| span.start < part.start);
        let to = own.partition_point(|(span, _)| span.start < part.end);
        own.get(from..to).unwrap_or_default()
    }
}

/// The function whose code a scope is, lambdas aside.
pub fn owner(module: &Module, mut scope: Scope) -> Option<FunctionId> {
    loop {
        match scope {
            Scope::Function(id) if &*module.function(id).name == "<lambda>" => scope = module.function(id).parent,
            Scope::Function(id) => return Some(id),
            Scope::Class(_) | Scope::Module => return None,
        }
    }
}

/// The function of the project that a call surely calls, when its callee is written as a name or as a name of a module.
pub fn callee(eval: &Eval, id: ModuleId, fact: &CallFact) -> Option<(ModuleId, FunctionId)> {
    let module = eval.modules.get(id);
    let call = module.call(fact.call)?;
    module.dotted(call.func).filter(|name| name.matches('.').count() < 3)?;
    match eval.expr(id, fact.context.scope, call.func).kind {
        ValueKind::Ref(Ref::Function(module, function)) => Some((module, function)),
        _ => None,
    }
}

/// Whether a call stands in a `with allow_join_result():`.
pub fn lets_join(eval: &Eval, id: ModuleId, fact: &CallFact) -> bool {
    let module = eval.modules.get(id);
    let mut with = fact.context.with;
    while let Some(item) = with.and_then(|index| module.withs.get(index as usize)) {
        let callee = module.call(item.context).map_or(item.context, |call| call.func);
        if module.last_name(callee).is_some_and(|name| &**name == "allow_join_result") {
            return true;
        }
        with = item.outer;
    }
    false
}
