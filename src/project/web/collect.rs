//! Finds the registrations of a module: decorators, method calls on web objects, and what constructors are given.

use std::cell::LazyCell;

use super::handler::Handler;
use super::kinds::{self, Kind, Object};
use super::registry::{Child, Fact, Include, Own, Route};
use super::scan::{Definition, Index, Scan};
use super::sight::Sight;
use super::{aiohttp, drf, fastapi, flask, litestar, ninja, sanic};
use crate::python::eval::Given;
use crate::python::ir::*;
use crate::python::{Args, Module, ModuleId, Ref, Site, Value, ValueKind, derived};
use crate::source::Loc;

/// Methods whose calls register something wherever they stand.
const REGISTERING: &[&str] = &[
    "add_api_route",
    "add_api_websocket_route",
    "add_delete",
    "add_get",
    "add_head",
    "add_namespace",
    "add_patch",
    "add_post",
    "add_put",
    "add_resource",
    "add_route",
    "add_router",
    "add_routes",
    "add_subapp",
    "add_url_rule",
    "add_view",
    "add_websocket",
    "add_websocket_route",
    "after_request",
    "append",
    "before_request",
    "blueprint",
    "event",
    "exception_handler",
    "extend",
    "host",
    "include_router",
    "init_app",
    "middleware",
    "mount",
    "on",
    "on_event",
    "register",
    "register_blueprint",
    "register_controllers",
    "teardown_request",
    "view",
];

/// Methods that register what they decorate.
const DECORATING: &[&str] = &[
    "api_operation",
    "api_route",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
    "route",
    "trace",
    "websocket",
    "websocket_route",
];

/// One call of a method of a web object.
pub struct Registration<'c> {
    pub site: Site,
    pub method: &'c str,
    pub args: Args,
    /// What the call decorates or is applied to.
    pub decorated: Option<Handler>,
    /// The decorator or the call.
    pub at: Loc,
}

impl Registration<'_> {
    /// A path argument: the text, or empty when it is not given; none when it is not known at all.
    pub fn path(&self, position: usize, name: &str) -> Option<String> {
        match self.args.get(position, name) {
            Some(value) => kinds::path_text(value),
            None => Some(String::new()),
        }
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.args.named(name).and_then(kinds::path_text)
    }

    /// The handler: what is decorated, else an argument.
    pub fn handler(&self, scan: &Scan, position: usize, name: &str) -> Handler {
        match &self.decorated {
            Some(handler) => handler.clone(),
            None => self.args.get(position, name).map_or(Handler::Unknown, |value| Handler::of(scan.eval, value)),
        }
    }

    /// `methods=[…]`, upper case.
    pub fn methods(&self, name: &str) -> Vec<String> {
        self.args.named(name).map(methods_of).unwrap_or_default()
    }

    pub fn route(&self, owner: &Object, methods: Vec<String>, path: String, handler: Handler) -> Fact {
        let (at, module) = (self.at, self.site.module);
        Fact::Route(Route { owner: owner.key, methods, path, version: None, handler, at, module })
    }

    pub fn hook(&self, owner: &Object, handler: Handler) -> Fact {
        Fact::Hook { owner: owner.key, handler, module: self.site.module }
    }

    /// The inclusion of what an argument holds, one for each object it may be.
    pub fn include(&self, parent: &Object, child: &Value, prefix: Option<String>, replaces: bool) -> Vec<Fact> {
        let mut facts = include(parent, child, prefix, replaces, self.site.module);
        for fact in &mut facts {
            if let Fact::Include(include) = fact {
                include.site = Some(self.site);
            }
        }
        facts
    }
}

/// The inclusion of a value in an object.
pub fn include(parent: &Object, child: &Value, prefix: Option<String>, replaces: bool, module: ModuleId) -> Vec<Fact> {
    let children = kinds::objects(child);
    let edge = |child: Child| {
        let (parent, prefix) = (parent.key, prefix.clone());
        Fact::Include(Include { parent, child, prefix, version: None, replaces, module, site: None })
    };
    if children.is_empty() {
        let library = child.alternatives().iter().any(|value| {
            matches!(value.kind, ValueKind::Made(_) | ValueKind::Ref(Ref::External(_)) | ValueKind::Method { .. })
        });
        return vec![edge(if library { Child::Library } else { Child::Unknown })];
    }
    let both = |object: Object| [edge(Child::Object(object.key)), Fact::Object(object)];
    children.into_iter().flat_map(both).collect()
}

/// HTTP methods in a list, or one as a text.
pub fn methods_of(value: &Value) -> Vec<String> {
    match &value.kind {
        ValueKind::List { items, .. } => items.iter().flat_map(methods_of).collect(),
        ValueKind::OneOf(values) => values.iter().flat_map(methods_of).collect(),
        ValueKind::Method { of, name } if name == "value" => methods_of(of),
        // `HTTPMethod.GET`, `hdrs.METH_GET`.
        ValueKind::Ref(Ref::External(path)) => {
            let last = path.rsplit('.').next().unwrap_or_default();
            vec![last.trim_start_matches("METH_").to_owned()]
        }
        _ => value.as_literal().map(|text| text.to_uppercase()).into_iter().collect(),
    }
}

