//! What well-known functions outside the project do to values: conversions, URL builders, containers.

use super::Eval;
use crate::python::modules::Ref;
use crate::python::value::{Args, Dict, Made, Shared, Site, Value, ValueKind};
use crate::source::text::place_in_literal;
use crate::source::{Loc, Piece, Span, Text};

/// Functions and classes that give back their first argument, as far as its text matters.
const TRANSPARENT: &[&str] = &[
    "copy.copy",
    "copy.deepcopy",
    "django.utils.encoding.force_str",
    "django.utils.safestring.mark_safe",
    "environ.Path",
    "pathlib.Path",
    "pydantic.AmqpDsn",
    "pydantic.AnyUrl",
    "pydantic.MongoDsn",
    "pydantic.PostgresDsn",
    "pydantic.RedisDsn",
    "pydantic.SecretStr",
    "starlette.datastructures.Secret",
    "starlette.datastructures.URL",
    "str",
    "typing.Annotated",
    "urllib.parse.quote",
    "urllib.parse.quote_plus",
    "urllib.parse.unquote",
    "urllib.quote",
    "urllib.quote_plus",
    "sqlalchemy.engine.make_url",
    "sqlalchemy.make_url",
    "sqlalchemy.engine.url.make_url",
    "sqlalchemy.text",
    "kombu.utils.url.safequote",
    "list",
    "tuple",
    "set",
    "frozenset",
    "sorted",
    "reversed",
    "bytes",
    "repr",
];

/// Functions that make a URL of their parts.
const URL_BUILDERS: &[&str] = &[
    "kombu.utils.url.as_url",
    "pydantic.AmqpDsn.build",
    "pydantic.AnyUrl.build",
    "pydantic.MongoDsn.build",
    "pydantic.PostgresDsn.build",
    "pydantic.RedisDsn.build",
    "sqlalchemy.URL",
    "sqlalchemy.URL.create",
    "sqlalchemy.engine.URL",
    "sqlalchemy.engine.URL.create",
    "sqlalchemy.engine.url.URL",
    "sqlalchemy.engine.url.URL.create",
    "yarl.URL.build",
    "pydantic.networks.RedisDsn.build",
    "pydantic.networks.AmqpDsn.build",
    "pydantic.networks.PostgresDsn.build",
    "pydantic.MySQLDsn.build",
];

