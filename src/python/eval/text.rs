//! Strings: concatenation, `%`, `format`, `join`, `replace`, templates, and methods that keep a text's meaning.

use super::changes::merge_dict;
use super::external::with_userinfo;
use super::fields::{Field, Fields, brace_fields, dollar_fields, percent_fields};
use super::{Eval, Frame};
use crate::python::ir::*;
use crate::python::value::{Args, Dict, Made, Shared, Value, ValueKind};
use crate::source::text::place_in_literal;
use crate::source::{Loc, Piece, Span, Text};

/// How many operands of `a + b + …` are put together.
const MAX_OPERANDS: usize = 200;
/// How many alternative texts one expression may have.
const MAX_TEXTS: usize = 8;

impl Eval<'_> {
    /// The text of a value; one of several is unknown.
    pub(super) fn text_of(&self, value: &Value) -> Text {
        match &value.kind {
            ValueKind::OneOf(values) => values
                .iter()
                .find(|value| !value.is_unknown())
                .map_or_else(|| Text::unknown(value.at), |value| self.text_of(value)),
            ValueKind::Made(made) if made.callee.ends_with(".get_secret_value") => {
                made.receiver.as_ref().map_or_else(|| Text::unknown(value.at), |inner| self.text_of(inner))
            }
            _ => value.to_text(),
        }
    }

    /// `a + b + …` nests to the left, once for every operand: walked, not recursed into.
    pub(super) fn binary(&self, frame: Frame, op: BinaryOp, left: ExprId, right: ExprId, at: Loc) -> Value {
        let module = self.modules.get(frame.module);
        let mut chain = vec![(op, right, at)];
        let mut first = left;
        while let ExprKind::Binary { op, left, right } = &module.expr(first).kind {
            chain.push((*op, *right, self.loc(frame.module, module.span(first))));
            first = *left;
        }
        if chain.len() > MAX_OPERANDS {
            return Value::unknown();
        }
        chain.into_iter().rev().fold(self.eval(frame, first), |left, (op, right, at)| {
            self.combine(op, &left, &self.eval(frame, right), at)
        })
    }

    pub(super) fn combine(&self, op: BinaryOp, left: &Value, right: &Value, at: Loc) -> Value {
        if let ValueKind::OneOf(values) = &left.kind {
            return Value::one_of(values.iter().take(MAX_TEXTS).map(|left| self.combine(op, left, right, at)));
        }
        if let ValueKind::OneOf(values) = &right.kind {
            return Value::one_of(values.iter().take(MAX_TEXTS).map(|right| self.combine(op, left, right, at)));
        }
        let kind = match (op, &left.kind, &right.kind) {
            (BinaryOp::Modulo, ValueKind::Text(format), _) => ValueKind::Text(self.percent(format, right)),
            (BinaryOp::Add, ValueKind::List { items, open }, ValueKind::List { items: more, open: unsure }) => {
                ValueKind::List { items: items.iter().chain(more).cloned().collect(), open: *open || *unsure }
            }
            (BinaryOp::Add, ValueKind::List { items, .. }, _) => ValueKind::List { items: items.clone(), open: true },
            (BinaryOp::Add, ValueKind::Text(_), _) | (BinaryOp::Add, _, ValueKind::Text(_)) => {
                let mut text = self.text_of(left);
                text.push(self.text_of(right));
                ValueKind::Text(text)
            }
            // `Path(__file__).parent / "celery.toml"`
            (BinaryOp::Divide, _, ValueKind::Text(_)) => {
                let mut text = self.text_of(left);
                text.push(Text::literal("/", Loc::new(at.file, Span::new(at.span.start, at.span.start))));
                text.push(self.text_of(right));
                ValueKind::Text(text)
            }
            (BinaryOp::Add, ValueKind::Env(_), ValueKind::Env(_)) => {
                let mut text = left.to_text();
                text.push(right.to_text());
                ValueKind::Text(text)
            }
            (BinaryOp::Or, ValueKind::Dict(dict), _) => {
                let mut merged: Dict = dict.clone();
                merge_dict(&mut merged, right.clone());
                ValueKind::Dict(merged)
            }
            (_, ValueKind::Int(left), ValueKind::Int(right)) => int_op(op, *left, *right),
            (BinaryOp::Or, ValueKind::Made(first), ValueKind::Made(next))
                if first.is_signature() && next.is_signature() =>
            {
                let args = Args { positional: vec![left.clone(), right.clone()], ..Args::default() };
                ValueKind::Made(Shared::new(Made::call("celery.chain".to_owned(), None, args, first.site)))
            }
            _ => ValueKind::Unknown,
        };
        Value::new(kind, at)
    }

    /// `"…%s…" % values` and `"…%(key)s…" % mapping`.
    fn percent(&self, format: &Text, values: &Value) -> Text {
        let mut next = 0;
        let single = !matches!(values.kind, ValueKind::List { .. } | ValueKind::Dict(_));
        self.fill(format, percent_fields, |field| match field {
            Field::Escaped(text) => Filled::Literal(text),
            Field::Named(name) => Filled::Value(match &values.kind {
                ValueKind::Dict(dict) => dict.get(name).cloned(),
                _ => None,
            }),
            Field::Next => {
                let index = next;
                next += 1;
                Filled::Value(match &values.kind {
                    ValueKind::List { items, .. } => items.get(index).cloned(),
                    _ if single && index == 0 => Some(values.clone()),
                    _ => None,
                })
            }
            Field::Index(_) => Filled::Value(None),
        })
    }

    /// `"…{}…{name}…".format(...)`.
    fn format(&self, format: &Text, args: &Args) -> Text {
        let mut next = 0;
        self.fill(format, brace_fields, |field| match field {
            Field::Escaped(text) => Filled::Literal(text),
            Field::Named(path) => Filled::Value(self.format_path(path, args)),
            Field::Index(index) => Filled::Value(args.positional.get(index).cloned()),
            Field::Next => {
                next += 1;
                Filled::Value(args.positional.get(next - 1).cloned())
            }
        })
    }

    /// `name`, `0.attr`, `name[key]`.
    fn format_path(&self, path: &str, args: &Args) -> Option<Value> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (head, mut rest) = path.split_at(end);
        let mut value = match head.parse::<usize>() {
            Ok(index) => args.positional.get(index)?.clone(),
            Err(_) => args.named(head)?.clone(),
        };
        while !rest.is_empty() {
            if let Some(tail) = rest.strip_prefix('.') {
                let end = tail.find(['.', '[']).unwrap_or(tail.len());
                value = self.attr(&value, &tail[..end]);
                rest = &tail[end..];
            } else {
                let tail = rest.strip_prefix('[')?;
                let end = tail.find(']')?;
                value = match &value.kind {
                    ValueKind::Dict(dict) => dict.get(&tail[..end])?.clone(),
                    ValueKind::List { items, .. } => items.get(tail[..end].parse::<usize>().ok()?)?.clone(),
                    _ => return None,
                };
                rest = &tail[end + 1..];
            }
        }
        Some(value)
    }

    /// Replaces the fields of every literal piece.
    fn fill<'t>(
        &self,
        format: &'t Text,
        fields: fn(&'t str) -> Fields<'t>,
        mut value_of: impl FnMut(Field<'t>) -> Filled<'t>,
    ) -> Text {
        let mut filled = Text::default();
        for piece in &format.pieces {
            let Piece::Literal { text, at } = piece else {
                filled.pieces.push(piece.clone());
                continue;
            };
            let mut from = 0;
            for (range, field) in fields(text) {
                push_part(&mut filled, text, *at, from..range.start);
                from = range.end;
                match value_of(field) {
                    Filled::Literal(escaped) => filled.push(Text::literal(escaped, place_in_literal(text, *at, range))),
                    Filled::Value(value) => {
                        filled.push(value.map_or_else(|| Text::unknown(None), |value| self.text_of(&value)));
                    }
                }
            }
            push_part(&mut filled, text, *at, from..text.len());
        }
        filled
    }

    /// A method of a text (or of an environment read, which is a text).
    pub(super) fn text_method(&self, of: &Value, name: &str, args: &Args, at: Loc) -> Value {
        let text = of.to_text();
        let kind = match name {
            "format" => ValueKind::Text(self.format(&text, args)),
            "format_map" => {
                let mut named = Args::default();
                if let Some(Value { kind: ValueKind::Dict(dict), .. }) = args.positional.first() {
                    for (key, value) in &dict.entries {
                        if let (Some(name), Some(at)) = (key.as_literal(), key.at) {
                            named.named.push((name, value.clone(), at));
                        }
                    }
                }
                ValueKind::Text(self.format(&text, &named))
            }
            "join" => return self.joined(&text, args, at),
            "replace" => ValueKind::Text(self.replaced(&text, args)),
            "split" | "rsplit" | "splitlines" | "partition" | "rpartition" => split(&text, args, at),
            "lower" | "upper" | "title" | "capitalize" => match text.as_literal() {
                Some(literal) => ValueKind::Text(Text::literal(cased(&literal, name), of.at.unwrap_or(at))),
                None => ValueKind::Unknown,
            },
            // A URL object that was built of a text.
            "with_user" => {
                ValueKind::Text(with_userinfo(&text, args.positional.first().map(|v| self.text_of(v)), None))
            }
            "with_password" => {
                ValueKind::Text(with_userinfo(&text, None, args.positional.first().map(|v| self.text_of(v))))
            }
            // These keep what matters of the text: its secret parts, its environment reads, its default.
            "strip" | "lstrip" | "rstrip" | "removesuffix" | "removeprefix" => match trimmed(&text, name, args) {
                Some(trimmed) => ValueKind::Text(trimmed),
                None => return of.clone(),
            },
            "encode" | "decode" | "expandtabs" | "get_secret_value" | "geturl" | "unicode_string" | "human_repr"
            | "as_posix" | "render_as_string" | "__str__" => {
                return of.clone();
            }
            _ => ValueKind::Unknown,
        };
        Value::new(kind, at)
    }

    fn joined(&self, separator: &Text, args: &Args, at: Loc) -> Value {
        let Some(Value { kind: ValueKind::List { items, open }, .. }) = args.positional.first() else {
            return Value::unknown();
        };
        let mut text = Text::default();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push(separator.clone());
            }
            text.push(self.text_of(item));
        }
        if *open {
            text.push(Text::unknown(None));
        }
        Value::new(ValueKind::Text(text), at)
    }

    fn replaced(&self, text: &Text, args: &Args) -> Text {
        let old = args.positional.first().and_then(Value::as_literal).filter(|old| !old.is_empty());
        let (Some(old), Some(new)) = (old, args.positional.get(1)) else { return Text::unknown(None) };
        let new = self.text_of(new);
        let mut result = Text::default();
        for piece in &text.pieces {
            let Piece::Literal { text: literal, at } = piece else {
                result.pieces.push(piece.clone());
                continue;
            };
            let mut from = 0;
            for (start, _) in literal.match_indices(&old) {
                push_part(&mut result, literal, *at, from..start);
                result.push(new.clone());
                from = start + old.len();
            }
            push_part(&mut result, literal, *at, from..literal.len());
        }
        result
    }

    /// `Template("…${x}…").substitute(x=…)`.
    pub(super) fn template(&self, template: &Text, args: &Args) -> Text {
        let mapping = args.positional.first();
        self.fill(template, dollar_fields, |field| match field {
            Field::Escaped(text) => Filled::Literal(text),
            Field::Named(name) => Filled::Value(args.named(name).cloned().or_else(|| match mapping.map(|m| &m.kind) {
                Some(ValueKind::Dict(dict)) => dict.get(name).cloned(),
                _ => None,
            })),
            Field::Index(_) | Field::Next => Filled::Value(None),
        })
    }
}

