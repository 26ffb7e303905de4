//! `bad-router`: see its page.

use super::taken;
use crate::finding::Finding;
use crate::project::Project;
use crate::project::routing::{Router, RouterTarget};
use crate::python::ir::{BindingKind, Class, Function, Module, Param, ParamKind};
use crate::python::{Ref, Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/bad-router.md"), Check::Project(check));

/// What Celery calls a function with: four arguments, and `task=`.
const FUNCTION: Call =
    Call { positional: 4, named: Some("task"), form: "(name, args, kwargs, options, task=None, **kw)" };
/// What it calls `route_for_task` with.
const METHOD: Call = Call { positional: 3, named: None, form: "(self, task, args=None, kwargs=None)" };

struct Call {
    positional: usize,
    named: Option<&'static str>,
    /// Parameters that take it.
    form: &'static str,
}

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for router in &project.routing.routers {
        if !taken::is_taken(project, router.setting) {
            continue;
        }
        let Some(finding) = judge(project, router) else { continue };
        let at = finding.primary.as_ref().map(|label| label.loc);
        if at.is_some_and(|at| !seen.contains(&at)) {
            seen.extend(at);
            out.push(finding);
        }
    }
}

fn judge(project: &Project, router: &Router) -> Option<Finding> {
    let path = router.path.as_deref().unwrap_or_default();
    match &router.target {
        RouterTarget::NoModule(_) => {
            let message = format!("There is no router `{path}`: every task that is sent raises");
            let finding = Finding::new(&RULE, message, router.at, "`ModuleNotFoundError`").symbol(path);
            Some(finding.help("Name a function or class of the project"))
        }
        RouterTarget::NoName { module, name } => {
            let message = format!("There is no router `{path}`: every task that is sent raises");
            let label = format!("`AttributeError`: `{module}` has no `{name}`");
            let finding = Finding::new(&RULE, message, router.at, label).symbol(path);
            Some(finding.help("Name a function or class of the project"))
        }
        RouterTarget::Value(value) => of_value(project, router, value),
    }
}

fn of_value(project: &Project, router: &Router, value: &Value) -> Option<Finding> {
    match &value.kind {
        ValueKind::Ref(Ref::Function(module, function)) => {
            let module = project.modules.get(&project.sources, *module);
            refused(router, module, module.function(*function), 0, &FUNCTION)
        }
        // A class is made an object only when it is given by its path.
        ValueKind::Ref(Ref::Class(module, class)) if router.path.is_some() => {
            let module = project.modules.get(&project.sources, *module);
            let class = module.class(*class);
            // Without `route_for_task` the class itself is called.
            class.scope.names.contains_key("route_for_task").then(|| object(router, module, class))?
        }
        ValueKind::Instance(instance) => {
            let module = project.modules.get(&project.sources, instance.module);
            object(router, module, module.class(instance.class))
        }
        ValueKind::List { items, .. } => is_bare_pair(items).then(|| {
            let message = "A list of pairs is read as a list of routers: every task that is sent raises";
            let label = "`ValueError: too many values to unpack`: each pair counts as a router";
            let finding = Finding::new(&RULE, message, router.at, label).symbol("task_routes");
            finding.help("Write a dictionary, or put the list of pairs into one more list")
        }),
        _ => None,
    }
}

/// `("shop.*", {"queue": "shop"})` where a router is expected. Two letters can be unpacked.
fn is_bare_pair(items: &[Value]) -> bool {
    let key = items.first().and_then(Value::as_literal);
    items.len() == 2 && key.is_some_and(|key| key.chars().count() > 2)
}

/// An object without bases that could bring methods.
fn object(router: &Router, module: &Module, class: &Class) -> Option<Finding> {
    let plain = class.bases.iter().all(|base| module.dotted(*base).as_deref() == Some("object"));
    if !plain || !class.decorators.is_empty() || !class.keywords.is_empty() {
        return None;
    }
    let method = |name: &str| match class.scope.names.get(name).map(Vec::as_slice) {
        Some([binding]) => match binding.kind {
            BindingKind::Function(function) => Some(Some(module.function(function))),
            _ => Some(None),
        },
        Some(_) => Some(None),
        None => None,
    };
    match (method("route_for_task"), method("__call__")) {
        (Some(Some(function)), _) => refused(router, module, function, 1, &METHOD),
        (None, Some(Some(function))) => refused(router, module, function, 1, &FUNCTION),
        (None, None) if !class.scope.names.contains_key("__getattr__") => {
            let message = format!("`{}` is no router: every task that is sent raises", class.name);
            let at = Loc::new(module.file, class.name_span);
            let label = "it has no `route_for_task`, and cannot be called";
            let finding = Finding::new(&RULE, message, at, label).symbol(&*class.name);
            Some(
                finding
                    .related(router.at, "given as a router here")
                    .help("Define `route_for_task(self, task, args=None, kwargs=None)`"),
            )
        }
        _ => None,
    }
}

/// The finding about a function that Celery's call does not fit; `bound` parameters are given already.
fn refused(router: &Router, module: &Module, function: &Function, bound: usize, call: &Call) -> Option<Finding> {
    if !function.decorators.is_empty() {
        return None;
    }
    let why = misfit(function, bound, call)?;
    let message = format!("Celery cannot call the router `{}`: every task that is sent raises", function.name);
    let finding =
        Finding::new(&RULE, message, Loc::new(module.file, function.name_span), format!("`TypeError`: {why}"));
    let finding = finding.related(router.at, "given as a router here").symbol(&*function.name);
    Some(finding.help(format!("Declare it as `{}{}`", function.name, call.form)))
}

fn misfit(function: &Function, bound: usize, call: &Call) -> Option<String> {
    let of = |kinds: &[ParamKind]| {
        function.params.iter().filter(|param| kinds.contains(&param.kind)).collect::<Vec<&Param>>()
    };
    let has = |kind| function.params.iter().any(|param| param.kind == kind);
    let positional = of(&[ParamKind::PositionalOnly, ParamKind::Normal]);
    let own = positional.get(bound..).unwrap_or_default();
    let (given, rest) = own.split_at(own.len().min(call.positional));
    let is_named = |param: &&&Param| call.named == Some(&*param.name) && param.kind != ParamKind::PositionalOnly;
    if let Some(twice) = given.iter().find(is_named) {
        return Some(format!("it gets `{}` twice, by place and by name", twice.name));
    }
    let only = of(&[ParamKind::KeywordOnly]);
    let takes_name = rest.iter().chain(&only).any(|param| is_named(&param)) || has(ParamKind::Keywords);
    if let Some(name) = call.named.filter(|_| !takes_name) {
        return Some(format!("it does not take `{name}=`"));
    }
    if given.len() < call.positional && !has(ParamKind::Rest) {
        return Some(format!("it gets {} arguments and takes {}", call.positional, given.len()));
    }
    let missing = rest.iter().chain(&only).find(|param| param.default.is_none() && !is_named(param));
    missing.map(|param| format!("nothing is given for `{}`", param.name))
}
