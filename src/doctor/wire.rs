//! Connections on which nothing can take longer than it may, plain or with TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};

use super::check::{Check, Done, Step};
use super::tls::{self, TlsOptions};

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One step: connecting, a handshake, an answer.
    pub step: Duration,
    /// When everything about one target has to be over.
    pub end: Instant,
}

impl Limits {
    /// A target has a few steps; it may take as long as six that reach their limit.
    pub fn new(step: Duration) -> Self {
        let now = Instant::now();
        Self { step, end: now.checked_add(step.saturating_mul(6)).unwrap_or(now) }
    }

    fn deadline(self) -> Instant {
        Instant::now().checked_add(self.step).map_or(self.end, |deadline| deadline.min(self.end))
    }

    /// `3 s`.
    pub fn words(self) -> String {
        let seconds = self.step.as_secs_f64();
        if seconds.fract() == 0.0 { format!("{seconds:.0} s") } else { format!("{seconds:.1} s") }
    }
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Tcp { host: String, port: u16 },
    Unix { path: String },
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix { path } => f.write_str(path),
        }
    }
}

/// A socket whose every read and write ends at the deadline.
#[derive(Debug)]
pub struct Timed {
    socket: Socket,
    deadline: Instant,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixStream),
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left()?;
        match &mut self.socket {
            Socket::Tcp(socket) => {
                socket.set_read_timeout(Some(left))?;
                socket.read(buffer)
            }
            #[cfg(unix)]
            Socket::Unix(socket) => {
                socket.set_read_timeout(Some(left))?;
                socket.read(buffer)
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left()?;
        match &mut self.socket {
            Socket::Tcp(socket) => {
                socket.set_write_timeout(Some(left))?;
                socket.write(bytes)
            }
            #[cfg(unix)]
            Socket::Unix(socket) => {
                socket.set_write_timeout(Some(left))?;
                socket.write(bytes)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection to a server.
pub struct Wire {
    stream: Stream,
    limits: Limits,
}

enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

/// Bytes of one answer that are read.
const MAX_ANSWER: usize = 1 << 20;

impl Wire {
    /// Connects, without TLS.
    ///
    /// # Errors
    /// With what the operating system says.
    pub fn open(endpoint: &Endpoint, limits: Limits) -> io::Result<Self> {
        let socket = match endpoint {
            Endpoint::Tcp { host, port } => Socket::Tcp(tcp(host, *port, limits)?),
            #[cfg(unix)]
            Endpoint::Unix { path } => Socket::Unix(std::os::unix::net::UnixStream::connect(path)?),
            #[cfg(not(unix))]
            Endpoint::Unix { .. } => return Err(ErrorKind::Unsupported.into()),
        };
        Ok(Self { stream: Stream::Plain(Timed { socket, deadline: limits.deadline() }), limits })
    }

    /// Goes on with TLS.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn secure(self, host: &str, options: &TlsOptions) -> Result<Self, tls::TlsError> {
        let Stream::Plain(mut socket) = self.stream else { return Ok(self) };
        socket.deadline = self.limits.deadline();
        let mut connection = tls::client(host, options)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket).map_err(|error| tls::TlsError::Handshake(Box::new(error)))?;
        }
        Ok(Self { stream: Stream::Tls(Box::new(StreamOwned::new(connection, socket))), limits: self.limits })
    }

    /// Begins a step: what follows has its own time.
    pub fn step(&mut self) {
        let deadline = self.limits.deadline();
        match &mut self.stream {
            Stream::Plain(socket) => socket.deadline = deadline,
            Stream::Tls(stream) => stream.sock.deadline = deadline,
        }
    }

    /// # Errors
    /// When the other side goes away or does not take it in time.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(socket) => socket.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// Reads some bytes to the end of a buffer.
    ///
    /// # Errors
    /// At the end of the connection, at the deadline, and when the answer is longer than any sensible one.
    pub fn receive(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        if buffer.len() > MAX_ANSWER {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut part = [0; 4096];
        let read = match &mut self.stream {
            Stream::Plain(socket) => socket.read(&mut part)?,
            Stream::Tls(stream) => stream.read(&mut part)?,
        };
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        buffer.extend(part.iter().take(read));
        Ok(())
    }
}

/// Every address of the host, one after the other.
fn tcp(host: &str, port: u16, limits: Limits) -> io::Result<TcpStream> {
    let deadline = limits.deadline();
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in addresses(host, port, deadline)? {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Asks the system for a host's addresses; it knows no limit itself.
fn addresses(host: &str, port: u16, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    thread::spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let _ = sender.send(found);
    });
    let failed = |_| Unresolved.into_error();
    match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(found) => found.map_err(failed),
        Err(_) => Err(ErrorKind::TimedOut.into()),
    }
}

/// The host has no address.
#[derive(Debug, thiserror::Error)]
#[error("unknown host")]
struct Unresolved;

impl Unresolved {
    fn into_error(self) -> io::Error {
        io::Error::new(ErrorKind::NotFound, self)
    }
}

/// Why there is no connection, in words; with what Python says.
pub struct Refusal {
    pub found: String,
    /// As Python's exceptions have it.
    pub python: String,
    pub help: &'static str,
}

/// What an error of connecting means.
pub fn refusal(error: &io::Error, endpoint: &Endpoint, limits: Limits) -> Refusal {
    if error.get_ref().is_some_and(|inner| inner.is::<Unresolved>()) {
        return Refusal {
            found: format!("the host of `{endpoint}` has no address here"),
            python: "[Errno -2] Name or service not known".to_owned(),
            help: "check the host; a service of a compose file has a name only inside its network: run the doctor there",
        };
    }
    let number = error.raw_os_error();
    let (found, help) = match error.kind() {
        ErrorKind::ConnectionRefused => (
            format!("nothing listens on {endpoint}"),
            "start the server, or correct the host and the port; inside a container `localhost` is the container itself",
        ),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => (
            format!("{endpoint} does not answer within {}", limits.words()),
            "check the host, the port and the firewalls between",
        ),
        ErrorKind::NotFound => (format!("there is no socket {endpoint}"), "correct the path, or start the server"),
        ErrorKind::PermissionDenied => (format!("{endpoint} may not be opened"), "give this user access to it"),
        _ => (
            format!("{endpoint} cannot be reached: {}", plain(error)),
            "check the host, the port and the network between",
        ),
    };
    let python = match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "timed out".to_owned(),
        _ => number.map_or_else(|| plain(error), |number| format!("[Errno {number}] {}", plain(error))),
    };
    Refusal { found, python, help }
}

/// The system's words, without Rust's number behind them.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// What a server did instead of answering.
pub fn silence(error: &io::Error, limits: Limits) -> String {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            format!("accepts connections and says nothing within {}", limits.words())
        }
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => "closes the connection".to_owned(),
        ErrorKind::InvalidData => "answers with more than any sensible answer".to_owned(),
        _ => format!("fails: {}", plain(error)),
    }
}

/// Connects, and tells how that went.
///
/// # Errors
/// The check that failed.
pub fn reach(
    endpoint: &Endpoint,
    limits: Limits,
    worker: impl Fn(&str) -> String,
    checks: &mut Vec<Check>,
) -> Done<Wire> {
    match Wire::open(endpoint, limits) {
        Ok(wire) => {
            checks.push(Check::ok(Step::Connect, format!("{endpoint} accepts connections")));
            Ok(wire)
        }
        Err(error) => {
            let refusal = refusal(&error, endpoint, limits);
            Err(Box::new(
                Check::failed(Step::Connect, refusal.found).worker(worker(&refusal.python)).help(refusal.help),
            ))
        }
    }
}