enum Filled<'t> {
    Literal(&'t str),
    Value(Option<Value>),
}

fn push_part(into: &mut Text, text: &str, at: Loc, range: std::ops::Range<usize>) {
    if !range.is_empty() {
        let place = place_in_literal(text, at, range.clone());
        into.push(Text::literal(&text[range], place));
    }
}

/// `text.split(separator)` of a literal; of anything else a list of unknown length.
fn split(text: &Text, args: &Args, at: Loc) -> ValueKind {
    let open = ValueKind::List { items: Vec::new(), open: true };
    let [Piece::Literal { text: literal, at: place }] = text.pieces.as_slice() else { return open };
    let separator = args.positional.first().and_then(Value::as_literal);
    let mut items = Vec::new();
    let mut push = |range: std::ops::Range<usize>| {
        let place = place_in_literal(literal, *place, range.clone());
        items.push(Value::new(ValueKind::Text(Text::literal(&literal[range], place)), at));
    };
    match separator.as_deref() {
        Some("") => return open,
        Some(separator) => {
            let mut from = 0;
            for (start, _) in literal.match_indices(separator) {
                push(from..start);
                from = start + separator.len();
            }
            push(from..literal.len());
        }
        None => {
            for word in literal.split_whitespace() {
                let start = word.as_ptr() as usize - literal.as_ptr() as usize;
                push(start..start + word.len());
            }
        }
    }
    ValueKind::List { items, open: false }
}

