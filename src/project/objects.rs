//! Which values are Celery's own objects: apps, their `conf`, and what makes a function a task.

use crate::python::{Args, Eval, Made, Ref, Value, ValueKind};

/// How sure it is that a value is a Celery app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    No,
    /// Imported from a module that is not there, under a name that apps have.
    Likely,
    Yes,
}

/// The classes that make an app.
pub const APP_CLASSES: &[&str] = &["celery.Celery", "celery.app.Celery", "celery.app.base.Celery", "celery.app.App"];

/// Classes of other packages that derive from Celery's; what their arguments are is theirs.
const DERIVED_CLASSES: &[&str] =
    &["flask_celery.Celery", "tenant_schemas_celery.CeleryApp", "tenant_schemas_celery.app.CeleryApp"];

/// Calls of other packages that give an app.
const APP_CALLS: &[&str] =
    &["celery.app.app_or_default", "flask_celeryext.app.create_celery_app", "flask_celeryext.create_celery_app"];

/// Names for the app of the process.
const CURRENT_APPS: &[&str] = &[
    "celery.current_app",
    "celery._state.current_app",
    "celery.app.default_app",
    "celery._state.default_app",
    "celery.app.current_app",
    "flask_celeryext.current_celery_app",
    "celery.celery",
    "celery.current_task.app",
];

const APP_NAMES: &[&str] = &["app", "celery", "celery_app", "celeryapp", "capp", "celery_application"];

/// Libraries whose `task` decorator or `delay` has nothing to do with Celery.
const NOT_CELERY: &[&str] = &[
    "airflow",
    "dramatiq",
    "fabric",
    "huey",
    "invoke",
    "locust",
    "luigi",
    "prefect",
    "rq",
    "taskiq",
    "taskipy",
    "arq",
    "procrastinate",
    "asyncio",
    "flask",
    "fastapi",
    "django",
    "typer",
    "click",
];

/// Whether a value is a Celery app.
pub fn is_app(value: &Value) -> Sure {
    match &value.kind {
        ValueKind::Made(made) if is_app_class(&made.callee) => Sure::Yes,
        ValueKind::Made(made) if APP_CALLS.contains(&made.callee.as_str()) => Sure::Yes,
        ValueKind::Method { of, name } if name == "celery" && is_flask_extension(of) => Sure::Yes,
        ValueKind::Ref(Ref::External(path)) if CURRENT_APPS.contains(&path.as_str()) => Sure::Yes,
        ValueKind::Ref(Ref::External(path)) => likely_app(path),
        // `current_app._get_current_object()`, `celery.app` of a task and the like.
        ValueKind::Method { of, name } if name == "app" || name == "_get_current_object" => is_app(of),
        ValueKind::OneOf(values) => values.iter().map(is_app).max().unwrap_or(Sure::No),
        _ => Sure::No,
    }
}

pub fn is_app_class(path: &str) -> bool {
    APP_CLASSES.contains(&path) || DERIVED_CLASSES.contains(&path)
}

/// Flask-CeleryExt keeps the app in an attribute: `FlaskCeleryExt(app).celery`.
fn is_flask_extension(value: &Value) -> bool {
    value
        .made()
        .is_some_and(|made| made.callee.starts_with("flask_celeryext.") && made.callee.ends_with("FlaskCeleryExt"))
}

/// The `Celery(…)` call behind a value, if it is known.
pub fn app_call(value: &Value) -> Option<&Made> {
    value.alternatives().iter().filter_map(Value::made).find(|made| is_app_class(&made.callee))
}

/// Whether apps are called that.
pub fn is_app_name(name: &str) -> bool {
    APP_NAMES.contains(&name)
}

fn likely_app(path: &str) -> Sure {
    let top = path.trim_start_matches('.').split('.').next().unwrap_or_default();
    let imported = path.contains('.') && !NOT_CELERY.contains(&top);
    let last = path.rsplit('.').next().unwrap_or_default();
    if imported && !path.starts_with("celery.") && APP_NAMES.contains(&last) { Sure::Likely } else { Sure::No }
}

/// Whether a value is the configuration of a Celery app (`app.conf`), and which app's.
pub fn conf_of(value: &Value) -> (Sure, Option<&Value>) {
    let mut best = (Sure::No, None);
    for alternative in value.alternatives() {
        let found = match &alternative.kind {
            ValueKind::Method { of, name } if name == "conf" => (is_app(of), Some(&**of)),
            ValueKind::Method { of, name } if name == "changes" || name == "defaults" => conf_of(of),
            ValueKind::Ref(Ref::External(path)) => match path.strip_suffix(".conf") {
                Some(app) if CURRENT_APPS.contains(&app) => (Sure::Yes, None),
                Some(app) => (likely_app(app), None),
                None => (Sure::No, None),
            },
            _ => (Sure::No, None),
        };
        if found.0 > best.0 {
            best = found;
        }
    }
    best
}

