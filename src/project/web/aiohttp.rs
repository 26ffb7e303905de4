//! aiohttp: route tables, the router's methods, class views and sub-applications.

use super::collect::Registration;
use super::handler::Handler;
use super::kinds::{self, Object, path_text};
use super::registry::{Fact, Route};
use super::scan::Scan;
use crate::python::{Made, Value, ValueKind};

const VERBS: &[&str] = &["delete", "get", "head", "options", "patch", "post", "put"];

pub fn register(scan: &Scan, object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    let method = call.method;
    match method {
        verb if VERBS.contains(&verb) => route(object, call, 0, vec![verb.to_uppercase()], 1, scan, facts),
        "route" => route(object, call, 1, method_of(call.args.get(0, "method")), 2, scan, facts),
        "view" => route(object, call, 0, Vec::new(), 1, scan, facts),
        "add_view" => route(object, call, 0, Vec::new(), 1, scan, facts),
        "add_route" => route(object, call, 1, method_of(call.args.get(0, "method")), 2, scan, facts),
        "add_routes" => {
            if let Some(table) = call.args.get(0, "routes") {
                entries(scan, object, table, call, facts, 6);
            }
        }
        "add_subapp" => {
            if let Some(child) = call.args.get(1, "subapp") {
                facts.extend(call.include(object, child, call.path(0, "prefix"), false));
            }
        }
        _ => match method.strip_prefix("add_") {
            Some(verb) if VERBS.contains(&verb) => {
                route(object, call, 0, vec![verb.to_uppercase()], 1, scan, facts);
            }
            _ => {}
        },
    }
}

fn method_of(value: Option<&Value>) -> Vec<String> {
    let methods = value.map(super::collect::methods_of).unwrap_or_default();
    if methods.iter().any(|method| method == "*") { Vec::new() } else { methods }
}

fn route(
    object: &Object,
    call: &Registration,
    path: usize,
    methods: Vec<String>,
    handler: usize,
    scan: &Scan,
    facts: &mut Vec<Fact>,
) {
    let Some(path) = call.path(path, "path") else { return };
    facts.push(call.route(object, methods, path, call.handler(scan, handler, "handler")));
}

/// `[web.get("/", index), …]`, or a `RouteTableDef`.
fn entries(scan: &Scan, object: &Object, table: &Value, call: &Registration, facts: &mut Vec<Fact>, depth: u32) {
    if depth == 0 {
        return;
    }
    for value in table.alternatives() {
        match &value.kind {
            ValueKind::List { items, .. } => {
                items.iter().for_each(|item| entries(scan, object, item, call, facts, depth - 1));
            }
            ValueKind::Made(made) if kinds::objects(value).is_empty() => {
                facts.extend(entry(scan, object, made, value));
            }
            _ => facts.extend(call.include(object, value, None, false)),
        }
    }
}

fn entry(scan: &Scan, object: &Object, made: &Made, value: &Value) -> Option<Fact> {
    let last = made.callee.rsplit('.').next().unwrap_or_default();
    let (path, handler, methods) = match last {
        verb if VERBS.contains(&verb) => {
            (made.args.get(0, "path"), made.args.get(1, "handler"), vec![verb.to_uppercase()])
        }
        "view" => (made.args.get(0, "path"), made.args.get(1, "handler"), Vec::new()),
        "route" => (made.args.get(1, "path"), made.args.get(2, "handler"), method_of(made.args.get(0, "method"))),
        _ => return None,
    };
    Some(Fact::Route(Route {
        owner: object.key,
        methods,
        path: path.and_then(path_text)?,
        version: None,
        handler: handler.map_or(Handler::Unknown, |value| Handler::of(scan.eval, value)),
        at: value.at?,
        module: made.site.module,
    }))
}
