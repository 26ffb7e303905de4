//! FastAPI and Starlette: routers, route tables, mounts and websockets.

use super::collect::{self, Registration, methods_of};
use super::handler::Handler;
use super::kinds::{Object, path_text};
use super::registry::{Child, Fact, Include, Own, Route};
use super::scan::Scan;
use crate::python::eval::GivenFrame;
use crate::python::ir::*;
use crate::python::{Made, ModuleId, Ref, Shared, Site, Value, ValueKind};
use crate::source::Loc;

const VERBS: &[&str] = &["delete", "get", "head", "options", "patch", "post", "put", "trace"];

pub fn register(scan: &Scan, object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    let mut route = |methods: Vec<String>, path: Option<String>, handler: Handler| {
        if let Some(path) = path {
            facts.push(call.route(object, methods, path, handler));
        }
    };
    match call.method {
        verb if VERBS.contains(&verb) => {
            route(vec![verb.to_uppercase()], call.path(0, "path"), call.handler(scan, usize::MAX, ""));
        }
        "api_route" | "route" => {
            let methods = or_get(call.methods("methods"));
            route(methods, call.path(0, "path"), call.handler(scan, usize::MAX, ""));
        }
        "add_api_route" => {
            let methods = or_get(call.methods("methods"));
            route(methods, call.path(0, "path"), call.handler(scan, 1, "endpoint"));
        }
        "add_route" => {
            let named = call.methods("methods");
            let methods =
                if named.is_empty() { call.args.positional.get(2).map(methods_of).unwrap_or_default() } else { named };
            let handler = call.handler(scan, 1, "route");
            let methods = if matches!(handler, Handler::Class { .. }) { methods } else { or_get(methods) };
            route(methods, call.path(0, "path"), handler);
        }
        "websocket" | "websocket_route" => {
            route(vec!["WS".to_owned()], call.path(0, "path"), call.handler(scan, usize::MAX, ""));
        }
        "add_api_websocket_route" | "add_websocket_route" => {
            let handler = match call.handler(scan, 1, "endpoint") {
                Handler::Unknown => call.handler(scan, 1, "route"),
                known => known,
            };
            route(vec!["WS".to_owned()], call.path(0, "path"), handler);
        }
        "middleware" => facts.push(call.hook(object, call.handler(scan, usize::MAX, ""))),
        "include_router" => {
            let prefix = call.text("prefix");
            if let Some(child) = call.args.get(0, "router") {
                facts.extend(call.include(object, child, prefix, false));
            }
        }
        "mount" | "host" => {
            if let Some(app) = call.args.get(1, "app") {
                mount(object, app, call.path(0, "path"), call.site.module, facts);
            }
        }
        "append" | "extend" => {
            for value in &call.args.positional {
                table(scan, object, value, "", call.at, facts, 8);
            }
        }
        _ => {}
    }
}

fn or_get(methods: Vec<String>) -> Vec<String> {
    if methods.is_empty() { vec!["GET".to_owned()] } else { methods }
}

fn mount(object: &Object, app: &Value, prefix: Option<String>, module: ModuleId, facts: &mut Vec<Fact>) {
    let mut included = collect::include(object, app, prefix, false, module);
    for fact in &mut included {
        // What is mounted and no router is an application of another kind: it has its own routes.
        if let Fact::Include(Include { child: child @ Child::Unknown, .. }) = fact
            && !app.is_unknown()
        {
            *child = Child::Library;
        }
    }
    facts.extend(included);
}

/// What the constructor is given: `routes=[…]`.
pub fn construct(scan: &Scan, object: &Object, at: Loc, facts: &mut Vec<Fact>) {
    if let Some(prefix) = subclass_prefix(scan, object) {
        facts.push(Fact::Own { key: object.key, prefix });
    }
    if let Some(routes) = object.made.args.named("routes") {
        table(scan, object, routes, "", at, facts, 8);
    } else if object.framework == "Starlette" {
        let position = usize::from(object.kind.is_app());
        if let Some(routes) = object.made.args.positional.get(position) {
            table(scan, object, routes, "", at, facts, 8);
        }
    }
}

