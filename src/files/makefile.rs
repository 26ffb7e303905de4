//! Makefiles and justfiles: variables, exports and the commands of recipes.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::lines::{Blanked, Line, lines, trim};
use super::shell::{self, Held, Scope};
use super::{Entry, EnvFileRef, EnvUse, FileFacts, Need, Role};
use crate::source::{FileId, Loc, Piece, Span, Text};

/// Words that start a line which is no assignment and no target.
const DIRECTIVES: &[&str] =
    &["ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "endef", "vpath", "unexport", "undefine"];

pub fn lower(path: &str, text: &str, file: FileId) -> FileFacts {
    let name = path.rsplit('/').next().unwrap_or(path);
    let just = name.trim_start_matches('.').eq_ignore_ascii_case("justfile") || name.ends_with(".just");
    let logical = logical_lines(text);
    let mut make = Make {
        text,
        file,
        just,
        defined: logical
            .iter()
            .filter_map(|range| assignment(text, range))
            .map(|it| text[it.name].to_owned())
            .collect(),
        from_env_file: false,
        scope: Scope::default(),
        facts: FileFacts::default(),
    };
    logical.into_iter().for_each(|range| make.line(range));
    make.facts
}

/// Lines with their continuations.
fn logical_lines(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    for Line { start: at, text: line, .. } in lines(text) {
        let from = *start.get_or_insert(at);
        if !line.ends_with('\\') {
            found.push(from..at + line.len());
            start = None;
        }
    }
    found.extend(start.map(|start| start..text.len()));
    found
}

struct Assignment {
    name: Range<usize>,
    operator: Range<usize>,
    value: Range<usize>,
    exported: bool,
}

/// `NAME = value`, `export NAME := value`, `target: NAME ?= value`.
fn assignment(text: &str, range: &Range<usize>) -> Option<Assignment> {
    let line = &text[range.clone()];
    if line.starts_with(['\t', '#']) {
        return None;
    }
    let equals = line.find('=')?;
    let operator = line[..equals].trim_end_matches([':', '?', '+', '!']).len();
    let left = &line[..operator];
    // A colon inside what is left is that of a target-specific variable.
    let name_part = left.rfind(':').map_or(0, |colon| colon + 1);
    let mut words = left[name_part..].split_ascii_whitespace().peekable();
    let mut exported = false;
    while let Some(prefix) = words.next_if(|word| ["export", "override", "private", "set"].contains(word)) {
        exported |= prefix == "export";
    }
    let name = words.next().filter(|_| words.next().is_none())?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    name.bytes().all(is_name).then_some(())?;
    let end = range.start + left.trim_end().len();
    let value = trim(text, range.start + equals + 1..range.end, 0);
    Some(Assignment {
        name: end - name.len()..end,
        operator: range.start + operator..range.start + equals + 1,
        value,
        exported,
    })
}

struct Make<'m> {
    text: &'m str,
    file: FileId,
    just: bool,
    /// The names that the file defines somewhere.
    defined: FxHashSet<String>,
    /// `include .env` came by: undefined variables are those of the env file.
    from_env_file: bool,
    scope: Scope,
    facts: FileFacts,
}