/// What a decorator (or a function that is called with a function) does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// `@app.task`.
    App,
    /// `@shared_task`.
    Shared,
    /// A decorator of the project that makes tasks in its body.
    Project,
}

const SHARED_MAKERS: &[&str] = &["celery.shared_task", "celery.app.shared_task"];
const OLD_MAKERS: &[&str] = &[
    "celery.task",
    "celery.task.task",
    "celery.task.periodic_task",
    "celery.decorators.task",
    "celery.decorators.periodic_task",
    "celery.task.base.task",
    "celery.task.base.periodic_task",
];

/// Whether a decorator (not its call) makes a task of the function below it.
pub fn task_maker(eval: &Eval, decorator: &Value) -> Option<Maker> {
    decorator.alternatives().iter().find_map(|value| match &value.kind {
        ValueKind::Ref(Ref::External(path)) if SHARED_MAKERS.contains(&path.as_str()) => Some(Maker::Shared),
        ValueKind::Ref(Ref::External(path)) if OLD_MAKERS.contains(&path.as_str()) => Some(Maker::App),
        ValueKind::Ref(Ref::External(path)) => {
            let app = path.strip_suffix(".task")?;
            (CURRENT_APPS.contains(&app) || likely_app(app) == Sure::Likely).then_some(Maker::App)
        }
        ValueKind::Method { of, name } if name == "task" => (is_app(of) != Sure::No).then_some(Maker::App),
        ValueKind::Ref(Ref::Function(module, function)) => {
            let span = eval.modules.get(*module).function(*function).span;
            makes_tasks(eval, *module, span).then_some(Maker::Project)
        }
        ValueKind::Ref(Ref::Class(module, class)) => {
            let span = eval.modules.get(*module).class(*class).span;
            makes_tasks(eval, *module, span).then_some(Maker::Project)
        }
        // A decorator made by a call: `functools.partial(app.task, …)`, an instance of a decorator class.
        ValueKind::Made(made) if made.callee == "functools.partial" => task_maker(eval, made.args.positional.first()?),
        ValueKind::Instance(instance) => {
            let span = eval.modules.get(instance.module).class(instance.class).span;
            makes_tasks(eval, instance.module, span).then_some(Maker::Project)
        }
        _ => None,
    })
}

/// A decorator that a call of Celery's own decorator gives (`retried = shared_task(max_retries=3)`, `functools.partial(app.task,
/// bind=True)`), and the options it was given.
pub fn prepared_maker(value: &Value) -> Option<(Maker, Args)> {
    let made = value.made()?;
    if made.callee == "functools.partial" {
        let (maker, before) = made.args.positional.split_first()?;
        let maker = task_maker_plain(maker).filter(|_| before.is_empty())?;
        return Some((maker, Args { positional: Vec::new(), ..made.args.clone() }));
    }
    let callee = match &made.receiver {
        Some(app) if made.callee.ends_with(".task") && is_app(app) != Sure::No => Maker::App,
        Some(_) => return None,
        None => task_maker_plain(&Value::reference(Ref::External(made.callee.clone())))?,
    };
    made.args.positional.is_empty().then(|| (callee, made.args.clone()))
}

/// Whether some call inside a definition makes a task.
fn makes_tasks(eval: &Eval, module_id: usize, span: crate::source::Span) -> bool {
    let module = eval.modules.get(module_id);
    module.calls.iter().any(|fact| {
        let Some(call) = module.call(fact.call) else { return false };
        let inside = span.contains(module.span(fact.call));
        let named_task = || {
            module.root_name(call.func).is_some()
                && module.last_name(call.func).is_some_and(|name| name.ends_with("task"))
        };
        inside && named_task() && {
            let callee = eval.expr(module_id, fact.context.scope, call.func);
            matches!(task_maker_plain(&callee), Some(Maker::App | Maker::Shared))
        }
    })
}

/// [`task_maker`] without looking into the project's own decorators (they could call each other).
fn task_maker_plain(value: &Value) -> Option<Maker> {
    value.alternatives().iter().find_map(|value| match &value.kind {
        ValueKind::Ref(Ref::External(path)) if SHARED_MAKERS.contains(&path.as_str()) => Some(Maker::Shared),
        ValueKind::Ref(Ref::External(path)) if OLD_MAKERS.contains(&path.as_str()) => Some(Maker::App),
        ValueKind::Ref(Ref::External(path)) => {
            let app = path.strip_suffix(".task")?;
            (CURRENT_APPS.contains(&app) || likely_app(app) == Sure::Likely).then_some(Maker::App)
        }
        ValueKind::Method { of, name } if name == "task" => (is_app(of) != Sure::No).then_some(Maker::App),
        _ => None,
    })
}
