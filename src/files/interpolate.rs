//! `${VAR}` in all its forms: compose, shell, env files, CI and Helm each expand some of them.
//!
//! | form | compose | shell | python-dotenv | here |
//! |---|---|---|---|---|
//! | `${X}` | yes | yes | yes | environment |
//! | `$X` | yes | yes | no | environment, literal in env files and settings |
//! | `${X:-d}` `${X-d}` `${X:=d}` `${X=d}` | yes (not `=`) | yes | only `:-` | environment with a default |
//! | `${X:?e}` `${X?e}` | yes | yes | no | environment |
//! | `${X:+a}` `${X+a}` | yes | yes | no | environment, `a` as its default: a literal in it stays visible |
//! | `${X%%…}` `${X:0:3}` `${#X}` | no | yes | no | unknown |
//! | `$$` | `$` | process id | `$$` | as the reader does |
//! | `$(…)`, `${{ … }}`, `{{ … }}`, `{% … %}` | no | `$(…)` | no | unknown |

use std::ops::Range;

use memchr::memmem;
use rustc_hash::FxHashMap;

use super::mapped::Mapped;
use super::{EnvUse, Need};
use crate::source::{FileId, Loc, Piece, Text};

/// Whose rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Values of env files as python-dotenv reads them; braced forms only.
    Dotenv,
    /// Compose files, and GitLab's variables, which use the same signs.
    Compose,
    /// Shell text as it stands between double quotes: backslash escapes, `` `command` ``, `$1`.
    Shell,
    /// Everything that is read by programs with their own rules (Kubernetes, Helm, GitHub, settings files): a braced name is
    /// taken for an environment variable, `$X` is not.
    Settings,
}

/// How deep defaults may nest (`${A:-${B:-${C}}}`); what is deeper is unknown.
const MAX_DEPTH: usize = 8;

/// What follows a name inside braces. The longer form comes first.
const OPERATORS: [(&str, Operator); 8] = [
    (":-", Operator::Default),
    (":=", Operator::Default),
    (":+", Operator::Alternative),
    (":?", Operator::Error),
    ("-", Operator::Default),
    ("=", Operator::Default),
    ("+", Operator::Alternative),
    ("?", Operator::Error),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Default,
    Alternative,
    Error,
}

/// Splits a text into literals and environment variables. Each variable is added to `uses` with the span of its name.
pub fn interpolate(text: &Mapped, syntax: Syntax, file: FileId, uses: &mut Vec<EnvUse>) -> Text {
    let source = text.as_str();
    if memchr::memchr3(b'$', b'{', b'\\', source.as_bytes()).is_none() && !source.contains('`') {
        return text.to_text(file);
    }
    let mut scan = Scan { text, source, syntax, file, uses, pairs: pairs(source), templates: Templates::new(source) };
    scan.text(0..source.len(), 0)
}

/// The same for a text that stands at byte `start` of its file as it is.
pub fn interpolate_at(text: &str, start: u32, syntax: Syntax, file: FileId, uses: &mut Vec<EnvUse>) -> Text {
    interpolate(&Mapped::verbatim(text, start), syntax, file, uses)
}

/// Whether `name` can be the name of an environment variable.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name_length(name) == name.len()
}

/// How many bytes at the start of `text` are a variable's name.
pub fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first().is_none_or(u8::is_ascii_digit) {
        return 0;
    }
    bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

/// Finds `{{ … }}` and `{% … %}` in linear time: an opener after the last closer is never searched for.
struct Templates<'a> {
    source: &'a str,
    last_expression: Option<usize>,
    last_tag: Option<usize>,
}

impl<'a> Templates<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, last_expression: source.rfind("}}"), last_tag: source.rfind("%}") }
    }

    /// The end of the template expression that opens at `at`.
    fn end(&self, at: usize) -> Option<usize> {
        let (close, last) = match self.source.as_bytes().get(at..at + 2)? {
            b"{{" => ("}}", self.last_expression?),
            b"{%" => ("%}", self.last_tag?),
            _ => return None,
        };
        let from = at + 2;
        (from <= last).then(|| self.source[from..].find(close).map(|found| from + found + 2)).flatten()
    }
}

