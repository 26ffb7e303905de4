//! A task: a function or class that Celery registers.

pub mod annotation;
pub mod attempt;
mod attributes;
mod base;
pub mod body;
pub mod detail;
pub mod exception;
mod layers;
mod maker;
pub mod names;
pub mod naming;
pub mod reach;
pub mod signature;
mod through;
pub mod unregistered;
mod wrapping;

use rustc_hash::FxHashMap;

use super::link::{Linking, is_test_path};
use super::objects::{Maker, Sure, app_call, is_app, task_maker};
use crate::python::ir::{
    Binding, BindingKind, ClassId, Context, Decorator, ExprId, Function, FunctionId, Module, ParamKind, Scope,
};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::{Loc, Span};

pub use maker::maker_names;
use maker::{Decorating, decorating, is_direct};
use naming::Registry;
pub use signature::TaskSignature;
pub use signature::Whole;
use through::Registered;

/// The tasks of each module with their places in the list, by what `home` says of each.
pub fn by_module<'t>(
    tasks: &'t [Task],
    home: impl Fn(&Task) -> Option<ModuleId>,
) -> FxHashMap<ModuleId, Vec<(usize, &'t Task)>> {
    let mut found: FxHashMap<ModuleId, Vec<(usize, &Task)>> = FxHashMap::default();
    for (index, task) in tasks.iter().enumerate() {
        if let Some(home) = home(task) {
            found.entry(home).or_default().push((index, task));
        }
    }
    found
}

#[derive(Debug, Clone)]
pub struct Task {
    /// The name Celery computes, when known.
    pub name: Option<String>,
    /// What that name is computed from; none when it is given, or not known.
    pub source: Option<naming::Source>,
    /// The names it has when its module is loaded in another way.
    pub other_names: Vec<names::OtherName>,
    /// The apps it is registered with.
    pub registry: naming::Registry,
    pub function: String,
    /// The dotted module, from its import root.
    pub module: String,
    /// The decorator (or the `register_task` call) that makes it a task.
    pub at: Loc,
    /// The function's or class's name.
    pub name_at: Loc,
    pub bind: bool,
    pub shared: bool,
    pub is_async: bool,
    /// What is registered, when it is a definition of the project.
    pub definition: Option<Definition>,
    /// What it accepts; none when something may change that.
    pub signature: Option<TaskSignature>,
    /// The keywords that the decorator is given, each with its value and its place; empty where the decorator is not Celery's own.
    pub options: Vec<(String, Value, Loc)>,
    /// Its class sends it only when the transaction of a database is done.
    pub on_commit: bool,
    /// The options may be more than these.
    pub options_open: bool,
    /// The module makes it whenever it is imported: a function at its top level, under no condition.
    pub is_certain: bool,
    /// The file is a test.
    pub in_test: bool,
}

impl Task {
    /// Whether it has that name by any way of loading that is likely; one whose name is not known may have any.
    pub fn may_be_named(&self, name: &str) -> bool {
        let is = |known: Option<&str>| known.is_none_or(|known| known == name);
        is(self.name.as_deref()) || self.other_names.iter().any(|other| other.likely && is(other.name.as_deref()))
    }
}

/// The function or class behind a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Definition {
    Function(ModuleId, FunctionId),
    Class(ModuleId, ClassId),
}

impl Definition {
    pub fn module(self) -> ModuleId {
        match self {
            Self::Function(module, _) | Self::Class(module, _) => module,
        }
    }
}

/// Every task of the project.
pub fn find(linking: &Linking, whole: Whole) -> Vec<Task> {
    linking.per_module(|eval, id| {
        let mut tasks = decorated(linking, eval, whole, id);
        tasks.extend(registered(linking, eval, whole, id));
        tasks.sort_by_key(|task| task.at);
        tasks.dedup_by_key(|task| task.definition);
        tasks
    })
}

fn decorated(linking: &Linking, eval: &Eval, whole: Whole, id: ModuleId) -> Vec<Task> {
    let module = linking.modules.get(id);
    let functions = (0..module.functions.len() as u32).map(FunctionId);
    functions.filter_map(|function| of_function(linking, eval, whole, (id, function))).collect()
}

