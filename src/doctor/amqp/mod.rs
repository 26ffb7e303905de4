//! RabbitMQ, asked what a worker asks it for. Of what is declared nothing stays: a queue that is exclusive to the connection,
//! and declarations that the server has to refuse after it has looked at the permissions.

mod frames;
mod permissions;

use std::io::{self, ErrorKind};

use super::address::Hider;
use super::check::{Check, Done, Step};
use super::encrypt::{self, Place};
use super::tls::TlsOptions;
use super::wire::{self, Endpoint, Limits, Wire};
use frames::{Arguments, CLOSE, CLOSE_OK, Client, Field, OPEN, OPEN_OK, START, START_OK, TUNE, TUNE_OK};

/// py-amqp's words for a connection that the server ends.
const CLOSED: &str = "[Errno 104] Connection reset by peer";

/// A RabbitMQ server.
pub struct Server {
    pub endpoint: Endpoint,
    pub tls: Option<TlsOptions>,
    pub user: String,
    pub password: String,
    /// The virtual host.
    pub host: String,
    /// The queue that tasks are read from.
    pub queue: String,
}

impl Server {
    pub fn test(&self, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) {
        if let Err(last) = self.steps(limits, hider, checks) {
            checks.push(*last);
        }
    }

    fn steps(&self, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<()> {
        let place = Place { endpoint: &self.endpoint, limits, product: "RabbitMQ", greets };
        let wire = encrypt::connect(&place, self.tls.as_ref(), &|error| self.cannot_connect(error), checks)?;
        let mut client = self.login(wire, limits, hider, checks)?;
        self.open(&mut client, limits, hider, checks)?;
        permissions::check(&mut client, self, limits, hider, checks)?;
        // Nobody waits for the answer: the server has taken everything back by the time that it sends it.
        if client.send(0, CLOSE, Arguments::default().short(200).text("").short(0).short(0)).is_ok() {
            let _ = client.receive();
        }
        Ok(())
    }

    fn login(&self, wire: Wire, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<Client> {
        let lost = |error: io::Error| self.no_answer(&error, limits);
        let (mut client, came) = Client::start(wire).map_err(lost)?;
        if came.method != START {
            return Err(lost(ErrorKind::InvalidInput.into()));
        }
        let able = vec![("authentication_failure_close", Field::Yes), ("consumer_cancel_notify", Field::Yes)];
        let properties = [("product", Field::Text("celery-lint doctor")), ("capabilities", Field::Table(able))];
        let response = format!("\0{}\0{}", self.user, self.password);
        let arguments =
            Arguments::default().table(&properties).text("PLAIN").long_text(response.as_bytes()).text("en_US");
        client.send(0, START_OK, arguments).map_err(lost)?;
        let came = client.receive().map_err(lost)?;
        match came.method {
            TUNE => {
                checks.push(Check::ok(Step::Login, format!("the server takes user `{}`", hider.text(&self.user))));
                // As many channels and as large frames as the server likes, and no heartbeats.
                let like = came.arguments.iter().copied().take(6).fold(Arguments::default(), Arguments::octet);
                client.send(0, TUNE_OK, like.short(0)).map_err(lost)?;
                Ok(client)
            }
            CLOSE => {
                let (code, text) = came.reason();
                let local = self.user == "guest" && !self.is_local();
                let help = if local {
                    "make a user: RabbitMQ lets `guest` in from its own machine only"
                } else {
                    "correct the user and the password of the URL"
                };
                Err(Box::new(
                    Check::failed(Step::Login, "the server does not take the user and the password (ACCESS_REFUSED)")
                        .worker(ends(code, &hider.text(&text), (0, 0), ""))
                        .help(help),
                ))
            }
            _ => Err(lost(ErrorKind::InvalidInput.into())),
        }
    }

    fn open(&self, client: &mut Client, limits: Limits, hider: &Hider, checks: &mut Vec<Check>) -> Done<()> {
        let lost = |error: io::Error| self.no_answer(&error, limits);
        client.send(0, OPEN, Arguments::default().text(&self.host).text("").octet(0)).map_err(lost)?;
        let came = client.receive().map_err(lost)?;
        match came.method {
            OPEN_OK => {
                checks.push(Check::ok(Step::VirtualHost, format!("`{}` may be used", self.host)));
                Ok(())
            }
            CLOSE => {
                let (code, text) = came.reason();
                let _ = client.send(0, CLOSE_OK, Arguments::default());
                let text = hider.text(&text);
                let (found, help) = if text.contains("not found") {
                    (
                        format!("there is no virtual host `{}`", self.host),
                        "correct the URL's path (`//` is the virtual host `/`), or make it: `rabbitmqctl add_vhost`",
                    )
                } else if text.contains("refused for user") {
                    (
                        format!("the user has no access to virtual host `{}`", self.host),
                        "give it access: `rabbitmqctl set_permissions -p VHOST USER \".*\" \".*\" \".*\"`",
                    )
                } else {
                    (format!("virtual host `{}` cannot be opened", self.host), "see what the server says")
                };
                Err(Box::new(
                    Check::failed(Step::VirtualHost, format!("{found} ({})", name_of(code)))
                        .worker(self.cannot_connect(&format!("Connection.open: ({code}) {text}")))
                        .help(help),
                ))
            }
            _ => Err(lost(ErrorKind::InvalidInput.into())),
        }
    }

    fn cannot_connect(&self, error: &str) -> String {
        format!("tries again and again: `consumer: Cannot connect to {}: {error}`", self.url())
    }

    /// The URL as Celery's log has it.
    fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "amqps" } else { "amqp" };
        format!("{scheme}://{}:**@{}/{}", self.user, self.endpoint, self.host)
    }