/// The places of `{{ … }}` and `{% … %}` in a text, in order.
pub fn template_ranges(source: &str) -> Vec<Range<usize>> {
    let templates = Templates::new(source);
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in memmem::find_iter(source.as_bytes(), "{") {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        if let Some(end) = templates.end(at) {
            found.push(at..end);
        }
    }
    found
}

/// Which `${` belongs to which `}`, and which `(` to which `)`, by the offset of the opening sign.
fn pairs(source: &str) -> FxHashMap<usize, usize> {
    let bytes = source.as_bytes();
    let (mut braces, mut parens, mut pairs) = (Vec::new(), Vec::new(), FxHashMap::default());
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => braces.push(at),
            b'(' => parens.push(at),
            b'}' => pairs.extend(braces.pop().map(|open| (open, at))),
            b')' => pairs.extend(parens.pop().map(|open| (open, at))),
            _ => {}
        }
    }
    pairs
}

struct Scan<'a, 'u> {
    text: &'a Mapped,
    source: &'a str,
    syntax: Syntax,
    file: FileId,
    uses: &'u mut Vec<EnvUse>,
    pairs: FxHashMap<usize, usize>,
    templates: Templates<'a>,
}

impl Scan<'_, '_> {
    fn text(&mut self, range: Range<usize>, depth: usize) -> Text {
        let mut out = Text::default();
        let (mut at, mut literal) = (range.start, range.start);
        while let Some(found) = self.source.get(at..range.end).and_then(|rest| rest.find(['$', '{', '\\', '`'])) {
            at += found;
            let Some((end, piece)) = self.special(at, range.end, depth) else {
                at += 1;
                continue;
            };
            out.push(self.text.literals(literal..at, self.file));
            out.push(piece);
            (at, literal) = (end, end);
        }
        out.push(self.text.literals(literal..range.end, self.file));
        out
    }

    /// What stands at a special character: where it ends and what it means. None when it is a literal.
    fn special(&mut self, at: usize, end: usize, depth: usize) -> Option<(usize, Text)> {
        let rest = self.source.get(at..end)?;
        if let Some(close) = self.template(at, rest).filter(|close| *close <= end) {
            return Some((close, self.unknown(at..close)));
        }
        match rest.as_bytes() {
            [b'\\', escaped, ..] if self.syntax == Syntax::Shell => self.escape(at, *escaped),
            [b'`', ..] if self.syntax == Syntax::Shell => {
                let close = at + 2 + rest[1..].find('`')?;
                Some((close, self.unknown(at..close)))
            }
            [b'$', b'$', ..] => self.double_dollar(at),
            [b'$', b'(', ..] => {
                let close = self.closing(at + 1, end)? + 1;
                Some((close, self.unknown(at..close)))
            }
            [b'$', b'{', ..] => {
                let close = self.closing(at + 1, end)?;
                Some((close + 1, self.braced(at, close, depth)))
            }
            [b'$', ..] => self.bare(at, &rest[1..]),
            _ => None,
        }
    }

    fn closing(&self, open: usize, end: usize) -> Option<usize> {
        self.pairs.get(&open).copied().filter(|close| *close < end)
    }

    /// The end of `{{ … }}`, `{% … %}` or `${{ … }}` at `at`.
    fn template(&self, at: usize, rest: &str) -> Option<usize> {
        self.templates.end(at + usize::from(rest.starts_with("${{")))
    }

    fn unknown(&self, range: Range<usize>) -> Text {
        Text::unknown(Some(Loc::new(self.file, self.text.span(range))))
    }

    /// A literal whose text is not what stands in the source.
    fn decoded(&self, text: &str, range: Range<usize>) -> Text {
        Text::literal(text, Loc::new(self.file, self.text.span(range)))
    }

