//! The name that Celery computes for a task (celery/utils/imports.py, `gen_task_name`): module and function, of what the
//! decorators below make of the function, or what the app's own `gen_task_name` makes of both.

use super::detail::Gives;
use super::layers::layer;
use super::through;
use crate::project::objects::app_call;
use crate::python::ir::{Decorator, ExprId, ExprKind, FunctionId, Module, Scope};
use crate::python::{Args, Eval, Made, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::{Loc, Text};

/// What a name is computed from: the module and the `__name__` of what is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub module: ModuleId,
    pub function: String,
    /// The app that computes it is the one whose `task` is called; else it is any app of the process.
    pub own_app: bool,
}

/// The apps that a task is registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registry {
    /// Every app of the process: `@shared_task`.
    Every,
    /// The app that is made there, and every app that collects its tasks later: `@app.task`.
    From(Site),
    /// The app that is made there, and no other: `shared=False`, `register_task`.
    One(Site),
    #[default]
    Unknown,
}

/// What Celery computes the name of a function from, below its task decorator; none when that is not known.
pub(super) fn source(eval: &Eval, (module, id): (ModuleId, FunctionId), below: &[Decorator]) -> Option<Source> {
    let mut inner = (module, id);
    for decorator in below.iter().rev() {
        match layer(eval, (module, id), inner, decorator) {
            Gives::Other(wrapper) => inner = (wrapper.module, wrapper.function),
            Gives::Wrapped { by } if !takes_over(eval.modules.get(by.0), by.1) => return None,
            Gives::Unknown if !through::keeps_name(eval, (module, id), decorator) => return None,
            _ => {}
        }
    }
    let function = eval.modules.get(inner.0).function(inner.1).name.to_string();
    Some(Source { module: inner.0, function, own_app: false })
}

/// The name of what is registered, in an app that is made by that call; none when the app names its tasks in a way that is
/// not known. `module` is the name that the module has.
pub(super) fn name_in(eval: &Eval, app: Option<&Made>, source: &Source, module: &str) -> Option<String> {
    let naming = app.and_then(|app| own_naming(eval, app));
    let Some((class, naming)) = naming else { return Some(format!("{module}.{}", source.function)) };
    let ValueKind::Ref(Ref::Function(home, function)) = naming.kind else { return None };
    let lowered = eval.modules.get(home);
    let definition = lowered.function(function);
    let at = Loc::new(lowered.file, definition.name_span);
    let text = |text: &str| Value::new(ValueKind::Text(Text::literal(text, at)), at);
    let positional = vec![class, text(&source.function), text(module)];
    let expr = definition.decorators.first().map_or(ExprId(0), |decorator| decorator.value);
    let site = Site { module: home, scope: Scope::Function(function), expr };
    eval.call_value(&naming, &Args { positional, ..Args::default() }, site, at).as_literal()
}

/// `gen_task_name` of a class that the project derives from `Celery`, or that is put on the app.
fn own_naming(eval: &Eval, app: &Made) -> Option<(Value, Value)> {
    if let Some((_, given)) = app.attrs.iter().rev().find(|(name, _)| name == "gen_task_name") {
        return Some((Value::unknown(), Value { kind: ValueKind::Unknown, ..given.clone() }));
    }
    let (_, class) = app.attrs.iter().find(|(name, _)| name == "__class__")?;
    let ValueKind::Ref(Ref::Class(module, id)) = class.kind else { return None };
    Some((Value::unknown(), eval.member(module, id, "gen_task_name")?))
}

/// The app whose method a value is: `app.task`, `functools.partial(app.task, bind=True)`.
pub(super) fn app_of(maker: &Value) -> Option<&Value> {
    maker.alternatives().iter().find_map(|value| match &value.kind {
        ValueKind::Method { of, name } if matches!(name.as_str(), "task" | "register_task") => Some(&**of),
        ValueKind::Made(made) if made.callee == "functools.partial" => app_of(made.args.positional.first()?),
        // `own = app.task(bind=True)`
        ValueKind::Made(made) if made.callee.ends_with(".task") => made.receiver.as_ref(),
        _ => None,
    })
}

/// The apps that a maker registers a task with.
pub(super) fn registry(app: Option<&Value>, shared: bool, args: &Args) -> Registry {
    let own = app.and_then(app_call).map(|app| app.site);
    match (args.named("shared").map(|value| &value.kind), own) {
        _ if shared => Registry::Every,
        (None, Some(own)) if !args.open => Registry::From(own),
        (Some(ValueKind::Bool(true)), Some(own)) => Registry::From(own),
        (Some(ValueKind::Bool(false)), Some(own)) => Registry::One(own),
        _ => Registry::Unknown,
    }
}

/// `@functools.wraps(function)`, also of other libraries.
pub(super) fn keeps_name(module: &Module, function: FunctionId) -> bool {
    module.function(function).decorators.iter().any(|decorator| {
        let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
        module.dotted(callee).is_some_and(|name| matches!(name.rsplit('.').next(), Some("wraps" | "decorator")))
    })
}

/// Whether a wrapper takes over the name of a function that is given to the function around it: `@functools.wraps(function)`.
pub(super) fn takes_over(module: &Module, wrapper: FunctionId) -> bool {
    module.function(wrapper).decorators.iter().any(|decorator| {
        let Some(call) = module.call(decorator.value) else { return true };
        let Some(ExprKind::Name(name)) = call.positional().next().map(|it| &module.expr(it.value).kind) else {
            return true;
        };
        let mut scope = Some(module.function(wrapper).parent);
        while let Some(current) = scope {
            if let Scope::Function(outer) = current
                && module.function(outer).params.iter().any(|param| param.name == *name)
            {
                return true;
            }
            scope = module.parent(current);
        }
        false
    })
}
