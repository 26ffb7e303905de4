//! Redis' protocol (RESP 2), as much of it as asking takes.

use std::io::{self, ErrorKind};

use crate::doctor::wire::Wire;

/// What Redis answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Simple(String),
    /// `CODE words`.
    Error(String),
    Number(i64),
    Bulk(Option<String>),
    List(Vec<Reply>),
}

impl Reply {
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Error(text) => Some(text),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Simple(text) | Self::Bulk(Some(text)) => Some(text),
            _ => None,
        }
    }

    pub fn items(&self) -> &[Reply] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

/// Lists in lists, at most.
const MAX_DEPTH: u8 = 4;

/// A connection on which Redis' protocol is spoken.
pub struct Client {
    wire: Wire,
    /// What was received and not read yet.
    buffer: Vec<u8>,
    at: usize,
}

impl Client {
    pub fn new(wire: Wire) -> Self {
        Self { wire, buffer: Vec::new(), at: 0 }
    }

    /// Sends one command and waits for its answer.
    ///
    /// # Errors
    /// When the connection ends, the time is over, or what comes is not this protocol (`InvalidInput`).
    pub fn ask(&mut self, words: &[&str]) -> io::Result<Reply> {
        self.wire.step();
        let mut command = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            command.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
        }
        self.wire.send(&command)?;
        self.reply(MAX_DEPTH)
    }

    fn reply(&mut self, depth: u8) -> io::Result<Reply> {
        let line = self.line()?;
        let mut chars = line.chars();
        let kind = chars.next();
        let rest = chars.as_str();
        let foreign = || io::Error::from(ErrorKind::InvalidInput);
        let number = || rest.parse::<i64>().map_err(|_| foreign());
        match kind {
            Some('+') => Ok(Reply::Simple(rest.to_owned())),
            Some('-') => Ok(Reply::Error(rest.to_owned())),
            Some(':') => number().map(Reply::Number),
            Some('$') => match usize::try_from(number()?) {
                Ok(length) => self.bulk(length).map(|text| Reply::Bulk(Some(text))),
                Err(_) => Ok(Reply::Bulk(None)),
            },
            Some('*') if depth > 0 => {
                let length = number()?.max(0);
                let mut items = Vec::new();
                for _ in 0..length {
                    items.push(self.reply(depth - 1)?);
                }
                Ok(Reply::List(items))
            }
            _ => Err(foreign()),
        }
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', rest) {
                let line = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).trim_end().to_owned();
                self.at += end + 1;
                return Ok(line);
            }
            // No other protocol's greeting is waited for to its end.
            if rest.first().is_some_and(|first| !b"+-:$*".contains(first)) {
                return Err(ErrorKind::InvalidInput.into());
            }
            self.wire.receive(&mut self.buffer)?;
        }
    }

    fn bulk(&mut self, length: usize) -> io::Result<String> {
        let end = self.at.saturating_add(length);
        while self.buffer.len() < end.saturating_add(2) {
            self.wire.receive(&mut self.buffer)?;
        }
        let text = String::from_utf8_lossy(self.buffer.get(self.at..end).unwrap_or_default()).into_owned();
        self.at = end + 2;
        Ok(text)
    }
}