    fn escape(&self, at: usize, escaped: u8) -> Option<(usize, Text)> {
        let text = match escaped {
            b'$' => "$",
            b'\\' => "\\",
            b'`' => "`",
            b'"' => "\"",
            b'\n' => return Some((at + 2, Text::default())),
            _ => return None,
        };
        Some((at + 2, self.decoded(text, at..at + 2)))
    }

    fn double_dollar(&self, at: usize) -> Option<(usize, Text)> {
        let text = match self.syntax {
            Syntax::Compose => self.decoded("$", at..at + 2),
            Syntax::Shell => self.unknown(at..at + 2),
            // python-dotenv reads `$${X}` as a dollar sign and a variable.
            Syntax::Dotenv | Syntax::Settings => return None,
        };
        Some((at + 2, text))
    }

    /// `$NAME`, and in a shell `$1`, `$@` ….
    fn bare(&mut self, at: usize, rest: &str) -> Option<(usize, Text)> {
        if matches!(self.syntax, Syntax::Dotenv | Syntax::Settings) {
            return None;
        }
        let length = name_length(rest);
        if length > 0 {
            let name = at + 1..at + 1 + length;
            return Some((name.end, self.variable(at..name.end, name, None, Need::Required)));
        }
        let positional = rest.starts_with(|c: char| c.is_ascii_digit() || "@*#?-!".contains(c));
        (self.syntax == Syntax::Shell && positional).then(|| (at + 2, self.unknown(at..at + 2)))
    }

    /// `${…}` whose closing brace stands at `close`.
    fn braced(&mut self, at: usize, close: usize, depth: usize) -> Text {
        let inner = &self.source[at + 2..close];
        let name = at + 2..at + 2 + name_length(inner);
        let tail = &self.source[name.end..close];
        if name.is_empty() || depth >= MAX_DEPTH {
            return self.unknown(at..close + 1);
        }
        if tail.is_empty() {
            return self.variable(at..close + 1, name, None, need(Need::Required, depth));
        }
        let operator = OPERATORS.iter().find(|(sign, _)| tail.starts_with(sign));
        match operator {
            Some((_, Operator::Error)) => self.variable(at..close + 1, name, None, need(Need::Required, depth)),
            Some((sign, Operator::Default | Operator::Alternative)) => {
                let word = name.end + sign.len()..close;
                let index = self.uses.len();
                let default = self.text(word, depth + 1);
                let text = self.variable(at..close + 1, name, Some(default), Need::Optional);
                // The outer variable stands before those of its default.
                self.uses[index..].rotate_right(1);
                text
            }
            // `${X%%/*}`, `${X:0:3}`, `${X[0]}`: the variable is read, its value is changed.
            None => {
                self.add_use(name, need(Need::Required, depth));
                self.unknown(at..close + 1)
            }
        }
    }

    fn variable(&mut self, whole: Range<usize>, name: Range<usize>, default: Option<Text>, need: Need) -> Text {
        let keys = vec![self.source[name.clone()].to_owned()];
        self.add_use(name, need);
        let at = Loc::new(self.file, self.text.span(whole));
        Text { pieces: vec![Piece::Env { keys, default: default.map(Box::new), at }] }
    }

    fn add_use(&mut self, name: Range<usize>, need: Need) {
        let key = self.source[name.clone()].to_owned();
        self.uses.push(EnvUse { key, at: Loc::new(self.file, self.text.span(name)), need });
    }
}

