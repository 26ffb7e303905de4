//! Whether the user may do what a worker does.

use super::resp::{Client, Reply};
use super::{Server, Uses};
use crate::doctor::address::Hider;
use crate::doctor::check::{Check, Done, Step};
use crate::doctor::wire::Limits;

pub struct Context<'a> {
    pub server: &'a Server,
    pub limits: Limits,
    pub hider: &'a Hider,
}

/// What stands for names in the commands.
const QUEUE: &str = "{queue}";
const DATABASE: &str = "{db}";

/// Commands of kombu's Redis transport, with the keys that it uses them on. Keys take the global prefix.
const BROKER: &[&[&str]] = &[
    &["LLEN", QUEUE],
    &["SMEMBERS", "_kombu.binding.{queue}"],
    &["BRPOP", QUEUE, "1"],
    &["LPUSH", QUEUE, ""],
    &["SADD", "_kombu.binding.{queue}", ""],
    &["SADD", "_kombu.binding.celery.pidbox", ""],
    &["ZADD", "unacked_index", "0", ""],
    &["ZREM", "unacked_index", ""],
    &["HSET", "unacked", "", ""],
    &["HDEL", "unacked", ""],
    &["PUBLISH", "/{db}.celeryev/worker.heartbeat", ""],
    &["PSUBSCRIBE", "/{db}.celery.pidbox"],
];

/// Commands of Celery's Redis backend.
const BACKEND: &[&[&str]] = &[
    &["GET", "celery-task-meta-0"],
    &["MGET", "celery-task-meta-0"],
    &["SETEX", "celery-task-meta-0", "1", ""],
    &["DEL", "celery-task-meta-0"],
    &["PUBLISH", "celery-task-meta-0", ""],
    &["SUBSCRIBE", "celery-task-meta-0"],
    &["UNSUBSCRIBE", "celery-task-meta-0"],
];

/// Queues every command in a transaction that never runs.
pub fn check(client: &mut Client, uses: &Uses, role: Option<&String>, context: &Context) -> Done<Check> {
    let commands = if uses.is_broker { BROKER } else { BACKEND };
    let lost = |error: std::io::Error| context.server.no_answer(&error, context.limits);
    if let Some(error) = client.ask(&["MULTI"]).map_err(lost)?.error() {
        return Err(Box::new(refused(&["MULTI".to_owned()], error, role, context)));
    }
    let mut denied = Vec::new();
    let mut first = None;
    for command in commands {
        let words: Vec<String> =
            command.iter().enumerate().map(|(at, word)| filled(word, at, uses, context.server)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = client.ask(&words).map_err(lost)?;
        if let Reply::Error(error) = answer
            && tells(&error)
        {
            denied.push(words.iter().take(2).copied().collect::<Vec<_>>().join(" "));
            first.get_or_insert(error);
        }
    }
    // Whatever it answers: without `EXEC` nothing is done.
    let _ = client.ask(&["DISCARD"]);
    match first {
        None => {
            Ok(Check::ok(Step::Permissions, format!("all {} commands that Celery uses are allowed", commands.len())))
        }
        Some(error) => Err(Box::new(refused(&denied, &error, role, context))),
    }
}

/// Whether an error is about the command and not about the transaction around it, which some servers do not allow for all.
fn tells(error: &str) -> bool {
    !error.starts_with("ERR ") || error.contains("unknown command")
}

fn filled(word: &str, at: usize, uses: &Uses, server: &Server) -> String {
    let filled = word.replace(QUEUE, &uses.queue).replace(DATABASE, &server.database.to_string());
    if at == 1 { format!("{}{filled}", uses.prefix) } else { filled }
}

/// What one of the refusals means; `denied` are the commands with their keys.
fn refused(denied: &[String], error: &str, role: Option<&String>, context: &Context) -> Check {
    let text = context.hider.text(error);
    let code = error.split(' ').next().unwrap_or_default();
    let shown: Vec<String> = denied.iter().take(4).map(|command| format!("`{command}`")).collect();
    let more = denied.len().saturating_sub(shown.len());
    let list = if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") };
    let (found, help) = match code {
        "READONLY" => (
            "the server is a replica, which takes no writes".to_owned(),
            "connect to the master, or use `sentinel://` to find it",
        ),
        "NOPERM" => {
            (format!("the user may not {list}"), "give the user these commands, keys and channels (`ACL SETUSER`)")
        }
        "MISCONF" => (
            "the server takes no writes, because it cannot save to disk".to_owned(),
            "look at the server's log and disk",
        ),
        "OOM" => (
            "the server is out of memory and takes no writes".to_owned(),
            "raise `maxmemory`, or find out what fills it",
        ),
        "MOVED" | "CROSSSLOT" | "CLUSTERDOWN" => (
            "the server is part of a Redis Cluster, which Celery's Redis transport does not know".to_owned(),
            "use a Redis without cluster mode",
        ),
        _ => (format!("the server refuses {list}"), "see what it says"),
    };
    let read_only = role.is_some_and(|role| role == "slave") && code != "READONLY";
    let found = if read_only { format!("{found}; it is a replica") } else { found };
    let error = python(&text, code);
    let worker = if context.server.uses.is_broker {
        format!("connects, and ends with `Unrecoverable error` and `redis.exceptions.{}: {error}`", class(code))
    } else {
        format!("runs tasks and cannot store what they return: `{}: {error}`", class(code))
    };
    Check::failed(Step::Permissions, format!("{found} ({code})")).worker(worker).help(help)
}

/// redis-py's classes for what servers say.
fn class(code: &str) -> &'static str {
    match code {
        "READONLY" => "ReadOnlyError",
        "NOPERM" => "NoPermissionError",
        "OOM" => "OutOfMemoryError",
        "MOVED" => "MovedError",
        "CLUSTERDOWN" => "ClusterDownError",
        _ => "ResponseError",
    }
}

/// The error as redis-py has it.
fn python(text: &str, code: &str) -> String {
    match code {
        "READONLY" | "NOPERM" | "OOM" => text.split_once(' ').map_or(text, |(_, words)| words).to_owned(),
        _ => text.to_owned(),
    }
}