/// A list of `Route`, `WebSocketRoute`, `Mount` … under a prefix.
fn table(scan: &Scan, object: &Object, value: &Value, prefix: &str, at: Loc, facts: &mut Vec<Fact>, depth: u32) {
    if depth == 0 {
        return;
    }
    for value in value.alternatives() {
        match &value.kind {
            ValueKind::List { items, .. } => {
                items.iter().for_each(|item| table(scan, object, item, prefix, at, facts, depth - 1));
            }
            ValueKind::Made(made) => entry(scan, object, made, prefix, value.at.unwrap_or(at), facts, depth),
            // `other_app.routes`
            ValueKind::Method { of, name } if name == "routes" => {
                let prefix = (!prefix.is_empty()).then(|| prefix.to_owned());
                facts.extend(collect::include(object, of, prefix, false, object.key.module));
            }
            _ => {}
        }
    }
}

fn entry(scan: &Scan, object: &Object, made: &Made, prefix: &str, at: Loc, facts: &mut Vec<Fact>, depth: u32) {
    let path = made.args.get(0, "path").and_then(path_text).unwrap_or_default();
    let path = super::registry::join(object.kind, prefix, &path);
    let handler = || made.args.get(1, "endpoint").map_or(Handler::Unknown, |value| Handler::of(scan.eval, value));
    let module = made.site.module;
    let mut push = |methods: Vec<String>, handler: Handler| {
        let (owner, path) = (object.key, path.clone());
        facts.push(Fact::Route(Route { owner, methods, path, version: None, handler, at, module }));
    };
    match made.callee.rsplit('.').next().unwrap_or_default() {
        "Route" | "APIRoute" => {
            let handler = handler();
            let methods = made.args.named("methods").map(methods_of).unwrap_or_default();
            let is_class = matches!(handler, Handler::Class { .. });
            push(if is_class { methods } else { or_get(methods) }, handler);
        }
        "WebSocketRoute" | "APIWebSocketRoute" => push(vec!["WS".to_owned()], handler()),
        "Mount" | "Host" => {
            if let Some(routes) = made.args.named("routes").or_else(|| made.args.positional.get(2)) {
                table(scan, object, routes, &path, at, facts, depth - 1);
            }
            if let Some(app) = made.args.get(1, "app") {
                mount(object, app, Some(path), module, facts);
            }
        }
        _ => {}
    }
}

/// The prefix of `APIRouter(prefix=…)`.
pub fn own(object: &Object) -> Own {
    let prefix = object.made.args.named("prefix").and_then(path_text).unwrap_or_default();
    Own { prefix, version: None }
}

/// `super().__init__(prefix=…)` in the class of the object, when the project derives one from the framework's.
fn subclass_prefix(scan: &Scan, object: &Object) -> Option<String> {
    let (_, class) = object.made.attrs.iter().find(|(name, _)| name == "__class__")?;
    let ValueKind::Ref(Ref::Class(module, class)) = class.kind else { return None };
    let init = scan.eval.member(module, class, "__init__")?;
    let ValueKind::Ref(Ref::Function(module, function)) = init.kind else { return None };
    let lowered = scan.module(module);
    let this = Value { kind: ValueKind::Made(Shared::new(object.made.clone())), at: None, trail: Vec::new() };
    let scope = Scope::Function(function);
    let values = scan.eval.bind(module, function, &object.made.args, Some(&this));
    let given = collect::nothing().with(GivenFrame { module, scope, values, fixed: false });
    lowered.calls.iter().filter(|fact| fact.context.scope == scope).find_map(|fact| {
        let call = lowered.call(fact.call)?;
        let ExprKind::Attribute { attr, .. } = &lowered.expr(call.func).kind else { return None };
        let site = Site { module, scope, expr: fact.call };
        (&**attr == "__init__").then(|| scan.eval.arguments_given(site, &given))?.named("prefix").and_then(path_text)
    })
}