/// A literal text without the white space, the characters, the prefix or the suffix that a method cuts off.
fn trimmed(text: &Text, method: &str, args: &Args) -> Option<Text> {
    let [Piece::Literal { text: literal, at }] = text.pieces.as_slice() else { return None };
    let given = match args.positional.first() {
        Some(given) => Some(given.as_literal()?),
        None => None,
    };
    let set = given.as_deref();
    let cut = |c: char| set.map_or(c.is_whitespace(), |set| set.contains(c));
    let rest = match method {
        "strip" => literal.trim_matches(cut),
        "lstrip" => literal.trim_start_matches(cut),
        "rstrip" => literal.trim_end_matches(cut),
        "removeprefix" => literal.strip_prefix(set?).unwrap_or(literal),
        _ => literal.strip_suffix(set?).unwrap_or(literal),
    };
    let start = rest.as_ptr() as usize - literal.as_ptr() as usize;
    let mut trimmed = Text::default();
    push_part(&mut trimmed, literal, *at, start..start + rest.len());
    Some(trimmed)
}

fn cased(text: &str, method: &str) -> String {
    match method {
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        _ => text.to_owned(),
    }
}

fn int_op(op: BinaryOp, left: i64, right: i64) -> ValueKind {
    let result = match op {
        BinaryOp::Add => left.checked_add(right),
        BinaryOp::Subtract => left.checked_sub(right),
        BinaryOp::Multiply => left.checked_mul(right),
        BinaryOp::Divide | BinaryOp::Modulo | BinaryOp::Or | BinaryOp::Other => None,
    };
    result.map_or(ValueKind::Unknown, ValueKind::Int)
}
