//! Terraform and other HCL: attributes with string values, wherever they stand.

use std::ops::Range;

use super::mapped::Mapped;
use super::yaml::embedded;
use super::{Entry, FileFacts, Role};
use crate::source::{FileId, Loc, Span, Text};

/// Blocks and maps nested deeper than this are read without their outer keys.
const MAX_DEPTH: usize = 64;

/// A here-document's first line is shorter than this.
const MAX_LINE: usize = 256;

/// How many here-documents may lack their end before none is looked for.
const MAX_SEARCHES: usize = 16;

/// Names of blocks and maps that set environment variables.
const ENVIRONMENTS: &[&str] = &["environment", "env", "environment_variables", "env_vars", "variables", "app_settings"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(Range<usize>),
    /// The range without quotes.
    String(Range<usize>),
    Open,
    Close,
    Assign,
    Newline,
    /// The body.
    HereDoc(Range<usize>),
    Other,
}

pub fn lower(text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let tokens = Lexer { text, bytes: text.as_bytes(), at: 0, comments: &mut facts.comments, unterminated: 0 }.tokens();
    let mut reader =
        Reader { text, file, path: Vec::new(), heads: Vec::new(), name: None, value: None, entries: Vec::new() };
    let mut at = 0;
    while at < tokens.len() {
        at = reader.step(&tokens, at);
    }
    facts.entries = reader.entries;
    facts
}

struct Lexer<'l> {
    text: &'l str,
    bytes: &'l [u8],
    at: usize,
    comments: &'l mut Vec<Span>,
    /// Here-documents without an end so far; each cost a search to the end of the file.
    unterminated: usize,
}

impl Lexer<'_> {
    fn tokens(mut self) -> Vec<Token> {
        let mut found = Vec::new();
        while self.at < self.bytes.len() {
            found.extend(self.token());
        }
        found
    }

    fn rest_starts(&self, what: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(what)
    }

    fn token(&mut self) -> Option<Token> {
        let start = self.at;
        let byte = self.bytes[start];
        if byte == b'#' || self.rest_starts(b"//") || self.rest_starts(b"/*") {
            self.comment();
            return None;
        }
        if self.rest_starts(b"<<") {
            return Some(self.heredoc().map_or(Token::Other, Token::HereDoc));
        }
        self.at += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b',' => None,
            b'\n' => Some(Token::Newline),
            b'{' | b'[' | b'(' => Some(Token::Open),
            b'}' | b']' | b')' => Some(Token::Close),
            b'=' | b':' => Some(Token::Assign),
            b'"' => {
                let end = self.string_end();
                Some(Token::String(start + 1..end))
            }
            _ if byte == b'_' || byte.is_ascii_alphanumeric() => {
                while self.bytes.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte))
                {
                    self.at += 1;
                }
                Some(Token::Word(start..self.at))
            }
            _ => Some(Token::Other),
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        let block = rest.starts_with(b"/*");
        let length =
            if block { memchr::memmem::find(rest, b"*/").map(|at| at + 2) } else { memchr::memchr(b'\n', rest) };
        self.at = length.map_or(self.bytes.len(), |length| start + length);
        self.comments.push(Span::of(start, start + self.text[start..self.at].trim_end().len()));
    }

    /// The offset of the closing quote; `${…}` may hold quotes of its own. A string ends with its line.
    fn string_end(&mut self) -> usize {
        let mut depth = 0usize;
        let mut inner = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => return self.at,
                b'\\' => self.at += usize::from(self.bytes.get(self.at + 1).is_some_and(u8::is_ascii)),
                b'$' | b'%' if self.bytes.get(self.at + 1) == Some(&b'{') && !inner => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' if depth > 0 && !inner => depth -= 1,
                b'"' if depth > 0 => inner = !inner,
                b'"' => {
                    self.at += 1;
                    return self.at - 1;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.bytes.len();
        self.at
    }

    /// Passes over `<<EOT … EOT`; the body's place.
    fn heredoc(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.at += 2;
        let near = self.bytes.len().min(start + MAX_LINE);
        let line_end = memchr::memchr(b'\n', &self.bytes[start..near]).map(|at| start + at)?;
        let delimiter = self.text[self.at..line_end].trim_start_matches('-').trim();
        if delimiter.is_empty() || !delimiter.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
            return None;
        }
        let mut at = if self.unterminated < MAX_SEARCHES { line_end } else { self.bytes.len() };
        while at < self.bytes.len() {
            let end = memchr::memchr(b'\n', &self.bytes[at + 1..]).map_or(self.bytes.len(), |found| at + 1 + found);
            if self.text[at + 1..end].trim() == delimiter {
                self.at = end;
                return Some(line_end + 1..at.max(line_end) + 1);
            }
            at = end;
        }
        self.unterminated += 1;
        None
    }
}