impl Eval<'_> {
    pub(super) fn external_call(
        &self,
        path: &str,
        receiver: Option<&Value>,
        args: &Args,
        site: Site,
        at: Loc,
    ) -> Value {
        let first = args.positional.first();
        if receiver.is_none() {
            if TRANSPARENT.contains(&path) {
                return first.cloned().map_or_else(Value::unknown, |value| converted(value, path));
            }
            if URL_BUILDERS.contains(&path) {
                let args = if path.ends_with("as_url") { &as_url_args(args) } else { args };
                return Value::new(ValueKind::Text(self.built_url(args)), at);
            }
            if let Some(value) = self.builtin(path, args, at) {
                return value;
            }
        }
        if let Some(value) = self.url_method(path, receiver, args, at) {
            return value;
        }
        let made = Made::call(path.to_owned(), receiver.cloned(), args.clone(), site);
        Value::new(ValueKind::Made(Shared::new(made)), at)
    }

    fn builtin(&self, path: &str, args: &Args, at: Loc) -> Option<Value> {
        let first = args.positional.first();
        Some(match path {
            "dict" | "collections.OrderedDict" | "collections.ChainMap" | "types.MappingProxyType" => {
                // A copy of the environment reads like the environment.
                let environment = args.positional.iter().find(|value| super::environment::is_environ(value));
                match environment {
                    // It shows through to the other mappings.
                    Some(environment) if path == "collections.ChainMap" => {
                        let others = args.positional.iter().filter(|value| !super::environment::is_environ(value));
                        Value::one_of([environment.clone()].into_iter().chain(others.cloned()))
                    }
                    Some(environment) => environment.clone(),
                    None => dict_of(args, at),
                }
            }
            "int" | "float" | "bool" => match first.map(|value| (value, &value.kind)) {
                Some((value, ValueKind::Env(_))) => value.clone(),
                Some((value, ValueKind::Int(_) | ValueKind::Float(_) | ValueKind::Bool(_))) => value.clone(),
                Some((value, ValueKind::Text(_))) if path == "int" => {
                    let number = value.as_literal().and_then(|text| text.trim().parse().ok());
                    Value::new(number.map_or(ValueKind::Unknown, ValueKind::Int), at)
                }
                _ => Value::new(ValueKind::Unknown, at),
            },
            "getattr" => {
                let name = args.positional.get(1).and_then(Value::as_literal)?;
                let found = self.attr(first?, &name);
                match args.positional.get(2) {
                    Some(default)
                        if matches!(
                            found.kind,
                            ValueKind::Unknown | ValueKind::Method { .. } | ValueKind::Ref(Ref::External(_))
                        ) =>
                    {
                        Value::one_of([default.clone(), found])
                    }
                    _ => found,
                }
            }
            "enumerate" => {
                let ValueKind::List { items, open } = &first?.kind else { return None };
                let pair = |(index, item): (usize, &Value)| {
                    let number = Value::new(ValueKind::Int(index as i64), at);
                    Value::new(ValueKind::List { items: vec![number, item.clone()], open: false }, at)
                };
                let items = items.iter().enumerate().map(pair).collect();
                Value::new(ValueKind::List { items, open: *open }, at)
            }
            "urllib.parse.urlunparse" | "urllib.parse.urlunsplit" => self.unsplit(first?, at)?,
            "typing.cast" => args.positional.get(1)?.clone(),
            "json.loads" => json_value(first?)?,
            "vars" => first?.clone(),
            "string.Template" => return None,
            _ => return None,
        })
    }

    /// `urlunsplit((scheme, netloc, path, …))`.
    fn unsplit(&self, parts: &Value, at: Loc) -> Option<Value> {
        let ValueKind::List { items, .. } = &parts.kind else { return None };
        let [scheme, netloc, path, ..] = items.as_slice() else { return None };
        let mut url = self.text_of(scheme);
        url.push(Text::literal("://", Loc::new(at.file, Span::new(at.span.start, at.span.start))));
        url.push(self.text_of(netloc));
        url.push(self.text_of(path));
        Some(Value::new(ValueKind::Text(url), at))
    }

    /// Methods of URL objects and templates, which build texts step by step.
    fn url_method(&self, path: &str, receiver: Option<&Value>, args: &Args, at: Loc) -> Option<Value> {
        let made = receiver?.made();
        let (class, method) = path.rsplit_once('.')?;
        if class == "string.Template" && matches!(method, "substitute" | "safe_substitute") {
            let template = self.text_of(made?.args.positional.first()?);
            return Some(Value::new(ValueKind::Text(self.template(&template, args)), at));
        }
        if class.starts_with("yarl.URL") {
            let text = self.yarl_text(receiver?)?;
            let value = self.text_of(args.positional.first()?);
            let built = match method {
                "with_user" => with_userinfo(&text, Some(value), None),
                "with_password" => with_userinfo(&text, None, Some(value)),
                _ => text,
            };
            return Some(Value::new(ValueKind::Text(built), at));
        }
        if matches!(method, "render_as_string" | "unicode_string" | "human_repr" | "__str__") {
            return receiver.cloned();
        }
        None
    }

    fn yarl_text(&self, value: &Value) -> Option<Text> {
        match value.made() {
            Some(made) if made.callee == "yarl.URL" => Some(self.text_of(made.args.positional.first()?)),
            _ => None,
        }
    }

    /// A URL from the arguments that its parts have in the common builders.
    fn built_url(&self, args: &Args) -> Text {
        let part = |names: &[&str]| names.iter().find_map(|name| args.named(name)).map(|value| self.text_of(value));
        let literal = |text: &str| match args.named.first().map(|(_, _, at)| *at) {
            Some(at) => Text::literal(text, Loc::new(at.file, Span::new(at.span.start, at.span.start))),
            None => Text::unknown(None),
        };
        let scheme = part(&["scheme", "drivername"]).or_else(|| args.positional.first().map(|v| self.text_of(v)));
        let mut url = scheme.unwrap_or_else(|| Text::unknown(None));
        url.push(literal("://"));
        let user = part(&["username", "user"]);
        let password = part(&["password"]);
        if user.is_some() || password.is_some() {
            url.push(user.unwrap_or_default());
            if let Some(password) = password {
                url.push(literal(":"));
                url.push(password);
            }
            url.push(literal("@"));
        }
        url.push(part(&["host"]).unwrap_or_default());
        if let Some(port) = part(&["port"]) {
            url.push(literal(":"));
            url.push(port);
        }
        if let Some(path) = part(&["path", "database"]) {
            url.push(literal("/"));
            url.push(path);
        }
        url
    }
}

/// kombu's `as_url(scheme, host, port, user, password, path)` with all its arguments named.
fn as_url_args(args: &Args) -> Args {
    const NAMES: &[&str] = &["scheme", "host", "port", "user", "password", "path"];
    let positional = NAMES.iter().zip(&args.positional);
    let named = positional.filter_map(|(name, value)| Some(((*name).to_owned(), value.clone(), value.at?)));
    Args { positional: Vec::new(), named: named.chain(args.named.iter().cloned()).collect(), open: args.open }
}

