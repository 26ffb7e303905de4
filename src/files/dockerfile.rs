//! Dockerfiles: `ENV` and `ARG`, the commands of an image, and which directory of the project becomes its working directory.
//!
//! A reader of its own, line by line: an instruction that cannot be understood costs that instruction and nothing else.

use std::ops::Range;

use super::lines::{Blanked, Line, lines};
use super::mapped::Mapped;
use super::service::Stage;
use super::shell::{self, Held, Scope};
use super::yaml::embedded;
use super::{Entry, FileFacts, Role, Word, exec_form};
use crate::source::{FileId, Loc, Piece, Span, Text};

mod roots;

/// How many here-documents may lack their end before none is looked for.
const MAX_SEARCHES: usize = 16;

/// One instruction with its continuation lines joined.
struct Instruction {
    /// Upper case.
    keyword: String,
    /// The arguments, of the same length as in the file: continuations and comments are blanked.
    arguments: String,
    base: usize,
    /// Where the body of the first here-document stands in the arguments.
    body: Option<Range<usize>>,
}

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let mut facts = FileFacts::default();
    let instructions = instructions(text, &mut facts.comments);
    let mut image =
        Image { file, scope: Scope::default(), facts, entrypoint: Vec::new(), layout: roots::Layout::default() };
    for instruction in &instructions {
        image.instruction(instruction, &instruction.keyword, &instruction.arguments, instruction.base);
    }
    image.facts.roots = image.layout.roots(path);
    image.facts.comments.sort_by_key(|comment| comment.start);
    image.facts
}

/// Splits a Dockerfile into instructions.
fn instructions(text: &str, comments: &mut Vec<Span>) -> Vec<Instruction> {
    let escape = escape_of(text);
    let mut found = Vec::new();
    let mut rest = lines(text).peekable();
    let mut unterminated = 0;
    while let Some(line) = rest.next() {
        if comment(&line, comments) || line.text.trim().is_empty() {
            continue;
        }
        let start = line.trimmed().start;
        let mut blanks = Vec::new();
        let mut last = line;
        while let Some(from) = continues(&last, escape) {
            blanks.push(from..last.next);
            let next = loop {
                match rest.next() {
                    Some(line) if comment(&line, comments) || line.text.trim().is_empty() => {
                        blanks.push(line.start..line.next)
                    }
                    other => break other,
                }
            };
            let Some(next) = next else { break };
            last = next;
        }
        let head = last.end();
        let mut end = head;
        let mut body = None;
        for delimiter in delimiters(&text[start..head]) {
            let ends = |line: &Line| line.text.trim_start_matches('\t') == delimiter;
            // Without its end it is no here-document, and the file goes on.
            let closing = if unterminated < MAX_SEARCHES { rest.clone().find(ends) } else { None };
            let Some(closing) = closing else {
                unterminated += 1;
                break;
            };
            body.get_or_insert((last.next.max(head)).min(closing.start)..closing.start);
            end = closing.end();
            while rest.next_if(|line| line.start <= closing.start).is_some() {}
        }
        let mut blanked = Blanked::new(text, start..end);
        blanks.into_iter().for_each(|range| blanked.blank(range, 0));
        found.extend(split(blanked.text(), start, body));
    }
    found
}

/// Keyword and arguments of a joined instruction; `body` is a range of the file.
fn split(text: String, start: usize, body: Option<Range<usize>>) -> Option<Instruction> {
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (keyword, arguments) = text.split_at(length);
    let blank = arguments.bytes().next().is_none_or(|byte| byte.is_ascii_whitespace() || byte == 0);
    let base = start + length;
    (blank && length > 0).then(|| Instruction {
        keyword: keyword.to_ascii_uppercase(),
        arguments: arguments.to_owned(),
        base,
        body: body.map(|body| body.start - base..body.end - base),
    })
}

/// The escape character that a directive in the first lines names.
fn escape_of(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let mut values = directives
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    values.next().and_then(|(_, value)| value.trim().chars().next()).filter(char::is_ascii).unwrap_or('\\')
}

fn comment(line: &Line, comments: &mut Vec<Span>) -> bool {
    let range = line.trimmed();
    let is_comment = line.text.trim_start().starts_with('#');
    if is_comment {
        comments.push(Span::of(range.start, range.end));
    }
    is_comment
}

/// Where the escape at the end of a line stands.
fn continues(line: &Line, escape: char) -> Option<usize> {
    line.text.trim_end().strip_suffix(escape).map(|before| line.start + before.len())
}

