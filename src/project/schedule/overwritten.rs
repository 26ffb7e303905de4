//! Entries that a later one with the same name surely replaces: the name is a key of one dictionary.

use std::collections::HashMap;

use super::{Origin, Schedule, below_set};
use crate::project::link::Linking;
use crate::python::ir::{Block, ExprId, ExprKind, Module, StmtKind, StrPart};
use crate::python::{Args, Eval, Site, Value, ValueKind};
use crate::source::{Loc, Span};

/// How deep blocks nest before nobody follows them.
const MAX_DEPTH: usize = 32;

/// The name that `add_periodic_task` files an entry under: the one that is given, else the signature with its arguments.
pub(super) fn key(
    eval: &Eval,
    module: &Module,
    site: Site,
    args: &Args,
    signature: Option<ExprId>,
    task: Option<&str>,
) -> Option<String> {
    if let Some(name) = args.get(4, "name") {
        return name.as_literal().filter(|name| !name.is_empty()).map(|name| format!("name {name}"));
    }
    let inner = below_set(module, signature?);
    module.call(inner)?;
    let own = eval.arguments(Site { expr: inner, ..site });
    if args.open || own.open || args.get(2, "args").is_some() || args.get(3, "kwargs").is_some() {
        return None;
    }
    let positional: Option<Vec<String>> = own.positional.iter().map(repr).collect();
    let named: Option<Vec<String>> =
        own.named.iter().map(|(name, value, _)| Some(format!("{name}={}", repr(value)?))).collect();
    Some(format!("signature {} {} {}", task?, positional?.join(", "), named?.join(", ")))
}

/// A value that is written out and prints the same each time.
fn repr(value: &Value) -> Option<String> {
    Some(match &value.kind {
        ValueKind::Text(_) => format!("{:?}", value.as_literal()?),
        ValueKind::Int(number) => number.to_string(),
        ValueKind::Float(number) => format!("{number:?}"),
        ValueKind::Bool(truth) => truth.to_string(),
        ValueKind::None => "None".to_owned(),
        _ => return None,
    })
}

/// Notes what replaces each entry.
pub(super) fn mark(linking: &Linking, found: &mut [Schedule]) {
    let by_place: HashMap<Loc, Loc> = repeated_keys(linking, found).into_iter().collect();
    let replaced: Vec<Option<Loc>> = found
        .iter()
        .enumerate()
        .map(|(index, entry)| match entry.origin {
            Origin::Setting => by_place.get(&entry.at).copied(),
            Origin::Periodic => later(linking, entry, found.get(index + 1..).unwrap_or_default()),
            _ => None,
        })
        .collect();
    for (entry, by) in found.iter_mut().zip(replaced) {
        entry.overwritten_by = by;
    }
}

/// The next call with the same key in the same block.
fn later(linking: &Linking, entry: &Schedule, behind: &[Schedule]) -> Option<Loc> {
    let key = entry.key.as_ref()?;
    let near = behind.iter().take_while(|other| other.at.file == entry.at.file);
    let mut same = near.filter(|other| other.key.as_ref() == Some(key)).peekable();
    same.peek()?;
    let module = linking.modules.get(linking.modules.of_file(entry.at.file)?);
    let own = place(module, entry.at.span);
    let text = |entry: &Schedule| linking.sources.snippet(entry.at);
    same.find(|other| place(module, other.at.span) == own && text(other) != text(entry)).map(|other| other.at)
}

/// The function around a place, and the blocks inside it that lead there.
fn place(module: &Module, span: Span) -> (Option<usize>, Vec<(u32, usize)>) {
    let around = module.functions.iter().enumerate().filter(|(_, function)| function.span.contains(span));
    let inner = around.min_by_key(|(_, function)| function.span.end - function.span.start);
    let mut block: &Block = inner.map_or(&module.body, |(_, function)| &function.body);
    let mut path = Vec::new();
    while path.len() < MAX_DEPTH {
        let Some(stmt) = block.iter().find(|stmt| stmt.span.contains(span)) else { break };
        let blocks = stmt.blocks();
        let next = blocks.into_iter().enumerate().find(|(_, block)| block.iter().any(|stmt| stmt.span.contains(span)));
        let Some((at, next)) = next else { break };
        // A `with` runs its block in any case.
        if !matches!(stmt.kind, StmtKind::With { .. }) {
            path.push((stmt.span.start, at));
        }
        block = next;
    }
    (inner.map(|(index, _)| index), path)
}

/// Keys of entries that stand again in the same dictionary, with another value: the first and the last of them.
fn repeated_keys(linking: &Linking, found: &[Schedule]) -> Vec<(Loc, Loc)> {
    let mut files: Vec<_> = found.iter().filter(|it| it.origin == Origin::Setting).map(|it| it.at.file).collect();
    files.dedup();
    let mut pairs = Vec::new();
    for module in files.into_iter().filter_map(|file| linking.modules.of_file(file)).map(|id| linking.modules.get(id)) {
        let at = |expr: ExprId| Loc::new(module.file, module.span(expr));
        for expr in &module.exprs {
            let ExprKind::Dict(items) = &expr.kind else { continue };
            let mut last: HashMap<String, (ExprId, ExprId)> = HashMap::new();
            for (key, value) in items.iter().rev() {
                let Some((key, name)) = key.and_then(|key| Some((key, text(module, key)?))) else { continue };
                match last.get(&name) {
                    Some((by, other)) if linking.sources.snippet(at(*other)) != linking.sources.snippet(at(*value)) => {
                        pairs.push((at(key), at(*by)));
                    }
                    Some(_) => {}
                    None => {
                        last.insert(name, (key, *value));
                    }
                }
            }
        }
    }
    pairs
}

fn text(module: &Module, expr: ExprId) -> Option<String> {
    let ExprKind::Str(parts) = &module.expr(expr).kind else { return None };
    parts
        .iter()
        .map(|part| match part {
            StrPart::Literal { text, .. } => Some(&**text),
            StrPart::Hole { .. } => None,
        })
        .collect()
}