fn converted(value: Value, path: &str) -> Value {
    match (&value.kind, path) {
        (ValueKind::Dict(dict), "list" | "tuple" | "set" | "sorted") => {
            let items = dict.entries.iter().map(|(key, _)| key.clone()).collect();
            Value { kind: ValueKind::List { items, open: dict.open }, at: value.at, trail: Vec::new() }
        }
        (ValueKind::Made(made), "str") if made.callee == "yarl.URL" => {
            made.args.positional.first().cloned().unwrap_or_else(Value::unknown)
        }
        (ValueKind::Ref(Ref::External(_)), "str") => Value::unknown(),
        _ => value,
    }
}

fn dict_of(args: &Args, at: Loc) -> Value {
    let mut dict = Dict { entries: Vec::new(), open: args.open };
    for positional in &args.positional {
        match &positional.kind {
            ValueKind::List { items, open } => {
                dict.open |= *open;
                for pair in items {
                    match &pair.kind {
                        ValueKind::List { items, .. } if items.len() == 2 => {
                            dict.entries.push((items[0].clone(), items[1].clone()));
                        }
                        _ => dict.open = true,
                    }
                }
            }
            _ => super::changes::merge_dict(&mut dict, positional.clone()),
        }
    }
    for (name, value, at) in &args.named {
        let key = Value::new(ValueKind::Text(Text::literal(name.as_str(), *at)), *at);
        dict.entries.push((key, value.clone()));
    }
    Value::new(ValueKind::Dict(dict), at)
}

/// Puts user or password into the authority of a URL text.
pub(super) fn with_userinfo(url: &Text, user: Option<Text>, password: Option<Text>) -> Text {
    let mut result = Text::default();
    let mut inserted = false;
    for piece in &url.pieces {
        let Piece::Literal { text, at } = piece else {
            result.pieces.push(piece.clone());
            continue;
        };
        let split = match (&user, text.find("://"), text.find('@')) {
            _ if inserted => None,
            (Some(_), Some(scheme), _) => Some(scheme + 3),
            (None, Some(_), Some(at)) => Some(at),
            (None, Some(scheme), None) => Some(scheme + 3),
            (None, None, Some(at)) => Some(at),
            (Some(_), None, _) | (None, None, None) => None,
        };
        let Some(split) = split else {
            result.pieces.push(piece.clone());
            continue;
        };
        inserted = true;
        let here = |range: std::ops::Range<usize>| place_in_literal(text, *at, range);
        result.push(Text::literal(&text[..split], here(0..split)));
        let none = here(split..split);
        if let Some(user) = &user {
            result.push(user.clone());
            result.push(Text::literal("@", none));
        }
        if let Some(password) = &password {
            result.push(Text::literal(":", none));
            result.push(password.clone());
            if !text[split..].starts_with('@') {
                result.push(Text::literal("@", none));
            }
        }
        result.push(Text::literal(&text[split..], here(split..text.len())));
    }
    result
}

/// A JSON text in a literal, its strings in their places.
fn json_value(text: &Value) -> Option<Value> {
    let ValueKind::Text(Text { pieces }) = &text.kind else { return None };
    let [Piece::Literal { text, at }] = pieces.as_slice() else { return None };
    let parsed = jsonc_parser::parse_to_ast(text, &Default::default(), &Default::default()).ok()?;
    Some(json_node(parsed.value.as_ref()?, text, *at, 0))
}

fn json_node(node: &jsonc_parser::ast::Value, text: &str, at: Loc, depth: u32) -> Value {
    use jsonc_parser::ast::Value as Node;
    use jsonc_parser::common::Ranged;
    let range = node.range();
    let here = place_in_literal(text, at, range.start..range.end);
    let inner = |start: usize, end: usize| place_in_literal(text, at, start..end);
    let kind = match node {
        Node::StringLit(string) => {
            let place = inner(range.start + 1, range.end.saturating_sub(1));
            ValueKind::Text(Text::literal(string.value.to_string(), place))
        }
        Node::NumberLit(number) => number.value.parse().map_or(ValueKind::Unknown, ValueKind::Int),
        Node::BooleanLit(boolean) => ValueKind::Bool(boolean.value),
        Node::NullKeyword(_) => ValueKind::None,
        Node::Object(_) | Node::Array(_) if depth > 20 => ValueKind::Unknown,
        Node::Object(object) => {
            let entry = |property: &jsonc_parser::ast::ObjectProp| {
                let name = property.name.range();
                let place = inner(name.start + 1, name.end.saturating_sub(1));
                let key = Value::new(ValueKind::Text(Text::literal(property.name.as_str(), place)), place);
                (key, json_node(&property.value, text, at, depth + 1))
            };
            ValueKind::Dict(Dict { entries: object.properties.iter().map(entry).collect(), open: false })
        }
        Node::Array(array) => {
            let items = array.elements.iter().map(|element| json_node(element, text, at, depth + 1)).collect();
            ValueKind::List { items, open: false }
        }
    };
    Value::new(kind, here)
}