/// All registrations of one module.
pub fn collect(scan: &Scan, sight: &Sight, module: ModuleId, made: &[&str]) -> Vec<Fact> {
    let lowered = scan.module(module);
    // Most modules register nothing.
    let index = LazyCell::new(|| Index::new(lowered));
    let mut facts = Vec::new();
    for fact in &lowered.calls {
        let Some(call) = lowered.call(fact.call) else { continue };
        let scope = fact.context.scope;
        match &lowered.expr(call.func).kind {
            ExprKind::Attribute { value, attr, .. } => {
                if is_class(attr, made) && sight.reaches(module, scope) {
                    constructed(scan, &index, module, scope, fact.call, &mut facts);
                }
                let changes = matches!(&**attr, "append" | "extend");
                if changes && !is_table(lowered, *value) {
                    continue;
                }
                let decorates = DECORATING.contains(&&**attr) && decorated(scan, &index, module, fact.call).is_some();
                if (decorates || REGISTERING.contains(&&**attr)) && sight.reaches(module, scope) {
                    registered(scan, &index, Site { module, scope, expr: fact.call }, *value, attr, &mut facts);
                }
            }
            ExprKind::Name(name) if is_class(name, made) && sight.reaches(module, scope) => {
                constructed(scan, &index, module, scope, fact.call, &mut facts);
            }
            _ => {}
        }
    }
    plain_decorators(scan, sight, &index, module, &mut facts);
    facts
}

/// `app.routes`, `router.registry`: lists whose change registers something.
fn is_table(module: &Module, receiver: ExprId) -> bool {
    matches!(&module.expr(receiver).kind, ExprKind::Attribute { attr, .. } if matches!(&**attr, "routes" | "registry"))
}

fn is_class(name: &str, made: &[&str]) -> bool {
    kinds::is_class_name(name) || made.contains(&name)
}

/// An object is made here: what its constructor is given.
fn constructed(scan: &Scan, index: &Index, module: ModuleId, scope: Scope, expr: ExprId, facts: &mut Vec<Fact>) {
    // As for what is registered: what is called tells in most cases that no web object is made.
    let lowered = scan.module(module);
    let fixed = lowered.call(expr).is_some_and(|call| !derived::varies(lowered, scope, call.func));
    if fixed && kinds::objects(&scan.eval.expr(module, scope, expr)).is_empty() {
        return;
    }
    for given in scan.contexts(index, module, scope, expr) {
        let value = scan.eval.expr_given(module, scope, expr, &given);
        for object in kinds::objects(&value) {
            if (object.key.module, object.key.expr) != (module, expr) {
                continue;
            }
            let at = scan.loc(module, scan.module(module).span(expr));
            facts.push(Fact::Object(object.clone()));
            match object.kind {
                Kind::Asgi | Kind::AsgiRouter => fastapi::construct(scan, &object, at, facts),
                Kind::FlaskApi | Kind::FlaskSock => flask::construct(&object, facts),
                Kind::SanicGroup => sanic::construct(&object, facts),
                Kind::Litestar | Kind::LitestarRouter => litestar::construct(scan, &object, facts),
                _ => {}
            }
        }
    }
}

/// A method of what may be a web object is called.
fn registered(scan: &Scan, index: &Index, site: Site, receiver: ExprId, method: &str, facts: &mut Vec<Fact>) {
    // How often the code around is reached, and with what, takes long to find out: only where it can make a difference.
    let fixed = !derived::varies(scan.module(site.module), site.scope, receiver);
    if fixed && objects_at(scan, site, receiver, method, &nothing()).is_empty() {
        return;
    }
    let decorated = decorated(scan, index, site.module, site.expr);
    let at = decorated.as_ref().map_or_else(|| scan.module(site.module).span(site.expr), |(_, span)| *span);
    let at = scan.loc(site.module, at);
    for given in scan.contexts(index, site.module, site.scope, site.expr) {
        let objects = objects_at(scan, site, receiver, method, &given);
        if objects.is_empty() {
            continue;
        }
        let args = scan.eval.arguments_given(site, &given);
        let decorated = match &decorated {
            Some((Applied::Definition(definition), _)) => Some(handler_of(site.module, *definition)),
            Some((Applied::To(argument), _)) => {
                Some(Handler::of(scan.eval, &scan.eval.expr_given(site.module, site.scope, *argument, &given)))
            }
            None => None,
        };
        let registration = Registration { site, method, args, decorated, at };
        for object in objects {
            dispatch(scan, &object, &registration, facts);
        }
    }
}

/// The web objects that a receiver may be.
fn objects_at(scan: &Scan, site: Site, receiver: ExprId, method: &str, given: &Given) -> Vec<Object> {
    let value = scan.eval.expr_given(site.module, site.scope, receiver, given);
    kinds::objects(&receiver_of(value, method))
}