    fn is_local(&self) -> bool {
        matches!(&self.endpoint, Endpoint::Tcp { host, .. } if host.starts_with("127.") || host == "::1")
    }

    fn no_answer(&self, error: &io::Error, limits: Limits) -> Box<Check> {
        if let Some(check) = encrypt::refused_later(error, &|error| self.cannot_connect(error)) {
            return check;
        }
        let silent = matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
        if self.tls.is_none() && !silent && encrypt::speaks_tls(&self.endpoint, limits) {
            return Box::new(
                Check::failed(Step::Tls, format!("{} speaks TLS only, and the URL does not say so", self.endpoint))
                    .worker(self.cannot_connect(CLOSED))
                    .help("write `amqps://`, or set `broker_use_ssl`"),
            );
        }
        if error.kind() == ErrorKind::InvalidInput {
            return Box::new(
                Check::failed(Step::Login, format!("what answers at {} is not RabbitMQ", self.endpoint))
                    .worker(self.cannot_connect("Received 0x… while expecting 0xce"))
                    .help("correct the host, the port or the scheme"),
            );
        }
        let python = if silent { "timed out" } else { CLOSED };
        Box::new(
            Check::failed(Step::Login, format!("{} {}", self.endpoint, wire::silence(error, limits)))
                .worker(self.cannot_connect(python))
                .help("look at the server, and at what stands between it and here"),
        )
    }
}

/// Whether what answers is a broker without TLS.
fn greets(wire: Wire) -> bool {
    Client::start(wire).is_ok_and(|(_, came)| came.method == START)
}

/// A refusal that the worker does not try to overcome: py-amqp's exception, as Python shows it.
fn ends(code: u16, text: &str, method: (u16, u16), name: &str) -> String {
    let quote = if text.contains('\'') { '"' } else { '\'' };
    let (class, number) = method;
    format!(
        "ends with `Unrecoverable error: AccessRefused({code}, {quote}{text}{quote}, ({class}, {number}), '{name}')`"
    )
}

fn name_of(code: u16) -> &'static str {
    match code {
        403 => "ACCESS_REFUSED",
        404 => "NOT_FOUND",
        406 => "PRECONDITION_FAILED",
        530 => "NOT_ALLOWED",
        _ => "refused",
    }
}