/// The delimiters of here-documents in a line of `RUN`, `COPY` or `ADD`.
fn delimiters(line: &str) -> Vec<String> {
    let keyword = line.split_ascii_whitespace().next().unwrap_or_default();
    if !["RUN", "COPY", "ADD"].iter().any(|known| keyword.eq_ignore_ascii_case(known)) {
        return Vec::new();
    }
    let after = |part: &str| -> Option<String> {
        let name = part.strip_prefix('-').unwrap_or(part).trim_start_matches(['"', '\'']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        (end > 0 && !name.as_bytes()[0].is_ascii_digit()).then(|| name[..end].to_owned())
    };
    let parts: Vec<&str> = line.split("<<").collect();
    // `<<<` leaves a part that starts with `<`, which is no name.
    parts.iter().skip(1).filter_map(|part| after(part)).collect()
}

/// What was read of a Dockerfile so far.
struct Image {
    file: FileId,
    scope: Scope,
    facts: FileFacts,
    /// The exec form of the last `ENTRYPOINT`.
    entrypoint: Vec<Word>,
    layout: roots::Layout,
}

impl Image {
    fn instruction(&mut self, whole: &Instruction, keyword: &str, arguments: &str, base: usize) {
        match keyword {
            "FROM" => {
                self.entrypoint.clear();
                self.layout.stage();
                self.from(arguments, base);
            }
            "ENV" => self.env(arguments, base, false),
            "ARG" => self.env(arguments, base, true),
            "WORKDIR" => {
                let path = self.words(arguments, base).first().and_then(|word| word.text.as_literal());
                self.layout.workdir(path.as_deref());
            }
            "USER" => {
                let user = self.words(arguments, base).into_iter().next();
                if let Some(stage) = self.facts.stages.last_mut() {
                    stage.user = user.map(|word| (word.text, word.at));
                }
            }
            "COPY" | "ADD" => {
                self.copy(arguments, base);
                self.copied_text(whole, arguments, base);
            }
            "RUN" => self.run(whole, arguments, base),
            "CMD" | "ENTRYPOINT" => self.start(keyword, arguments, base),
            "HEALTHCHECK" | "ONBUILD" => self.nested(whole, arguments, base),
            _ => {}
        }
    }

    fn words(&mut self, text: &str, base: usize) -> Vec<Word> {
        shell::words_in(&mut self.scope, text, base as u32, self.file)
    }

    /// `FROM --platform=… image AS name`
    fn from(&mut self, arguments: &str, base: usize) {
        let words = self.words(arguments, base);
        let mut words = words.iter().filter(|word| !word.text.as_literal().is_some_and(|text| text.starts_with("--")));
        let Some(image) = words.next() else { return };
        let is_as =
            words.next().and_then(|word| word.text.as_literal()).is_some_and(|word| word.eq_ignore_ascii_case("as"));
        let name = words.next().filter(|_| is_as).and_then(|word| word.text.as_literal());
        self.facts.stages.push(Stage { name, from: image.text.as_literal(), at: image.at, user: None });
    }

    /// `ENV K=v K2="v 2"`, `ENV K the rest`, `ARG K`, `ARG K=v`.
    fn env(&mut self, arguments: &str, base: usize, build: bool) {
        let first = arguments.trim_matches(['\0', ' ', '\t']).split_ascii_whitespace().next().unwrap_or_default();
        if build && !first.contains('=') {
            for name in arguments.split(|c: char| c.is_ascii_whitespace() || c == '\0').filter(|name| !name.is_empty())
            {
                self.scope.set(name, Held::Unknown);
            }
        } else if first.contains('=') {
            let mut found = FileFacts::default();
            shell::assignments_in(&mut self.scope, arguments, base as u32, self.file, &mut found);
            self.pythonpath(&found.entries);
            self.facts.entries.append(&mut found.entries);
        } else {
            self.env_with_blank(arguments, base);
        }
    }

    fn env_with_blank(&mut self, arguments: &str, base: usize) {
        let words = self.words(arguments, base);
        let [key, rest @ ..] = words.as_slice() else { return };
        let (Some(name), Some(first), Some(last)) = (key.text.as_literal(), rest.first(), rest.last()) else { return };
        let mut value = Text::default();
        let mut end = first.at.span.start;
        for word in rest {
            if word.at.span.start > end {
                let gap = Span::new(end, word.at.span.start);
                let range = gap.start as usize - base..gap.end as usize - base;
                value.push(Text::literal(&arguments[range], Loc::new(self.file, gap)));
            }
            value.push(word.text.clone());
            end = word.at.span.end;
        }
        let value_at = match value.pieces.as_slice() {
            [Piece::Literal { at, .. }] => *at,
            _ => Loc::new(self.file, first.at.span.cover(last.at.span)),
        };
        self.scope.set(&name, Held::Text(value.clone()));
        let entry =
            Entry { path: vec![name], key_at: key.at, value, value_at, role: Role::Environment, commented: false };
        self.pythonpath(std::slice::from_ref(&entry));
        self.facts.entries.push(entry);
    }

    fn pythonpath(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.key() == "PYTHONPATH") {
            if let Some(Piece::Literal { text, .. }) = entry.value.pieces.first() {
                text.split(':').for_each(|path| self.layout.path(path));
            }
        }
    }

    fn copy(&mut self, arguments: &str, base: usize) {
        let words = exec_form::list(arguments, base as u32, self.file).unwrap_or_else(|| self.words(arguments, base));
        let texts: Vec<String> = words.iter().filter_map(|word| word.text.as_literal()).collect();
        self.layout.copy(&texts);
    }

    /// `COPY <<EOF /app/celeryconfig.py`: the here-document is that file.
    fn copied_text(&mut self, whole: &Instruction, arguments: &str, base: usize) {
        let Some(body) = whole.body.clone() else { return };
        let head = arguments.get(..body.start).unwrap_or_default();
        let name = head.split_ascii_whitespace().next_back().and_then(|path| path.rsplit('/').next());
        let (Some(name), Some(text)) = (name, arguments.get(body.clone())) else { return };
        let text = Mapped::verbatim(text, (base + body.start) as u32);
        if let Some(mut facts) = embedded(name, &text, self.file) {
            self.facts.entries.append(&mut facts.entries);
        }
    }

    fn run(&mut self, whole: &Instruction, arguments: &str, base: usize) {
        let skipped = flags(arguments);
        let (text, at) = (&arguments[skipped..], base + skipped);
        // What a build reads is no environment of the project.
        let mut found = FileFacts::default();
        let mark = self.scope.mark();
        if let Some(words) = exec_form::list(text, at as u32, self.file) {
            shell::command_in(&mut self.scope, words, None, &mut found);
        } else if let Some(body) = whole.body.clone().filter(|_| text.trim_start().starts_with("<<")) {
            let at = (base + body.start) as u32;
            let script = arguments.get(body).unwrap_or_default();
            shell::script_in(&mut self.scope, script, at, self.file, None, &mut found);
        } else {
            shell::script_in(&mut self.scope, text, at as u32, self.file, None, &mut found);
        }
        self.scope.rollback(mark);
        found.env_uses.clear();
        self.take(found);
    }

    fn start(&mut self, keyword: &str, arguments: &str, base: usize) {
        let mut found = FileFacts::default();
        let mark = self.scope.mark();
        if let Some(mut words) = exec_form::list(arguments, base as u32, self.file) {
            if keyword == "ENTRYPOINT" {
                self.entrypoint = words.clone();
            } else if is_celery(&self.entrypoint) && !is_celery(&words) {
                words.splice(0..0, self.entrypoint.clone());
            }
            shell::command_in(&mut self.scope, words, None, &mut found);
        } else {
            shell::script_in(&mut self.scope, arguments, base as u32, self.file, None, &mut found);
        }
        self.scope.rollback(mark);
        self.take(found);
    }

    /// `HEALTHCHECK --interval=5s CMD …`, `ONBUILD RUN …`
    fn nested(&mut self, whole: &Instruction, arguments: &str, base: usize) {
        let skipped = flags(arguments);
        let inner = &arguments[skipped..];
        let length = inner.bytes().take_while(u8::is_ascii_alphabetic).count();
        let keyword = inner[..length].to_ascii_uppercase();
        if keyword != "ONBUILD" && keyword != "HEALTHCHECK" {
            let text = &arguments[skipped + length..];
            self.instruction(&Instruction::nested_in(whole), &keyword, text, base + skipped + length);
        }
    }

    fn take(&mut self, mut found: FileFacts) {
        self.facts.entries.append(&mut found.entries);
        self.facts.commands.append(&mut found.commands);
        self.facts.env_uses.append(&mut found.env_uses);
        self.facts.env_file_refs.append(&mut found.env_file_refs);
        self.facts.comments.append(&mut found.comments);
    }
}

impl Instruction {
    fn nested_in(whole: &Self) -> Self {
        Self { keyword: String::new(), arguments: String::new(), base: whole.base, body: None }
    }
}

fn is_celery(words: &[Word]) -> bool {
    words.iter().any(|word| word.text.as_literal().is_some_and(|text| text.rsplit('/').next() == Some("celery")))
}

/// The length of `--mount=… --network=…` in front of an instruction's arguments.
fn flags(arguments: &str) -> usize {
    let blank = |c: char| c.is_ascii_whitespace() || c == '\0';
    let mut at = 0;
    loop {
        let rest = &arguments[at..];
        let start = at + rest.len() - rest.trim_start_matches(blank).len();
        if !arguments[start..].starts_with("--") {
            return start;
        }
        at = start + arguments[start..].find(blank).unwrap_or(arguments.len() - start);
    }
}

#[cfg(test)]
mod tests;
