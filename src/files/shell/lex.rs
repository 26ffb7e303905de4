//! Shell text to tokens. Nothing is copied: parts of words are ranges of the text.
//!
//! A NUL byte stands for "nothing here" anywhere in the text: hosts that embed shell in another notation blank their
//! own escapes with it, so that every offset stays the offset in the host.

use std::ops::Range;

#[derive(Debug)]
pub(super) enum Token {
    Word(RawWord),
    Newline,
    /// `;`
    Semicolon,
    /// `&`
    Background,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`, `|&`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `;;`, `;&`, `;;&`
    CaseEnd,
    /// `>`, `<`, `>>`, `2>&1` …: the next word is its target.
    Redirect,
    /// The expanded body of a here-document.
    HereDoc(Vec<Part>),
    Comment(Range<usize>),
}

#[derive(Debug)]
pub(super) struct RawWord {
    pub parts: Vec<Part>,
    pub range: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Part {
    Literal {
        range: Range<usize>,
        quoted: bool,
    },
    /// A backslash sequence of `$'…'`.
    Decoded {
        text: String,
        range: Range<usize>,
    },
    Param(Box<Param>),
    /// `$(…)`, backticks, `<(…)`: the range of the commands inside, and of the whole.
    Commands {
        body: Range<usize>,
        range: Range<usize>,
    },
    /// `$1`, `$?`, `$((…))`, `${{ … }}`.
    Opaque(Range<usize>),
}

/// `$NAME` and `${NAME…}`.
#[derive(Debug)]
pub(super) struct Param {
    pub name: String,
    pub name_range: Range<usize>,
    pub range: Range<usize>,
    pub op: ParamOp,
    /// `[@]` or `[*]` follows the name.
    pub all: bool,
    pub word: Vec<Part>,
    pub word_range: Range<usize>,
    pub quoted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ParamOp {
    Plain,
    /// `:-`, `-`
    Default,
    /// `:=`, `=`
    Assign,
    /// `:?`, `?`
    Demand,
    /// `:+`, `+`
    Alternative,
    /// `${#X}`
    Length,
    /// `${X%…}`, `${X/…}`, `${!X}`, `${X:1}` …
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Word,
    Double,
    Brace { quoted: bool },
    Here,
}

impl Mode {
    pub(super) fn quoted(self) -> bool {
        matches!(self, Self::Double | Self::Here | Self::Brace { quoted: true })
    }
}

/// A here-document whose body starts after the next newline.
pub(super) struct Pending {
    pub delimiter: String,
    pub expands: bool,
    pub strips_tabs: bool,
}

pub(super) struct Lexer<'t> {
    pub text: &'t str,
    pub bytes: &'t [u8],
    pub pos: usize,
    pub end: usize,
    /// Whether `;`, `|`, `(`, newline … are operators, or characters (newline: blank) as in an exec line.
    operators: bool,
    pub pending: Vec<Pending>,
    pub tokens: Vec<Token>,
}

/// The tokens of `range` of a script.
pub(super) fn tokens(text: &str, range: Range<usize>, operators: bool) -> Vec<Token> {
    let mut lexer = Lexer::new(text, range, operators);
    while lexer.token() {}
    lexer.tokens
}

/// A text in which only `$` and backslashes mean something.
pub(super) fn expansions(text: &str) -> Vec<Part> {
    Lexer::new(text, 0..text.len(), false).run(Mode::Here, 0)
}

pub(super) fn is_name_start(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphabetic()
}

