//! What makes tasks: decorators of apps, of the project, and what is made of them.

use rustc_hash::FxHashSet;

use crate::project::objects::{Maker, app_call, is_app_name, prepared_maker, task_maker};
use crate::python::ir::{BindingKind, ExprId, Scope};
use crate::python::{Args, Eval, ModuleId, Modules, Ref, Site, Value, ValueKind};

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
pub(super) struct Decorating {
    pub maker: Maker,
    pub args: Args,
    /// What is called with the function, or with the options.
    pub made_by: Value,
    /// It is Celery's own decorator, so the arguments are the task's options.
    pub is_direct: bool,
}

/// Whether a decorator expression makes a task, and how.
pub(super) fn decorating(eval: &Eval, id: ModuleId, scope: Scope, decorator: ExprId) -> Option<Decorating> {
    let module = eval.modules.get(id);
    let call = module.call(decorator);
    let callee = call.map_or(decorator, |call| call.func);
    let made_by = eval.expr(id, scope, callee);
    let given = call.map(|_| eval.arguments(Site { module: id, scope, expr: decorator })).unwrap_or_default();
    if let Some((maker, prepared)) = prepared_maker(&made_by) {
        // What the call gives replaces what was prepared.
        let kept = prepared.named.into_iter().filter(|(name, ..)| given.named(name).is_none());
        let named = given.named.iter().cloned().chain(kept).collect();
        let args = Args { positional: given.positional, named, open: given.open || prepared.open };
        return Some(Decorating { maker, args, made_by, is_direct: true });
    }
    let maker = task_maker(eval, &made_by).or_else(|| {
        let made = call.and_then(|_| made_decorator(eval, id, scope, decorator));
        made.or_else(|| unknown_app(eval, id, &made_by, callee))
    })?;
    let is_direct = is_direct(eval, &made_by);
    Some(Decorating { maker, args: given, made_by, is_direct })
}

/// `@self.app.task` where nothing is known of the object: it may be an app, going by its name.
fn unknown_app(eval: &Eval, id: ModuleId, value: &Value, callee: ExprId) -> Option<Maker> {
    let written = eval.modules.get(id).dotted(callee)?;
    let app = written.strip_suffix(".task")?.rsplit('.').next()?;
    let likely = value.is_unknown() && is_app_name(app) && eval.modules.text(id).contains("elery");
    likely.then_some(Maker::Project)
}

/// Whether a maker of tasks is Celery's own: not a function of the project, or the `task` of a class derived from `Celery`.
pub(super) fn is_direct(eval: &Eval, maker: &Value) -> bool {
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
