//! Scripts of Windows (`.cmd`, `.bat`, PowerShell): variables, and the commands of each line. Every line is written as a POSIX
//! shell would have it, without moving anything, and then read as one.

use std::ops::Range;

use super::lines::{Blanked, lines, trim};
use super::shell::{self, Held, Scope};
use super::{Entry, FileFacts, Role};
use crate::source::{FileId, Loc, Span};

/// How many lines one command may have.
const MAX_CONTINUATIONS: usize = 100;

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let dialect = if path.to_ascii_lowercase().ends_with(".ps1") { Dialect::PowerShell } else { Dialect::Cmd };
    let mut batch = Batch { text, file, dialect, scope: Scope::default(), facts: FileFacts::default() };
    for range in logical_lines(text, dialect.continuation()) {
        batch.line(range);
    }
    let mut facts = batch.facts;
    if dialect == Dialect::PowerShell {
        // `$name` is a variable of the script, `$env:NAME` and `${env:NAME}` are the environment's.
        let is_scoped =
            |end: usize| text.get(end.saturating_sub(4)..end).is_some_and(|before| before.eq_ignore_ascii_case("env:"));
        facts.env_uses.retain(|it| {
            let start = it.at.span.start as usize;
            // The use begins with its name, or with the colon that stands for the dollar sign.
            is_scoped(start) || is_scoped(start + 1)
        });
    }
    facts
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Cmd,
    PowerShell,
}

impl Dialect {
    fn continuation(self) -> char {
        if self == Self::Cmd { '^' } else { '`' }
    }
}

/// Lines with their continuations.
fn logical_lines(text: &str, sign: char) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for line in lines(text) {
        let (start, count) = open.unwrap_or((line.start, 0));
        if line.text.trim_end().ends_with(sign) && count < MAX_CONTINUATIONS {
            open = Some((start, count + 1));
        } else {
            found.push(start..line.end());
            open = None;
        }
    }
    found.extend(open.map(|(start, _)| start..text.len()));
    found
}

struct Batch<'b> {
    text: &'b str,
    file: FileId,
    dialect: Dialect,
    scope: Scope,
    facts: FileFacts,
}

impl Batch<'_> {
    fn line(&mut self, range: Range<usize>) {
        let range = trim(self.text, range, 0);
        let line = &self.text[range.clone()];
        let skipped = line.len() - line.trim_start_matches(['@', ' ', '\t']).len();
        let range = range.start + skipped..range.end;
        let line = &self.text[range.clone()];
        if self.is_comment(line) {
            return self.facts.comments.push(Span::of(range.start, range.end));
        }
        if let Some((name, value)) = self.assignment(&range) {
            return self.assign(name, value);
        }
        let masked = self.masked(range.clone());
        shell::script_in(&mut self.scope, &masked, range.start as u32, self.file, None, &mut self.facts);
    }

    fn is_comment(&self, line: &str) -> bool {
        let first = line.split_ascii_whitespace().next().unwrap_or_default();
        match self.dialect {
            Dialect::Cmd => line.starts_with("::") || first.eq_ignore_ascii_case("rem") || line.starts_with(':'),
            Dialect::PowerShell => line.starts_with('#'),
        }
    }

    /// `set NAME=value`, `set "NAME=value"`, `$name = "value"`, `$env:NAME = "value"`: the places of name and value.
    fn assignment(&self, range: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
        let line = &self.text[range.clone()];
        let mut start = match self.dialect {
            Dialect::Cmd => {
                let keyword = line.get(..4).filter(|word| word.eq_ignore_ascii_case("set "))?;
                let rest = &line[keyword.len()..];
                keyword.len() + rest.len() - rest.trim_start().len()
            }
            Dialect::PowerShell => {
                let scoped = line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("$env:"));
                line.starts_with('$').then_some(if scoped { 5 } else { 1 })?
            }
        };
        let quoted = self.dialect == Dialect::Cmd && line[start..].starts_with('"');
        start += usize::from(quoted);
        let equals = start + line[start..].find('=')?;
        let name = line[start..equals].trim_end();
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let end = if quoted { line.trim_end_matches('"').len().max(equals + 1) } else { line.len() };
        let value = trim(self.text, range.start + equals + 1..range.start + end, 0);
        let name = range.start + start..range.start + start + name.len();
        (is_name && !self.text[value.clone()].starts_with('=')).then(|| (name, unquoted(self.text, value)))
    }

    fn assign(&mut self, name: Range<usize>, value: Range<usize>) {
        let masked = self.masked(value.clone());
        let text = shell::text_in(&mut self.scope, &masked, value.start as u32, self.file, &mut self.facts);
        let key = self.text[name.clone()].to_owned();
        let loc = |range: Range<usize>| Loc::new(self.file, Span::of(range.start, range.end));
        let (key_at, value_at) = (loc(name), loc(value));
        self.scope.set(&key, Held::Text(text.clone()));
        self.facts.entries.push(Entry {
            path: vec![key],
            key_at,
            value: text,
            value_at,
            role: Role::Environment,
            commented: false,
        });
    }

    /// The range as a POSIX shell would have it.
    fn masked(&self, range: Range<usize>) -> String {
        let mut blanked = Blanked::new(self.text, range.clone());
        let line = &self.text[range.clone()];
        let cmd = self.dialect == Dialect::Cmd;
        let mut skip = 0;
        for (offset, byte) in line.bytes().enumerate() {
            let at = range.start + offset;
            if at < skip {
                continue;
            }
            match byte {
                b'\\' => blanked.write(at, "/"),
                b'^' if cmd => self.continued(at, range.end, &mut blanked),
                b'`' => self.continued(at, range.end, &mut blanked),
                b'%' if cmd => skip = self.variable(at, range.end, &mut blanked),
                b'$' if cmd => blanked.write(at, "_"),
                b'$' if line[offset..].get(..5).is_some_and(|start| start.eq_ignore_ascii_case("$env:")) => {
                    // `$env:NAME`: the dollar sign moves to the name.
                    blanked.blank(at..at + 4, 0);
                    blanked.write(at + 4, "$");
                }
                b'(' | b')' | b'{' | b'}' => blanked.write(at, " "),
                b';' | b'\'' if cmd => blanked.write(at, " "),
                b'#' if cmd => blanked.write(at, "_"),
                b'&' if !cmd && offset == 0 => blanked.write(at, " "),
                _ => {}
            }
        }
        blanked.text()
    }

    /// A sign that continues the line, or makes the next character stand for itself.
    fn continued(&self, at: usize, end: usize, blanked: &mut Blanked) {
        let rest = &self.text[at + 1..end];
        let length = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let line = rest[..length].contains('\n');
        blanked.blank(at..at + 1 + if line { length } else { 0 }, if line { b' ' } else { 0 });
    }

    /// `%NAME%` is `$NAME`; `%1`, `%~dp0` and `%%i` are not known. Returns where to go on.
    fn variable(&self, at: usize, end: usize, blanked: &mut Blanked) -> usize {
        let rest = &self.text[at + 1..end];
        let name = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let starts = rest.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if starts && rest.as_bytes().get(name) == Some(&b'%') {
            blanked.write(at, "$");
            blanked.blank(at + 1 + name..at + 2 + name, 0);
            return at + 2 + name;
        }
        let length = match rest.as_bytes().first() {
            Some(b'~') => {
                let letters = rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
                1 + letters + usize::from(rest.as_bytes().get(1 + letters).is_some_and(u8::is_ascii_digit))
            }
            Some(b'%') => 1 + rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count().min(1),
            Some(b'*' | b'0'..=b'9') => 1,
            _ => return at + 1,
        };
        blanked.blank(at..at + 1 + length, 0);
        blanked.write(at, "$?");
        at + 1 + length
    }
}

