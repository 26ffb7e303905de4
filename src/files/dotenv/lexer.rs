//! A span-aware lexer of env files that reads what python-dotenv 1.2 reads, line for line; it never looks at the process's
//! own environment. The rules are those of python-dotenv's `parser.py`, including where it gives up and goes on.

use crate::files::FileError;
use crate::files::interpolate::is_name;
use crate::files::mapped::Mapped;
use crate::source::Span;

/// How a value is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    None,
    Single,
    Double,
}

/// One assignment, declaration (a bare `KEY`) or commented-out assignment.
#[derive(Debug, Clone)]
pub struct Record {
    pub key: String,
    /// The key without its quotes.
    pub key_at: Span,
    /// Written as `export KEY=…`.
    pub export: bool,
    /// The value before interpolation, escapes resolved; None for a bare `KEY`.
    pub value: Option<Mapped>,
    /// The value without its quotes; a point after the key or `=` when nothing stands there.
    pub value_at: Span,
    /// The value as written, quotes included.
    pub raw_at: Span,
    pub quote: Quote,
    /// The comment after the value, from its `#`.
    pub comment: Option<Span>,
    /// The whole assignment stands in a comment.
    pub commented: bool,
    /// The line that python-dotenv names, 1-based: where the blank lines before the record start.
    pub line: u32,
}

/// What one file holds, in order.
#[derive(Debug, Clone, Default)]
pub struct Lexed {
    pub records: Vec<Record>,
    /// Every comment from its `#` to the end of the line.
    pub comments: Vec<Span>,
    /// Statements that python-dotenv warns about and skips.
    pub errors: Vec<FileError>,
}

/// Reads a whole file, in linear time.
pub fn lex(text: &str) -> Lexed {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader { text, at: start, end: text.len() };
    let mut lexed = Lexed::default();
    let (mut line, mut counted) = (1, start);
    while reader.at < reader.end {
        line += count_lines(&text[counted..reader.at]);
        counted = reader.at;
        if let Err(at) = reader.statement(line, &mut lexed) {
            reader.rest_of_line();
            let message = "python-dotenv cannot parse this statement and skips it".to_owned();
            lexed.errors.push(FileError { message, at: Span::of(at, reader.line_end_before(at)), doubtful: false });
        }
    }
    lexed
}

/// How many line ends (`\n`, `\r\n`, `\r`) a text holds.
fn count_lines(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
    ends.filter(|at| bytes[*at] != b'\r' || bytes.get(at + 1) != Some(&b'\n')).count() as u32
}

/// Whitespace as Python's `\s` has it.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn is_inline_space(c: char) -> bool {
    is_space(c) && c != '\n' && c != '\r'
}

/// The offset at which the statement that cannot be parsed starts.
type Failed = usize;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    end: usize,
}

