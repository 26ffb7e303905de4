//! URLs with a credential that stand anywhere in Python code: a scheme that only message brokers and Celery's backends
//! have tells enough, even when the way to Celery is not seen.

use super::{Secret, speaks_of_celery};
use crate::celery::url;
use crate::celery::url::SchemeClass;
use crate::project::link::Linking;
use crate::python::ir::{ExprId, ExprKind, Module, Scope, StrPart};
use crate::python::scopes::ScopeIndex;
use crate::python::{Eval, ModuleId};
use crate::source::text::place_in_literal;
use crate::source::{Loc, Piece, Text};

/// Methods and functions that make a new text of a text.
const TEXT_METHODS: &[&str] = &[
    "format",
    "format_map",
    "join",
    "replace",
    "substitute",
    "safe_substitute",
    "with_user",
    "with_password",
    "strip",
    "rstrip",
    "lstrip",
    "encode",
];
const TEXT_FUNCTIONS: &[&str] = &["str", "Template", "URL", "make_url", "SecretStr", "RedisDsn", "AmqpDsn", "Secret"];

/// Keyword arguments whose value is for people.
const PROSE: &[&str] = &["help", "description", "example", "examples", "metavar", "epilog", "title", "usage"];

/// Methods of a logger.
const LEVELS: &[&str] = &["critical", "debug", "error", "exception", "fatal", "info", "log", "warn", "warning"];

pub(super) fn in_module(linking: &Linking, eval: &Eval, id: ModuleId) -> Vec<Secret> {
    let module = linking.modules.get(id);
    let urls: Vec<ExprId> = (0..module.exprs.len() as u32).map(ExprId).filter(|id| has_url(module, *id)).collect();
    if urls.is_empty() {
        return Vec::new();
    }
    let tree = Tree::new(module);
    let celery = speaks_of_celery(linking, module.file);
    let mut found = Vec::new();
    for literal in urls {
        if module.docstrings.iter().any(|doc| doc.contains(module.span(literal))) || tree.is_prose(module, literal) {
            continue;
        }
        // The largest text that has a credential tells best where it ends; parts of it may be cut amid a password.
        let largest = tree.texts_around(module, literal).into_iter().rev().find_map(|expr| {
            let value = eval.expr(id, tree.scope_of(module, expr), expr);
            let texts = value.alternatives().iter().flat_map(|value| texts(value.to_text()));
            let own: Vec<Secret> = texts.flat_map(|text| own_secrets(&text, celery)).collect();
            (!own.is_empty()).then_some(own)
        });
        found.extend(largest.unwrap_or_default());
    }
    found
}

/// Credentials of URLs with a scheme of ours.
pub(super) fn own_secrets(text: &Text, celery: bool) -> Vec<Secret> {
    url::secrets(text)
        .into_iter()
        .filter(|found| match url::class_of(&found.scheme) {
            SchemeClass::Own => celery || !is_redis(&found.scheme),
            SchemeClass::Shared | SchemeClass::Foreign => false,
        })
        .filter_map(|found| {
            let opens = opens(&found.scheme);
            Secret::from_url(found, opens)
        })
        .collect()
}

fn is_redis(scheme: &str) -> bool {
    scheme.starts_with("redis")
}

pub(super) fn opens(scheme: &str) -> &'static str {
    match scheme {
        _ if is_redis(scheme) || scheme == "sentinel" => "Redis",
        _ if scheme.starts_with("db") || scheme.starts_with("cache") => "result backend",
        _ => "broker",
    }
}

fn has_url(module: &Module, id: ExprId) -> bool {
    let ExprKind::Str(parts) = &module.expr(id).kind else { return false };
    parts.iter().any(|part| match part {
        StrPart::Literal { text, .. } => text.contains("://"),
        StrPart::Hole { .. } => false,
    })
}

/// The text itself, and when a URL begins inside a literal (`--broker=redis://…`, a line of a longer text), the part
/// that is the URL.
pub(super) fn texts(text: Text) -> Vec<Text> {
    // A text that is a URL from its first letter is one as a whole: a failover list.
    let inner = match text.pieces.as_slice() {
        [Piece::Literal { text: literal, at }] if url::scheme_name(&text).is_none() => embedded(literal, *at),
        _ => Vec::new(),
    };
    if inner.is_empty() { vec![text] } else { inner }
}

