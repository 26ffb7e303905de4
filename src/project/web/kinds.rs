//! The objects that web frameworks register routes on: applications, routers, blueprints, by the class that makes them.

use crate::python::ir::ExprId;
use crate::python::{Made, ModuleId, Ref, Value, ValueKind};

/// What a route can be registered on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `FastAPI()`, `Starlette()`.
    Asgi,
    /// `APIRouter()`, `Router()` of Starlette.
    AsgiRouter,
    Flask,
    Blueprint,
    /// `Api()` of Flask-RESTX, Flask-RESTful, flask-smorest.
    FlaskApi,
    Namespace,
    /// `Sock()` of flask-sock.
    FlaskSock,
    SocketIo,
    Sanic,
    SanicBlueprint,
    SanicGroup,
    Aiohttp,
    AiohttpTable,
    Litestar,
    LitestarRouter,
    Ninja,
    NinjaRouter,
    DrfRouter,
}

struct Known {
    package: &'static str,
    class: &'static str,
    kind: Kind,
    framework: &'static str,
}

const fn known(package: &'static str, class: &'static str, kind: Kind, framework: &'static str) -> Known {
    Known { package, class, kind, framework }
}

/// By the top-level package and the last name of the dotted path.
const KNOWN: &[Known] = &[
    known("fastapi", "FastAPI", Kind::Asgi, "FastAPI"),
    known("fastapi", "APIRouter", Kind::AsgiRouter, "FastAPI"),
    known("starlette", "Starlette", Kind::Asgi, "Starlette"),
    known("starlette", "Router", Kind::AsgiRouter, "Starlette"),
    known("flask", "Flask", Kind::Flask, "Flask"),
    known("flask", "Blueprint", Kind::Blueprint, "Flask"),
    known("apiflask", "APIFlask", Kind::Flask, "Flask"),
    known("apiflask", "APIBlueprint", Kind::Blueprint, "Flask"),
    known("flask_openapi3", "OpenAPI", Kind::Flask, "Flask"),
    known("flask_openapi3", "APIBlueprint", Kind::Blueprint, "Flask"),
    known("flask_smorest", "Blueprint", Kind::Blueprint, "Flask"),
    known("flask_smorest", "Api", Kind::FlaskApi, "Flask"),
    known("flask_restx", "Api", Kind::FlaskApi, "Flask"),
    known("flask_restx", "Namespace", Kind::Namespace, "Flask"),
    known("flask_restplus", "Api", Kind::FlaskApi, "Flask"),
    known("flask_restplus", "Namespace", Kind::Namespace, "Flask"),
    known("flask_restful", "Api", Kind::FlaskApi, "Flask"),
    known("flask_sock", "Sock", Kind::FlaskSock, "Flask"),
    known("flask_socketio", "SocketIO", Kind::SocketIo, "Flask"),
    known("socketio", "AsyncServer", Kind::SocketIo, "Socket.IO"),
    known("socketio", "Server", Kind::SocketIo, "Socket.IO"),
    known("quart", "Quart", Kind::Flask, "Quart"),
    known("quart", "Blueprint", Kind::Blueprint, "Quart"),
    known("sanic", "Sanic", Kind::Sanic, "Sanic"),
    known("sanic", "Blueprint", Kind::SanicBlueprint, "Sanic"),
    known("sanic", "group", Kind::SanicGroup, "Sanic"),
    known("sanic", "BlueprintGroup", Kind::SanicGroup, "Sanic"),
    known("aiohttp", "Application", Kind::Aiohttp, "aiohttp"),
    known("aiohttp", "RouteTableDef", Kind::AiohttpTable, "aiohttp"),
    known("litestar", "Litestar", Kind::Litestar, "Litestar"),
    known("litestar", "Router", Kind::LitestarRouter, "Litestar"),
    known("starlite", "Starlite", Kind::Litestar, "Litestar"),
    known("starlite", "Router", Kind::LitestarRouter, "Litestar"),
    known("ninja", "NinjaAPI", Kind::Ninja, "Django"),
    known("ninja", "Router", Kind::NinjaRouter, "Django"),
    known("ninja_extra", "NinjaExtraAPI", Kind::Ninja, "Django"),
    known("ninja_extra", "Router", Kind::NinjaRouter, "Django"),
    known("rest_framework", "DefaultRouter", Kind::DrfRouter, "Django"),
    known("rest_framework", "SimpleRouter", Kind::DrfRouter, "Django"),
    known("rest_framework_nested", "DefaultRouter", Kind::DrfRouter, "Django"),
    known("rest_framework_nested", "SimpleRouter", Kind::DrfRouter, "Django"),
    known("rest_framework_nested", "NestedDefaultRouter", Kind::DrfRouter, "Django"),
    known("rest_framework_nested", "NestedSimpleRouter", Kind::DrfRouter, "Django"),
    known("rest_framework_extensions", "ExtendedDefaultRouter", Kind::DrfRouter, "Django"),
    known("rest_framework_extensions", "ExtendedSimpleRouter", Kind::DrfRouter, "Django"),
];

