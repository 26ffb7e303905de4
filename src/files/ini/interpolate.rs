//! The interpolations that INI dialects know: `%(x)s`, `%(ENV_X)s`, `{env:X:default}`, `$(X)`.

use rustc_hash::FxHashMap;

use crate::source::{FileId, Loc, Piece, Span, Text};

/// Values that `%(name)s` can stand for, by section and name.
pub type Known = FxHashMap<(String, String), Text>;

/// How one file interpolates.
pub struct Dialect<'k> {
    pub file: FileId,
    pub known: &'k Known,
    /// tox: `{env:X}`.
    pub braces: bool,
    /// uWSGI: `$(X)`.
    pub dollars: bool,
}

impl Dialect<'_> {
    /// The text of a span, interpolations resolved; `section` is where the value stands.
    pub fn text(&self, source: &str, span: Span, section: &str) -> Text {
        let mut found = Text::default();
        let mut from = span.start as usize;
        let mut at = from;
        let end = span.end as usize;
        while let Some(next) = memchr::memchr3(b'%', b'{', b'$', &source.as_bytes()[at..end]).map(|index| at + index) {
            let Some((length, piece)) = self.interpolation(&source[next..end], next, section) else {
                at = next + 1;
                continue;
            };
            self.literal(source, from, next, &mut found);
            found.push(piece);
            at = next + length;
            from = at;
        }
        self.literal(source, from, end, &mut found);
        found
    }

    fn literal(&self, source: &str, from: usize, to: usize, found: &mut Text) {
        if from < to {
            found.push(Text::literal(&source[from..to], self.loc(from, to)));
        }
    }

    fn loc(&self, from: usize, to: usize) -> Loc {
        Loc::new(self.file, Span::of(from, to))
    }

    /// The interpolation at the start of `rest`, with its length.
    fn interpolation(&self, rest: &str, at: usize, section: &str) -> Option<(usize, Text)> {
        if rest.starts_with("%%") {
            return Some((2, Text::literal("%", self.loc(at + 1, at + 2))));
        }
        if let Some(name) = between(rest, "%(", ")") {
            let length = name.len() + 3;
            // The `s` of `%(x)s`; any other letter is a format that configparser does not know.
            rest[length..].starts_with('s').then_some(())?;
            return Some((length + 1, self.named(name, self.loc(at, at + length + 1), section)));
        }
        if let Some(name) = between(rest, "$(", ")").filter(|_| self.dollars) {
            let place = self.loc(at, at + name.len() + 3);
            return Some((name.len() + 3, env(name, None, place)));
        }
        if let Some(body) = between(rest, "{env:", "}").filter(|_| self.braces) {
            let length = body.len() + 6;
            let (name, default) = body.split_once(':').map_or((body, None), |(name, default)| (name, Some(default)));
            let start = at + 5 + name.len() + 1;
            let default = default.map(|text| match text {
                "" => Text::default(),
                _ => Text::literal(text, self.loc(start, start + text.len())),
            });
            return Some((length, env(name, default, self.loc(at, at + length))));
        }
        if let Some(body) = between(rest, "{", "}").filter(|_| self.braces) {
            let length = body.len() + 2;
            return Some((length, Text::unknown(Some(self.loc(at, at + length)))));
        }
        let body = between(rest, "${", "}")?;
        let length = body.len() + 3;
        Some((length, Text::unknown(Some(self.loc(at, at + length)))))
    }

    fn named(&self, name: &str, at: Loc, section: &str) -> Text {
        if let Some(key) = name.strip_prefix("ENV_") {
            return env(key, None, at);
        }
        let lookup = |section: &str| self.known.get(&(section.to_owned(), name.to_lowercase()));
        lookup(section).or_else(|| lookup("DEFAULT")).cloned().unwrap_or_else(|| Text::unknown(Some(at)))
    }
}

fn env(name: &str, default: Option<Text>, at: Loc) -> Text {
    Text { pieces: vec![Piece::Env { keys: vec![name.to_owned()], default: default.map(Box::new), at }] }
}

/// What stands between `open`, with which `text` starts, and the next `close`, when that is one short name.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(open)?;
    let limit = rest.char_indices().map(|(at, _)| at).nth(120).unwrap_or(rest.len());
    rest[..limit].find(close).map(|end| &rest[..end]).filter(|body| !body.is_empty() && !body.contains(['{', '(', '"']))
}
