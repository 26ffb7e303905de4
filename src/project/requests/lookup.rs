//! Results that are looked up by their id: `AsyncResult(task_id)`, with or without the app to ask.

use crate::project::link::{Linking, is_test_path};
use crate::project::objects::{Sure, is_app};
use crate::project::production::is_shown;
use crate::python::ir::{Call, CallFact, Module};
use crate::python::{Eval, ModuleId};
use crate::source::{Loc, Span};

/// One that is not told which app to ask.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The call.
    pub at: Loc,
    /// `AsyncResult` or `GroupResult`.
    pub class: String,
    /// Behind its last argument.
    pub end: Loc,
    /// What the module calls the one app it knows.
    pub app: Option<String>,
}

const CLASSES: &[&str] = &["celery.result.AsyncResult", "celery.result.GroupResult"];

/// All of a project, outside tests and examples, in (file, position) order.
pub fn find(linking: &Linking) -> Vec<Lookup> {
    linking.per_module(|eval, id| {
        let (path, text) = (linking.modules.path(id), linking.modules.text(id));
        if !(text.contains("AsyncResult") || text.contains("GroupResult")) || is_test_path(path) || is_shown(path) {
            return Vec::new();
        }
        let module = linking.modules.get(id);
        let mut found: Vec<Lookup> = module.calls.iter().filter_map(|fact| of_call(eval, id, module, fact)).collect();
        found.sort_by_key(|lookup| lookup.at);
        if let Some(app) = (!found.is_empty()).then(|| app_of(eval, id, module)).flatten() {
            found.iter_mut().for_each(|lookup| lookup.app = Some(app.clone()));
        }
        found
    })
}

fn of_call(eval: &Eval, id: ModuleId, module: &Module, fact: &CallFact) -> Option<Lookup> {
    let call = module.call(fact.call)?;
    module.last_name(call.func).filter(|name| matches!(&***name, "AsyncResult" | "GroupResult"))?;
    let value = eval.expr(id, fact.context.scope, call.func);
    let path = value.external().filter(|path| CLASSES.contains(path))?;
    if !has_no_app(call) {
        return None;
    }
    let last = call.args.last()?;
    let end = module.span(last.value).end;
    Some(Lookup {
        at: Loc::new(module.file, module.span(fact.call)),
        class: path.rsplit('.').next().unwrap_or_default().to_owned(),
        end: Loc::new(module.file, Span::new(end, end)),
        app: None,
    })
}

/// Only the id is given, and perhaps the name of the task.
fn has_no_app(call: &Call) -> bool {
    let harmless = |name: &str| matches!(name, "id" | "task_id" | "task_name");
    let named = call.args.iter().filter(|it| it.name.is_some() || it.splat.is_some());
    call.positional().count() <= 1 && named.into_iter().all(|it| it.name.as_deref().is_some_and(harmless))
}

/// The name that the module has for the one app that it knows.
fn app_of(eval: &Eval, id: ModuleId, module: &Module) -> Option<String> {
    let is_one = |name: &&String| eval.global(id, name).is_some_and(|value| is_app(&value) == Sure::Yes);
    let mut names: Vec<String> = module.scope.names.keys().map(|name| name.to_string()).collect();
    names.sort();
    let own = names.iter().filter(|name| !matches!(name.as_str(), "current_app"));
    let apps: Vec<&String> = own.filter(is_one).collect();
    match apps.as_slice() {
        [one] => Some((*one).clone()),
        _ => None,
    }
}
