//! `unbounded-redis-connections`: see its page.

use super::urls::{self, Side, Written};
use crate::finding::Finding;
use crate::project::{Launch, Project, Setting, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::FileKind;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unbounded-redis-connections.md"), Check::Project(check));

const REDIS: &[&str] = &["redis", "rediss", "sentinel"];
/// Pools whose workers share one process, and so one pool of connections.
const SHARING: &[&str] = &["gevent", "eventlet", "threads"];
/// From so many at once on the connections of one worker are many.
const MANY: u32 = 100;

fn check(project: &Project, out: &mut Report) {
    let urls = urls::written(project);
    let on_redis = |side: Side| urls.iter().find(|url| url.side == side && is_redis(url));
    if on_redis(Side::Broker).is_some() {
        production::named(project, &["broker_pool_limit"])
            .filter_map(|it| without_pool(project, it))
            .for_each(|it| out.push(it));
    }
    let Some(backend) = on_redis(Side::Backend) else { return };
    if backend.parameter("max_connections").is_some() || is_limited(project) {
        return;
    }
    for launch in &project.launches {
        if let Some((pool, many)) = shares(launch) {
            out.push(crowded(launch, pool, many, backend));
        }
    }
}

fn is_redis(url: &Written) -> bool {
    url.base().is_some_and(|base| REDIS.contains(&base.as_str()))
}

/// Whether anything speaks of a limit.
fn is_limited(project: &Project) -> bool {
    project.sources.speak_of(&["max_connections", "MAX_CONNECTIONS"], |file| file.kind != FileKind::Lock)
}

/// `broker_pool_limit = 0`
fn without_pool(project: &Project, setting: &Setting) -> Option<Finding> {
    let at = setting.value.at.unwrap_or(setting.at);
    let off = matches!(setting.value.kind, ValueKind::None | ValueKind::Int(0));
    if !off || !production::is_production(project, at) {
        return None;
    }
    let message = format!("`{}` turns the pool of connections to Redis off", setting.written);
    let finding =
        Finding::new(&RULE, message, at, "every message that is sent opens connections of its own and closes them");
    let finding = finding.help("Remove the setting: up to 10 connections are kept then");
    Some(finding.symbol(setting.name.as_str()))
}

/// The pool and the concurrency of a worker that does many things in one process.
fn shares(launch: &Launch) -> Option<(&'static str, u32)> {
    let value = |name: &str| launch.option(name).and_then(|option| option.value.as_ref()?.as_literal());
    let pool = value("pool").filter(|_| launch.command == "worker")?;
    let pool = SHARING.iter().find(|known| **known == pool)?;
    let many: u32 = value("concurrency")?.parse().ok()?;
    (many >= MANY).then_some((*pool, many))
}

fn crowded(launch: &Launch, pool: &str, many: u32, backend: &Written) -> Finding {
    let message = format!("Nothing limits the connections to Redis of {many} tasks in `{pool}`");
    let finding =
        Finding::new(&RULE, message, launch.at, format!("may hold {many} connections to the result backend at once"));
    let finding = finding.related(backend.at, "the result backend, without `redis_max_connections`");
    finding
        .help("Set `redis_max_connections`, and let tasks retry when there is no free one")
        .symbol("redis_max_connections")
}