/// The class names that make such objects, for a cheap look before evaluation.
pub fn is_class_name(name: &str) -> bool {
    KNOWN.iter().any(|known| known.class == name)
}

/// Whether some module of that top-level package is a web framework's.
pub fn is_web_package(package: &str) -> bool {
    package == "django" || package == "channels" || is_object_package(package)
}

/// Whether one of the known classes is that package's.
pub fn is_object_package(package: &str) -> bool {
    KNOWN.iter().any(|known| known.package == package)
}

/// Which object it is: the call that makes it, and what tells apart two objects of one call (in a function called twice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub module: ModuleId,
    pub expr: ExprId,
    pub print: u64,
}

/// A web object and the value that it is.
#[derive(Debug, Clone)]
pub struct Object {
    pub key: Key,
    pub kind: Kind,
    pub framework: &'static str,
    pub made: Made,
}

impl Kind {
    /// Whether it serves requests by itself, mounted in nothing.
    pub fn is_app(self) -> bool {
        matches!(self, Self::Asgi | Self::Flask | Self::Sanic | Self::Aiohttp | Self::Litestar)
    }
}

/// Whether a dotted path is one of the known classes.
pub fn is_object_class(path: &str) -> bool {
    let package = path.split('.').next().unwrap_or_default();
    let class = path.rsplit('.').next().unwrap_or_default();
    KNOWN.iter().any(|known| known.package == package && known.class == class)
}

/// The object that a value made by a known class is.
fn object(made: &Made) -> Option<Object> {
    let package = made.callee.split('.').next().unwrap_or_default();
    let class = made.callee.rsplit('.').next().unwrap_or_default();
    let known = KNOWN.iter().find(|known| known.package == package && known.class == class)?;
    let key = Key { module: made.site.module, expr: made.site.expr, print: print(made) };
    Some(Object { key, kind: known.kind, framework: known.framework, made: made.clone() })
}

/// Arguments that differ when one call makes several objects.
const TELLING: &[&str] = &["prefix", "url_prefix", "path", "name", "version", "import_name"];

fn print(made: &Made) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut feed = |text: &str| {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for value in &made.args.positional {
        feed(&value.as_literal().unwrap_or_default());
    }
    for (name, value, _) in &made.args.named {
        if TELLING.contains(&name.as_str()) {
            feed(name);
            feed(&value.as_literal().unwrap_or_default());
        }
    }
    hash
}

/// The web objects that a value may be, also inside wrappers (`app.router`, `WSGIMiddleware(app)`).
pub fn objects(value: &Value) -> Vec<Object> {
    let mut found = Vec::new();
    gather(value, 3, &mut found);
    found
}

fn gather(value: &Value, depth: u32, found: &mut Vec<Object>) {
    if depth == 0 {
        return;
    }
    for alternative in value.alternatives() {
        match &alternative.kind {
            ValueKind::Made(made) => match object(made) {
                Some(object) => found.push(object),
                None if made.callee == "types.SimpleNamespace" => {}
                None => wrapped(made, depth, found),
            },
            ValueKind::Method { of, name } if PASSED_ON.contains(&name.as_str()) => gather(of, depth, found),
            _ => {}
        }
    }
}

/// Attributes of an application that stand for it.
const PASSED_ON: &[&str] = &["router", "urls", "app", "asgi", "wsgi_app", "asgi_app"];

/// Middleware and servers take the application as an argument; what is not known to wrap is looked into all the same.
fn wrapped(made: &Made, depth: u32, found: &mut Vec<Object>) {
    const WRAPPERS: &[&str] =
        &["Middleware", "ASGIApp", "ProxyFix", "WSGIApp", "WsgiToAsgi", "WSGIResponder", "Mangum"];
    let class = made.callee.rsplit('.').next().unwrap_or_default();
    if WRAPPERS.iter().any(|wrapper| class.ends_with(wrapper)) {
        let named = made.args.named.iter().map(|(_, value, _)| value);
        made.args.positional.iter().chain(named).for_each(|value| gather(value, depth - 1, found));
    }
}

/// The text of a path argument: what is known, with `{…}` for what is not; none when nothing is known.
pub fn path_text(value: &Value) -> Option<String> {
    let known = value.alternatives().iter().find(|value| !value.is_unknown())?;
    match &known.kind {
        ValueKind::None => None,
        ValueKind::Text(_) | ValueKind::Env(_) => Some(plain(&known.to_text(), 4)),
        ValueKind::Ref(Ref::External(_)) | ValueKind::Method { .. } | ValueKind::Made(_) => Some("{…}".to_owned()),
        _ => None,
    }
}

fn plain(text: &crate::source::Text, depth: u32) -> String {
    use crate::source::Piece;
    let piece = |piece: &Piece| match piece {
        Piece::Literal { text, .. } => text.clone(),
        Piece::Env { default: Some(default), .. } if depth > 0 => plain(default, depth - 1),
        Piece::Env { .. } | Piece::Unknown { .. } => "{…}".to_owned(),
    };
    text.pieces.iter().map(piece).collect()
}