impl Make<'_> {
    fn line(&mut self, range: Range<usize>) {
        let line = &self.text[range.clone()];
        let recipe = if self.just { line.starts_with([' ', '\t']) } else { line.starts_with('\t') };
        if recipe {
            return self.recipe(range);
        }
        let range = self.without_comment(trim(self.text, range, 0));
        let line = &self.text[range.clone()];
        let first = line.split_ascii_whitespace().next().unwrap_or_default();
        if DIRECTIVES.contains(&first) {
        } else if matches!(first, "include" | "-include" | "sinclude") {
            self.include(first == "include", range.start + first.len()..range.end);
        } else if let Some(found) = assignment(self.text, &range) {
            self.assign(&found);
        } else if let Some(at) = line.find(';').filter(|_| line.contains(':') && !self.just) {
            self.recipe(range.start + at + 1..range.end);
        }
    }

    /// Cuts a comment off, and records it.
    fn without_comment(&mut self, range: Range<usize>) -> Range<usize> {
        let line = &self.text[range.clone()];
        let mut hashes = line.match_indices('#').map(|(at, _)| at);
        let starts = |at: &usize| *at == 0 || line.as_bytes()[at - 1].is_ascii_whitespace();
        let Some(at) = hashes.find(starts) else { return range };
        self.facts.comments.push(Span::of(range.start + at, range.end));
        trim(self.text, range.start..range.start + at, 0)
    }

    fn loc(&self, range: &Range<usize>) -> Loc {
        Loc::new(self.file, Span::of(range.start, range.end))
    }

    fn include(&mut self, required: bool, range: Range<usize>) {
        let mut at = range.start;
        for word in self.text[range].split(' ') {
            let start = at;
            at += word.len() + 1;
            let name = word.rsplit('/').next().unwrap_or(word);
            if name.starts_with(".env") || name.ends_with(".env") {
                let at = self.loc(&(start..start + word.len()));
                self.from_env_file = true;
                self.facts.env_file_refs.push(EnvFileRef {
                    path: Text::literal(word, at),
                    at,
                    required,
                    service: None,
                });
            }
        }
    }

    fn assign(&mut self, found: &Assignment) {
        let name = self.text[found.name.clone()].to_owned();
        let value_range = unquoted(self.text, found.value.clone());
        let masked = self.masked(value_range.clone());
        let mut inner = FileFacts::default();
        let value = shell::text_in(&mut self.scope, &masked, value_range.start as u32, self.file, &mut inner);
        let conditional = self.text[found.operator.clone()].starts_with('?');
        let key_at = self.loc(&found.name);
        if conditional {
            self.facts.env_uses.push(EnvUse { key: name.clone(), at: key_at, need: Need::Optional });
        }
        self.facts.env_uses.append(&mut inner.env_uses);
        let appends = self.text[found.operator.clone()].starts_with('+');
        self.scope.set(&name, if appends { Held::Unknown } else { Held::Text(value.clone()) });
        let role = if conditional || found.exported { Role::Environment } else { Role::Setting };
        let value_at = match value.pieces.as_slice() {
            [Piece::Literal { at, .. }] => *at,
            _ => self.loc(&value_range),
        };
        self.facts.entries.push(Entry { path: vec![name], key_at, value, value_at, role, commented: false });
    }

    fn recipe(&mut self, range: Range<usize>) {
        let line = &self.text[range.clone()];
        let skipped = line.len() - line.trim_start_matches([' ', '\t', '@', '-', '+']).len();
        let range = range.start + skipped..range.end;
        let masked = self.masked(range.clone());
        let mark = self.scope.mark();
        shell::script_in(&mut self.scope, &masked, range.start as u32, self.file, None, &mut self.facts);
        self.scope.rollback(mark);
    }

    /// The range as a shell sees it: `$$` is a dollar sign, `$(X)` is `${X}` where the file defines it and unknown where not.
    fn masked(&self, range: Range<usize>) -> String {
        let mut blanked = Blanked::new(self.text, range.clone());
        let bytes = self.text.as_bytes();
        let mut at = range.start;
        if self.just {
            while let Some(start) = self.text[at..range.end].find("{{").map(|found| at + found) {
                at = self.text[start..range.end].find("}}").map_or(range.end, |found| start + found + 2);
                let name = self.text.get(start + 2..at.saturating_sub(2)).unwrap_or_default().trim();
                let known = self.defined.contains(name) && !name.contains(['-', '.']);
                blanked.blank(start..at, 0);
                blanked.write(start, &if known { format!("${{{name}}}") } else { "$?".to_owned() });
            }
            return blanked.text();
        }
        while let Some(dollar) = memchr::memchr(b'$', &bytes[at..range.end]).map(|found| at + found) {
            at = self.mask_dollar(dollar, range.end, &mut blanked);
        }
        blanked.text()
    }

    /// Masks what stands behind a dollar sign; returns where to go on.
    fn mask_dollar(&self, dollar: usize, end: usize, blanked: &mut Blanked) -> usize {
        let bytes = self.text.as_bytes();
        let next = if dollar + 1 < end { bytes[dollar + 1] } else { b'\n' };
        match next {
            b'$' => blanked.blank(dollar..dollar + 1, 0),
            b'(' | b'{' => {
                let close = closing(&bytes[..end], dollar + 1);
                let name = self.text.get(dollar + 2..close.saturating_sub(1)).unwrap_or_default();
                if self.known(name) {
                    blanked.write(dollar + 1, "{");
                    blanked.write(close - 1, "}");
                } else {
                    blanked.blank(dollar..close, 0);
                    blanked.write(dollar, "$?");
                }
                return close;
            }
            byte if byte.is_ascii() && byte != b'\n' => blanked.write(dollar, "$?"),
            _ => {}
        }
        floor(self.text, (dollar + 2).min(end))
    }

    fn known(&self, name: &str) -> bool {
        let is_name = name
            .bytes()
            .enumerate()
            .all(|(at, byte)| byte == b'_' || byte.is_ascii_alphabetic() || at > 0 && byte.is_ascii_digit());
        is_name && !name.is_empty() && (self.from_env_file || self.defined.contains(name))
    }
}