struct Reader<'r> {
    text: &'r str,
    file: FileId,
    path: Vec<String>,
    /// How many keys of the path each open bracket added.
    heads: Vec<usize>,
    /// The strings of a `name = "X"`, `value = "…"` pair that stand in the innermost bracket.
    name: Option<(usize, Range<usize>)>,
    value: Option<(usize, Range<usize>)>,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn step(&mut self, tokens: &[Token], at: usize) -> usize {
        match &tokens[at] {
            Token::Open => self.open(Vec::new()),
            Token::Close => self.close(),
            Token::Word(key) | Token::String(key) => return self.key(key, tokens, at),
            Token::HereDoc(body) => self.embedded(body),
            Token::Assign | Token::Newline | Token::Other => {}
        }
        at + 1
    }

    /// A file in a here-document, told by how it begins: container definitions, a start script, cloud-init.
    fn embedded(&mut self, body: &Range<usize>) {
        let Some(text) = self.text.get(body.clone()) else { return };
        let name = match text.trim_start().chars().next() {
            Some('{' | '[') => "heredoc.json",
            Some('#') => "heredoc.sh",
            _ => return,
        };
        if let Some(mut facts) = embedded(name, &Mapped::verbatim(text, body.start as u32), self.file) {
            self.entries.append(&mut facts.entries);
        }
    }

    /// `key = "value"`, `key = {`, `block "label" {`, `key = jsonencode([`.
    fn key(&mut self, key: &Range<usize>, tokens: &[Token], at: usize) -> usize {
        let own = self.text[key.clone()].to_owned();
        if let Some(Token::Assign) = tokens.get(at + 1) {
            if let Some(Token::String(value)) = tokens.get(at + 2) {
                self.attribute(key, value);
                return at + 3;
            }
            let call = usize::from(matches!(tokens.get(at + 2), Some(Token::Word(_))));
            if let Some(Token::Open) = tokens.get(at + 2 + call) {
                self.open(vec![own]);
                return at + 3 + call;
            }
            return at + 2;
        }
        let labels: Vec<String> = tokens[at + 1..]
            .iter()
            .take(4)
            .map_while(|token| match token {
                Token::String(label) => Some(self.text[label.clone()].to_owned()),
                _ => None,
            })
            .collect();
        if let Some(Token::Open) = tokens.get(at + 1 + labels.len()) {
            let skip = labels.len() + 2;
            self.open(std::iter::once(own).chain(labels).collect());
            return at + skip;
        }
        at + 1
    }

    fn open(&mut self, keys: Vec<String>) {
        let room = self.path.len() < MAX_DEPTH;
        self.heads.push(if room { keys.len() } else { 0 });
        if room {
            self.path.extend(keys);
        }
        (self.name, self.value) = (None, None);
    }

    fn close(&mut self) {
        if let Some(count) = self.heads.pop() {
            self.path.truncate(self.path.len() - count);
        }
        (self.name, self.value) = (None, None);
    }

    fn attribute(&mut self, key: &Range<usize>, value: &Range<usize>) {
        let depth = self.heads.len();
        let name = &self.text[key.clone()];
        match name {
            "name" => self.name = Some((depth, value.clone())),
            "value" => self.value = Some((depth, value.clone())),
            // The default of a variable is the variable's value.
            "default" if self.path.first().is_some_and(|first| first == "variable") => {
                return self.entry(None, key, value);
            }
            _ => {}
        }
        let pair = self.name.clone().zip(self.value.clone()).filter(|((a, _), (b, _))| a == b);
        match pair.filter(|_| matches!(name, "name" | "value")) {
            Some(((_, name), (_, value))) => self.entry(Some(name.clone()), &name, &value),
            None => self.entry(Some(key.clone()), key, value),
        }
    }

    fn entry(&mut self, last: Option<Range<usize>>, key: &Range<usize>, value: &Range<usize>) {
        let loc = |range: &Range<usize>| Loc::new(self.file, Span::of(range.start, range.end));
        let environment = self.path.iter().any(|key| ENVIRONMENTS.contains(&key.as_str()));
        let mut path = self.path.clone();
        path.extend(last.map(|range| self.text[range].to_owned()));
        let value_text = interpolated(self.text, value, self.file);
        let role = if environment { Role::Environment } else { Role::Setting };
        let (key_at, value_at) = (loc(key), loc(value));
        self.entries.push(Entry { path, key_at, value: value_text, value_at, role, commented: false });
    }
}

