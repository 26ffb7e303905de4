//! Settings that code loads from a YAML, TOML or JSON file of the project: `yaml.safe_load(open("celery.yml"))`. The file's
//! content becomes a value like a dict that is written out, with places in that file.

use super::link::Linking;
use crate::files::{json, toml, tree, yaml};
use crate::python::{Dict, Made, Value, ValueKind};
use crate::source::{FileId, Loc, SourceFile, Text};

/// Functions that give a document, by the end of their dotted path.
const LOADERS: &[&str] = &[
    "yaml.safe_load",
    "yaml.load",
    "yaml.full_load",
    "tomllib.load",
    "tomllib.loads",
    "tomli.load",
    "tomli.loads",
    "toml.load",
    "toml.loads",
    "json.load",
    "json.loads",
];

/// How deep values nest, and how many one file may have.
const MAX_DEPTH: u32 = 8;
const MAX_NODES: u32 = 2_000;

/// What a value takes out of a file of the project; none when it does not, or the file is not known.
pub fn resolved(linking: &Linking, value: &Value) -> Option<Value> {
    lookup(linking, value, 0)
}

fn lookup(linking: &Linking, value: &Value, depth: u32) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &value.kind {
        ValueKind::Made(made) if LOADERS.contains(&made.callee.as_str()) => document(linking, made),
        // `config.get("celery")`
        ValueKind::Made(made) if made.callee.ends_with(".get") => {
            let of = lookup(linking, made.receiver.as_ref()?, depth + 1)?;
            item(&of, &made.args.positional.first()?.as_literal()?)
        }
        ValueKind::Method { of, name } => {
            let key = name.strip_prefix('[')?.strip_suffix(']')?;
            item(&lookup(linking, of, depth + 1)?, key)
        }
        _ => None,
    }
}

fn item(of: &Value, key: &str) -> Option<Value> {
    match &of.kind {
        ValueKind::Dict(dict) => dict.get(key).cloned(),
        _ => None,
    }
}

fn document(linking: &Linking, made: &Made) -> Option<Value> {
    let mut paths = Vec::new();
    texts(made, 0, &mut paths);
    let path = paths.iter().rev().find(|path| is_document(path))?;
    let file = named(linking, path)?;
    of_file(file)
}

/// The texts in the arguments of nested calls: `open(os.path.join(here, "celery.yml"))`, `(HERE / "x.yml").read_text()`.
fn texts(made: &Made, depth: u32, into: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    for value in made.receiver.iter().chain(&made.args.positional) {
        match &value.kind {
            ValueKind::Made(inner) => texts(inner, depth + 1, into),
            ValueKind::Text(text) => into.extend(end_of(text)),
            ValueKind::Method { of, .. } => match &of.kind {
                ValueKind::Made(inner) => texts(inner, depth + 1, into),
                ValueKind::Text(text) => into.extend(end_of(text)),
                _ => {}
            },
            _ => {}
        }
    }
}

/// The literal end of a path whose beginning need not be known.
fn end_of(text: &Text) -> Option<String> {
    match text.pieces.last()? {
        crate::source::Piece::Literal { text, .. } => Some(text.clone()),
        _ => None,
    }
}

fn is_document(path: &str) -> bool {
    [".yml", ".yaml", ".toml", ".json"].iter().any(|end| path.ends_with(end))
}

/// The one file of the project that a path can be.
fn named<'l>(linking: &'l Linking, path: &str) -> Option<&'l SourceFile> {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    let ends = |file: &&SourceFile| {
        let before = file.path.strip_suffix(path);
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let mut found = linking.sources.files.iter().filter(ends);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn of_file(file: &SourceFile) -> Option<Value> {
    let mut reader = Reader { file: file.id, text: &file.text, nodes: 0 };
    if file.path.ends_with(".toml") {
        return Some(reader.node(&toml::parse(&file.text, file.id).ok()?, 0));
    }
    if file.path.ends_with(".json") {
        return Some(reader.node(&json::parse(&file.text, file.id, &mut Vec::new()).ok()??, 0));
    }
    let tree = yaml::parse(&file.text);
    let document = tree.documents().next().filter(|_| tree.errors.is_empty())?;
    Some(reader.yaml(document, 0))
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    nodes: u32,
}