/// The task that a function's decorators make of it.
fn of_function(linking: &Linking, eval: &Eval, whole: Whole, of: (ModuleId, FunctionId)) -> Option<Task> {
    let (id, module) = (of.0, linking.modules.get(of.0));
    let function = module.function(of.1);
    let found = function.decorators.iter().enumerate().find_map(|(index, decorator)| {
        Some((index, decorator, decorating(eval, id, function.parent, decorator.value)?))
    });
    let (index, decorator, Decorating { maker, args, made_by, is_direct }) = found?;
    let below = function.decorators.get(index + 1..).unwrap_or_default();
    let mut task = describe(linking, eval, whole, id, function, decorator.span, &args);
    let certain = if maker == Maker::Project {
        through_project(eval, of, decorator, below, &args, &mut task)
    } else {
        let app = naming::app_of(&made_by);
        let source = naming::source(eval, of, below);
        (task.name, task.source) = through::named(eval, app.and_then(app_call), &args, source);
        task.registry = naming::registry(app, maker == Maker::Shared, &args);
        true
    };
    task.definition = Some(Definition::Function(id, of.1));
    task.shared = maker == Maker::Shared;
    task.is_certain = certain && function.parent == Scope::Module && is_unconditional(module, of.1);
    if maker != Maker::Project && is_direct {
        (task.options, task.options_open) = (args.named.clone(), args.open);
        task.signature = signature::of_task(linking, eval, whole, &task, &args, Some(decorator));
    }
    Some(task)
}

/// What a decorator of the project registers a function as; whether that is known. Where it is not, the name is the
/// function's own if the decorator makes no other function, or one that takes its name over.
fn through_project(
    eval: &Eval,
    of: (ModuleId, FunctionId),
    decorator: &Decorator,
    below: &[Decorator],
    args: &Args,
    task: &mut Task,
) -> bool {
    let found = through::of_project(eval, of, decorator).filter(|_| below.is_empty());
    let named = args.named("name").is_some_and(|name| !matches!(name.kind, ValueKind::None));
    // Options that it passes on are not followed into an inner function: its own name is what they can hold.
    let passed = !named && !args.open && !through::speaks_of_names(eval, of, decorator);
    let known = |found: &Registered| !found.args.open || found.args.named("name").is_some() || passed;
    if let Some(mut found) = found.filter(known) {
        found.args.open &= !passed;
        (task.name, task.source) = found.name(eval, of);
        task.registry = found.registry();
        task.bind = found.args.named("bind").is_some_and(|value| matches!(value.kind, ValueKind::Bool(true)));
        return true;
    }
    if !named {
        task.source = through::keeps_name(eval, of, decorator).then(|| naming::source(eval, of, below)).flatten();
        let dotted = |source: &naming::Source| eval.modules.dotted(source.module, &[]);
        task.name = task.source.as_ref().map(|source| format!("{}.{}", dotted(source), source.function));
    }
    false
}

/// Whether no `if` or `try` around a function at the top level decides whether it is there.
fn is_unconditional(module: &Module, function: FunctionId) -> bool {
    let bindings = module.scope.names.get(&module.function(function).name);
    let mine = |it: &&Binding| matches!(it.kind, BindingKind::Function(id) if id == function);
    bindings.and_then(|all| all.iter().find(mine)).is_some_and(|it| !it.conditional)
}

fn describe(
    linking: &Linking,
    eval: &Eval,
    whole: Whole,
    id: ModuleId,
    function: &Function,
    at: Span,
    args: &Args,
) -> Task {
    let module = linking.modules.get(id);
    let dotted = linking.modules.dotted(id, &[]);
    let bind = args.named("bind").is_some_and(|value| matches!(value.kind, ValueKind::Bool(true)));
    let own = args.named("base").map(|base| base::waits_for_commit(eval, base));
    let name = match args.named("name") {
        Some(name) => name.as_literal(),
        None => Some(format!("{dotted}.{}", function.name)),
    };
    Task {
        name,
        source: None,
        other_names: Vec::new(),
        registry: Registry::Unknown,
        function: function.name.to_string(),
        module: dotted,
        at: Loc::new(module.file, at),
        name_at: Loc::new(module.file, function.name_span),
        bind,
        shared: false,
        is_async: function.is_async,
        definition: None,
        signature: None,
        options: Vec::new(),
        on_commit: own.unwrap_or(whole.on_commit),
        options_open: true,
        is_certain: false,
        in_test: is_test_path(linking.sources.path(module.file)),
    }
}

/// `app.task(function)`, `shared_task(function)` and `app.register_task(Class())` as calls.
fn registered(linking: &Linking, eval: &Eval, whole: Whole, id: ModuleId) -> Vec<Task> {
    let module = linking.modules.get(id);
    let mut tasks = Vec::new();
    for fact in module.calls.iter().filter(|fact| !fact.context.in_decorator) {
        let Some(call) = module.call(fact.call) else { continue };
        // `app.task(name="x")(function)`
        let maker = module.call(call.func).map_or(call.func, |inner| inner.func);
        match module.last_name(maker).map(|name| &**name) {
            Some("register_task") => {
                tasks.extend(registered_class(linking, eval, whole, id, module, fact.call, fact.context));
            }
            Some("task" | "shared_task") => {
                tasks.extend(registered_functions(linking, eval, whole, id, fact.call, fact.context));
            }
            _ => {}
        }
    }
    tasks
}