/// `${…}` and `%{…}` are unknown, backslashes keep the next character.
fn interpolated(text: &str, range: &Range<usize>, file: FileId) -> Text {
    let bytes = text.as_bytes();
    let mut found = Text::default();
    let (mut from, mut at) = (range.start, range.start);
    let loc = |from: usize, to: usize| Loc::new(file, Span::of(from, to));
    let literal = |from: usize, to: usize, found: &mut Text| {
        if from < to {
            found.push(Text::literal(&text[from..to], loc(from, to)));
        }
    };
    while at < range.end {
        let next = bytes.get(at + 1).copied().filter(|_| at + 1 < range.end);
        match (bytes[at], next) {
            (b'\\', Some(next)) if next.is_ascii() => {
                literal(from, at, &mut found);
                from = at + 1;
                at += 2;
            }
            (b'$' | b'%', Some(b'{')) => {
                literal(from, at, &mut found);
                let end = expression_end(&bytes[..range.end], at + 1);
                found.push(Text::unknown(Some(loc(at, end))));
                (at, from) = (end, end);
            }
            _ => at += 1,
        }
    }
    literal(from, range.end, &mut found);
    found
}

fn expression_end(bytes: &[u8], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Piece;

    fn entries(text: &str) -> Vec<String> {
        let show = |it: &Entry| {
            let mark = if it.role == Role::Environment { "$" } else { "" };
            let value: String = it
                .value
                .pieces
                .iter()
                .map(|piece| if let Piece::Literal { text, .. } = piece { text } else { "?" })
                .collect();
            format!("{mark}{}={value} @{}", it.path.join("/"), &text[it.value_at.span.range()])
        };
        lower(text, FileId(0)).entries.iter().map(show).collect()
    }

    #[test]
    fn maps_and_blocks_lead_to_keys() {
        let text = "resource \"aws_x\" \"w\" { # c\n  environment = { URL = \"redis://:p@h\", \"B\" : \"x${var.y[\"z\"]}\\\"q\" }\n}\n\
                    broker_url = \"amqp://a:b@h\" // d\nlocals {\n n = 1\n s = \"t\"\n}\nvariable \"pw\" {\n  default = \"s3\"\n}\n";
        assert_eq!(
            entries(text),
            [
                "$resource/aws_x/w/environment/URL=redis://:p@h @redis://:p@h",
                "$resource/aws_x/w/environment/B=x?\"q @x${var.y[\"z\"]}\\\"q",
                "broker_url=amqp://a:b@h @amqp://a:b@h",
                "locals/s=t @t",
                "variable/pw=s3 @s3"
            ]
        );
        assert_eq!(lower(text, FileId(0)).comments.len(), 2);
    }

    #[test]
    fn name_and_value_pairs_are_keys() {
        let text = "container_definitions = jsonencode([{ environment = [\n{ name = \"URL\", value = \"x\" },\n{ \"value\": \"y\", \"name\": \"B\" }] }])\n";
        assert_eq!(
            entries(text),
            [
                "$container_definitions/environment/name=URL @URL",
                "$container_definitions/environment/URL=x @x",
                "$container_definitions/environment/value=y @y",
                "$container_definitions/environment/B=y @y"
            ]
        );
    }

    #[test]
    fn nothing_makes_the_reader_panic() {
        for text in ["\"", "a = \"${", "a = \"\\é", "<<E\n", "}}}", "{", "a \"b\" ", "/*", "<<\n", "é=\"ü\"", "a=\"\\"]
        {
            lower(text, FileId(0));
            lower(&text.repeat(2000), FileId(0));
        }
    }
}
