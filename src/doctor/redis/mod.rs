//! Redis, asked what a worker asks it for. Nothing is written: every command that a worker uses is queued in a transaction,
//! where Redis checks all that it checks before it runs a command, and the transaction is thrown away.

mod permissions;
mod resp;
mod sentinel;

use std::io::{self, ErrorKind};

use super::address::Hider;
use super::check::{Check, Done, Step};
use super::encrypt::{self, Place};
use super::tls::{TlsOptions, Verify};
use super::wire::{self, Endpoint, Limits, Wire};
use resp::{Client, Reply};
pub use sentinel::Sentinels;

/// A Redis server, and what it is wanted for.
#[derive(Clone)]
pub struct Server {
    pub endpoint: Endpoint,
    pub tls: Option<TlsOptions>,
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: u32,
    pub uses: Uses,
}

/// What a worker does with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses {
    pub is_broker: bool,
    pub queue: String,
    /// `global_keyprefix`.
    pub prefix: String,
}

impl Server {
    pub fn test(&self, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) {
        if let Err(last) = self.steps(limits, hider, checks) {
            checks.push(*last);
        }
    }

    fn steps(&self, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<()> {
        let place = Place { endpoint: &self.endpoint, limits, product: "Redis", greets };
        let wire = encrypt::connect(&place, self.tls.as_ref(), &|error| self.cannot_connect(error), checks)?;
        let mut client = Client::new(wire);
        self.login(&mut client, limits, hider, checks)?;
        self.database(&mut client, limits, hider, checks)?;
        let role = role(&mut client);
        permissions::check(&mut client, &self.uses, role.as_ref(), &self.failure(limits, hider))
            .map(|done| checks.push(done))?;
        checks.extend(self.eviction(&mut client));
        Ok(())
    }

    /// Logs in, or finds out that nobody has to.
    fn login(&self, client: &mut Client, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<()> {
        let answer = match (&self.user, &self.password) {
            (Some(user), Some(password)) => client.ask(&["AUTH", user, password]),
            (Some(user), None) => client.ask(&["AUTH", user, ""]),
            (None, Some(password)) => client.ask(&["AUTH", password]),
            (None, None) => client.ask(&["PING"]),
        };
        let answer = answer.map_err(|error| self.no_answer(&error, limits))?;
        match answer.error() {
            None if self.password.is_none() && self.user.is_none() => {
                checks.push(Check::ok(Step::Login, "no password is asked for"));
                Ok(())
            }
            None => {
                let user = self.user.as_deref().unwrap_or("default");
                checks.push(Check::ok(
                    Step::Login,
                    format!("the server takes user `{}` and the password", hider.text(user)),
                ));
                Ok(())
            }
            Some(error) if wants_none(error) => {
                // What was not taken is not needed either.
                checks.push(
                    Check::warning(Step::Login, "the URL has a password, and the server wants none")
                        .worker(format!(
                            "connects with redis-py from 8 on; before: {}",
                            self.cannot_connect(error.strip_prefix("ERR ").unwrap_or(error))
                        ))
                        .help("take the password out of the URL, or set it on the server (`requirepass`)"),
                );
                Ok(())
            }
            Some(error) => Err(Box::new(self.refused(error, hider))),
        }
    }

    fn refused(&self, error: &str, hider: &Hider) -> Check {
        let text = hider.text(error);
        let code = error.split(' ').next().unwrap_or_default();
        let (found, help) = match code {
            "NOAUTH" if self.password.is_some() => ("the server does not take the password", "correct it"),
            "NOAUTH" => {
                ("the server wants a password, and the URL has none", "put it into the URL: `redis://:PASSWORD@…`")
            }
            "WRONGPASS" => ("the server does not take the password", "correct the user and the password of the URL"),
            "ERR" if error.contains("invalid password") => ("the server does not take the password", "correct it"),
            "DENIED" => (
                "the server is in protected mode and answers its own machine only",
                "set a password on the server (`requirepass`), or let it listen on the right network only",
            ),
            "LOADING" => ("the server is still loading its data", "wait until it has, and try again"),
            _ => ("the server refuses", "see what it says"),
        };
        // redis-py drops the code of errors that it has a class for.
        let python = match code {
            "NOAUTH" | "ERR" | "LOADING" | "WRONGPASS" => {
                text.split_once(' ').map_or(text.as_str(), |(_, words)| words).to_owned()
            }
            _ => text.clone(),
        };
        Check::failed(Step::Login, format!("{found} ({code})")).worker(self.cannot_connect(&python)).help(help)
    }

    fn database(&self, client: &mut Client, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<()> {
        // Whoever may not select uses database 0 all the same.
        if self.database == 0 {
            return Ok(());
        }
        let number = self.database.to_string();
        let answer = client.ask(&["SELECT", &number]).map_err(|error| self.no_answer(&error, limits))?;
        let Some(error) = answer.error() else {
            checks.push(Check::ok(Step::Database, format!("{number} is there")));
            return Ok(());
        };
        let text = hider.text(error);
        let help = if error.contains("out of range") {
            "use a smaller number; a server has 16 databases, 0 to 15, unless `databases` says otherwise"
        } else if error.contains("cluster") {
            "use database 0: a cluster has no other"
        } else {
            "let this user `SELECT`, or use database 0"
        };
        let python = text.strip_prefix("ERR ").unwrap_or(&text).to_owned();
        Err(Box::new(
            Check::failed(Step::Database, format!("database {number} cannot be selected"))
                .worker(self.cannot_connect(&python))
                .help(help),
        ))
    }

    /// Whether the server throws keys away when memory is short.
    fn eviction(&self, client: &mut Client) -> Option<Check> {
        let answer = client.ask(&["INFO", "memory"]).ok()?;
        let info = answer.text()?;
        let field = |name: &str| info.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'));
        let policy = field("maxmemory_policy")?;
        let bounded = field("maxmemory").is_some_and(|bytes| bytes != "0");
        if !policy.starts_with("allkeys") || !bounded {
            return Some(Check::ok(Step::Eviction, format!("nothing that lasts is evicted (`{}`)", short(policy))));
        }
        let policy = short(policy);
        let check =
            Check::warning(Step::Eviction, format!("the server throws keys away when memory is short (`{policy}`)"));
        Some(if self.uses.is_broker {
            check
                .worker("loses messages, or stops sending with `Cannot route message for exchange …: Table empty or key no longer exists. Probably the key ('_kombu.binding…') has been removed from the Redis database.`")
                .help("set `maxmemory-policy noeviction` on the server of the broker")
        } else {
            check
                .worker("finds no result for tasks that have ended: they stay `PENDING`")
                .help("set `maxmemory-policy volatile-ttl` or `noeviction`")
        })
    }

    /// What a worker does when it has no connection.
    fn cannot_connect(&self, error: &str) -> String {
        let error = self.in_redis_words(error);
        if self.uses.is_broker {
            format!("tries again and again: `consumer: Cannot connect to {}: {error}`", self.url())
        } else {
            format!("runs tasks and cannot store what they return: `{error}`")
        }
    }

    /// redis-py tells errors of the system in its own way.
    fn in_redis_words(&self, error: &str) -> String {
        let Some((number, words)) = error.strip_prefix("[Errno ").and_then(|rest| rest.split_once("] ")) else {
            return match error {
                "timed out" => "Timeout connecting to server".to_owned(),
                tls if tls.starts_with("[SSL") => format!("Error 1 connecting to {}. {tls}.", self.endpoint),
                _ => error.to_owned(),
            };
        };
        match &self.endpoint {
            Endpoint::Tcp { host, port } => format!("Error {number} connecting to {host}:{port}. {words}."),
            Endpoint::Unix { path } => format!("Error {number} connecting to {path}. {words}."),
        }
    }

    /// The URL as Celery's log has it.
    fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "rediss" } else { "redis" };
        // kombu shows a password where there is none.
        // Alone it may well be a password in the wrong place.
        let user = self.user.as_deref().filter(|_| self.password.is_some()).unwrap_or_default();
        format!("{scheme}://{user}:**@{}/{}", self.endpoint, self.database)
    }

    /// Nothing sensible came back: it may be another protocol.
    fn no_answer(&self, error: &io::Error, limits: Limits) -> Box<Check> {
        if let Some(check) = encrypt::refused_later(error, &|error| self.cannot_connect(error)) {
            return check;
        }
        let silent = matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
        if self.tls.is_none() && !silent && encrypt::speaks_tls(&self.endpoint, limits) {
            return Box::new(
                Check::failed(Step::Tls, format!("{} speaks TLS only, and the URL does not say so", self.endpoint))
                    .worker(self.cannot_connect(&self.closed()))
                    .help("write `rediss://` and `?ssl_cert_reqs=required`"),
            );
        }
        if error.kind() == ErrorKind::InvalidInput {
            return Box::new(
                Check::failed(Step::Login, format!("what answers at {} is not Redis", self.endpoint))
                    .worker(self.cannot_connect("Protocol Error"))
                    .help("correct the host, the port or the scheme"),
            );
        }
        let python = self.closed();
        Box::new(
            Check::failed(Step::Login, format!("{} {}", self.endpoint, wire::silence(error, limits)))
                .worker(if silent { self.hangs() } else { self.cannot_connect(&python) })
                .help("look at the server, and at what stands between it and here"),
        )
    }

    /// redis-py's words for a connection that the server ends, which may come in two ways.
    fn closed(&self) -> String {
        format!("Error while reading from {} : (104, 'Connection reset by peer')", self.endpoint)
    }

    fn hangs(&self) -> String {
        if self.uses.is_broker {
            "waits for an answer for ever and says nothing, unless `redis_socket_timeout` or `socket_timeout` is set"
        } else {
            "waits for an answer up to `redis_socket_timeout` (120 s) after each task"
        }
        .to_owned()
    }

    /// For the checks behind the login: what an error of the connection, or of the server, means.
    fn failure<'a>(&'a self, limits: Limits, hider: &'a Hider) -> permissions::Context<'a> {
        permissions::Context { server: self, limits, hider }
    }
}

/// Whether what answers speaks Redis' protocol without TLS.
fn greets(wire: Wire) -> bool {
    Client::new(wire).ask(&["PING"]).is_ok()
}

/// Servers without any password refuse one.
fn wants_none(error: &str) -> bool {
    error.contains("without any password configured") || error.contains("no password is set")
}

/// `master`, or `slave` with the state of its link.
fn role(client: &mut Client) -> Option<String> {
    let answer = client.ask(&["ROLE"]).ok()?;
    answer.items().first().and_then(Reply::text).map(str::to_owned)
}

fn short(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(30).collect()
}

/// TLS that checks nothing, to ask whether there is TLS at all.
pub(super) fn unchecked() -> TlsOptions {
    TlsOptions { check: Verify::Nothing, ..TlsOptions::default() }
}