impl Reader<'_> {
    /// Whether there is room for one more value.
    fn enter(&mut self, depth: u32) -> bool {
        self.nodes += 1;
        depth <= MAX_DEPTH && self.nodes <= MAX_NODES
    }

    fn node(&mut self, node: &tree::Node, depth: u32) -> Value {
        if !self.enter(depth) {
            return Value::unknown();
        }
        match node {
            tree::Node::Map(members) => {
                let entries = members.iter().map(|member| {
                    let key = Value::new(ValueKind::Text(Text::literal(&member.key, member.at)), member.at);
                    (key, self.node(&member.value, depth + 1))
                });
                let dict = Dict { entries: entries.collect(), open: false };
                Value { kind: ValueKind::Dict(dict), at: None, trail: Vec::new() }
            }
            tree::Node::List(items) => {
                let items = items.iter().map(|item| self.node(item, depth + 1)).collect();
                Value { kind: ValueKind::List { items, open: false }, at: None, trail: Vec::new() }
            }
            tree::Node::Scalar(text, at) => {
                let before = self.text.get(..at.span.start as usize).unwrap_or_default();
                let plain = text.as_literal().filter(|_| !before.ends_with(['"', '\'']));
                match plain {
                    Some(plain) => Value::new(plain_value(&plain, *at, &["null"]), *at),
                    None => Value::new(ValueKind::Text(self.filled(text.clone(), *at)), *at),
                }
            }
        }
    }

    fn yaml(&mut self, value: yaml::Value<'_>, depth: u32) -> Value {
        if !self.enter(depth) || value.tag().is_some() {
            return Value::unknown();
        }
        if let Some(scalar) = value.scalar() {
            let at = Loc::new(self.file, scalar.at);
            let text = scalar.text.as_str();
            let kind = match scalar.style {
                yaml::Style::Plain => plain_value(text, at, &["", "~", "null", "Null", "NULL"]),
                _ => ValueKind::Text(self.filled(Text::literal(text, at), at)),
            };
            return Value::new(kind, at);
        }
        if value.is_sequence() {
            let items = value.items().map(|item| self.yaml(item, depth + 1)).collect();
            return Value { kind: ValueKind::List { items, open: false }, at: None, trail: Vec::new() };
        }
        let mut entries: Vec<(Value, Value)> = Vec::new();
        for (key, value) in value.pairs() {
            let Some(scalar) = key.scalar() else { continue };
            let at = Loc::new(self.file, scalar.at);
            let key = Value::new(ValueKind::Text(Text::literal(scalar.text.as_str(), at)), at);
            // A mapping's own pairs come before those that merge keys bring.
            if !entries.iter().any(|(known, _)| known.as_literal() == key.as_literal()) {
                entries.push((key, self.yaml(value, depth + 1)));
            }
        }
        Value { kind: ValueKind::Dict(Dict { entries, open: false }), at: None, trail: Vec::new() }
    }

    /// Text with a placeholder is filled in by the project before it counts.
    fn filled(&self, text: Text, at: Loc) -> Text {
        let placeholder = text.as_literal().is_some_and(|it| ["${", "{{", "<%"].iter().any(|mark| it.contains(mark)));
        if placeholder { Text::unknown(Some(at)) } else { text }
    }
}

/// A scalar without quotes: a number, a flag, nothing, or text.
fn plain_value(text: &str, at: Loc, nothing: &[&str]) -> ValueKind {
    if nothing.contains(&text) {
        return ValueKind::None;
    }
    if let Ok(number) = text.replace('_', "").parse::<i64>() {
        return ValueKind::Int(number);
    }
    let number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    if let Some(number) = text.parse::<f64>().ok().filter(|it| number && it.is_finite()) {
        return ValueKind::Float(number);
    }
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => ValueKind::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => ValueKind::Bool(false),
        _ if ["${", "{{"].iter().any(|mark| text.contains(mark)) => ValueKind::Text(Text::unknown(Some(at))),
        _ => ValueKind::Text(Text::literal(text, at)),
    }
}