/// The offset behind the bracket that closes the one at `open`.
fn closing(bytes: &[u8], open: usize) -> usize {
    let (opens, closes) = if bytes[open] == b'(' { (b'(', b')') } else { (b'{', b'}') };
    let mut depth = 0usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        depth += usize::from(*byte == opens);
        if *byte == closes {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    bytes.len()
}

/// The range without a pair of quotes around all of it.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let quoted = |quote: char| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote);
    if quoted('"') || quoted('\'') { range.start + 1..range.end - 1 } else { range }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal { text, .. } => text.clone(),
            Piece::Env { keys, .. } => format!("{{{}}}", keys[0]),
            Piece::Unknown { .. } => "{?}".to_owned(),
        };
        text.pieces.iter().map(piece).collect()
    }

    fn commands(path: &str, source: &str) -> Vec<String> {
        let facts = lower(path, source, FileId(0));
        let words =
            |it: &super::super::Command| it.words.iter().map(|word| show(&word.text)).collect::<Vec<_>>().join(" · ");
        facts.commands.iter().map(words).collect()
    }

    #[test]
    fn recipes_are_shell_behind_make_variables() {
        let source = "APP = proj # app\nworker: deps ; @echo $(APP)\n\t@-celery -A $(APP) --broker redis://:pw@c/0 \\\n\t  worker $(X) $$Q $@\n\
                      \tfor i in $$(seq 3); do echo $$i $(shell date) ; done\n";
        assert_eq!(
            commands("Makefile", source),
            [
                "echo · proj",
                "celery · -A · proj · --broker · redis://:pw@c/0 · worker · {?} · {Q} · {?}",
                "seq · 3",
                "echo · {?} · {?}"
            ]
        );
        let facts = lower("Makefile", source, FileId(0));
        assert_eq!(facts.env_uses.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["Q"]);
        assert_eq!(&source[facts.comments[0].range()], "# app");
    }

    #[test]
    fn exports_and_conditional_variables_are_environment() {
        let source =
            "PW = a\nexport URL := redis://:$(PW)@h\nN ?= 2\ntest: export T=1\ntest:\n\techo\nifeq ($(A),b)\nendif\n";
        let facts = lower("Makefile", source, FileId(0));
        let entries: Vec<_> = facts.entries.iter().map(|it| (it.key(), show(&it.value), it.role)).collect();
        let expected = [
            ("PW", "a", Role::Setting),
            ("URL", "redis://:a@h", Role::Environment),
            ("N", "2", Role::Environment),
            ("T", "1", Role::Environment),
        ];
        assert_eq!(entries, expected.map(|(key, value, role)| (key, value.to_owned(), role)));
        assert_eq!(
            facts.env_uses.iter().map(|it| (it.key.as_str(), it.need)).collect::<Vec<_>>(),
            [("N", Need::Optional)]
        );
    }

    #[test]
    fn an_included_env_file_answers_for_undefined_variables() {
        let source = "-include .env\nexport\nrun:\n\tcelery -b $(BROKER)\n";
        let facts = lower("Makefile", source, FileId(0));
        assert_eq!(facts.env_uses[0].key, "BROKER");
        assert!(!facts.env_file_refs[0].required);
    }

    #[test]
    fn justfiles_have_their_own_interpolation() {
        let source = "export URL := \"redis://:pw@h\"\nrun app:\n  @celery -A {{app}} worker $Q\n";
        assert_eq!(commands("justfile", source), ["celery · -A · {?} · worker · {Q}"]);
        assert_eq!(
            commands("justfile", "app := \"p\"\nrun:\n  celery -A {{ app }} beat\n"),
            ["celery · -A · p · beat"]
        );
        assert_eq!(&source[lower("justfile", source, FileId(0)).entries[0].value_at.span.range()], "redis://:pw@h");
    }

    #[test]
    fn nothing_makes_the_reader_panic() {
        for text in ["$(", "\t$(é", "\t$é$", "=", "A=$", "x: ;$", "\t{{", "A\\\n", "export =", "\t${}$()"] {
            lower("Makefile", &text.repeat(40), FileId(0));
            lower("justfile", text, FileId(0));
        }
    }
}
