//! PostgreSQL's protocol over a [`Wire`].

use std::io::{self, ErrorKind};

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::{ErrorFields, Message};
use postgres_protocol::message::frontend;

use crate::doctor::wire::Wire;

/// What the server says about a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// SQLSTATE.
    pub code: String,
    /// `FATAL` or `ERROR`.
    pub severity: String,
    pub message: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    Wire(io::Error),
    Refused(Refused),
    /// It wants something that the doctor has not, or does not do.
    Wants(&'static str),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Wire(error)
    }
}

/// Messages that are read for one question, at most.
const MAX_MESSAGES: usize = 500;

/// A connection on which PostgreSQL's protocol is spoken.
pub struct Client {
    wire: Wire,
    buffer: BytesMut,
}

/// What the server says about TLS.
pub enum Offer {
    Tls(Wire),
    Plain(Wire),
}

/// Asks whether the server speaks TLS.
///
/// # Errors
/// When the connection ends, or what comes is not PostgreSQL (`InvalidInput`).
pub fn offer(mut wire: Wire) -> io::Result<Offer> {
    wire.step();
    let mut out = BytesMut::new();
    frontend::ssl_request(&mut out);
    wire.send(&out)?;
    let mut answer = Vec::new();
    wire.receive(&mut answer)?;
    // More than one byte before the handshake would be somebody else's.
    match answer.as_slice() {
        b"S" => Ok(Offer::Tls(wire)),
        b"N" => Ok(Offer::Plain(wire)),
        _ => Err(ErrorKind::InvalidInput.into()),
    }
}

impl Client {
    /// Logs in.
    ///
    /// # Errors
    /// When the server refuses, or the connection ends.
    pub fn login(wire: Wire, user: &str, password: Option<&str>, database: &str) -> Result<Self, Failure> {
        let mut client = Self { wire, buffer: BytesMut::new() };
        client.wire.step();
        let parameters = [("user", user), ("database", database), ("application_name", "celery-lint doctor")];
        client.put(|out| frontend::startup_message(parameters, out))?;
        let mut scram = None;
        loop {
            match client.message()? {
                Message::AuthenticationOk => {}
                Message::AuthenticationCleartextPassword => {
                    let password = password.ok_or(Failure::Wants(PASSWORD))?;
                    client.put(|out| frontend::password_message(password.as_bytes(), out))?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let password = password.ok_or(Failure::Wants(PASSWORD))?;
                    let hash = md5_hash(user.as_bytes(), password.as_bytes(), body.salt());
                    client.put(|out| frontend::password_message(hash.as_bytes(), out))?;
                }
                Message::AuthenticationSasl(body) => {
                    let known = body.mechanisms().any(|name| Ok(name == SCRAM_SHA_256))?;
                    if !known {
                        return Err(Failure::Wants("a way to log in that the doctor does not know"));
                    }
                    let password = password.ok_or(Failure::Wants(PASSWORD))?;
                    let state = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
                    client.put(|out| frontend::sasl_initial_response(SCRAM_SHA_256, state.message(), out))?;
                    scram = Some(state);
                }
                Message::AuthenticationSaslContinue(body) => {
                    let state = scram.as_mut().ok_or_else(foreign)?;
                    state.update(body.data())?;
                    client.put(|out| frontend::sasl_response(state.message(), out))?;
                }
                Message::AuthenticationSaslFinal(body) => scram.as_mut().ok_or_else(foreign)?.finish(body.data())?,
                Message::ErrorResponse(body) => return Err(Failure::Refused(refused(body.fields())?)),
                Message::ReadyForQuery(_) => return Ok(client),
                Message::ParameterStatus(_) | Message::BackendKeyData(_) | Message::NoticeResponse(_) => {}
                _ => return Err(Failure::Wants("a way to log in that the doctor does not know")),
            }
        }
    }

    /// The first row of a query's answer, as texts.
    ///
    /// # Errors
    /// When the server refuses, or the connection ends.
    pub fn row(&mut self, query: &str) -> Result<Vec<Option<String>>, Failure> {
        self.wire.step();
        self.put(|out| frontend::query(query, out))?;
        let (mut row, mut error) = (None, None);
        for _ in 0..MAX_MESSAGES {
            match self.message()? {
                Message::DataRow(body) => {
                    let ranges: Vec<_> = body.ranges().collect()?;
                    let text = |range: std::ops::Range<usize>| {
                        let bytes = body.buffer().get(range).unwrap_or_default();
                        String::from_utf8_lossy(bytes).into_owned()
                    };
                    row.get_or_insert(ranges.into_iter().map(|range| range.map(text)).collect());
                }
                Message::ErrorResponse(body) => error = Some(refused(body.fields())?),
                Message::ReadyForQuery(_) => {
                    return match error {
                        Some(error) => Err(Failure::Refused(error)),
                        None => Ok(row.unwrap_or_default()),
                    };
                }
                _ => {}
            }
        }
        Err(foreign().into())
    }

    /// Says good-bye.
    pub fn end(mut self) {
        let _ = self.put(|out| {
            frontend::terminate(out);
            Ok(())
        });
    }

    fn put(&mut self, write: impl FnOnce(&mut BytesMut) -> io::Result<()>) -> io::Result<()> {
        let mut out = BytesMut::new();
        write(&mut out)?;
        self.wire.send(&out)
    }

    fn message(&mut self) -> io::Result<Message> {
        loop {
            let known = self.buffer.first().is_none_or(u8::is_ascii_alphanumeric);
            let length =
                self.buffer.get(1..5).map(|bytes| bytes.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte)));
            if !known || length.is_some_and(|length| !(4..1 << 18).contains(&length)) {
                return Err(foreign());
            }
            if let Some(message) = Message::parse(&mut self.buffer)? {
                return Ok(message);
            }
            let mut part = Vec::new();
            self.wire.receive(&mut part)?;
            self.buffer.extend_from_slice(&part);
        }
    }
}

const PASSWORD: &str = "a password";

fn foreign() -> io::Error {
    ErrorKind::InvalidInput.into()
}

fn refused(mut fields: ErrorFields) -> io::Result<Refused> {
    let mut found = Refused { code: String::new(), severity: String::new(), message: String::new() };
    while let Some(field) = fields.next()? {
        let text = || String::from_utf8_lossy(field.value_bytes()).into_owned();
        match field.type_() {
            b'C' => found.code = text(),
            b'S' => found.severity = text(),
            b'M' => found.message = text(),
            _ => {}
        }
    }
    Ok(found)
}
