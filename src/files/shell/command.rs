//! Simple commands: assignments, what a command does to the script's variables, and the commands inside commands.

use std::ops::Range;

use super::lex::{self, Part, RawWord, Token, is_name_byte, is_name_start};
use super::scope::Held;
use super::walk::{Item, Walker};
use crate::files::{EnvFileRef, Need, Word};
use crate::source::{Loc, Piece, Text};

/// Builtins whose arguments are assignments.
const DECLARES: &[&str] = &["export", "declare", "typeset", "local", "readonly"];

/// Those that make a name the script's own, also without a value.
const OWN: &[&str] = &["declare", "typeset", "local"];

/// Commands that only ask whether something holds.
const TESTS: &[&str] = &["[", "test"];

/// Sourced scripts that set nothing a project would read.
const HARMLESS: &[&str] = &["activate", "profile", ".profile", ".bashrc", "bashrc", "nvm.sh", "conda.sh"];

/// Prefixes that run the rest of the command.
const PREFIXES: &[&str] = &["exec", "builtin", "nohup", "command", "env"];

/// `NAME=`, `NAME+=`, `NAME[0]=` at the start of a word.
struct Assignment {
    name: Range<usize>,
    /// Where the value starts.
    value: usize,
    appends: bool,
    element: bool,
}

/// One variable with what it is given.
type Given = (String, Held);

