//! Rows that tasks write their state to: a task that sets `job.status`, and a request that reads the job, tell a client how far
//! the task is without asking Celery. Names and calls decide, so that this is good enough to stay silent, and no more.

use rustc_hash::{FxHashMap, FxHashSet};

use super::handler::Handler;
use super::rows::{has_state, is_state};
use super::signals;
use super::tasks::Celery;
use crate::project::task::reach::{Calls, callee, owner};
use crate::python::ir::*;
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};

/// Calls that write columns by keyword: `filter(…).update(status=…)`, `update(Job).values(status=…)`.
const WRITING: &[&str] = &["update", "values"];
/// How many calls away from a task, or a handler, a function may be.
const MAX_STEPS: usize = 2;
const MAX_FUNCTIONS: usize = 40;

type Function = (ModuleId, FunctionId);
type Class = (ModuleId, ClassId);

/// What one function does with rows by itself.
#[derive(Debug, Default)]
struct Part {
    writes: bool,
    /// The classes with a state that it names.
    names: Vec<Class>,
    calls: Vec<Function>,
}

pub struct Rows<'r> {
    eval: &'r Eval<'r>,
    calls: FxHashMap<ModuleId, Calls<'r>>,
    parts: FxHashMap<Function, Part>,
    written: FxHashSet<Class>,
}

impl<'r> Rows<'r> {
    /// The classes whose state tasks write.
    pub fn new(eval: &'r Eval<'r>, celery: &Celery, is_test: impl Fn(ModuleId) -> bool) -> Self {
        let mut rows =
            Self { eval, calls: FxHashMap::default(), parts: FxHashMap::default(), written: FxHashSet::default() };
        for id in eval.modules.relevant.iter().copied().filter(|id| !is_test(*id)) {
            let functions = (0..eval.modules.get(id).functions.len()).map(|index| FunctionId(index as u32));
            for function in functions.filter(|function| celery.is_task(eval, id, *function)) {
                let around = rows.around((id, function));
                if around.iter().any(|function| rows.parts[function].writes) {
                    rows.written.extend(around.iter().flat_map(|function| &rows.parts[function].names));
                }
            }
        }
        rows
    }

    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Whether what answers a request names such a class: `functions` are those that run first.
    pub fn are_read_by(&mut self, handler: &Handler, functions: &[Function]) -> bool {
        if let Handler::Class { module, class, .. } = handler
            && of_view(self.eval, *module, *class).iter().any(|class| self.written.contains(class))
        {
            return true;
        }
        functions.iter().any(|function| {
            let around = self.around(*function);
            around.iter().flat_map(|function| &self.parts[function].names).any(|class| self.written.contains(class))
        })
    }

    /// A function and those that it leads to, each of which was looked at.
    fn around(&mut self, function: Function) -> Vec<Function> {
        let mut found = vec![function];
        let mut from = 0;
        for step in 0..=MAX_STEPS {
            let to = found.len();
            for index in from..to {
                let function = found[index];
                if !self.parts.contains_key(&function) {
                    let part = self.look(function);
                    self.parts.insert(function, part);
                }
                for called in self.parts[&function].calls.iter().filter(|_| step < MAX_STEPS) {
                    if found.len() < MAX_FUNCTIONS && !found.contains(called) {
                        found.push(*called);
                    }
                }
            }
            from = to;
        }
        found
    }

    fn look(&mut self, (id, function): Function) -> Part {
        let eval = self.eval;
        let module = eval.modules.get(id);
        eval.begin();
        let mut part = Part { writes: stores_state(module, function), ..Part::default() };
        let calls = self.calls.entry(id).or_insert_with(|| Calls::of(module));
        for (_, fact) in calls.own(function) {
            let Some(call) = module.call(fact.call) else { continue };
            part.writes |= passes_state(module, call);
            part.calls.extend(callee(eval, id, fact));
            let written = std::iter::once(call.func).chain(call.args.iter().map(|argument| argument.value));
            for expr in written.flat_map(|expr| names_in(module, expr)) {
                let value = eval.expr(id, fact.context.scope, expr);
                part.names.extend(value.alternatives().iter().filter_map(|value| with_state(eval, value)));
            }
        }
        part
    }
}

/// `job.status = …`, of something that is not the object itself.
fn stores_state(module: &Module, function: FunctionId) -> bool {
    module.stores.iter().any(|store| match &module.expr(store.target).kind {
        ExprKind::Attribute { value, attr } => {
            is_state(attr)
                && owner(module, store.scope) == Some(function)
                && !matches!(&module.expr(*value).kind, ExprKind::Name(name) if matches!(&**name, "self" | "cls"))
        }
        _ => false,
    })
}

/// `update(status=…)`, `values({"status": …})`.
fn passes_state(module: &Module, call: &Call) -> bool {
    let is_key = |key: ExprId| match &module.expr(key).kind {
        ExprKind::Str(parts) => matches!(&**parts, [StrPart::Literal { text, .. }] if is_state(text)),
        ExprKind::Attribute { attr, .. } => is_state(attr),
        _ => false,
    };
    module.last_name(call.func).is_some_and(|name| WRITING.contains(&&**name))
        && call.args.iter().any(|argument| match (&argument.name, &module.expr(argument.value).kind) {
            (Some(name), _) => is_state(name),
            (None, ExprKind::Dict(items)) => items.iter().any(|(key, _)| key.is_some_and(is_key)),
            _ => false,
        })
}

/// The names at the root of an expression, and what is read of them: `Job`, `models` and `models.Job` of
/// `models.Job.objects.get(…)`.
fn names_in(module: &Module, expr: ExprId) -> Vec<ExprId> {
    let mut found = Vec::new();
    let mut at = expr;
    loop {
        match &module.expr(at).kind {
            ExprKind::Call(call) => at = call.func,
            ExprKind::Await(value) | ExprKind::Subscript { value, .. } => at = *value,
            ExprKind::Attribute { value, .. } => {
                found.push(at);
                at = *value;
            }
            ExprKind::Name(_) => {
                found.push(at);
                break;
            }
            _ => break,
        }
    }
    // Whatever is called on a class stands further outside: `Job.objects.filter` is no class.
    let inner = found.len().saturating_sub(2);
    found.split_off(inner)
}

/// The class that a value is, if it has a state.
fn with_state(eval: &Eval, value: &Value) -> Option<Class> {
    let ValueKind::Ref(Ref::Class(module, class)) = value.kind else { return None };
    has_state(eval, module, class).then_some((module, class))
}

/// The classes that a view shows by what it declares: `model`, `queryset`, `serializer_class`.
fn of_view(eval: &Eval, module: ModuleId, class: ClassId) -> Vec<Class> {
    let declared = ["model", "queryset", "serializer_class"];
    let values = declared.iter().filter_map(|name| eval.member(module, class, name));
    let shown = values.flat_map(|value| {
        let of_helper = match value.kind {
            ValueKind::Ref(Ref::Class(module, class)) => signals::meta_model(eval, module, class),
            _ => None,
        };
        [signals::model_of(&value), of_helper].into_iter().flatten()
    });
    shown.collect()
}
