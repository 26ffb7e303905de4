//! PostgreSQL, asked what a worker asks it for: the catalogue only, in a transaction that may not write.

mod client;
mod tables;

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use super::address::{Address, Hider};
use super::check::{Check, Done, Step};
use super::encrypt::{self, Place};
use super::probe::{Asked, tcp};
use super::tls::{TlsOptions, Verify};
use super::wire::{self, Endpoint, Limits, Wire};
use client::{Client, Failure, Offer, Refused};
use tables::Tables;

/// A PostgreSQL server.
pub struct Server {
    pub endpoint: Endpoint,
    pub mode: Mode,
    tls: TlsOptions,
    user: String,
    password: Option<String>,
    pub database: String,
    tables: Tables,
}

/// libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const MODES: &[(&str, Mode)] = &[
    ("disable", Mode::Disable),
    // Without TLS first, and with it where that is refused: the same in the end.
    ("allow", Mode::Prefer),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

impl Mode {
    pub fn word(self) -> &'static str {
        MODES.iter().rev().find(|(_, mode)| *mode == self).map_or("", |(word, _)| word)
    }
}

/// Drivers that know nothing of `sslmode`.
const WITHOUT_LIBPQ: &[&str] = &["pg8000", "asyncpg"];

impl Server {
    /// # Errors
    /// What is wrong with the URL.
    pub fn of(asked: &Asked, address: &Address, driver: &str) -> Result<Self, Box<Check>> {
        let word = address.query("sslmode").unwrap_or("prefer");
        let mode = MODES.iter().find(|(known, _)| *known == word).map(|(_, mode)| *mode).ok_or_else(|| {
            Box::new(
                Check::failed(Step::Address, "the URL's `sslmode` is none")
                    .worker("fails with `psycopg2.OperationalError: invalid sslmode value`")
                    .help("use `disable`, `prefer`, `require`, `verify-ca` or `verify-full`"),
            )
        })?;
        let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".postgresql/root.crt"));
        let ca = address.query("sslrootcert").map(PathBuf::from).or_else(|| home.filter(|path| path.exists()));
        let check = match mode {
            Mode::VerifyFull => Verify::All,
            Mode::VerifyCa => Verify::Signature,
            Mode::Require if ca.is_some() => Verify::Signature,
            _ => Verify::Nothing,
        };
        let user = address.user.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "postgres".to_owned());
        let directory = address.query("host").filter(|host| host.starts_with('/'));
        let port = address.port.unwrap_or(5432);
        let endpoint = match (directory, &address.host) {
            (Some(directory), _) => Endpoint::Unix { path: format!("{directory}/.s.PGSQL.{port}") },
            (None, None) if address.query("host").is_none() => {
                Endpoint::Unix { path: format!("/var/run/postgresql/.s.PGSQL.{port}") }
            }
            _ => tcp(address, address.query("host").unwrap_or("localhost"), 5432),
        };
        let unix = matches!(endpoint, Endpoint::Unix { .. });
        Ok(Self {
            mode: if unix || WITHOUT_LIBPQ.contains(&driver) { Mode::Disable } else { mode },
            endpoint,
            tls: TlsOptions {
                check,
                ca: ca.filter(|_| check != Verify::Nothing),
                certificate: address.query("sslcert").map(PathBuf::from),
                key: address.query("sslkey").map(PathBuf::from),
                name: None,
            },
            database: address.path.clone().unwrap_or_else(|| user.clone()),
            user,
            password: address.password.clone(),
            tables: Tables::of(asked),
        })
    }

    pub fn test(&self, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) {
        if let Err(last) = self.steps(limits, hider, checks) {
            checks.push(*last);
        }
    }

    fn steps(&self, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<()> {
        let wire = wire::reach(&self.endpoint, limits, |error| self.fails(error), checks)?;
        let secured = self.begin(wire, limits, checks)?;
        let mut client = match self.login(secured) {
            Ok(client) => client,
            // libpq tries again without TLS where TLS was only preferred.
            Err(Failure::Refused(refused)) if refused.code == "28000" && self.mode == Mode::Prefer => {
                let again = Wire::open(&self.endpoint, limits).map_err(Failure::Wire).and_then(|wire| self.login(wire));
                again.map_err(|_| self.failure(&Failure::Refused(refused), limits, hider))?
            }
            Err(failure) => return Err(self.failure(&failure, limits, hider)),
        };
        checks.push(Check::ok(Step::Login, format!("the server takes user `{}`", hider.text(&self.user))));
        checks.push(Check::ok(Step::Database, format!("`{}` may be used", hider.text(&self.database))));
        let done = self.tables.check(&mut client).map_err(|failure| self.failure(&failure, limits, hider));
        client.end();
        checks.push(done?);
        Ok(())
    }

    fn login(&self, wire: Wire) -> Result<Client, Failure> {
        Client::login(wire, &self.user, self.password.as_deref(), &self.database)
    }

    /// TLS, as the mode wants it.
    fn begin(&self, wire: Wire, limits: Limits, checks: &mut Vec<Check>) -> Done<Wire> {
        if self.mode == Mode::Disable {
            return Ok(wire);
        }
        match client::offer(wire).map_err(|error| self.failure(&Failure::Wire(error), limits, &Hider::default()))? {
            Offer::Tls(wire) => {
                let place = Place { endpoint: &self.endpoint, limits, product: "PostgreSQL", greets: |_| false };
                encrypt::secure(wire, &place, &self.tls, &|error| self.fails(error), checks)
            }
            Offer::Plain(wire) if self.mode == Mode::Prefer => {
                checks.push(Check::ok(Step::Tls, "the server has none, and `sslmode` does not insist"));
                Ok(wire)
            }
            Offer::Plain(_) => Err(Box::new(
                Check::failed(Step::Tls, format!("PostgreSQL at {} does not speak TLS", self.endpoint))
                    .worker(self.fails("server does not support SSL, but SSL was required"))
                    .help("set `ssl = on` on the server, or `sslmode=prefer` in the URL"),
            )),
        }
    }

    /// What a worker does.
    fn fails(&self, error: &str) -> String {
        let error = match error.strip_prefix("[Errno ").and_then(|rest| rest.split_once("] ")) {
            Some((_, words)) => words,
            // libpq speaks with OpenSSL itself.
            None if error.contains("mismatch") => "server certificate for \"…\" does not match host name",
            None if error.starts_with("[SSL") => "SSL error: certificate verify failed",
            None => error,
        };
        let server = match &self.endpoint {
            Endpoint::Tcp { host, port } => format!("connection to server at \"{host}\", port {port} failed"),
            Endpoint::Unix { path } => format!("connection to server on socket \"{path}\" failed"),
        };
        self.tables.fails(&format!("OperationalError: {server}: {error}"))
    }

    fn failure(&self, failure: &Failure, limits: Limits, hider: &Hider) -> Box<Check> {
        match failure {
            Failure::Refused(refused) => Box::new(self.refused(refused, hider)),
            Failure::Wants(what) if *what == "a password" => Box::new(
                Check::failed(Step::Login, "the server wants a password, and the URL has none")
                    .worker(self.fails("fe_sendauth: no password supplied"))
                    .help("put it into the URL; libpq also takes `PGPASSWORD` and `~/.pgpass`, which the doctor does not read"),
            ),
            Failure::Wants(what) => Box::new(Check::untested(Step::Login, format!("the server wants {what}"))),
            Failure::Wire(error) if error.kind() == ErrorKind::InvalidInput => Box::new(
                Check::failed(Step::Login, format!("what answers at {} is not PostgreSQL", self.endpoint))
                    .worker(self.fails("received invalid response to SSL negotiation"))
                    .help("correct the host and the port"),
            ),
            Failure::Wire(error) => self.no_answer(error, limits),
        }
    }

    fn no_answer(&self, error: &io::Error, limits: Limits) -> Box<Check> {
        if let Some(check) = encrypt::refused_later(error, &|error| self.fails(error)) {
            return check;
        }
        let silent = matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
        let check = Check::failed(Step::Login, format!("{} {}", self.endpoint, wire::silence(error, limits)))
            .help("look at the server, and at what stands between it and here");
        Box::new(if silent {
            check.worker("waits for an answer for ever, unless the URL has a `connect_timeout`")
        } else {
            check.worker(self.fails("server closed the connection unexpectedly"))
        })
    }

    fn refused(&self, refused: &Refused, hider: &Hider) -> Check {
        let text = hider.text(&refused.message);
        let no_encryption = text.contains("no encryption") || text.contains("SSL off");
        let (step, found, help) = match refused.code.as_str() {
            "28P01" => (Step::Login, "the server does not take the user and the password", "correct them in the URL"),
            "28000" if no_encryption => (
                Step::Tls,
                "the server takes this user with TLS only",
                "take `sslmode=disable` out of the URL, or write `sslmode=require`",
            ),
            "28000" if text.contains("does not exist") => {
                (Step::Login, "there is no such user", "correct the user, or `CREATE ROLE`")
            }
            "28000" => (
                Step::Login,
                "the server does not let this user in from here",
                "add a line to the server's `pg_hba.conf`",
            ),
            "3D000" => (Step::Database, "there is no such database", "correct the URL's path, or `CREATE DATABASE`"),
            "42501" => (Step::Database, "the user may not use the database", "`GRANT CONNECT ON DATABASE`"),
            "53300" => (
                Step::Login,
                "the server has no connection left",
                "raise `max_connections`, or find out who holds them",
            ),
            "57P03" => (Step::Login, "the server is starting or stopping", "wait, and try again"),
            _ => (Step::Login, "the server refuses", "see what it says"),
        };
        let code: String = refused.code.chars().filter(char::is_ascii_alphanumeric).take(5).collect();
        let severity: String = refused.severity.chars().filter(|c| c.is_ascii_uppercase()).take(10).collect();
        Check::failed(step, format!("{found} ({code})")).worker(self.fails(&format!("{severity}:  {text}"))).help(help)
    }
}
