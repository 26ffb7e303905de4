//! Which functions and classes are Celery tasks, as far as web code needs to know, and where Celery's broker is.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::python::ir::*;
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::Loc;

/// What is known of the project's Celery.
#[derive(Default)]
pub struct Celery {
    /// Literal URLs of brokers and result backends.
    urls: Vec<String>,
    /// Environment variables that they are read from.
    keys: Vec<String>,
    tasks: RefCell<FxHashMap<(ModuleId, FunctionId), bool>>,
}

const SETTINGS: &[&str] = &[
    "BROKER_URL",
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "RESULT_BACKEND",
    "broker_url",
    "celery_broker_url",
    "result_backend",
];

impl Celery {
    /// Looks at every place that gives Celery its broker or backend.
    pub fn new(eval: &Eval, is_test: impl Fn(ModuleId) -> bool) -> Self {
        let mut celery = Self::default();
        for id in eval.modules.relevant.iter().copied().filter(|id| !is_test(*id)) {
            celery.learn(eval, id);
        }
        celery
    }

    fn learn(&mut self, eval: &Eval, id: ModuleId) {
        let module = eval.modules.get(id);
        for fact in &module.calls {
            let Some(call) = module.call(fact.call) else { continue };
            for name in ["broker", "backend"].iter().chain(SETTINGS) {
                if let Some(argument) = call.keyword(name) {
                    self.add(&eval.expr(id, fact.context.scope, argument.value));
                }
            }
        }
        for store in &module.stores {
            if let ExprKind::Attribute { attr, .. } = &module.expr(store.target).kind
                && SETTINGS.contains(&&**attr)
            {
                self.add(&eval.expr(id, store.scope, store.value));
            }
        }
        for name in SETTINGS.iter().filter(|name| module.scope.names.contains_key(**name)) {
            if let Some(value) = eval.global(id, name) {
                self.add(&value);
            }
        }
        for class in (0..module.classes.len()).map(|index| ClassId(index as u32)) {
            for name in SETTINGS.iter().filter(|name| module.class(class).scope.names.contains_key(**name)) {
                if let Some(value) = eval.member(id, class, name) {
                    self.add(&value);
                }
            }
        }
    }

    fn add(&mut self, value: &Value) {
        for value in value.alternatives() {
            let text = value.to_text();
            self.keys.extend(text.env_keys().into_iter().map(str::to_owned));
            self.urls.extend(text.as_literal().filter(|url| url.contains("://")));
        }
    }

    /// Whether a value is (a part of) the URL of Celery's broker or backend.
    pub fn is_broker(&self, eval: &Eval, value: &Value) -> bool {
        let says_so = |at: &Loc| {
            let written = eval.modules.sources.snippet(*at).to_lowercase();
            written.len() < 120 && (written.contains("broker") || written.contains("celery"))
        };
        value.alternatives().iter().any(|value| {
            let text = value.to_text();
            text.as_literal().is_some_and(|url| self.urls.contains(&url))
                || text.env_keys().iter().any(|key| self.keys.iter().any(|known| known == key))
                || value.trail.iter().any(says_so)
                || is_conf(value)
        })
    }

    /// Whether a function is a task by its decorators.
    pub fn is_task(&self, eval: &Eval, module: ModuleId, function: FunctionId) -> bool {
        if let Some(known) = self.tasks.borrow().get(&(module, function)) {
            return *known;
        }
        let lowered = eval.modules.get(module);
        let definition = lowered.function(function);
        let is_task = definition.decorators.iter().any(|decorator| {
            let func = lowered.call(decorator.value).map_or(decorator.value, |call| call.func);
            let written = lowered.dotted(func).unwrap_or_default();
            makes_tasks(eval, &eval.expr(module, definition.parent, func), &written)
        });
        self.tasks.borrow_mut().insert((module, function), is_task);
        is_task
    }

    /// Whether a class derives from Celery's `Task`.
    pub fn is_task_class(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
        let bases = eval.external_bases(module, class);
        bases.iter().any(|base| base.starts_with("celery") && base.ends_with("Task"))
    }
}

/// `app.conf.broker_url`, `settings.CELERY_BROKER_URL` of settings that are not known.
fn is_conf(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Method { name, .. } => SETTINGS.contains(&name.as_str()),
        ValueKind::Ref(Ref::External(path)) => path.rsplit('.').next().is_some_and(|last| SETTINGS.contains(&last)),
        _ => false,
    }
}

/// Whether a decorator makes tasks: Celery's own, or a project's that uses one.
fn makes_tasks(eval: &Eval, decorator: &Value, written: &str) -> bool {
    decorator.alternatives().iter().any(|value| match &value.kind {
        ValueKind::Ref(Ref::External(path)) => is_task_maker(path),
        ValueKind::Method { of, name } => name == "task" && is_celery(of),
        ValueKind::Made(made) => {
            is_task_maker(&made.callee)
                || made.args.positional.first().and_then(Value::external).is_some_and(is_task_maker)
        }
        ValueKind::Ref(Ref::Function(module, function)) => mentions_task_maker(eval, *module, *function),
        ValueKind::Unknown => written.ends_with(".task") || written.ends_with("shared_task"),
        _ => false,
    })
}

fn is_task_maker(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    last == "shared_task" || (path.starts_with("celery") && matches!(last, "task" | "periodic_task"))
}

fn is_celery(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Made(made) => made.callee.to_lowercase().contains("celery"),
        ValueKind::Ref(Ref::External(path)) => path.to_lowercase().contains("celery"),
        ValueKind::Method { of, .. } => is_celery(of),
        ValueKind::Unknown => true,
        _ => false,
    }
}

/// A project's decorator whose body uses Celery's.
fn mentions_task_maker(eval: &Eval, module: ModuleId, function: FunctionId) -> bool {
    let lowered = eval.modules.get(module);
    let body = Loc::new(lowered.file, lowered.function(function).span);
    let text = eval.modules.sources.snippet(body);
    text.contains("shared_task") || text.contains(".task(")
}
