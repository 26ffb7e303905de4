//! AMQP 0-9-1 on the wire, as much of it as asking takes.

use std::io::{self, ErrorKind};

use crate::doctor::wire::Wire;

/// Class and method.
pub type Method = (u16, u16);

pub const START: Method = (10, 10);
pub const START_OK: Method = (10, 11);
pub const TUNE: Method = (10, 30);
pub const TUNE_OK: Method = (10, 31);
pub const OPEN: Method = (10, 40);
pub const OPEN_OK: Method = (10, 41);
pub const CLOSE: Method = (10, 50);
pub const CLOSE_OK: Method = (10, 51);
pub const CHANNEL_OPEN: Method = (20, 10);
pub const CHANNEL_OPEN_OK: Method = (20, 11);
pub const CHANNEL_CLOSE: Method = (20, 40);
pub const CHANNEL_CLOSE_OK: Method = (20, 41);
pub const EXCHANGE_DECLARE: Method = (40, 10);
pub const EXCHANGE_DECLARE_OK: Method = (40, 11);
pub const QUEUE_DECLARE: Method = (50, 10);
pub const QUEUE_DECLARE_OK: Method = (50, 11);
pub const QUEUE_UNBIND: Method = (50, 50);
pub const QUEUE_UNBIND_OK: Method = (50, 51);
pub const CONSUME: Method = (60, 20);
pub const CONSUME_OK: Method = (60, 21);
pub const PUBLISH: Method = (60, 40);
pub const GET: Method = (60, 70);
pub const GET_OK: Method = (60, 71);
pub const GET_EMPTY: Method = (60, 72);

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const END: u8 = 0xce;
/// No method that we wait for is longer.
const MAX_FRAME: usize = 1 << 18;
/// Frames of other kinds between two methods, at most.
const MAX_SKIPPED: usize = 64;

/// Arguments, as they are put together.
#[derive(Default)]
pub struct Arguments(Vec<u8>);

impl Arguments {
    pub fn octet(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub fn short(mut self, value: u16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub fn long(mut self, value: u32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// A text of at most 255 bytes.
    pub fn text(mut self, value: &str) -> Self {
        let bytes = value.as_bytes();
        let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        self.0.push(length);
        self.0.extend(bytes.iter().take(usize::from(length)));
        self
    }

    pub fn long_text(mut self, value: &[u8]) -> Self {
        self = self.long(u32::try_from(value.len()).unwrap_or_default());
        self.0.extend(value);
        self
    }

    /// A table: its entries' names, kinds and values.
    pub fn table(self, entries: &[(&str, Field)]) -> Self {
        let inside = entries.iter().fold(Self::default(), |inside, (name, field)| field.put(inside.text(name)));
        self.long_text(&inside.0)
    }
}

/// A value in a table.
pub enum Field {
    Yes,
    Number(i32),
    Text(&'static str),
    Table(Vec<(&'static str, Field)>),
}

impl Field {
    fn put(&self, to: Arguments) -> Arguments {
        match self {
            Self::Yes => to.octet(b't').octet(1),
            Self::Number(number) => to.octet(b'I').long(number.cast_unsigned()),
            Self::Text(text) => to.octet(b'S').long_text(text.as_bytes()),
            Self::Table(entries) => to.octet(b'F').table(entries),
        }
    }
}

/// A method that came, and its arguments.
#[derive(Debug)]
pub struct Came {
    pub channel: u16,
    pub method: Method,
    pub arguments: Vec<u8>,
}

impl Came {
    /// The code and text of a method that closes something.
    pub fn reason(&self) -> (u16, String) {
        let code = number(&self.arguments, 0).unwrap_or_default();
        let length = self.arguments.get(2).map_or(0, |length| usize::from(*length));
        let text = self.arguments.get(3..3 + length).unwrap_or_default();
        (code, String::from_utf8_lossy(text).into_owned())
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let (high, low) = (bytes.get(at)?, bytes.get(at + 1)?);
    Some(u16::from_be_bytes([*high, *low]))
}

/// A connection on which AMQP is spoken.
pub struct Client {
    wire: Wire,
    buffer: Vec<u8>,
}

impl Client {
    /// Says what is spoken, and waits for the server's start.
    ///
    /// # Errors
    /// When the connection ends, the time is over, or what comes is no AMQP (`InvalidInput`).
    pub fn start(wire: Wire) -> io::Result<(Self, Came)> {
        let mut client = Self { wire, buffer: Vec::new() };
        client.wire.step();
        client.wire.send(b"AMQP\0\0\x09\x01")?;
        let came = client.receive()?;
        Ok((client, came))
    }

    /// # Errors
    /// When the connection ends or the time is over.
    pub fn send(&mut self, channel: u16, method: Method, arguments: Arguments) -> io::Result<()> {
        self.wire.step();
        let mut payload = Arguments::default().short(method.0).short(method.1).0;
        payload.extend(arguments.0);
        self.frame(METHOD, channel, &payload)
    }

    /// A message without properties and without content.
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub fn content(&mut self, channel: u16) -> io::Result<()> {
        let header = Arguments::default().short(60).short(0).long(0).long(0).short(0).0;
        self.frame(HEADER, channel, &header)
    }

    fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) -> io::Result<()> {
        let mut frame = Arguments::default().octet(kind).short(channel).long_text(payload).0;
        frame.push(END);
        self.wire.send(&frame)
    }

    /// The next method, or [`CLOSE`] and [`CHANNEL_CLOSE`].
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn receive(&mut self) -> io::Result<Came> {
        for _ in 0..MAX_SKIPPED {
            let (kind, channel, payload) = self.next_frame()?;
            if kind != METHOD {
                continue;
            }
            let method = number(&payload, 0).zip(number(&payload, 2));
            let method = method.ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
            let arguments = payload.get(4..).unwrap_or_default().to_vec();
            return Ok(Came { channel, method, arguments });
        }
        Err(ErrorKind::InvalidData.into())
    }

    fn next_frame(&mut self) -> io::Result<(u8, u16, Vec<u8>)> {
        let foreign = || io::Error::from(ErrorKind::InvalidInput);
        // Kinds are 1, 2, 3 and 8; anything else is another protocol, or another version of this one.
        while self.buffer.is_empty() {
            self.wire.receive(&mut self.buffer)?;
        }
        if !matches!(self.buffer.first(), Some(&(METHOD | HEADER | BODY | 8))) {
            return Err(foreign());
        }
        while self.buffer.len() < 7 {
            self.wire.receive(&mut self.buffer)?;
        }
        let kind = self.buffer.first().copied().unwrap_or_default();
        let channel = number(&self.buffer, 1).unwrap_or_default();
        let high = usize::from(number(&self.buffer, 3).unwrap_or_default());
        let length = high << 16 | usize::from(number(&self.buffer, 5).unwrap_or_default());
        if length > MAX_FRAME {
            return Err(foreign());
        }
        while self.buffer.len() < length + 8 {
            self.wire.receive(&mut self.buffer)?;
        }
        let payload = self.buffer.get(7..7 + length).unwrap_or_default().to_vec();
        let end = self.buffer.get(7 + length).copied();
        self.buffer.drain(..length + 8);
        if end == Some(END) { Ok((kind, channel, payload)) } else { Err(foreign()) }
    }
}