/// A value as it was read.
struct Value {
    decoded: Mapped,
    inner: Span,
    raw: Span,
    quote: Quote,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..self.end]
    }

    fn peek(&self) -> Option<u8> {
        self.rest().as_bytes().first().copied()
    }

    /// Skips the characters that `matches` and returns them.
    fn take(&mut self, matches: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !matches(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Skips to the next line.
    fn rest_of_line(&mut self) {
        self.take(|c| c != '\n' && c != '\r');
        self.line_end();
    }

    fn line_end(&mut self) -> bool {
        let length = match self.rest().as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            rest => return rest.is_empty(),
        };
        self.at += length;
        true
    }

    /// The end of the text before the current position, without the line end, but not before `start`.
    fn line_end_before(&self, start: usize) -> usize {
        start + self.text[start..self.at].trim_end_matches(['\n', '\r']).len()
    }

    fn statement(&mut self, line: u32, lexed: &mut Lexed) -> Result<(), Failed> {
        self.take(is_space);
        if self.at == self.end {
            return Ok(());
        }
        let start = self.at;
        let export = self.export();
        if self.peek() == Some(b'#') {
            let comment = self.comment();
            lexed.records.extend(comment.and_then(|span| self.commented(span, line)));
            lexed.comments.extend(comment);
            self.line_end();
            return Ok(());
        }
        let record = self.binding(export, line).ok_or(start)?;
        lexed.comments.extend(record.comment);
        lexed.records.push(record);
        Ok(())
    }

    /// An assignment or a bare key, with its comment and line end. None when it is neither.
    fn binding(&mut self, export: bool, line: u32) -> Option<Record> {
        let key_at = self.key()?;
        self.take(is_inline_space);
        let mut comment = None;
        let value = match self.peek() {
            Some(b'=') => {
                let value = self.value()?;
                if value.quote == Quote::None {
                    comment = self.comment();
                }
                Some(value)
            }
            _ => None,
        };
        comment = comment.or_else(|| self.comment());
        self.take(is_inline_space);
        self.line_end().then(|| self.record(export, key_at, value, comment, line))
    }

    fn record(&self, export: bool, key_at: Span, value: Option<Value>, comment: Option<Span>, line: u32) -> Record {
        let key = self.text[key_at.range()].replace("\r\n", "\n").replace('\r', "\n");
        let after = Span::new(key_at.end, key_at.end);
        let (value, value_at, raw_at, quote) = match value {
            Some(value) => (Some(value.decoded), value.inner, value.raw, value.quote),
            None => (None, after, after, Quote::None),
        };
        Record { key, key_at, export, value, value_at, raw_at, quote, comment, commented: false, line }
    }

    fn export(&mut self) -> bool {
        let start = self.at;
        if self.rest().starts_with("export") {
            self.at += "export".len();
            if !self.take(is_inline_space).is_empty() {
                return true;
            }
            self.at = start;
        }
        false
    }

    fn key(&mut self) -> Option<Span> {
        if self.peek() == Some(b'\'') {
            let length = self.rest()[1..].find('\'').filter(|length| *length > 0)?;
            let start = self.at + 1;
            self.at = start + length + 1;
            return Some(Span::of(start, start + length));
        }
        let start = self.at;
        let key = self.take(|c| c != '=' && c != '#' && !is_space(c));
        (!key.is_empty()).then(|| Span::of(start, self.at))
    }

    /// From the `=` to the end of the value.
    fn value(&mut self) -> Option<Value> {
        self.at += 1;
        let spaced = !self.take(is_inline_space).is_empty();
        match self.peek() {
            Some(b'\'') => self.quoted(Quote::Single),
            Some(b'"') => self.quoted(Quote::Double),
            Some(b'#') if spaced => Some(self.unquoted(0)),
            _ => {
                let rest = self.rest();
                let line = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
                Some(self.unquoted(comment_start(line)))
            }
        }
    }

    /// An unquoted value whose text ends `length` bytes from here, blanks at its end not counted.
    fn unquoted(&mut self, length: usize) -> Value {
        let text = self.rest()[..length].trim_end_matches(is_space);
        let at = Span::of(self.at, self.at + text.len());
        let decoded = Mapped::verbatim(text, at.start);
        self.at += length;
        Value { decoded, inner: at, raw: at, quote: Quote::None }
    }

    fn quoted(&mut self, quote: Quote) -> Option<Value> {
        let (sign, escapes) = match quote {
            Quote::Single => ('\'', "\\'"),
            _ => ('"', "\\'\"abfnrtv"),
        };
        let start = self.at + 1;
        let length = self.closing_quote(start, sign)?;
        let inner = Span::of(start, start + length);
        self.at = start + length + 1;
        let decoded = decode(&self.text[inner.range()], inner.start, escapes);
        Some(Value { decoded, inner, raw: Span::of(start - 1, self.at), quote })
    }

    /// How many bytes after `start` the closing quote stands. At most one quote of a file is never closed, because the next
    /// one that opens would close it: looking to the end of the file stays linear.
    fn closing_quote(&self, start: usize, sign: char) -> Option<usize> {
        let mut escaped = false;
        self.text[start..self.end].find(|c: char| {
            let closes = c == sign && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        })
    }

    /// A comment after optional blanks.
    fn comment(&mut self) -> Option<Span> {
        let start = self.at;
        self.take(is_inline_space);
        if self.peek() != Some(b'#') {
            self.at = start;
            return None;
        }
        let at = self.at;
        self.take(|c| c != '\n' && c != '\r');
        Some(Span::of(at, self.at))
    }

    /// The assignment that a comment holds: an identifier at its start, directly followed by `=`.
    fn commented(&self, comment: Span, line: u32) -> Option<Record> {
        let mut inner = Reader { text: self.text, at: comment.start as usize, end: comment.end as usize };
        inner.take(|c| c == '#');
        inner.take(is_inline_space);
        let export = inner.export();
        let key_at = inner.key()?;
        if !is_name(&self.text[key_at.range()]) || inner.peek() != Some(b'=') {
            return None;
        }
        let equals = inner.at;
        let value = inner.value().or_else(|| {
            inner.at = equals + 1;
            let length = comment_start(inner.rest());
            Some(inner.unquoted(length))
        });
        let after = inner.comment();
        Some(Record { commented: true, ..self.record(export, key_at, value, after, line) })
    }
}

/// Where the comment of an unquoted value starts: at the first blanks that a `#` follows; the end of the line without one.
fn comment_start(line: &str) -> usize {
    let mut blank = None;
    for (at, c) in line.char_indices() {
        match blank {
            Some(start) if c == '#' => return start,
            _ if is_space(c) => blank = blank.or(Some(at)),
            _ => blank = None,
        }
    }
    line.len()
}

/// Resolves escapes (only those in `escapes`) and line ends, which Python reads as `\n`.
fn decode(text: &str, start: u32, escapes: &str) -> Mapped {
    let mut out = Mapped::default();
    let mut at = 0;
    while let Some(found) = text[at..].find(['\\', '\r']) {
        let special = at + found;
        out.push_verbatim(&text[at..special], start + at as u32);
        let rest = &text[special..];
        let (decoded, length) = match rest.as_bytes() {
            [b'\r', b'\n', ..] => ("\n", 2),
            [b'\r', ..] => ("\n", 1),
            [b'\\', sign, ..] if escapes.contains(*sign as char) => (unescape(*sign), 2),
            // A backslash that escapes nothing stands for itself, and so does the character after it.
            _ => (&rest[..1], 1),
        };
        let source = Span::of(special, special + length).shifted(start);
        match decoded == &rest[..length] {
            true => out.push_verbatim(decoded, source.start),
            false => out.push_decoded(decoded, source),
        }
        at = special + length;
    }
    out.push_verbatim(&text[at..], start + at as u32);
    out
}

fn unescape(sign: u8) -> &'static str {
    match sign {
        b'\\' => "\\",
        b'\'' => "'",
        b'"' => "\"",
        b'a' => "\x07",
        b'b' => "\x08",
        b'f' => "\x0c",
        b'n' => "\n",
        b'r' => "\r",
        b't' => "\t",
        _ => "\x0b",
    }
}
