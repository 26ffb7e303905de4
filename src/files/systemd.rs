//! systemd units: `Environment=`, `EnvironmentFile=`, and the commands of `Exec…=`.

use std::ops::Range;

use super::lines::{Blanked, lines, trim};
use super::shell::{self, Held, Scope};
use super::{Entry, EnvFileRef, EnvUse, FileFacts, Need, Role, unquote};
use crate::source::{FileId, Loc, Piece, Span, Text};

/// One `Key=value`, its continuation lines joined with blanks.
struct Assignment {
    key: String,
    key_range: Range<usize>,
    value: String,
    value_start: usize,
}

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let name = path.rsplit('/').next().unwrap_or(path);
    let service = name.split(['.', '@']).next().unwrap_or(name);
    let mut unit = Unit { file, service, scope: Scope::default(), facts: FileFacts::default() };
    let assignments = assignments(text, &mut unit.facts.comments);
    // The environment is set before anything runs, wherever it stands.
    let (commands, rest): (Vec<_>, Vec<_>) = assignments.iter().partition(|it| it.key.starts_with("Exec"));
    rest.into_iter().chain(commands).for_each(|assignment| unit.assignment(assignment));
    unit.facts
}

fn assignments(text: &str, comments: &mut Vec<Span>) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut rest = lines(text);
    while let Some(line) = rest.next() {
        let range = line.trimmed();
        if text[range.clone()].starts_with(['#', ';']) {
            comments.push(Span::of(range.start, range.end));
            continue;
        }
        let mut blanks = Vec::new();
        let mut last = line;
        while let Some(before) = last.text.strip_suffix('\\') {
            blanks.push(last.start + before.len()..last.next);
            let Some(mut next) = rest.next() else { break };
            while next.text.trim_start().starts_with(['#', ';']) {
                blanks.push(next.start..next.next);
                let Some(after) = rest.next() else { break };
                next = after;
            }
            last = next;
        }
        let Some((key, _)) = line.text.split_once('=') else { continue };
        let key_range = trim(line.text, 0..key.len(), line.start);
        let value_start = line.start + key.len() + 1;
        let mut value = Blanked::new(text, value_start..last.end().max(value_start));
        blanks.into_iter().for_each(|range| value.blank(range, b' '));
        found.push(Assignment { key: text[key_range.clone()].to_owned(), key_range, value: value.text(), value_start });
    }
    found
}

struct Unit<'u> {
    file: FileId,
    service: &'u str,
    scope: Scope,
    facts: FileFacts,
}

impl Unit<'_> {
    fn assignment(&mut self, it: &Assignment) {
        match it.key.as_str() {
            "Environment" => self.environment(it),
            "EnvironmentFile" => self.environment_file(it),
            "PassEnvironment" => self.pass(it),
            key if key.starts_with("Exec") => self.exec(it),
            _ => self.setting(it),
        }
    }

    fn loc(&self, it: &Assignment, range: Range<usize>) -> Loc {
        Loc::new(self.file, Span::of(range.start, range.end).shifted(it.value_start as u32))
    }

    fn environment(&mut self, it: &Assignment) {
        for word in unquote::split(&it.value, 0..it.value.len(), b" \t", self.file) {
            let Some(length) = it.value[word.range.clone()].find('=') else { continue };
            let value = word.range.start + length + 1;
            let key = trim_quotes(&it.value, word.range.start..value - 1);
            // A quote around all of `A=b` closes at its end.
            let opened = it.value[word.range.start..key.start].len();
            let closed = opened > 0 && it.value[value..word.range.end].ends_with(['"', '\'']);
            let text = unquote::unquoted(&it.value, value..word.range.end - usize::from(closed), self.file);
            let text = specifiers(moved(text, it.value_start));
            let value_at = match text.pieces.as_slice() {
                [Piece::Literal { at, .. }] => *at,
                _ => self.loc(it, value..word.range.end),
            };
            let name = it.value[key.clone()].to_owned();
            self.scope.set(&name, Held::Text(text.clone()));
            let key_at = self.loc(it, key);
            let role = Role::Environment;
            self.facts.entries.push(Entry { path: vec![name], key_at, value: text, value_at, role, commented: false });
        }
    }

    fn environment_file(&mut self, it: &Assignment) {
        let range = trim(&it.value, 0..it.value.len(), 0);
        let optional = it.value[range.clone()].starts_with('-');
        let range = range.start + usize::from(optional)..range.end;
        if !range.is_empty() {
            let at = self.loc(it, range.clone());
            let path = specifiers(moved(unquote::unquoted(&it.value, range, self.file), it.value_start));
            let service = Some(self.service.to_owned());
            self.facts.env_file_refs.push(EnvFileRef { path, at, required: !optional, service });
        }
    }

    fn pass(&mut self, it: &Assignment) {
        for word in unquote::split(&it.value, 0..it.value.len(), b" \t", self.file) {
            if let Some(key) = word.text.as_literal() {
                let at = self.loc(it, word.range);
                self.facts.env_uses.push(EnvUse { key, at, need: Need::Optional });
            }
        }
    }

    fn exec(&mut self, it: &Assignment) {
        let prefix = it.value.len() - it.value.trim_start_matches([' ', '\t', '@', '-', ':', '+', '!', '|']).len();
        let base = (it.value_start + prefix) as u32;
        let words = shell::words_in(&mut self.scope, &it.value[prefix..], base, self.file);
        self.facts.env_uses.extend(shell::reads(&words));
        let mut found = FileFacts::default();
        shell::command_in(&mut self.scope, words, Some(self.service), &mut found);
        let known: Vec<Loc> = self.facts.env_uses.iter().map(|read| read.at).collect();
        found.env_uses.retain(|read| !known.contains(&read.at));
        self.facts.commands.append(&mut found.commands);
        self.facts.entries.append(&mut found.entries);
        self.facts.env_uses.append(&mut found.env_uses);
        self.facts.env_file_refs.append(&mut found.env_file_refs);
        self.facts.exports.append(&mut found.exports);
    }

    fn setting(&mut self, it: &Assignment) {
        let range = trim(&it.value, 0..it.value.len(), 0);
        let value_at = self.loc(it, range.clone());
        let value = Text::literal(&it.value[range], value_at);
        let key_at = Loc::new(self.file, Span::of(it.key_range.start, it.key_range.end));
        let path = vec![it.key.clone()];
        self.facts.entries.push(Entry { path, key_at, value, value_at, role: Role::Setting, commented: false });
    }
}

