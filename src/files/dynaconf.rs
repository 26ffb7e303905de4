//! Dynaconf's lazy values: `@format {env[X]}`, `@env X`, `@jinja {{ env.X }}`.

use std::ops::Range;

use crate::source::text::place_in_literal;
use crate::source::{Loc, Piece, Text};

/// The text that a lazy value stands for; None when the text is no lazy value.
pub fn resolved(text: &Text) -> Option<Text> {
    let [Piece::Literal { text, at }] = text.pieces.as_slice() else { return None };
    let value = Lazy { text, at: *at };
    if let Some(rest) = text.strip_prefix("@format ") {
        return Some(value.format(text.len() - rest.len()));
    }
    if let Some(rest) = text.strip_prefix("@env ") {
        let (name, default) = rest.split_once(' ').map_or((rest, None), |(name, default)| (name, Some(default)));
        let default = default.map(|default| value.literal(text.len() - default.len()..text.len()));
        return Some(value.env(name, default));
    }
    text.starts_with("@jinja ").then(|| Text::unknown(Some(*at)))
}

struct Lazy<'l> {
    text: &'l str,
    at: Loc,
}

impl Lazy<'_> {
    fn literal(&self, range: Range<usize>) -> Text {
        Text::literal(&self.text[range.clone()], place_in_literal(self.text, self.at, range))
    }

    fn env(&self, name: &str, default: Option<Text>) -> Text {
        Text { pieces: vec![Piece::Env { keys: vec![name.to_owned()], default: default.map(Box::new), at: self.at }] }
    }

    /// `{env[X]}` is an environment variable, `{this.x}` another setting.
    fn format(&self, start: usize) -> Text {
        let mut found = Text::default();
        let mut from = start;
        while let Some(open) = self.text[from..].find('{').map(|at| from + at) {
            let Some(close) = self.text[open..].find('}').map(|at| open + at) else { break };
            if from < open {
                found.push(self.literal(from..open));
            }
            let body = &self.text[open + 1..close];
            let name =
                body.strip_prefix("env[").and_then(|rest| rest.strip_suffix(']')).or_else(|| body.strip_prefix("env."));
            let at = place_in_literal(self.text, self.at, open..close + 1);
            found.push(match name {
                Some(name) => Lazy { text: self.text, at }.env(name.trim_matches(['"', '\'']), None),
                None => Text::unknown(Some(at)),
            });
            from = close + 1;
        }
        if from < self.text.len() {
            found.push(self.literal(from..self.text.len()));
        }
        found
    }
}
