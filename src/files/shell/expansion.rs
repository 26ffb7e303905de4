//! What stands behind `$`, backticks and `<<` in shell text: expansions and here-documents.

use std::ops::Range;

use super::lex::{Lexer, Mode, Param, ParamOp, Part, Pending, Token, is_name_start};

/// How deep `${a:-${b:-…}}` is followed; below that `$` is a plain character.
const MAX_DEPTH: usize = 24;

/// The operators after a parameter's name, longest first.
const PARAM_OPS: &[(&str, ParamOp)] = &[
    (":-", ParamOp::Default),
    (":=", ParamOp::Assign),
    (":?", ParamOp::Demand),
    (":+", ParamOp::Alternative),
    ("-", ParamOp::Default),
    ("=", ParamOp::Assign),
    ("?", ParamOp::Demand),
    ("+", ParamOp::Alternative),
];

impl Lexer<'_> {
    pub(super) fn backticks(&mut self, parts: &mut Vec<Part>) {
        let start = self.pos;
        self.pos += 1;
        while self.pos < self.end && self.bytes[self.pos] != b'`' {
            self.pos += if self.bytes[self.pos] == b'\\' { 2 } else { 1 };
        }
        let close = floor(self.text, self.pos.min(self.end));
        self.pos = (close + 1).min(self.end);
        parts.push(Part::Commands { body: start + 1..close, range: start..self.pos });
    }

    /// `(…)` that opens at `open`, one byte after the position.
    pub(super) fn commands(&mut self, open: usize, parts: &mut Vec<Part>) {
        let start = self.pos;
        let arithmetic = self.bytes[start] == b'$' && self.starts("$((");
        self.pos = self.closing(open);
        let close = if self.bytes[self.pos - 1] == b')' { self.pos - 1 } else { self.pos };
        parts.push(match arithmetic {
            true => Part::Opaque(start..self.pos),
            false => Part::Commands { body: open + 1..close.max(open + 1), range: start..self.pos },
        });
    }

    pub(super) fn dollar(&mut self, mode: Mode, depth: usize, parts: &mut Vec<Part>) -> usize {
        let start = self.pos;
        match self.peek(1) {
            b'(' => self.commands(start + 1, parts),
            b'{' if self.starts("${{") => {
                let rest = &self.text[start..self.end];
                self.pos = rest.find("}}").map_or(self.end, |at| start + at + 2);
                parts.push(Part::Opaque(start..self.pos));
            }
            b'{' if depth < MAX_DEPTH => self.braced(mode, depth, parts),
            b'\'' if !mode.quoted() => self.ansi(parts),
            b'"' if !mode.quoted() => self.pos += 1,
            byte if is_name_start(byte) => {
                self.pos += 1;
                let name_range = self.name();
                let name = self.text[name_range.clone()].to_owned();
                let range = start..self.pos;
                parts.push(Part::Param(Box::new(Param::plain(name, name_range, range, mode.quoted()))));
            }
            byte if byte.is_ascii_digit() || b"@*#?-!$".contains(&byte) && byte != 0 => {
                self.pos += 2;
                parts.push(Part::Opaque(start..self.pos));
            }
            _ => {
                self.pos += 1;
                return start;
            }
        }
        self.pos
    }

    /// `${…}`.
    fn braced(&mut self, mode: Mode, depth: usize, parts: &mut Vec<Part>) {
        let start = self.pos;
        self.pos += 2;
        self.nothing();
        let prefix = match self.peek(0) {
            b'#' if is_name_start(self.peek(1)) => ParamOp::Length,
            b'!' if is_name_start(self.peek(1)) => ParamOp::Other,
            _ => ParamOp::Plain,
        };
        self.pos += usize::from(prefix != ParamOp::Plain);
        let name_range = self.name();
        let all = self.subscript();
        let (op, word_range, word) = self.operation(mode, depth);
        let range = start..self.pos;
        let name = self.text[name_range.clone()].to_owned();
        if !name.bytes().next().is_some_and(is_name_start) {
            parts.push(Part::Opaque(range));
            return;
        }
        let op = if prefix == ParamOp::Plain { op } else { prefix };
        let quoted = mode.quoted();
        parts.push(Part::Param(Box::new(Param { name, name_range, range, op, all, word, word_range, quoted })));
    }

    /// `[@]`, `[0]` after a name; whether it names all elements.
    fn subscript(&mut self) -> bool {
        if self.peek(0) != b'[' {
            return false;
        }
        let close = memchr::memchr2(b']', b'}', &self.bytes[self.pos..self.end]).map(|at| self.pos + at);
        let Some(close) = close.filter(|close| self.bytes[*close] == b']') else { return false };
        let all = matches!(&self.bytes[self.pos + 1..close], b"@" | b"*");
        self.pos = close + 1;
        all
    }

    /// The operator and its word, up to and including the closing brace.
    fn operation(&mut self, mode: Mode, depth: usize) -> (ParamOp, Range<usize>, Vec<Part>) {
        self.nothing();
        let known = PARAM_OPS.iter().find(|(operator, _)| self.starts(operator));
        let op = match known {
            Some((operator, op)) => {
                self.pos += operator.len();
                *op
            }
            None if self.peek(0) == b'}' => ParamOp::Plain,
            None => ParamOp::Other,
        };
        let start = self.pos;
        let word = self.run(Mode::Brace { quoted: mode.quoted() }, depth + 1);
        let range = start..self.pos;
        self.pos = (self.pos + 1).min(self.end);
        (op, range, word)
    }

    fn nothing(&mut self) {
        while self.pos < self.end && self.bytes[self.pos] == 0 {
            self.pos += 1;
        }
    }

    /// `$'…'`.
    fn ansi(&mut self, parts: &mut Vec<Part>) {
        self.pos += 2;
        let mut from = self.pos;
        while self.pos < self.end && self.bytes[self.pos] != b'\'' {
            if self.bytes[self.pos] != b'\\' {
                self.pos += 1;
                continue;
            }
            self.quoted(from..self.pos, parts);
            let start = self.pos;
            let after = self.past_blanks(start + 1);
            let (text, length) = ansi_escape(&self.text[after..self.end]);
            self.pos = after + length;
            parts.push(Part::Decoded { text, range: start..self.pos });
            from = self.pos;
        }
        self.quoted(from..self.pos, parts);
        self.pos = (self.pos + 1).min(self.end);
    }

    /// The offset after the bracket that closes the one at `open`, or the end of the text.
    pub(super) fn closing(&self, open: usize) -> usize {
        let mut stack = vec![b')'];
        let mut at = open + 1;
        while at < self.end {
            let Some(&top) = stack.last() else { break };
            let byte = self.bytes[at];
            let next = if at + 1 < self.end { self.bytes[at + 1] } else { 0 };
            at += 1;
            match byte {
                b'\\' => at += 1,
                b'$' if matches!(next, b'(' | b'{') => {
                    stack.push(if next == b'(' { b')' } else { b'}' });
                    at += 1;
                }
                byte if byte == top => {
                    stack.pop();
                }
                _ if top == b'"' => {}
                b'"' => stack.push(b'"'),
                b'(' if top == b')' => stack.push(b')'),
                b'\'' => at = self.after(b'\'', at),
                b'#' if top == b')' && matches!(self.bytes[at - 2], b' ' | b'\t' | b'\n' | b'(' | b';') => {
                    at = self.after(b'\n', at);
                }
                _ => {}
            }
        }
        floor(self.text, at.min(self.end))
    }

    fn after(&self, byte: u8, at: usize) -> usize {
        memchr::memchr(byte, &self.bytes[at..self.end]).map_or(self.end, |found| at + found + 1)
    }

    /// `<<`, `<<-` and the delimiter.
    pub(super) fn here_start(&mut self) {
        self.pos += 2;
        let strips_tabs = self.peek(0) == b'-';
        self.pos += usize::from(strips_tabs);
        while matches!(self.peek(0), b' ' | b'\t') && self.pos < self.end {
            self.pos += 1;
        }
        let start = self.pos;
        let parts = self.run(Mode::Word, 0);
        let written = &self.text[start..self.pos];
        let expands = !written.contains(['\'', '"', '\\']);
        let literals = parts.iter().filter_map(|part| match part {
            Part::Literal { range, .. } => Some(&self.text[range.clone()]),
            _ => None,
        });
        let delimiter: String = if expands { written.to_owned() } else { literals.collect() };
        if !delimiter.is_empty() {
            self.pending.push(Pending { delimiter, expands, strips_tabs });
        }
    }

    /// Passes over a here-document's body; the position is at the start of its first line.
    pub(super) fn here_body(&mut self, pending: &Pending) {
        let start = self.pos;
        let mut line_start = start;
        let mut body_end = self.end;
        let mut next = self.end;
        while line_start < self.end {
            let line_end = self.after(b'\n', line_start);
            let line = self.text[line_start..line_end].trim_end_matches(['\n', '\r']);
            let line = if pending.strips_tabs { line.trim_start_matches('\t') } else { line };
            if line.trim_matches([' ', '\0']) == pending.delimiter {
                (body_end, next) = (line_start, line_end);
                break;
            }
            line_start = line_end;
        }
        if pending.expands {
            let end = std::mem::replace(&mut self.end, body_end);
            let parts = self.run(Mode::Here, 0);
            self.end = end;
            self.tokens.push(Token::HereDoc(parts));
        } else if start < body_end {
            self.tokens.push(Token::HereDoc(vec![Part::Literal { range: start..body_end, quoted: true }]));
        }
        self.pos = next;
    }
}

/// The character that an escape of `$'…'` means, and the length of the escape after its backslash.
fn ansi_escape(rest: &str) -> (String, usize) {
    const SIMPLE: &[(char, char)] = &[
        ('n', '\n'),
        ('t', '\t'),
        ('r', '\r'),
        ('a', '\x07'),
        ('b', '\x08'),
        ('e', '\x1b'),
        ('f', '\x0c'),
        ('v', '\x0b'),
    ];
    let Some(first) = rest.chars().next() else { return (String::new(), 0) };
    if let Some((_, meaning)) = SIMPLE.iter().find(|(name, _)| *name == first) {
        return (meaning.to_string(), 1);
    }
    let most = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return (first.to_string(), first.len_utf8()),
    };
    let digits = rest[1..].bytes().take(most).take_while(u8::is_ascii_hexdigit).count();
    let decoded = u32::from_str_radix(&rest[1..1 + digits], 16).ok().and_then(char::from_u32);
    (decoded.map_or_else(String::new, String::from), 1 + digits)
}

/// The nearest character boundary at or below `at`.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