/// `app.routes.append(Route(…))` registers on `app`.
fn receiver_of(value: Value, method: &str) -> Value {
    match value.kind {
        ValueKind::Method { of, name } if matches!(method, "append" | "extend") => match name.as_str() {
            "routes" | "registry" => Value::clone(&of),
            _ => Value::unknown(),
        },
        _ if matches!(method, "append" | "extend") => Value::unknown(),
        kind => Value { kind, ..value },
    }
}

fn dispatch(scan: &Scan, object: &Object, registration: &Registration, facts: &mut Vec<Fact>) {
    facts.push(Fact::Object(object.clone()));
    match object.kind {
        Kind::Asgi | Kind::AsgiRouter => fastapi::register(scan, object, registration, facts),
        Kind::Flask | Kind::Blueprint | Kind::FlaskApi | Kind::Namespace | Kind::FlaskSock | Kind::SocketIo => {
            flask::register(scan, object, registration, facts)
        }
        Kind::Sanic | Kind::SanicBlueprint | Kind::SanicGroup => sanic::register(scan, object, registration, facts),
        Kind::Aiohttp | Kind::AiohttpTable => aiohttp::register(scan, object, registration, facts),
        Kind::Litestar | Kind::LitestarRouter => litestar::register(scan, object, registration, facts),
        Kind::Ninja | Kind::NinjaRouter => ninja::register(scan, object, registration, facts),
        Kind::DrfRouter => drf::register(scan, object, registration, facts),
    }
}

/// What an object says about its own prefix.
pub fn own(object: &Object) -> Own {
    match object.kind {
        Kind::AsgiRouter => fastapi::own(object),
        Kind::Blueprint | Kind::FlaskApi | Kind::Namespace => flask::own(object),
        Kind::SanicBlueprint | Kind::SanicGroup => sanic::own(object),
        Kind::LitestarRouter | Kind::Litestar => litestar::own(object),
        _ => Own::default(),
    }
}

/// What a registering call is applied to.
enum Applied {
    Definition(Definition),
    To(ExprId),
}

fn decorated(scan: &Scan, index: &Index, module: ModuleId, call: ExprId) -> Option<(Applied, crate::source::Span)> {
    if let Some((definition, span)) = index.decorated.get(&call) {
        return Some((Applied::Definition(*definition), *span));
    }
    let outer = index.applied.get(&call)?;
    let lowered = scan.module(module);
    let argument = lowered.call(*outer)?.positional().next()?.value;
    Some((Applied::To(argument), lowered.span(*outer)))
}

fn handler_of(module: ModuleId, definition: Definition) -> Handler {
    match definition {
        Definition::Function(function) => Handler::Function { module, function, this: None },
        Definition::Class(class) => Handler::Class { module, class, with: None },
    }
}

/// `@app.before_request`, `@app.middleware`: decorators without a call.
fn plain_decorators(scan: &Scan, sight: &Sight, index: &Index, module: ModuleId, facts: &mut Vec<Fact>) {
    const HOOKS: &[&str] =
        &["before_request", "after_request", "teardown_request", "middleware", "on_request", "on_response"];
    const EVENTS: &[&str] = &["event", "on"];
    let lowered = scan.module(module);
    let is_hook = |decorator: &Decorator| match &lowered.expr(decorator.value).kind {
        ExprKind::Attribute { attr, .. } => HOOKS.contains(&&**attr) || EVENTS.contains(&&**attr),
        _ => false,
    };
    if !lowered.functions.iter().any(|function| function.decorators.iter().any(is_hook)) {
        return;
    }
    let mut decorators: Vec<_> = index.decorated.iter().collect();
    decorators.sort_by_key(|(expr, _)| **expr);
    for (decorator, (definition, _)) in decorators {
        let ExprKind::Attribute { value, attr, .. } = &lowered.expr(*decorator).kind else { continue };
        if !HOOKS.contains(&&**attr) && !EVENTS.contains(&&**attr) {
            continue;
        }
        let Definition::Function(function) = *definition else { continue };
        let scope = lowered.function(function).parent;
        if !sight.reaches(module, scope) {
            continue;
        }
        for given in scan.contexts(index, module, scope, *decorator) {
            for object in kinds::objects(&scan.eval.expr_given(module, scope, *value, &given)) {
                facts.push(Fact::Hook { owner: object.key, handler: handler_of(module, *definition), module });
            }
        }
    }
}

/// Looks into an argument of a constructor under the given names (for tests of nested tables).
pub fn argument<'o>(object: &'o Object, position: Option<usize>, name: &str) -> Option<&'o Value> {
    let args = &object.made.args;
    args.named(name).or_else(|| position.and_then(|position| args.positional.get(position)))
}

/// Nothing is known beforehand.
pub fn nothing() -> Given {
    Given::default()
}