/// The range without a pair of quotes around all of it.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let quoted = |quote: char| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote);
    if quoted('"') || quoted('\'') { range.start + 1..range.end - 1 } else { range }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{commands, entries};
    use super::*;

    #[test]
    fn batch_files_are_read_with_their_variables() {
        let text = "@echo off\r\nrem celery -A no worker\r\n:: celery no\r\n:label\r\nset APP=p\r\nset \"BIN=%~dp0env\\Scripts\\celery\"\r\n\
                    cd %ROOT%\r\n%BIN% -A %APP% worker --loglevel=%LEVEL% -P solo\r\ncall celery -A p ^\r\n  worker -Q a%% && echo done\r\n";
        let mut facts = lower("run.cmd", text, FileId(0));
        assert_eq!(
            commands(&facts),
            [
                "-: echo off",
                "-: cd <ROOT>",
                "-: <?>env/Scripts/celery -A p worker --loglevel=<LEVEL> -P solo",
                "-: call celery -A p worker -Q a<?>",
                "-: echo done"
            ]
        );
        assert_eq!(std::mem::take(&mut facts.comments).len(), 3);
        assert_eq!(entries(&facts, text), ["env APP = p", "env BIN = <?>env/Scripts/celery"]);
    }

    #[test]
    fn powershell_is_read_with_its_variables() {
        let text = "# celery -A no worker\n$app = \"p\"\n$env:BROKER_URL = 'redis://h'\n& .\\venv\\Scripts\\celery.exe -A $app worker `\n  -Q $env:QUEUES\nif (Test-Path $other) { celery -A p beat }\n";
        let facts = lower("run.ps1", text, FileId(0));
        let found = commands(&facts);
        assert_eq!(found[0], "-: ./venv/Scripts/celery.exe -A p worker -Q <QUEUES>");
        assert_eq!(entries(&facts, text), ["env app = p", "env BROKER_URL = redis://h"]);
        let at = facts.commands[0].words[2].at.span;
        assert_eq!(&text[at.range()], "$app");
        let uses: Vec<&str> = facts.env_uses.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(uses, ["QUEUES"]);
    }

    #[test]
    fn nothing_makes_the_reader_panic() {
        for text in
            ["%", "%é%", "set", "set =", "set \"A=", "^", "a ^\n", "$", "$env:", "`", "%~", "%%", "set A=\"", "é`\n'"]
        {
            lower("x.cmd", &text.repeat(30), FileId(0));
            lower("x.ps1", &text.repeat(30), FileId(0));
            lower("x.ps1", text, FileId(0));
            lower("x.bat", text, FileId(0));
        }
    }
}
