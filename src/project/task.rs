//! A task: a function or class that Celery registers.

pub mod attempt;
pub mod body;
pub mod detail;
pub mod exception;
mod naming;
pub mod reach;
pub mod signature;
pub mod unregistered;
mod wrapping;

use rustc_hash::FxHashSet;

use super::link::{Linking, is_test_path};
use super::objects::{Maker, Sure, app_call, is_app, prepared_maker, task_maker};
use crate::python::ir::{
    Binding, BindingKind, ClassId, Context, ExprId, Function, FunctionId, Module, ParamKind, Scope,
};
use crate::python::{Args, Eval, ModuleId, Modules, Ref, Site, Value, ValueKind};
use crate::source::{Loc, Span};

pub use signature::TaskSignature;
use signature::Whole;

#[derive(Debug, Clone)]
pub struct Task {
    /// The name Celery computes, when known.
    pub name: Option<String>,
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
    /// The options may be more than these.
    pub options_open: bool,
    /// The module makes it whenever it is imported: a function at its top level, under no condition.
    pub is_certain: bool,
    /// The file is a test.
    pub in_test: bool,
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
pub fn find(linking: &Linking) -> Vec<Task> {
    let whole = signature::whole(linking);
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
    let mut tasks = Vec::new();
    for (index, function) in module.functions.iter().enumerate() {
        for decorator in &function.decorators {
            let Some(found) = decorating(eval, id, function.parent, decorator.value) else { continue };
            let args = found.args;
            let mut task = describe(linking, id, function, decorator.span, &args);
            if args.named("name").is_none_or(is_empty) {
                task.name = naming::computed(linking, eval, (id, FunctionId(index as u32)), decorator);
            }
            task.definition = Some(Definition::Function(id, FunctionId(index as u32)));
            task.shared = found.maker == Maker::Shared;
            task.is_certain = function.parent == Scope::Module && is_unconditional(module, FunctionId(index as u32));
            if found.maker != Maker::Project && found.is_direct {
                (task.options, task.options_open) = (args.named.clone(), args.open);
                task.signature = signature::of_task(linking, eval, whole, &task, &args, Some(decorator));
            }
            tasks.push(task);
            break;
        }
    }
    tasks
}

/// Whether no `if` or `try` around a function at the top level decides whether it is there.
fn is_unconditional(module: &Module, function: FunctionId) -> bool {
    let bindings = module.scope.names.get(&module.function(function).name);
    let mine = |it: &&Binding| matches!(it.kind, BindingKind::Function(id) if id == function);
    bindings.and_then(|all| all.iter().find(mine)).is_some_and(|it| !it.conditional)
}

/// The names of what may make tasks of other modules' functions: functions and classes that use Celery's own decorator,
/// and what is made of it.
pub fn maker_names(modules: &Modules, ids: &[ModuleId]) -> FxHashSet<String> {
    let mut names = FxHashSet::default();
    for module in ids.iter().map(|id| modules.get(*id)) {
        let uses = |expr: ExprId| module.last_name(expr).is_some_and(|name| matches!(&**name, "task" | "shared_task"));
        for fact in &module.calls {
            let Some(call) = module.call(fact.call).filter(|call| uses(call.func)) else { continue };
            let mut scope = Some(fact.context.scope);
            while let Some(current) = scope.filter(|_| !call.args.is_empty() || !fact.context.in_decorator) {
                match current {
                    Scope::Function(id) => names.insert(module.function(id).name.to_string()),
                    Scope::Class(id) => names.insert(module.class(id).name.to_string()),
                    Scope::Module => false,
                };
                scope = module.parent(current);
            }
        }
        for (name, bindings) in &module.scope.names {
            let made = bindings.iter().any(|binding| match binding.kind {
                BindingKind::Value(value) => {
                    let given = module.call(value).is_some_and(|call| call.args.iter().any(|arg| uses(arg.value)));
                    uses(value) || given
                }
                _ => false,
            });
            if made {
                names.insert(name.to_string());
            }
        }
    }
    names
}

/// What a decorator expression says of the task it makes.
struct Decorating {
    maker: Maker,
    args: Args,
    /// It is Celery's own decorator, so the arguments are the task's options.
    is_direct: bool,
}

/// Whether a decorator expression makes a task, and how.
fn decorating(eval: &Eval, id: ModuleId, scope: Scope, decorator: ExprId) -> Option<Decorating> {
    let module = eval.modules.get(id);
    let Some(call) = module.call(decorator) else {
        let value = eval.expr(id, scope, decorator);
        return match prepared_maker(&value) {
            Some((maker, args)) => Some(Decorating { maker, args, is_direct: true }),
            None => {
                let maker = task_maker(eval, &value)?;
                Some(Decorating { maker, args: Args::default(), is_direct: is_direct(eval, &value) })
            }
        };
    };
    let callee = eval.expr(id, scope, call.func);
    let given = eval.arguments(Site { module: id, scope, expr: decorator });
    if let Some((maker, prepared)) = prepared_maker(&callee) {
        // What the call gives replaces what was prepared.
        let kept = prepared.named.into_iter().filter(|(name, ..)| given.named(name).is_none());
        let named = given.named.iter().cloned().chain(kept).collect();
        let args = Args { positional: given.positional, named, open: given.open || prepared.open };
        return Some(Decorating { maker, args, is_direct: true });
    }
    let maker = task_maker(eval, &callee).or_else(|| made_decorator(eval, id, scope, decorator))?;
    Some(Decorating { maker, args: given, is_direct: is_direct(eval, &callee) })
}

/// Whether a maker of tasks is Celery's own: not a function of the project, or the `task` of a class derived from `Celery`.
fn is_direct(eval: &Eval, maker: &Value) -> bool {
    match &maker.kind {
        ValueKind::Ref(Ref::External(_)) => true,
        ValueKind::Method { of, .. } => {
            let class = app_call(of).and_then(|made| made.attrs.iter().find(|(name, _)| name == "__class__"));
            class.is_none_or(|(_, class)| {
                !matches!(eval.attribute(class, "task").kind, ValueKind::Ref(Ref::Function(..)))
            })
        }
        _ => false,
    }
}

/// A decorator that is made by a call of something else: `@make_decorator(app)`.
fn made_decorator(eval: &Eval, id: ModuleId, scope: Scope, decorator: ExprId) -> Option<Maker> {
    let made = eval.expr(id, scope, decorator);
    matches!(made.kind, ValueKind::Ref(_)).then(|| task_maker(eval, &made))?
}

fn describe(linking: &Linking, id: ModuleId, function: &Function, at: Span, args: &Args) -> Task {
    let module = linking.modules.get(id);
    let dotted = linking.modules.dotted(id, &[]);
    let bind = args.named("bind").is_some_and(|value| matches!(value.kind, ValueKind::Bool(true)));
    let name = match args.named("name") {
        Some(name) if !is_empty(name) => name.as_literal(),
        _ => Some(format!("{dotted}.{}", function.name)),
    };
    Task {
        name,
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
        options_open: true,
        is_certain: false,
        in_test: is_test_path(linking.sources.path(module.file)),
    }
}

/// Celery computes the name when the given one is empty or None.
fn is_empty(name: &Value) -> bool {
    matches!(name.kind, ValueKind::None) || name.as_literal().is_some_and(|name| name.is_empty())
}

/// `app.task(function)`, `shared_task(function)` and `app.register_task(Class())` as calls.
fn registered(linking: &Linking, eval: &Eval, whole: Whole, id: ModuleId) -> Vec<Task> {
    let module = linking.modules.get(id);
    let mut tasks = Vec::new();
    for fact in module.calls.iter().filter(|fact| !fact.context.in_decorator) {
        let Some(call) = module.call(fact.call) else { continue };
        let Some(name) = module.dotted(call.func) else { continue };
        let last = name.rsplit('.').next().unwrap_or_default();
        let found = match last {
            "register_task" => registered_class(linking, eval, whole, id, module, fact.call, fact.context),
            "task" | "shared_task" => registered_function(linking, eval, whole, id, module, fact.call, fact.context),
            _ => None,
        };
        tasks.extend(found);
    }
    tasks
}

fn registered_function(
    linking: &Linking,
    eval: &Eval,
    whole: Whole,
    id: ModuleId,
    module: &Module,
    expr: ExprId,
    context: Context,
) -> Option<Task> {
    let call = module.call(expr)?;
    let argument = call.positional().next()?;
    let callee = eval.expr(id, context.scope, call.func);
    let maker = task_maker(eval, &callee)?;
    let ValueKind::Ref(Ref::Function(m, f)) = eval.expr(id, context.scope, argument.value).kind else { return None };
    let function = linking.modules.get(m).function(f);
    // Inside a decorator factory the argument is the decorated function itself, a parameter: not one task.
    if function.params.iter().any(|param| param.kind == ParamKind::Rest) && maker == Maker::Project {
        return None;
    }
    let args = eval.arguments(Site { module: id, scope: context.scope, expr });
    let mut task = describe(linking, m, function, function.name_span, &args);
    task.at = Loc::new(module.file, module.span(expr));
    task.shared = maker == Maker::Shared;
    task.definition = Some(Definition::Function(m, f));
    if maker != Maker::Project && is_direct(eval, &callee) {
        task.signature = signature::of_task(linking, eval, whole, &task, &args, None);
    }
    Some(task)
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
    if is_of_the_project(eval, &eval.expr(id, context.scope, call.func)) {
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
    let written = eval.attribute(&Value::reference(Ref::Class(m, c)), "name");
    let name = written.as_literal().unwrap_or_else(|| format!("{dotted}.{}", class.name));
    let mut task = Task {
        name: Some(name),
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
        options_open: true,
        is_certain: false,
        in_test: is_test_path(linking.sources.path(module.file)),
    };
    task.signature = signature::of_task(linking, eval, whole, &task, &Args::default(), None);
    Some(task)
}
