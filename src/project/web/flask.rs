//! Flask and Quart: blueprints, rules, class views; Flask-RESTX, Flask-RESTful and flask-smorest on top of them.

use super::collect::{self, Registration};
use super::handler::Handler;
use super::kinds::{Kind, Object, path_text};
use super::registry::{Fact, Own};
use super::scan::Scan;

const VERBS: &[&str] = &["delete", "get", "patch", "post", "put"];
const HOOKS: &[&str] = &["before_request", "after_request", "teardown_request"];

pub fn register(scan: &Scan, object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    match (object.kind, call.method) {
        (Kind::FlaskApi | Kind::Namespace, "route") => {
            let handler = call.handler(scan, usize::MAX, "");
            resource(object, call, 0, handler, facts);
        }
        (Kind::FlaskApi | Kind::Namespace, "add_resource") => {
            let handler = call.args.get(0, "resource").map_or(Handler::Unknown, |value| Handler::of(scan.eval, value));
            resource(object, call, 1, handler, facts);
        }
        (Kind::FlaskApi, "add_namespace") => {
            if let Some(child) = call.args.get(0, "ns") {
                let path = call.args.get(1, "path").and_then(path_text);
                facts.extend(call.include(object, child, path, true));
            }
        }
        (Kind::FlaskApi | Kind::FlaskSock | Kind::SocketIo, "init_app") => attached(object, call, facts),
        (Kind::FlaskSock, "route") => {
            rule(object, call, vec!["WS".to_owned()], call.handler(scan, usize::MAX, ""), facts)
        }
        (Kind::SocketIo, "on" | "event" | "on_event") => {
            facts.push(call.hook(object, call.handler(scan, 1, "handler")));
        }
        (_, "register_blueprint") => {
            if let Some(child) = call.args.get(0, "blueprint").or_else(|| call.args.named("blp")) {
                facts.extend(call.include(object, child, call.text("url_prefix"), true));
            }
        }
        (_, "add_url_rule") => {
            let handler = call.handler(scan, 2, "view_func");
            rule(object, call, methods_for(call, &handler), handler, facts);
        }
        (_, "route") => {
            let handler = call.handler(scan, usize::MAX, "");
            rule(object, call, methods_for(call, &handler), handler, facts);
        }
        (_, "websocket" | "add_websocket") => {
            rule(object, call, vec!["WS".to_owned()], call.handler(scan, 2, "view_func"), facts);
        }
        (_, verb) if VERBS.contains(&verb) && call.decorated.is_some() => {
            rule(object, call, vec![verb.to_uppercase()], call.handler(scan, usize::MAX, ""), facts);
        }
        (_, hook) if HOOKS.contains(&hook) => facts.push(call.hook(object, call.handler(scan, 0, "f"))),
        _ => {}
    }
}

/// Flask's default is GET; a class view answers what it defines.
fn methods_for(call: &Registration, handler: &Handler) -> Vec<String> {
    let methods = call.methods("methods");
    match handler {
        _ if !methods.is_empty() => methods,
        Handler::Class { .. } => Vec::new(),
        _ => vec!["GET".to_owned()],
    }
}

fn rule(object: &Object, call: &Registration, methods: Vec<String>, handler: Handler, facts: &mut Vec<Fact>) {
    if let Some(path) = call.path(0, "rule") {
        facts.push(call.route(object, methods, path, handler));
    }
}

/// A resource class at one or more URLs.
fn resource(object: &Object, call: &Registration, first: usize, handler: Handler, facts: &mut Vec<Fact>) {
    for url in call.args.positional.iter().skip(first) {
        if let Some(path) = path_text(url) {
            facts.push(call.route(object, call.methods("methods"), path, handler.clone()));
        }
    }
}

/// `api.init_app(app)`.
fn attached(object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    let Some(owner) = call.args.get(0, "app") else { return };
    let this = crate::python::Value {
        kind: crate::python::ValueKind::Made(crate::python::Shared::new(object.made.clone())),
        at: None,
        trail: Vec::new(),
    };
    for parent in super::kinds::objects(owner) {
        facts.extend(call.include(&parent, &this, None, false));
        facts.push(Fact::Object(parent));
    }
}

/// `Api(app, …)` hangs below what it is given.
pub fn construct(object: &Object, facts: &mut Vec<Fact>) {
    let Some(owner) = collect::argument(object, Some(0), "app") else { return };
    let this = crate::python::Value {
        kind: crate::python::ValueKind::Made(crate::python::Shared::new(object.made.clone())),
        at: None,
        trail: Vec::new(),
    };
    for parent in super::kinds::objects(owner) {
        facts.extend(collect::include(&parent, &this, None, false, object.key.module));
        facts.push(Fact::Object(parent));
    }
}

pub fn own(object: &Object) -> Own {
    let args = &object.made.args;
    let text = |name: &str| args.named(name).and_then(path_text);
    let prefix = match object.kind {
        Kind::Namespace => text("path").or_else(|| {
            let name = args.get(0, "name").and_then(path_text)?;
            Some(format!("/{name}"))
        }),
        Kind::FlaskApi => text("prefix"),
        _ => text("url_prefix"),
    };
    Own { prefix: prefix.unwrap_or_default(), version: None }
}