pub(super) fn is_name_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, range: Range<usize>, operators: bool) -> Self {
        let end = range.end.min(text.len());
        let (pos, bytes) = (range.start.min(end), text.as_bytes());
        Self { text, bytes, pos, end, operators, pending: Vec::new(), tokens: Vec::new() }
    }

    pub(super) fn peek(&self, ahead: usize) -> u8 {
        let at = self.pos + ahead;
        if at < self.end { self.bytes[at] } else { 0 }
    }

    pub(super) fn starts(&self, what: &str) -> bool {
        self.bytes[self.pos..self.end].starts_with(what.as_bytes())
    }

    /// The length of a backslash-newline at the position, 0 if there is none.
    pub(super) fn continuation(&self) -> usize {
        match (self.peek(0), self.peek(1), self.peek(2)) {
            (b'\\', b'\n', _) => 2,
            (b'\\', b'\r', b'\n') => 3,
            _ => 0,
        }
    }

    fn token(&mut self) -> bool {
        self.blanks();
        if self.pos >= self.end {
            return false;
        }
        match self.peek(0) {
            b'#' if self.operators => self.comment(),
            b'\n' => self.newline(),
            byte if self.operators && b";&|()<>".contains(&byte) => self.operator(),
            _ => self.word(),
        }
        true
    }

    fn blanks(&mut self) {
        while self.pos < self.end {
            match self.peek(0) {
                b' ' | b'\t' | b'\r' | 0 => self.pos += 1,
                b'\n' if !self.operators => self.pos += 1,
                b'\\' if self.continuation() > 0 => self.pos += self.continuation(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let line = memchr::memchr(b'\n', &self.bytes[self.pos..self.end]).map_or(self.end, |at| self.pos + at);
        let end = self.pos + self.text[self.pos..line].trim_end().len();
        self.tokens.push(Token::Comment(self.pos..end));
        self.pos = line;
    }

    fn newline(&mut self) {
        self.pos += 1;
        self.tokens.push(Token::Newline);
        for pending in std::mem::take(&mut self.pending) {
            self.here_body(&pending);
        }
    }

    fn operator(&mut self) {
        type Make = fn() -> Token;
        const TABLE: &[(&str, Make)] = &[
            (";;&", || Token::CaseEnd),
            (";;", || Token::CaseEnd),
            (";&", || Token::CaseEnd),
            ("&&", || Token::And),
            ("||", || Token::Or),
            ("|&", || Token::Pipe),
            ("&>>", || Token::Redirect),
            ("&>", || Token::Redirect),
            ("<<<", || Token::Redirect),
            (">>", || Token::Redirect),
            (">&", || Token::Redirect),
            ("<&", || Token::Redirect),
            (">|", || Token::Redirect),
            ("<>", || Token::Redirect),
            (";", || Token::Semicolon),
            ("&", || Token::Background),
            ("|", || Token::Pipe),
            ("(", || Token::Open),
            (")", || Token::Close),
            (">", || Token::Redirect),
            ("<", || Token::Redirect),
        ];
        if self.starts("((") {
            self.pos = self.closing(self.pos);
            return;
        }
        if self.starts("<(") || self.starts(">(") {
            return self.word();
        }
        if self.starts("<<") && !self.starts("<<<") {
            return self.here_start();
        }
        if let Some((operator, token)) = TABLE.iter().find(|(operator, _)| self.starts(operator)) {
            self.pos += operator.len();
            self.tokens.push(token());
        }
    }

    fn word(&mut self) {
        let start = self.pos;
        let parts = self.run(Mode::Word, 0);
        let numbers = self.bytes[start..self.pos].iter().all(u8::is_ascii_digit);
        // `2>file`: the number is the redirection's, not a word.
        if self.pos == start || (self.operators && numbers && matches!(self.peek(0), b'<' | b'>')) {
            self.pos = self.pos.max(start + usize::from(self.pos == start));
            return;
        }
        self.tokens.push(Token::Word(RawWord { parts, range: start..self.pos }));
    }

    fn ends(&self, mode: Mode, byte: u8) -> bool {
        match mode {
            Mode::Word => match byte {
                b' ' | b'\t' | b'\r' | b'\n' => true,
                b'<' | b'>' => self.operators && self.peek(1) != b'(',
                b';' | b'&' | b'|' | b'(' | b')' => self.operators,
                _ => false,
            },
            Mode::Double => byte == b'"',
            Mode::Brace { .. } => byte == b'}',
            Mode::Here => false,
        }
    }

    pub(super) fn run(&mut self, mode: Mode, depth: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut from = self.pos;
        while self.pos < self.end {
            let byte = self.bytes[self.pos];
            if self.ends(mode, byte) {
                break;
            }
            let special = match byte {
                0 | b'\\' | b'$' | b'`' => true,
                b'\'' => !mode.quoted(),
                b'"' => mode != Mode::Here,
                b'<' | b'>' => mode == Mode::Word && self.operators,
                _ => false,
            };
            if !special {
                self.pos += 1;
                continue;
            }
            literal(&mut parts, from..self.pos, mode.quoted());
            from = self.special(byte, mode, depth, &mut parts);
        }
        literal(&mut parts, from..self.pos, mode.quoted());
        parts
    }

    /// Reads what starts with a special byte; returns where the next literal starts.
    fn special(&mut self, byte: u8, mode: Mode, depth: usize, parts: &mut Vec<Part>) -> usize {
        match byte {
            b'\\' => return self.escape(mode, parts),
            b'$' => return self.dollar(mode, depth, parts),
            b'`' => self.backticks(parts),
            b'\'' => self.single(parts),
            b'"' => {
                self.pos += 1;
                parts.extend(self.run(Mode::Double, depth));
                self.pos = (self.pos + 1).min(self.end);
            }
            b'<' | b'>' => self.commands(self.pos + 1, parts),
            _ => self.pos += 1,
        }
        self.pos
    }

    fn escape(&mut self, mode: Mode, parts: &mut Vec<Part>) -> usize {
        let continuation = self.continuation();
        if continuation > 0 {
            self.pos += continuation;
            return self.pos;
        }
        let start = self.pos;
        let after = self.past_blanks(start + 1);
        let next = self.text[after..self.end].chars().next();
        let special = matches!(next, Some('$' | '`' | '\\')) || next == Some('"') && mode != Mode::Here;
        self.pos = after + next.map_or(0, char::len_utf8);
        match next {
            Some(_) if special || !mode.quoted() => {
                literal(parts, after..self.pos, true);
                self.pos
            }
            _ if after > start + 1 => {
                literal(parts, start..start + 1, true);
                after
            }
            _ => start,
        }
    }

    fn single(&mut self, parts: &mut Vec<Part>) {
        let start = self.pos + 1;
        let close = memchr::memchr(b'\'', &self.bytes[start..self.end]).map_or(self.end, |at| start + at);
        self.quoted(start..close, parts);
        self.pos = (close + 1).min(self.end);
    }

    /// The offset of the first byte that is not blanked.
    pub(super) fn past_blanks(&self, at: usize) -> usize {
        at + self.bytes[at.min(self.end)..self.end].iter().take_while(|byte| **byte == 0).count()
    }

    /// Text that is taken as it is, without what is blanked in it.
    pub(super) fn quoted(&self, range: Range<usize>, parts: &mut Vec<Part>) {
        let mut start = range.start;
        for blank in memchr::memchr_iter(0, &self.bytes[range.clone()]) {
            literal(parts, start..range.start + blank, true);
            start = range.start + blank + 1;
        }
        literal(parts, start..range.end, true);
    }

    pub(super) fn name(&mut self) -> Range<usize> {
        let start = self.pos;
        while self.pos < self.end && is_name_byte(self.bytes[self.pos]) {
            self.pos += 1;
        }
        start..self.pos
    }
}

/// A literal part, unless it is empty.
pub(super) fn literal(parts: &mut Vec<Part>, range: Range<usize>, quoted: bool) {
    if !range.is_empty() {
        parts.push(Part::Literal { range, quoted });
    }
}

impl Param {
    pub(super) fn plain(name: String, name_range: Range<usize>, range: Range<usize>, quoted: bool) -> Self {
        let word_range = range.end..range.end;
        Self { name, name_range, range, op: ParamOp::Plain, all: false, word: Vec::new(), word_range, quoted }
    }
}