fn embedded(text: &str, at: Loc) -> Vec<Text> {
    let mut found = Vec::new();
    let mut covered = 0;
    for (middle, _) in text.match_indices("://") {
        let scheme = text[..middle].rfind(|c: char| !c.is_ascii_alphanumeric() && !"+.-".contains(c));
        let start = scheme.map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
        if start == 0 || start == middle {
            continue;
        }
        // Further URLs of a failover list belong to the first.
        if start < covered && text[..start].ends_with(';') {
            continue;
        }
        let rest = &text[start..];
        let quote = text[..start].chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`' | '<' | '('));
        let close = match quote {
            Some('<') => '>',
            Some('(') => ')',
            Some(quote) => quote,
            None => '\n',
        };
        let end = rest.find(|c: char| c == close || c.is_whitespace()).unwrap_or(rest.len());
        let range = start..start + end;
        covered = range.end;
        found.push(Text::literal(&text[range.clone()], place_in_literal(text, at, range)));
    }
    found
}

/// Which expression stands in which.
pub(super) struct Tree {
    parents: Vec<Option<ExprId>>,
    scopes: ScopeIndex,
}

impl Tree {
    pub(super) fn new(module: &Module) -> Self {
        let mut parents = vec![None; module.exprs.len()];
        for (index, expr) in module.exprs.iter().enumerate() {
            expr.kind.for_each_child(&mut |child| {
                if let Some(parent) = parents.get_mut(child.0 as usize) {
                    *parent = Some(ExprId(index as u32));
                }
            });
        }
        Self { parents, scopes: ScopeIndex::new(module) }
    }

    pub(super) fn parent(&self, id: ExprId) -> Option<ExprId> {
        self.parents.get(id.0 as usize).copied().flatten()
    }

    /// The scope in which an expression is evaluated.
    pub(super) fn scope_of(&self, module: &Module, id: ExprId) -> Scope {
        self.scopes.of(module, module.span(id))
    }

    /// The literal and the larger texts made of it, from the inside out.
    fn texts_around(&self, module: &Module, literal: ExprId) -> Vec<ExprId> {
        let mut texts = vec![literal];
        let mut current = literal;
        while let Some(parent) = self.parent(current) {
            let climbs = match &module.expr(parent).kind {
                ExprKind::Binary { .. } | ExprKind::Str(_) => true,
                ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Comprehension(_) => {
                    self.parent(parent).is_some_and(|outer| is_text_call(module, outer))
                }
                ExprKind::Attribute { attr, .. } => TEXT_METHODS.contains(&&**attr),
                ExprKind::Call(_) => is_text_call(module, parent),
                _ => false,
            };
            if !climbs || texts.len() > 10 {
                break;
            }
            texts.push(parent);
            current = parent;
        }
        texts
    }

    /// The literal is for people: help texts, log messages, patterns.
    fn is_prose(&self, module: &Module, literal: ExprId) -> bool {
        let mut current = literal;
        for _ in 0..6 {
            let Some(parent) = self.parent(current) else { return false };
            if let ExprKind::Call(call) = &module.expr(parent).kind {
                let keyword =
                    call.args.iter().find(|argument| argument.value == current).and_then(|a| a.name.as_deref());
                if keyword.is_some_and(|name| PROSE.contains(&name)) {
                    return true;
                }
                let callee = module.dotted(call.func).unwrap_or_default();
                let (owner, method) = callee.rsplit_once('.').unwrap_or(("", &callee));
                return owner == "re" || (owner.to_ascii_lowercase().contains("log") && LEVELS.contains(&method));
            }
            current = parent;
        }
        false
    }
}

fn is_text_call(module: &Module, id: ExprId) -> bool {
    let Some(call) = module.call(id) else { return false };
    match &module.expr(call.func).kind {
        ExprKind::Attribute { attr, .. } => TEXT_METHODS.contains(&&**attr) || TEXT_FUNCTIONS.contains(&&**attr),
        ExprKind::Name(name) => TEXT_FUNCTIONS.contains(&&**name),
        _ => false,
    }
}
