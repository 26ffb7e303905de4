//! Credentials told by the name they are given: `REDIS_PASSWORD = "…"`, `os.getenv("RABBITMQ_PASSWORD", "…")`,
//! `{"broker_url": "…"}`, and variables of the environment that code sets.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use super::settings::{plain, user_password};
use super::{Secret, SecretKind};
use crate::celery::GradeContext;
use crate::celery::env::{Service, password_role, url_role};
use crate::celery::url;
use crate::project::link::Linking;
use crate::python::ir::{BindingKind, ClassId, ExprId, ExprKind, FunctionId, Module, Scope};
use crate::python::scopes::ScopeIndex;
use crate::python::{Eval, ModuleId, Value, ValueKind};
use crate::source::Text;

pub(super) fn in_module(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Secret> {
    let module = linking.modules.get(id);
    // In Flower's own configuration file the names carry no service.
    let flower = linking.sources.get(module.file).name().starts_with("flowerconfig");
    let mut found = Vec::new();
    // Most names have no role, and come back many times.
    let mut others: FxHashSet<Box<str>> = FxHashSet::default();
    let mut visit = |name: &str, scope: Scope, value: ExprId| {
        if others.contains(name) {
            return;
        }
        if name == "sentinel_kwargs" {
            let options = eval.expr(id, scope, value);
            found.extend(sentinel_password(&options));
        }
        let written = name;
        let name = if flower { Cow::Owned(format!("flower_{name}")) } else { Cow::Borrowed(name) };
        if password_role(&name).is_none() && url_role(&name).is_none() {
            if written != "sentinel_kwargs" {
                others.insert(written.into());
            }
            return;
        }
        for text in texts(&eval.field_value(&eval.expr(id, scope, value))) {
            found.extend(of_name(&name, &text));
        }
    };
    each_named(module, &mut visit);
    for class in (0..module.classes.len() as u32).map(ClassId).filter(|class| eval.is_settings_class(id, *class)) {
        for field in eval.settings_fields(id, class).into_iter().filter(|field| field.key_at.file == module.file) {
            let Some(default) = &field.default else { continue };
            for (key, text) in field.keys.iter().flat_map(|key| texts(default).into_iter().map(move |text| (key, text)))
            {
                found.extend(of_name(key, &text));
            }
        }
    }
    found
}

/// `sentinel_kwargs={"password": "…"}`: Redis' own, wherever it is handed on.
fn sentinel_password(options: &Value) -> Vec<Secret> {
    let ValueKind::Dict(options) = &options.kind else { return Vec::new() };
    let texts = options.get("password").into_iter().flat_map(texts);
    let secrets = texts.filter_map(|text| plain(&text, SecretKind::Password, "Redis", GradeContext::default()));
    secrets.map(|secret| secret.carried_by("sentinel_kwargs")).collect()
}

/// The texts of a value, of its alternatives and of the items of lists.
fn texts(value: &Value) -> Vec<Text> {
    let of_one = |value: &Value| match &value.kind {
        ValueKind::List { items, .. } => items.iter().map(Value::to_text).collect(),
        _ => vec![value.to_text()],
    };
    value.alternatives().iter().flat_map(of_one).collect()
}

/// The credentials of a text that a name of ours is given.
pub(super) fn of_name(name: &str, text: &Text) -> Vec<Secret> {
    if let Some(role) = password_role(name) {
        let opens = role.service.name();
        let found = if role.with_user {
            user_password(text, opens)
        } else {
            plain(text, role.kind, opens, role.context()).into_iter().collect()
        };
        return found.into_iter().map(|secret| secret.carried_by(name)).collect();
    }
    let Some(service) = url_role(name) else { return Vec::new() };
    let found = url::secrets(text).into_iter().filter(|found| is_url_of(service, &found.scheme));
    found.filter_map(|found| Secret::from_url(found, service.name())).map(|secret| secret.carried_by(name)).collect()
}

/// HTTP URLs are no connection of ours, whatever their name (but Flower's API of the broker is).
pub(super) fn is_url_of(service: Service, scheme: &str) -> bool {
    !scheme.starts_with("http") || service == Service::Flower
}

/// Every expression that gets a name: assignments, stores, keywords, dictionary entries, defaults of parameters, and
/// calls that take the name as their first argument.
fn each_named(module: &Module, visit: &mut dyn FnMut(&str, Scope, ExprId)) {
    bound(module, Scope::Module, visit);
    for index in 0..module.classes.len() {
        bound(module, Scope::Class(ClassId(index as u32)), visit);
    }
    for (index, function) in module.functions.iter().enumerate() {
        bound(module, Scope::Function(FunctionId(index as u32)), visit);
        for param in &function.params {
            if let Some(default) = param.default {
                visit(&param.name, function.parent, default);
            }
        }
    }
    for store in &module.stores {
        match &module.expr(store.target).kind {
            ExprKind::Attribute { attr, .. } => visit(attr, store.scope, store.value),
            ExprKind::Subscript { index, .. } => {
                if let Some(key) = module.plain_text(*index) {
                    visit(key, store.scope, store.value);
                }
            }
            _ => {}
        }
    }
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let scope = fact.context.scope;
        for argument in &call.args {
            if let Some(name) = &argument.name {
                visit(name, scope, argument.value);
            }
        }
        let mut positional = call.positional();
        let first = positional.next().and_then(|argument| module.plain_text(argument.value));
        // Options of command lines have another name there: `add_argument("--broker-password", "-P")`.
        if let (Some(name), Some(second)) = (first.filter(|name| !name.starts_with('-')), positional.next()) {
            visit(name, scope, second.value);
        }
        if let (Some(name), Some(default)) = (first, call.keyword("default")) {
            visit(name, scope, default.value);
        }
    }
    let scopes = ScopeIndex::new(module);
    for expr in &module.exprs {
        let ExprKind::Dict(entries) = &expr.kind else { continue };
        for (key, value) in entries {
            if let Some(name) = key.and_then(|key| module.plain_text(key)) {
                visit(name, scopes.of(module, expr.span), *value);
            }
        }
    }
}

fn bound(module: &Module, scope: Scope, visit: &mut dyn FnMut(&str, Scope, ExprId)) {
    for (name, bindings) in &module.bindings(scope).names {
        for binding in bindings {
            if let BindingKind::Value(value) = binding.kind {
                visit(name, scope, value);
            }
        }
    }
}
