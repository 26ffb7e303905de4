//! Sanic: blueprints, groups and versions.

use super::collect::{self, Registration};
use super::handler::Handler;
use super::kinds::{Kind, Object, path_text};
use super::registry::{Fact, Own};
use super::scan::Scan;
use crate::python::{Value, ValueKind};

const VERBS: &[&str] = &["delete", "get", "head", "options", "patch", "post", "put"];

pub fn register(scan: &Scan, object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    match call.method {
        verb if VERBS.contains(&verb) => {
            route(object, call, 0, vec![verb.to_uppercase()], call.handler(scan, usize::MAX, ""), facts);
        }
        "route" => {
            let handler = call.handler(scan, usize::MAX, "");
            route(object, call, 0, methods_for(call, &handler), handler, facts);
        }
        "websocket" => route(object, call, 0, vec!["WS".to_owned()], call.handler(scan, usize::MAX, ""), facts),
        "add_route" => {
            let handler = call.handler(scan, 0, "handler");
            route(object, call, 1, methods_for(call, &handler), handler, facts);
        }
        "add_websocket_route" => route(object, call, 1, vec!["WS".to_owned()], call.handler(scan, 0, "handler"), facts),
        "blueprint" => {
            if let Some(child) = call.args.get(0, "blueprint") {
                included(object, child, call, facts);
            }
        }
        "append" | "insert" | "extend" if object.kind == Kind::SanicGroup => {
            call.args.positional.iter().for_each(|child| included(object, child, call, facts));
        }
        "middleware" => facts.push(call.hook(object, call.handler(scan, 0, "middleware"))),
        _ => {}
    }
}

fn methods_for(call: &Registration, handler: &Handler) -> Vec<String> {
    let methods = call.methods("methods");
    match handler {
        _ if !methods.is_empty() => methods,
        Handler::Class { .. } => Vec::new(),
        _ => vec!["GET".to_owned()],
    }
}

fn route(
    object: &Object,
    call: &Registration,
    position: usize,
    methods: Vec<String>,
    handler: Handler,
    facts: &mut Vec<Fact>,
) {
    let Some(path) = call.path(position, "uri") else { return };
    let mut fact = call.route(object, methods, path, handler);
    if let Fact::Route(route) = &mut fact {
        route.version = version(call.args.named("version"), call.args.named("version_prefix"));
    }
    facts.push(fact);
}

/// A blueprint, a group, or a list of them.
fn included(object: &Object, child: &Value, call: &Registration, facts: &mut Vec<Fact>) {
    if let ValueKind::List { items, .. } = &child.kind {
        items.iter().for_each(|item| included(object, item, call, facts));
        return;
    }
    let mut found = call.include(object, child, call.text("url_prefix"), true);
    for fact in &mut found {
        if let Fact::Include(include) = fact {
            include.version = version(call.args.named("version"), call.args.named("version_prefix"));
        }
    }
    facts.extend(found);
}

/// `Blueprint.group(a, b, …)`.
pub fn construct(object: &Object, facts: &mut Vec<Fact>) {
    let mut children: Vec<&Value> = object.made.args.positional.iter().collect();
    while let Some(child) = children.pop() {
        match &child.kind {
            ValueKind::List { items, .. } => children.extend(items),
            _ => facts.extend(collect::include(object, child, None, false, object.key.module)),
        }
    }
}

pub fn own(object: &Object) -> Own {
    let args = &object.made.args;
    let prefix = args.named("url_prefix").or_else(|| match object.kind {
        Kind::SanicBlueprint => args.positional.get(1),
        _ => None,
    });
    Own {
        prefix: prefix.and_then(path_text).unwrap_or_default(),
        version: version(args.named("version"), args.named("version_prefix")),
    }
}

/// `version=2` and `version="v2"` are `/v2`.
fn version(value: Option<&Value>, prefix: Option<&Value>) -> Option<String> {
    let value = value?;
    let text = match value.kind {
        ValueKind::Int(number) => number.to_string(),
        ValueKind::Float(number) => number.to_string(),
        _ => value.as_literal()?,
    };
    let prefix = prefix.and_then(Value::as_literal).unwrap_or_else(|| "/v".to_owned());
    Some(format!("{}{}", prefix.trim_start_matches('/'), text.trim_matches('/').trim_start_matches('v')))
}