/// A variable inside another one's default is a fallback: nothing fails as long as the outer one is set.
fn need(need: Need, depth: usize) -> Need {
    if depth == 0 { need } else { Need::Optional }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces as text: literals quoted, variables with their default in brackets, `?` for unknown.
    fn show(text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal { text, .. } => format!("{text:?}"),
            Piece::Env { keys, default: None, .. } => format!("${}", keys.join("|")),
            Piece::Env { keys, default: Some(default), .. } => format!("${}[{}]", keys.join("|"), show(default)),
            Piece::Unknown { .. } => "?".to_owned(),
        };
        text.pieces.iter().map(piece).collect::<Vec<_>>().join(" ")
    }

    fn read(text: &str, syntax: Syntax) -> (String, String) {
        let mut uses = Vec::new();
        let shown = show(&interpolate_at(text, 0, syntax, FileId(0), &mut uses));
        let uses = uses.iter().map(|found| {
            assert_eq!(&text[found.at.span.range()], found.key);
            format!("{}{}", found.key, if found.need == Need::Required { "!" } else { "?" })
        });
        (shown, uses.collect::<Vec<_>>().join(" "))
    }

    fn check(syntax: Syntax, rows: &[(&str, &str, &str)]) {
        for (text, pieces, uses) in rows {
            assert_eq!(read(text, syntax), ((*pieces).to_owned(), (*uses).to_owned()), "{text}");
        }
    }

    #[test]
    fn compose_knows_these_forms() {
        check(
            Syntax::Compose,
            &[
                ("redis://:${PW}@h/0", r#""redis://:" $PW "@h/0""#, "PW!"),
                ("$A/$B_1.x", r#"$A "/" $B_1 ".x""#, "A! B_1!"),
                ("${A:-d}${A-d}", r#"$A["d"] $A["d"]"#, "A? A?"),
                ("${A:?e}${A?e}", "$A $A", "A! A!"),
                ("${A:+a}${A+a}", r#"$A["a"] $A["a"]"#, "A? A?"),
                ("${A:-${B:-x}}y", r#"$A[$B["x"]] "y""#, "A? B?"),
                ("${A:-}", "$A[]", "A?"),
                ("$$A and $${B}", r#""$" "A and " "$" "{B}""#, ""),
                ("${A:-${B}}", "$A[$B]", "A? B?"),
                ("a$ b$1 ${", r#""a$ b$1 ${""#, ""),
                ("${{ secrets.X }}@h", r#"? "@h""#, ""),
                ("{{ .Values.x }}/$A", r#"? "/" $A"#, "A!"),
                ("$(A)x", r#"? "x""#, ""),
                ("${A%%/*}", "?", "A!"),
            ],
        );
    }

    #[test]
    fn env_files_and_settings_know_braces_only() {
        let rows = [
            ("p@ss#w$rd@h", r#""p@ss#w$rd@h""#, ""),
            ("pa$$word$", r#""pa$$word$""#, ""),
            ("$${A}", r#""$" $A"#, "A!"),
            ("${A}:${B:-x}", r#"$A ":" $B["x"]"#, "A! B?"),
            ("$A", r#""$A""#, ""),
            ("C:\\new`x`", r#""C:\\new`x`""#, ""),
        ];
        check(Syntax::Dotenv, &rows);
        check(Syntax::Settings, &rows);
    }

    #[test]
    fn a_shell_escapes_and_substitutes() {
        check(
            Syntax::Shell,
            &[
                (r#"\$A "\"#, r#""$" "A \"\\""#, ""),
                ("a`date`$(id -u (x))b", r#""a" ? ? "b""#, ""),
                ("$1 $@ $$", r#"? " " ? " " ?"#, ""),
                ("${A:=d}${B=d}", r#"$A["d"] $B["d"]"#, "A? B?"),
            ],
        );
    }

    #[test]
    fn hostile_nesting_ends_quickly() {
        let deep = "${A:-".repeat(50_000) + &"}".repeat(50_000);
        let open = "${A:-{{$(`".repeat(50_000);
        for text in [deep, open] {
            let mut uses = Vec::new();
            interpolate_at(&text, 0, Syntax::Shell, FileId(0), &mut uses);
            assert!(uses.len() <= MAX_DEPTH, "{}", uses.len());
        }
    }
}