fn trim_quotes(text: &str, range: Range<usize>) -> Range<usize> {
    let skipped = range.len() - text[range.clone()].trim_start_matches(['"', '\'']).len();
    range.start + skipped..range.end
}

/// A text whose places are moved right by `offset`.
fn moved(mut text: Text, offset: usize) -> Text {
    for piece in &mut text.pieces {
        if let Piece::Literal { at, .. } = piece {
            at.span = at.span.shifted(offset as u32);
        }
    }
    text
}

/// `%%` is a percent sign, `%i` and the like are known to systemd only. A percent sign before a hexadecimal digit or
/// anything else is left alone: it is an escape of a URL that was not doubled.
fn specifiers(text: Text) -> Text {
    let mut found = Text::default();
    for piece in text.pieces {
        let Piece::Literal { text, at } = piece else {
            found.pieces.push(piece);
            continue;
        };
        let place = |range: Range<usize>| crate::source::text::place_in_literal(&text, at, range);
        let mut from = 0;
        let mut position = 0;
        while let Some(percent) = text[position..].find('%').map(|found| position + found) {
            position = percent + 1;
            let unknown = match text.as_bytes().get(percent + 1) {
                Some(b'%') => false,
                Some(byte) if byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit() => true,
                _ => continue,
            };
            let end = if unknown { percent } else { percent + 1 };
            if from < end {
                found.pieces.push(Piece::Literal { text: text[from..end].to_owned(), at: place(from..end) });
            }
            if unknown {
                found.pieces.push(Piece::Unknown { at: Some(place(percent..percent + 2)) });
            }
            position = percent + 2;
            from = position;
        }
        if from < text.len() {
            found.pieces.push(Piece::Literal { text: text[from..].to_owned(), at: place(from..text.len()) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = "[Service]\n# why\nEnvironment=A=redis://:p%%40x@h/0 \"B=c d\" \\\n  ; no\n  'E=f'  G=\nEnvironmentFile=-/etc/x.env\n\
                        EnvironmentFile=/etc/%i.env\nExecStart=-/bin/sh -c '/opt/celery -b ${Q} \\\n -A $A multi'\nExecStop=/opt/celery -A ${APP}\nUser=u\n";

    #[test]
    fn the_environment_follows_the_quoting_of_systemd() {
        let facts = lower("etc/celery.service", UNIT, FileId(0));
        let entries: Vec<_> = facts.entries.iter().map(|it| (it.key(), it.value.as_literal().unwrap())).collect();
        let expected = [("A", "redis://:p%40x@h/0"), ("B", "c d"), ("E", "f"), ("G", ""), ("User", "u")];
        assert_eq!(entries, expected.map(|(key, value)| (key, value.to_owned())));
        assert_eq!(&UNIT[facts.entries[1].value_at.span.range()], "c d");
        assert_eq!(&UNIT[facts.entries[2].key_at.span.range()], "E");
        let refs: Vec<_> = facts.env_file_refs.iter().map(|it| (it.path.as_literal(), it.required)).collect();
        assert_eq!(refs, [(Some("/etc/x.env".to_owned()), false), (None, true)]);
    }

    #[test]
    fn commands_are_seen_through_their_shell() {
        let facts = lower("etc/celery.service", UNIT, FileId(0));
        let words: Vec<_> = facts.commands.iter().map(|it| (it.service.as_deref(), it.words.len())).collect();
        assert_eq!(words, [(Some("celery"), 3), (Some("celery"), 6), (Some("celery"), 3)]);
        let uses: Vec<_> = facts.env_uses.iter().map(|it| (it.key.as_str(), it.need)).collect();
        assert_eq!(uses, [("Q", Need::Required), ("APP", Need::Required)]);
    }

    #[test]
    fn nothing_makes_the_reader_panic() {
        for text in [
            "Environment=\\",
            "Environment=\"é\\\n",
            "=",
            "Environment=\"=\n",
            "ExecStart=@-\\\n#\n",
            "Environment='A=\n",
        ] {
            lower("x.service", &text.repeat(50), FileId(0));
        }
    }
}
