//! More about each task, beside its definition: the options it really has, its base class, and the decorators around it.

use super::attributes::attributes;
use super::base;
use super::body::{self, Body};
use super::exception::{self, ExceptionClass};
use super::layers::layers;
use super::reach::Calls;
use super::{Definition, Task};
use crate::project::ResultUse;
use crate::project::link::Linking;
use crate::python::ir::{BindingKind, Decorator, ExprKind, FunctionId, Module, Param, ParamKind, Scope};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// What is known of a task besides [`Task`]; one for each, in the same order.
#[derive(Debug, Clone, Default)]
pub struct TaskDetail {
    /// The options that rules ask about, of the decorator or of the base class.
    pub options: Vec<TaskOption>,
    /// All options are known: Celery's own decorator, no splats, and a base class that is known.
    pub closed: bool,
    /// Neither the base class nor anything else changes how the task is called.
    pub plain: bool,
    /// `serializer=…` and the like stand inside these; none when the decorator has none.
    pub decorator: Option<Loc>,
    /// The decorators above the task's own, the nearest first.
    pub above: Vec<Layer>,
    /// The decorators below it, the nearest to the function first.
    pub below: Vec<Layer>,
    /// It is a method: the class around it.
    pub class: Option<Loc>,
    /// The name of the first positional parameter.
    pub first_param: Option<String>,
    pub is_generator: bool,
    /// What its base class, or its own class, sets in its body: names and where they stand.
    pub attributes: Vec<(String, Loc)>,
    /// `autoretry_for` of its own decorator.
    pub autoretry: Option<Autoretry>,
    pub body: Body,
}

/// `autoretry_for=…` in a decorator.
#[derive(Debug, Clone)]
pub struct Autoretry {
    /// The word.
    pub at: Loc,
    /// The value is one class, not several.
    pub single: bool,
    /// What is retried, and where it is written, as far as that is in the decorator; none when it is not known.
    pub classes: Option<Vec<(ExceptionClass, Option<Loc>)>>,
    /// Where texts stand instead of classes.
    pub texts: Vec<Loc>,
}

/// One option of a task.
#[derive(Debug, Clone)]
pub struct TaskOption {
    pub name: &'static str,
    pub value: Value,
    /// The word in the decorator; the value when a base class gives it.
    pub at: Loc,
    /// It stands in the decorator.
    pub own: bool,
}

/// A decorator around a task.
#[derive(Debug, Clone)]
pub struct Layer {
    /// From `@` to the end.
    pub at: Loc,
    /// As it is written, without arguments.
    pub name: String,
    pub gives: Gives,
}

/// What a decorator makes of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// The function itself.
    Same,
    /// Another function of the project, which has taken over the name (`functools.wraps`).
    Wrapped {
        by: (ModuleId, FunctionId),
    },
    /// Another function of the project, under its own name.
    Other(Wrapper),
    StaticMethod,
    ClassMethod,
    Unknown,
}

/// The function that a decorator puts in place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrapper {
    pub module: ModuleId,
    pub function: FunctionId,
    /// Its name.
    pub at: Loc,
    /// The decorator's parameter for the function that it wraps, when it is a plain one.
    pub wrapped: Option<Loc>,
}

/// The options that are looked up.
const OPTIONS: &[&str] = &[
    "acks_late",
    "autoretry_for",
    "default_retry_delay",
    "filter",
    "ignore_result",
    "max_retries",
    "name",
    "reject_on_worker_lost",
    "retry_backoff",
    "retry_backoff_max",
    "retry_jitter",
    "retry_kwargs",
    "soft_time_limit",
    "time_limit",
];

/// Celery's own classes of tasks.
pub const TASK_CLASSES: &[&str] =
    &["celery.Task", "celery.app.task.Task", "celery.app.Task", "celery.task.Task", "celery.task.base.Task"];
/// Methods of a base class that change what happens to a call of the task or to what it gives.
const CALLING: &[&str] = &["run", "retry", "apply_async", "__get__", "update_state"];

impl TaskDetail {
    /// The option of that name, if it is given and is not `None`.
    pub fn option(&self, name: &str) -> Option<&TaskOption> {
        self.options.iter().find(|option| option.name == name)
    }