impl Walker<'_> {
    fn assignment(&self, word: &RawWord) -> Option<Assignment> {
        let Some(Part::Literal { range, quoted: false }) = word.parts.first() else { return None };
        let text = self.source.text[range.clone()].as_bytes();
        let name = text.iter().take_while(|byte| is_name_byte(**byte)).count();
        text.first().filter(|byte| is_name_start(**byte))?;
        let mut at = name;
        let element = text.get(at) == Some(&b'[');
        if element {
            at += text[at..].iter().position(|byte| *byte == b']')? + 1;
        }
        let appends = text.get(at) == Some(&b'+');
        at += usize::from(appends);
        let name = range.start..range.start + name;
        (text.get(at) == Some(&b'=')).then_some(Assignment { name, value: range.start + at + 1, appends, element })
    }

    /// Whether `(` after the word starts an array.
    pub(super) fn opens_array(&self, word: &RawWord) -> bool {
        word.parts.len() == 1 && self.assignment(word).is_some_and(|found| found.value == word.range.end)
    }

    pub(super) fn command(&mut self, items: &[Item]) {
        let leading = items.iter().take_while(|item| self.is_assignment(item)).count();
        let (assignments, rest) = items.split_at(leading);
        let (rest, prefixed) = self.strip(rest);
        let name = rest.first().and_then(|item| item.bare(self));
        if rest.is_empty() || name.is_some_and(|name| DECLARES.contains(&name)) {
            for item in assignments.iter().chain(prefixed) {
                self.assign(item, prefixed.is_empty());
            }
            self.declare(name.unwrap_or_default(), rest.get(1..).unwrap_or_default());
            return;
        }
        let given: Vec<Given> = assignments.iter().chain(prefixed).filter_map(|item| self.given(item)).collect();
        if name.is_some_and(|name| TESTS.contains(&name)) {
            let words: Vec<&RawWord> = rest.iter().map(Item::word).collect();
            return self.test(&words);
        }
        let words: Vec<Word> = rest.iter().flat_map(|item| self.expand(item.word())).collect();
        let mark = self.scope.mark();
        for (name, held) in given {
            self.scope.set(&name, held);
        }
        self.look_through(&words);
        self.scope.rollback(mark);
        self.effects(name.unwrap_or_default(), &words);
        let range =
            rest.first().map_or(0, |item| item.word().range.start)..rest.last().map_or(0, |item| item.word().range.end);
        let at = self.loc(&range);
        self.push_command(words, at);
    }

    fn is_assignment(&self, item: &Item) -> bool {
        self.assignment(item.word()).is_some()
    }

    fn expand(&mut self, word: &RawWord) -> Vec<Word> {
        let at = self.loc(&word.range);
        self.fields(word).into_iter().map(|text| Word { text, at }).collect()
    }

    /// The command behind `exec`, `env A=b` …, and the assignments of `env`.
    fn strip<'i, 't>(&self, mut items: &'i [Item<'t>]) -> (&'i [Item<'t>], &'i [Item<'t>]) {
        let mut assignments: &[Item] = &[];
        while let Some(name) = items.first().and_then(|item| item.bare(self)).filter(|name| PREFIXES.contains(name)) {
            let mut next = 1;
            while let Some(option) = items.get(next).and_then(|item| item.bare(self)).filter(|it| it.starts_with('-')) {
                if name == "command" && option != "-p" {
                    return (items, assignments);
                }
                next += if matches!((name, option), ("env", "-u" | "-C") | ("exec", "-a")) { 2 } else { 1 };
            }
            items = items.get(next..).unwrap_or_default();
            if name == "env" {
                let count = items.iter().take_while(|item| self.is_assignment(item)).count();
                (assignments, items) = items.split_at(count);
            }
        }
        (items, assignments)
    }

    /// Evaluates an assignment and records its entry.
    fn given(&mut self, item: &Item) -> Option<Given> {
        let word = item.word();
        let found = self.assignment(word)?;
        let name = self.source.text[found.name.clone()].to_owned();
        if let Item::Array(_, words) = item {
            let list = words.iter().flat_map(|word| self.fields(word)).collect();
            return Some((name.clone(), self.appended(&name, Held::List(list), found.appends)));
        }
        let (Part::Literal { range, .. }, rest) = word.parts.split_first()? else { return None };
        let mut value = Text::default();
        if found.value < range.end {
            let literal = found.value..range.end;
            value = Text::literal(&self.source.text[literal.clone()], self.loc(&literal));
        }
        let rest = self.text_of(rest);
        value.push(rest);
        self.entry(&name, &found.name, value.clone(), &(found.value..word.range.end));
        let held = if found.element { Held::Unknown } else { Held::Text(value) };
        Some((name.clone(), self.appended(&name, held, found.appends)))
    }

    fn appended(&mut self, name: &str, held: Held, appends: bool) -> Held {
        if !appends {
            return held;
        }
        match (self.scope.take(name), held) {
            (Some(Held::Text(mut text)), Held::Text(more)) if text.pieces.len() < 64 => {
                text.push(more);
                Held::Text(text)
            }
            (Some(Held::List(mut list)), Held::List(more)) if list.len() < 256 => {
                list.extend(more);
                Held::List(list)
            }
            _ => Held::Unknown,
        }
    }

    fn assign(&mut self, item: &Item, keep: bool) {
        if let Some((name, held)) = self.given(item).filter(|_| keep) {
            self.scope.set(&name, held);
        }
    }

    /// A line of assignments and nothing else.
    pub(super) fn assignments(&mut self) {
        for token in lex::tokens(self.source.text, 0..self.source.text.len(), false) {
            if let Token::Word(word) = token {
                self.assign(&Item::Word(&word), true);
            }
        }
    }

    /// The arguments of `export`, `local` …
    fn declare(&mut self, builtin: &str, items: &[Item]) {
        let exports = builtin == "export" || items.first().and_then(|item| item.bare(self)) == Some("-x");
        for item in items {
            let own = item.bare(self).filter(|name| OWN.contains(&builtin) && name.bytes().all(is_name_byte));
            if let Some(found) = self.assignment(item.word()) {
                self.assign(item, true);
                if exports {
                    self.out.exports.push(self.source.text[found.name].to_owned());
                }
            } else if let Some(name) = own {
                self.scope.set(name, Held::Unknown);
            } else {
                let given = item.bare(self).filter(|name| exports && self.scope.take(name).is_some());
                self.out.exports.extend(given.map(str::to_owned));
                self.exporting = true;
                self.text_of(&item.word().parts);
                self.exporting = false;
            }
        }
    }

    /// `[ … ]`, `[[ … ]]`.
    pub(super) fn test(&mut self, words: &[&RawWord]) {
        self.testing = true;
        let mut names = Vec::new();
        for (index, word) in words.iter().enumerate() {
            self.text_of(&word.parts);
            let params =
                word.parts.iter().filter_map(|part| if let Part::Param(param) = part { Some(param) } else { None });
            names.extend(params.map(|param| param.name.clone()));
            let after_v = index > 0 && self.bare(words[index - 1]) == Some("-v");
            if let Some(name) = self.bare(word).filter(|_| after_v) {
                let (name, range) = (name.to_owned(), word.range.clone());
                if self.scope.take(&name).is_none() {
                    self.read_key(&name, &range, Need::Optional);
                }
                names.push(name);
            }
        }
        self.testing = false;
        let negated = words.iter().any(|word| matches!(self.bare(word), Some("-z" | "!" | "!=")));
        if !negated && names.len() < 16 {
            self.tested.extend(names);
        }
    }

    /// What builtins do to the script's own variables.
    fn effects(&mut self, name: &str, words: &[Word]) {
        let literal = |word: &Word| word.text.as_literal();
        let names: Vec<String> = match name {
            "read" | "unset" => words.iter().skip(1).filter_map(literal).collect(),
            "getopts" => words.get(2).and_then(literal).into_iter().collect(),
            "mapfile" | "readarray" => words.iter().skip(1).filter_map(literal).collect(),
            "printf" if words.get(1).and_then(literal).as_deref() == Some("-v") => {
                words.get(2).and_then(literal).into_iter().collect()
            }
            "source" | "." => {
                self.sourced(words.get(1), !self.scope.nested() && !self.conditional);
                return;
            }
            "cat" | "grep" | "egrep" | "sed" | "xargs" | "envsubst" if self.exporting => {
                for word in words.iter().skip(1) {
                    self.sourced(Some(word), !self.scope.nested() && !self.conditional);
                }
                return;
            }
            "printenv" => return self.printenv(words),
            _ => return,
        };
        for name in names.iter().filter(|name| name.bytes().all(is_name_byte)) {
            self.scope.set(name, Held::Unknown);
        }
    }

    fn printenv(&mut self, words: &[Word]) {
        for word in words.iter().skip(1) {
            if let Some(key) = word.text.as_literal().filter(|key| !key.is_empty() && key.bytes().all(is_name_byte)) {
                let start = (word.at.span.start - self.source.base) as usize;
                self.read_key(&key, &(start..start + word.at.span.len() as usize), Need::Required);
            }
        }
    }

    /// `. ./.env`
    fn sourced(&mut self, word: Option<&Word>, required: bool) {
        let Some(word) = word else { return };
        let last = word.text.pieces.last();
        let Some(Piece::Literal { text, .. }) = last else {
            self.scope.foreign |= !self.exporting;
            return;
        };
        let name = text.rsplit('/').next().unwrap_or_default();
        let is_env = name.starts_with(".env") || name.ends_with(".env") || name == ".flaskenv";
        if is_env && !name.ends_with(".sh") {
            self.env_file(word.text.clone(), word.at, required);
        } else if !self.exporting && !HARMLESS.contains(&name) {
            self.scope.foreign = true;
        }
    }

    pub(super) fn env_file(&mut self, path: Text, at: Loc, required: bool) {
        let service = self.service.map(str::to_owned);
        self.out.env_file_refs.push(EnvFileRef { path, at, required, service });
    }
}

impl<'t> Item<'t> {
    fn word(&self) -> &'t RawWord {
        match self {
            Self::Word(word) | Self::Array(word, _) => word,
        }
    }

    fn bare<'s>(&self, walker: &Walker<'s>) -> Option<&'s str> {
        match self {
            Self::Word(word) => walker.bare(word),
            Self::Array(..) => None,
        }
    }
}
