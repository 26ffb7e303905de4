//! Classes of tasks that are sent and were never registered.

use super::{Definition, Task};
use crate::project::link::{Linking, is_test_path};
use crate::project::objects::{Sure, is_app};
use crate::project::production::is_shown;
use crate::python::ir::{Binding, CallFact, ClassId, ExprKind, Module, Name, Scope};
use crate::python::{Eval, ModuleId, Ref, ValueKind};
use crate::source::{Loc, Span};

/// A place that sends a task of such a class.
#[derive(Debug, Clone)]
pub struct Unregistered {
    /// The class's name, and where it is defined.
    pub class: String,
    pub class_at: Loc,
    /// Behind the class, and the name of the app there, where it can be registered by its name.
    pub register_at: Option<(Loc, String)>,
    /// The call that sends it, and its method.
    pub at: Loc,
    pub method: String,
}

/// Methods of tasks that send one.
const SENDING: &[&str] = &["apply_async", "delay"];
/// What registers a task.
const REGISTERING: &[&str] = &["register_task", "register"];
/// Celery's class of tasks that have to be registered.
const BASES: &[&str] = &["celery.Task", "celery.app.task.Task"];

/// All of them outside tests and examples; none when something is registered that is not known.
pub fn find(linking: &Linking, tasks: &[Task]) -> Vec<Unregistered> {
    let found = linking.per_module(|eval, id| {
        let (path, text) = (linking.modules.path(id), linking.modules.text(id));
        let sends = [".delay(", ".apply_async("].iter().any(|word| text.contains(word));
        if !sends || is_test_path(path) || is_shown(path) {
            return Vec::new();
        }
        let module = linking.modules.get(id);
        module.calls.iter().filter_map(|fact| sent(eval, id, module, fact, tasks)).collect()
    });
    if found.is_empty() || registers_more(linking) { Vec::new() } else { found }
}

/// A call that sends an instance of a class that is a task, has a `run`, and is none of the registered ones.
fn sent(eval: &Eval, id: ModuleId, module: &Module, fact: &CallFact, tasks: &[Task]) -> Option<Unregistered> {
    let ExprKind::Attribute { value, attr, .. } = &module.expr(module.call(fact.call)?.func).kind else { return None };
    if !SENDING.contains(&&**attr) {
        return None;
    }
    let ValueKind::Instance(instance) = eval.expr(id, fact.context.scope, *value).kind else { return None };
    let (home, class) = (instance.module, instance.class);
    let definition = Definition::Class(home, class);
    let known = tasks.iter().any(|task| task.definition == Some(definition));
    if known || !is_task(eval, home, class) || SENDING.iter().any(|name| eval.member(home, class, name).is_some()) {
        return None;
    }
    eval.member(home, class, "run")?;
    let lowered = eval.modules.get(home).class(class);
    // A class decorator may register it, and so may a base class that sees its subclasses.
    let seen = eval.member(home, class, "__init_subclass__").is_some() || !lowered.keywords.is_empty();
    let at = Loc::new(module.file, module.span(fact.call));
    (lowered.decorators.is_empty() && !seen).then(|| Unregistered {
        class: lowered.name.to_string(),
        class_at: Loc::new(eval.modules.file(home), lowered.name_span),
        register_at: register_at(eval, home, class),
        at,
        method: attr.to_string(),
    })
}

/// Where a class at the top of its module that has a name of its own can be registered, and the app's name there.
fn register_at(eval: &Eval, id: ModuleId, class: ClassId) -> Option<(Loc, String)> {
    let module = eval.modules.get(id);
    let lowered = module.class(class);
    // An instance without a name is sent without one, whatever is registered.
    eval.member(id, class, "name")?.as_literal().filter(|name| !name.is_empty())?;
    let own = module.scope.names.get(&lowered.name)?;
    let [only] = own.as_slice() else { return None };
    (lowered.parent == Scope::Module && !only.conditional && eval.member(id, class, "__init__").is_none())
        .then_some(())?;
    let before =
        |bindings: &[Binding]| bindings.len() == 1 && bindings.iter().all(|it| it.at.end <= lowered.span.start);
    let mut names: Vec<&Name> = module.scope.names.iter().filter(|(_, it)| before(it)).map(|(name, _)| name).collect();
    names.sort_unstable();
    let app = names.into_iter().find(|name| eval.global(id, name).is_some_and(|value| is_app(&value) == Sure::Yes))?;
    let end = Span::new(lowered.span.end, lowered.span.end);
    Some((Loc::new(module.file, end), app.to_string()))
}

/// Whether all that a class derives from is known, and Celery's `Task` is among it.
fn is_task(eval: &Eval, module: ModuleId, class: ClassId) -> bool {
    let mut derives = false;
    for (module, class) in eval.class_bases(module, class) {
        let lowered = eval.modules.get(module).class(class);
        for base in &lowered.bases {
            match eval.expr(module, lowered.parent, *base).kind {
                ValueKind::Ref(Ref::Class(..)) => {}
                ValueKind::Ref(Ref::External(path)) if BASES.contains(&path.as_str()) => derives = true,
                ValueKind::Ref(Ref::External(path)) if matches!(path.as_str(), "object" | "abc.ABC") => {}
                ValueKind::Method { of, name } if name == "Task" && is_app(&of) == Sure::Yes => derives = true,
                _ => return false,
            }
        }
    }
    derives
}

/// Whether code registers tasks that are not known: in a loop, by a parameter.
fn registers_more(linking: &Linking) -> bool {
    let open = linking.per_module(|eval, id| {
        let text = linking.modules.text(id);
        if !text.contains("register_task(") && !text.contains("tasks.register(") {
            return Vec::new();
        }
        let module = linking.modules.get(id);
        let unknown = module.calls.iter().filter(|fact| {
            let Some(call) = module.call(fact.call) else { return false };
            let registers = module.last_name(call.func).is_some_and(|name| REGISTERING.contains(&&**name));
            registers
                && call.positional().next().is_some_and(|argument| {
                    let value = eval.expr(id, fact.context.scope, argument.value);
                    let plain = module.last_name(call.func).is_some_and(|name| &**name == "register_task");
                    !plain || !matches!(value.kind, ValueKind::Instance(_) | ValueKind::Ref(Ref::Class(..)))
                })
        });
        unknown.map(|_| ()).collect()
    });
    !open.is_empty()
}