fn registered_functions(
    linking: &Linking,
    eval: &Eval,
    whole: Whole,
    id: ModuleId,
    expr: ExprId,
    context: Context,
) -> Vec<Task> {
    let module = linking.modules.get(id);
    let Some(call) = module.call(expr) else { return Vec::new() };
    let given = call.positional().next().map(|argument| eval.expr(id, context.scope, argument.value));
    let (maker_expr, site) = match module.call(call.func) {
        Some(inner) => (inner.func, Site { module: id, scope: context.scope, expr: call.func }),
        None => (call.func, Site { module: id, scope: context.scope, expr }),
    };
    let made_by = eval.expr(id, context.scope, maker_expr);
    let maker = task_maker(eval, &made_by);
    let (Some(given), Some(maker)) = (given, maker) else { return Vec::new() };
    let args = eval.arguments(site);
    let app = naming::app_of(&made_by);
    let functions = given.alternatives().iter().filter_map(|value| match value.kind {
        ValueKind::Ref(Ref::Function(m, f)) => Some((m, f)),
        _ => None,
    });
    let made = functions.filter_map(|(m, f)| {
        let function = linking.modules.get(m).function(f);
        // Inside a decorator factory the argument is the decorated function itself, a parameter: not one task.
        let rest = function.params.iter().any(|param| param.kind == ParamKind::Rest);
        let wrapper = naming::keeps_name(linking.modules.get(m), f) && matches!(function.parent, Scope::Function(_));
        if rest && maker == Maker::Project || wrapper {
            return None;
        }
        let mut task = describe(linking, eval, whole, m, function, function.name_span, &args);
        task.at = Loc::new(module.file, module.span(expr));
        let source = naming::source(eval, (m, f), &function.decorators);
        (task.name, task.source) = through::named(eval, app.and_then(app_call), &args, source);
        task.shared = maker == Maker::Shared;
        task.registry = naming::registry(app, task.shared, &args);
        task.definition = Some(Definition::Function(m, f));
        if maker != Maker::Project && is_direct(eval, &made_by) && site.expr == expr {
            task.signature = signature::of_task(linking, eval, whole, &task, &args, None);
        }
        Some(task)
    });
    made.collect()
}

/// Whether a `register_task` is a function of the project, with a registry of its own.
fn is_of_the_project(eval: &Eval, callee: &Value) -> bool {
    callee.alternatives().iter().any(|value| match &value.kind {
        ValueKind::Ref(Ref::Function(..)) => true,
        ValueKind::Method { of, name } => is_app(of) == Sure::No && eval.method_of(of, name).is_some(),
        _ => false,
    })
}

fn registered_class(
    linking: &Linking,
    eval: &Eval,
    whole: Whole,
    id: ModuleId,
    module: &Module,
    expr: ExprId,
    context: Context,
) -> Option<Task> {
    let call = module.call(expr)?;
    let maker = eval.expr(id, context.scope, call.func);
    if is_of_the_project(eval, &maker) {
        return None;
    }
    let argument = call.positional().next()?;
    let (m, c) = match eval.expr(id, context.scope, argument.value).kind {
        ValueKind::Ref(Ref::Class(m, c)) => (m, c),
        ValueKind::Instance(instance) => (instance.module, instance.class),
        _ => return None,
    };
    let class = linking.modules.get(m).class(c);
    let dotted = linking.modules.dotted(m, &[]);
    let app = naming::app_of(&maker).and_then(app_call);
    let source = naming::Source { module: m, function: class.name.to_string(), own_app: app.is_some() };
    let (name, source) = match eval.member(m, c, "name") {
        Some(written) if !through::is_empty(&written) => (written.as_literal(), None),
        _ => (naming::name_in(eval, app, &source, &dotted), Some(source)),
    };
    let mut task = Task {
        name,
        source,
        other_names: Vec::new(),
        registry: app.map_or(Registry::Unknown, |app| Registry::One(app.site)),
        function: class.name.to_string(),
        module: dotted,
        at: Loc::new(module.file, module.span(expr)),
        name_at: Loc::new(linking.modules.get(m).file, class.name_span),
        bind: true,
        shared: false,
        is_async: false,
        definition: Some(Definition::Class(m, c)),
        signature: None,
        options: Vec::new(),
        on_commit: base::waits_for_commit(eval, &Value::reference(Ref::Class(m, c))),
        options_open: true,
        is_certain: false,
        in_test: is_test_path(linking.sources.path(module.file)),
    };
    task.signature = signature::of_task(linking, eval, whole, &task, &Args::default(), None);
    Some(task)
}
