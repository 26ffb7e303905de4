//! Words of a script to [`Text`]: quotes are gone, known variables are replaced, the rest are reads of the environment.

use std::ops::Range;

use super::lex::{Param, ParamOp, Part, RawWord};
use super::scope::Held;
use super::walk::Walker;
use crate::files::{Entry, EnvUse, Need, Role};
use crate::source::{Loc, Piece, Text};

/// A text that grew beyond this many pieces (`X=$X$X`) is not followed.
const MAX_PIECES: usize = 256;

impl Walker<'_> {
    /// The word as one text, without splitting.
    pub(super) fn text_of(&mut self, parts: &[Part]) -> Text {
        let mut text = Text::default();
        for part in parts {
            let value = self.part(part);
            text.push(value);
        }
        self.bounded(text)
    }

    fn bounded(&self, text: Text) -> Text {
        if text.pieces.len() > MAX_PIECES { Text::unknown(None) } else { text }
    }

    /// The words that a word of a command becomes.
    pub(super) fn fields(&mut self, word: &RawWord) -> Vec<Text> {
        if let [Part::Param(param)] = word.parts.as_slice()
            && param.op == ParamOp::Plain
            && (param.all || !param.quoted)
            && let Some(Held::List(list)) = self.scope.take(&param.name)
        {
            return list;
        }
        let mut fields = vec![Text::default()];
        let mut filled = false;
        for part in &word.parts {
            let value = self.part(part);
            match part {
                Part::Param(param) if !param.quoted => filled |= split_into(value, &mut fields),
                _ => {
                    filled = true;
                    if let Some(last) = fields.last_mut() {
                        last.push(value);
                    }
                }
            }
        }
        if fields.len() > 1 && fields.last().is_some_and(Text::is_empty) {
            fields.pop();
        }
        if !filled && word.parts.len() == 1 {
            return Vec::new();
        }
        fields.into_iter().map(|field| self.bounded(field)).collect()
    }

    fn part(&mut self, part: &Part) -> Text {
        match part {
            Part::Literal { range, .. } => Text::literal(&self.source.text[range.clone()], self.loc(range)),
            Part::Decoded { text, range } => Text::literal(text.as_str(), self.loc(range)),
            Part::Opaque(range) => Text::unknown(Some(self.loc(range))),
            Part::Commands { body, range } => {
                self.inner(body.clone());
                self.looked_up(body).unwrap_or_else(|| Text::unknown(Some(self.loc(range))))
            }
            Part::Param(param) => self.param(param),
        }
    }

    /// `$(which celery)` stands for the program.
    fn looked_up(&self, body: &Range<usize>) -> Option<Text> {
        const ASKS: &[&str] = &["which ", "command -v ", "type -P "];
        let text = &self.source.text[body.clone()];
        let asks = ASKS.iter().find(|asks| text.starts_with(**asks))?;
        let name = &text[asks.len()..];
        let plain =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
        plain.then(|| Text::literal(name, self.loc(&(body.start + asks.len()..body.end))))
    }

    fn param(&mut self, param: &Param) -> Text {
        let held = self.scope.take(&param.name);
        if held.is_none() {
            self.read(param);
        }
        let at = self.loc(&param.range);
        match param.op {
            ParamOp::Plain => self.known(held, param, None),
            ParamOp::Default | ParamOp::Assign => {
                let default = self.text_of(&param.word);
                if param.op == ParamOp::Assign && held.is_none() {
                    self.entry(&param.name, &param.name_range, default.clone(), &param.word_range);
                }
                let text = self.known(held, param, Some(default));
                if param.op == ParamOp::Assign {
                    self.scope.set(&param.name, Held::Text(text.clone()));
                }
                text
            }
            ParamOp::Demand => {
                self.text_of(&param.word);
                self.known(held, param, None)
            }
            ParamOp::Alternative => {
                self.scope.guarded.push(param.name.clone());
                self.text_of(&param.word);
                self.scope.guarded.pop();
                Text::unknown(Some(at))
            }
            ParamOp::Length | ParamOp::Other => {
                self.text_of(&param.word);
                Text::unknown(Some(at))
            }
        }
    }

    /// What a parameter stands for: its value when the script gave it one, else the environment.
    fn known(&self, held: Option<Held>, param: &Param, default: Option<Text>) -> Text {
        let at = self.loc(&param.range);
        match held {
            Some(Held::Text(text)) if text.is_empty() && default.is_some() => default.unwrap_or_default(),
            Some(Held::Text(text)) => text,
            Some(Held::List(_) | Held::Unknown) => Text::unknown(Some(at)),
            None => {
                Text { pieces: vec![Piece::Env { keys: vec![param.name.clone()], default: default.map(Box::new), at }] }
            }
        }
    }

    fn read(&mut self, param: &Param) {
        let optional = match param.op {
            ParamOp::Default | ParamOp::Assign | ParamOp::Alternative | ParamOp::Length => true,
            ParamOp::Plain | ParamOp::Demand | ParamOp::Other => false,
        };
        let need = if optional { Need::Optional } else { Need::Required };
        // An array cannot come from the environment.
        if !param.all {
            self.read_key(&param.name, &param.range, need);
        }
    }

    pub(super) fn read_key(&mut self, key: &str, range: &Range<usize>, need: Need) {
        let at = self.loc(range);
        if !self.scope.seen.insert((at.span.start, at.span.end)) {
            return;
        }
        let optional = self.testing || self.scope.foreign || self.scope.guarded.iter().any(|guarded| guarded == key);
        let need = if optional { Need::Optional } else { need };
        let read = EnvUse { key: key.to_owned(), at, need };
        match self.scope.functions {
            0 => self.out.env_uses.push(read),
            _ => self.scope.deferred.push(read),
        }
    }

    pub(super) fn entry(&mut self, name: &str, name_range: &Range<usize>, value: Text, value_range: &Range<usize>) {
        let key_at = self.loc(name_range);
        // An exact place when the value is one run of characters: without its quotes.
        let value_at = match value.pieces.as_slice() {
            [Piece::Literal { at, .. }] if self.loc(value_range).span.contains(at.span) => *at,
            _ => self.loc(&self.unquoted(value_range)),
        };
        let path = vec![name.to_owned()];
        self.out.entries.push(Entry { path, key_at, value, value_at, role: Role::Environment, commented: false });
    }

    /// The range without a pair of quotes around all of it.
    fn unquoted(&self, range: &Range<usize>) -> Range<usize> {
        let text = &self.source.text[range.clone()];
        let quoted =
            text.len() >= 2 && ['"', '\''].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote));
        if quoted { range.start + 1..range.end - 1 } else { range.clone() }
    }

    pub(super) fn loc(&self, range: &Range<usize>) -> Loc {
        self.source.loc(range)
    }
}

/// Appends a text to the last field, splitting its literals at blanks; whether anything was appended.
fn split_into(value: Text, fields: &mut Vec<Text>) -> bool {
    let mut filled = false;
    for piece in value.pieces {
        let Piece::Literal { text, at } = &piece else {
            push(fields, piece);
            filled = true;
            continue;
        };
        let mut start = None;
        for (index, byte) in text.bytes().chain([b' ']).enumerate() {
            match (byte.is_ascii_whitespace(), start) {
                (false, None) => start = Some(index),
                (true, Some(from)) => {
                    let place = crate::source::text::place_in_literal(text, *at, from..index);
                    push(fields, Piece::Literal { text: text[from..index].to_owned(), at: place });
                    (filled, start) = (true, None);
                    next_field(fields, index < text.len());
                }
                (true, None) => next_field(fields, index < text.len()),
                (false, Some(_)) => {}
            }
        }
    }
    filled
}

fn next_field(fields: &mut Vec<Text>, blank: bool) {
    if blank && fields.last().is_some_and(|field| !field.pieces.is_empty()) {
        fields.push(Text::default());
    }
}

fn push(fields: &mut [Text], piece: Piece) {
    if let Some(last) = fields.last_mut() {
        last.pieces.push(piece);
    }
}