    /// Whether an option is given as `True`.
    pub fn is_on(&self, name: &str) -> bool {
        self.option(name).is_some_and(|option| matches!(option.value.kind, ValueKind::Bool(true)))
    }
}

/// The details of all tasks, in their order.
pub fn find(linking: &Linking, tasks: &[Task], uses: &[ResultUse]) -> Vec<TaskDetail> {
    let by_home = super::by_module(tasks, |task| home(linking, task));
    let found = linking.per_module(|eval, id| {
        let Some(own) = by_home.get(&id) else { return Vec::new() };
        let calls = Calls::of(eval.modules.get(id));
        own.iter().map(|(index, task)| (*index, of_task(eval, id, task, &calls, uses))).collect()
    });
    let mut details = vec![TaskDetail::default(); tasks.len()];
    for (index, detail) in found {
        if let Some(place) = details.get_mut(index) {
            *place = detail;
        }
    }
    details
}

/// The module in which the task is defined.
fn home(linking: &Linking, task: &Task) -> Option<ModuleId> {
    task.definition.map(Definition::module).or_else(|| linking.modules.of_file(task.at.file))
}

fn of_task(eval: &Eval, id: ModuleId, task: &Task, calls: &Calls, uses: &[ResultUse]) -> TaskDetail {
    let mut detail = match task.definition {
        Some(Definition::Function(_, function)) => of_function(eval, id, task, function),
        Some(Definition::Class(_, class)) => {
            let value = Value::reference(Ref::Class(id, class));
            let options = OPTIONS.iter().filter_map(|name| of_class(eval, &value, name)).collect();
            TaskDetail { options, attributes: attributes(eval, &value), ..TaskDetail::default() }
        }
        None => TaskDetail::default(),
    };
    if let Some(function) = body_function(eval, task) {
        let lowered = eval.modules.get(id).function(function);
        detail.first_param = lowered.params.first().filter(|param| is_positional(param)).map(|it| it.name.to_string());
        detail.is_generator = lowered.is_generator;
        detail.body = body::of(eval, (id, function), task, calls, uses);
    }
    detail
}

fn is_positional(param: &Param) -> bool {
    matches!(param.kind, ParamKind::Normal | ParamKind::PositionalOnly)
}

/// The function that runs: of a class its own `run`.
fn body_function(eval: &Eval, task: &Task) -> Option<FunctionId> {
    match task.definition? {
        Definition::Function(_, function) => Some(function),
        Definition::Class(module, class) => {
            let bindings = eval.modules.get(module).class(class).scope.names.get("run")?;
            bindings.iter().find_map(|binding| match binding.kind {
                BindingKind::Function(function) => Some(function),
                _ => None,
            })
        }
    }
}

fn of_function(eval: &Eval, id: ModuleId, task: &Task, function: FunctionId) -> TaskDetail {
    let module = eval.modules.get(id);
    let lowered = module.function(function);
    let position = lowered.decorators.iter().position(|it| Loc::new(module.file, it.span) == task.at);
    let own = position.and_then(|at| lowered.decorators.get(at));
    let (args, direct) =
        own.map_or((Args { open: true, ..Args::default() }, false), |own| arguments(eval, id, lowered.parent, own));
    let base = args.named("base").filter(|base| !matches!(base.kind, ValueKind::None)).cloned();
    let kind = base.as_ref().map_or(Base::None, |base| base_kind(eval, base));
    let options = OPTIONS.iter().filter_map(|name| {
        let given = args.named.iter().find(|(given, _, _)| given == name);
        let own = given.map(|(_, value, at)| TaskOption { name, value: value.clone(), at: *at, own: true });
        own.or_else(|| of_class(eval, base.as_ref()?, name))
    });
    let position = position.unwrap_or_default();
    let layers = |decorators: &[Decorator]| layers(eval, (id, function), decorators);
    TaskDetail {
        options: options.collect(),
        attributes: base.as_ref().map(|base| attributes(eval, base)).unwrap_or_default(),
        autoretry: own.filter(|_| direct).and_then(|own| autoretry(eval, id, lowered.parent, own)),
        closed: direct && !args.open && kind != Base::Unknown,
        plain: direct && !args.open && matches!(kind, Base::None | Base::Plain),
        decorator: own.map(|own| Loc::new(module.file, own.span)),
        above: layers(lowered.decorators.get(..position).unwrap_or_default()),
        below: layers(lowered.decorators.get(position + 1..).unwrap_or_default()),
        class: match lowered.parent {
            Scope::Class(class) => Some(Loc::new(module.file, module.class(class).name_span)),
            _ => None,
        },
        ..TaskDetail::default()
    }
}

