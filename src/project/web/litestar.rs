//! Litestar: handlers, controllers and routers, found from what applications are given.

use super::collect::{self, Registration, methods_of};
use super::handler::Handler;
use super::kinds::{Object, path_text};
use super::registry::{Fact, Own, Route, join};
use super::scan::Scan;
use crate::python::ir::*;
use crate::python::{Args, ModuleId, Ref, Site, Value, ValueKind};

const HANDLERS: &[&str] = &[
    "asgi",
    "delete",
    "get",
    "head",
    "patch",
    "post",
    "put",
    "route",
    "websocket",
    "websocket_listener",
    "websocket_stream",
];

pub fn register(scan: &Scan, object: &Object, call: &Registration, facts: &mut Vec<Fact>) {
    if call.method == "register"
        && let Some(value) = call.args.positional.first()
    {
        handlers(scan, object, value, facts, 6);
    }
}

/// `Litestar(route_handlers=[…])`, `Router(path=…, route_handlers=[…])`.
pub fn construct(scan: &Scan, object: &Object, facts: &mut Vec<Fact>) {
    let position = usize::from(!object.kind.is_app());
    if let Some(value) = collect::argument(object, Some(position), "route_handlers") {
        handlers(scan, object, value, facts, 6);
    }
}

fn handlers(scan: &Scan, object: &Object, value: &Value, facts: &mut Vec<Fact>, depth: u32) {
    if depth == 0 {
        return;
    }
    for value in value.alternatives() {
        match &value.kind {
            ValueKind::List { items, .. } => {
                items.iter().for_each(|item| handlers(scan, object, item, facts, depth - 1));
            }
            ValueKind::Ref(Ref::Function(module, function)) => {
                decorated(scan, object, *module, *function, "", None, facts);
            }
            ValueKind::Ref(Ref::Class(module, class)) => controller(scan, object, *module, *class, facts),
            ValueKind::Made(_) | ValueKind::Unknown => {
                facts.extend(collect::include(object, value, None, false, object.key.module));
            }
            _ => {}
        }
    }
}

/// The methods of a controller, below its path.
fn controller(scan: &Scan, object: &Object, module: ModuleId, class: ClassId, facts: &mut Vec<Fact>) {
    let path = scan.eval.member(module, class, "path").and_then(|value| path_text(&value)).unwrap_or_default();
    let this = Value::reference(Ref::Class(module, class));
    let mut seen: Vec<Name> = Vec::new();
    for (module, class) in scan.eval.classes(module, class) {
        let lowered = scan.module(module);
        for (id, function) in lowered.functions.iter().enumerate() {
            if function.parent == Scope::Class(class) && !seen.contains(&function.name) {
                seen.push(function.name.clone());
                decorated(scan, object, module, FunctionId(id as u32), &path, Some(&this), facts);
            }
        }
    }
}

/// `@get("/path")` on a function.
fn decorated(
    scan: &Scan,
    object: &Object,
    module: ModuleId,
    function: FunctionId,
    prefix: &str,
    this: Option<&Value>,
    facts: &mut Vec<Fact>,
) {
    let lowered = scan.module(module);
    let definition = lowered.function(function);
    for decorator in &definition.decorators {
        let call = lowered.call(decorator.value);
        let func = call.map_or(decorator.value, |call| call.func);
        let callee = scan.eval.expr(module, definition.parent, func);
        let Some(verb) = callee.external().and_then(handler_name) else { continue };
        let site = Site { module, scope: definition.parent, expr: decorator.value };
        let args = if call.is_some() { scan.eval.arguments(site) } else { Args::default() };
        let this = this.cloned();
        let handler = Handler::Function { module, function, this };
        let at = scan.loc(module, decorator.span);
        for path in paths(&args) {
            facts.push(Fact::Route(Route {
                owner: object.key,
                methods: methods(verb, &args),
                path: join(object.kind, prefix, &path),
                version: None,
                handler: handler.clone(),
                at,
                module: object.key.module,
            }));
        }
    }
}

fn handler_name(path: &str) -> Option<&str> {
    let (package, last) = (path.split('.').next()?, path.rsplit('.').next()?);
    (matches!(package, "litestar" | "starlite") && HANDLERS.contains(&last)).then_some(last)
}

/// One path, a list of paths, or none.
fn paths(args: &Args) -> Vec<String> {
    match args.get(0, "path") {
        None => vec![String::new()],
        Some(Value { kind: ValueKind::List { items, .. }, .. }) => items.iter().filter_map(path_text).collect(),
        Some(value) => {
            path_text(value).into_iter().map(|path| if path == "/" { String::new() } else { path }).collect()
        }
    }
}

fn methods(verb: &str, args: &Args) -> Vec<String> {
    match verb {
        "route" => args.named("http_method").map(methods_of).unwrap_or_default(),
        "websocket" | "websocket_listener" | "websocket_stream" => vec!["WS".to_owned()],
        "asgi" => Vec::new(),
        verb => vec![verb.to_uppercase()],
    }
}

pub fn own(object: &Object) -> Own {
    let prefix = collect::argument(object, (!object.kind.is_app()).then_some(0), "path").and_then(path_text);
    Own { prefix: prefix.filter(|path| path != "/").unwrap_or_default(), version: None }
}