/// The arguments of a decorator, and whether it is Celery's own.
fn arguments(eval: &Eval, id: ModuleId, scope: Scope, decorator: &Decorator) -> (Args, bool) {
    let module = eval.modules.get(id);
    let callee = module.call(decorator.value).map_or(decorator.value, |call| call.func);
    let direct =
        matches!(eval.expr(id, scope, callee).kind, ValueKind::Ref(Ref::External(_)) | ValueKind::Method { .. });
    let args = match module.call(decorator.value) {
        Some(_) => eval.arguments(Site { module: id, scope, expr: decorator.value }),
        None => Args::default(),
    };
    (args, direct)
}

/// An attribute that a class of the project gives.
fn of_class(eval: &Eval, class: &Value, name: &'static str) -> Option<TaskOption> {
    let ValueKind::Ref(Ref::Class(module, id)) = class.kind else { return None };
    let value = eval.member(module, id, name)?;
    let at = value.at.unwrap_or(Loc::new(eval.modules.file(module), eval.modules.get(module).class(id).name_span));
    Some(TaskOption { name, value, at, own: false })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    None,
    /// A class of the project that leaves calls alone.
    Plain,
    /// One that does not.
    Calling,
    Unknown,
}

fn base_kind(eval: &Eval, class: &Value) -> Base {
    match &class.kind {
        _ if base::is_celerys(class) => Base::Plain,
        ValueKind::Ref(Ref::Class(module, id)) => {
            if !base::is_task_class(eval, *module, *id) {
                return Base::Unknown;
            }
            let calling = CALLING.iter().any(|name| eval.member(*module, *id, name).is_some());
            if calling || base::of(eval, class).own_result { Base::Calling } else { Base::Plain }
        }
        _ => Base::Unknown,
    }
}

/// `celery.Task`, `app.Task` and what else needs no further look.
pub fn is_task_class(path: &str) -> bool {
    TASK_CLASSES.contains(&path)
        || path.starts_with("celery.") && path.ends_with(".Task")
        || matches!(path, "abc.ABC" | "object" | "typing.Generic")
}

fn autoretry(eval: &Eval, id: ModuleId, scope: Scope, decorator: &Decorator) -> Option<Autoretry> {
    let module = eval.modules.get(id);
    let argument = module.call(decorator.value)?.keyword("autoretry_for")?;
    let value = eval.expr(id, scope, argument.value);
    let loc = |expr| Loc::new(module.file, module.span(expr));
    let written = match &module.expr(argument.value).kind {
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => &**items,
        _ => &[],
    };
    let texts = written.iter().filter(|item| matches!(module.expr(**item).kind, ExprKind::Str(_)));
    let single = !matches!(value.kind, ValueKind::List { .. });
    let classes = exception::classes(eval, &value).map(|classes| {
        let place = |index: usize| match written.get(index) {
            Some(item) if written.len() == classes.len() => Some(loc(*item)),
            _ if single => Some(loc(argument.value)),
            _ => None,
        };
        let places: Vec<Option<Loc>> = (0..classes.len()).map(place).collect();
        classes.into_iter().zip(places).collect()
    });
    Some(Autoretry {
        at: Loc::new(module.file, argument.span),
        single,
        classes,
        texts: texts.map(|it| loc(*it)).collect(),
    })
}

/// Whether an expression is the name.
pub(super) fn is_name(module: &Module, expr: crate::python::ir::ExprId, name: &str) -> bool {
    matches!(&module.expr(expr).kind, ExprKind::Name(found) if &**found == name)
}
