//! The environment taken as a whole: iterated, copied, handed to something. Which variables matter is then open.

use rustc_hash::FxHashSet;

use super::{Found, OpenRead};
use crate::python::Eval;
use crate::python::Ref;
use crate::python::ir::{BindingKind, ExprId, ExprKind, Module, StmtKind};
use crate::python::modules::ModuleId;
use crate::python::scopes::ScopeIndex;
use crate::python::value::{Value, ValueKind};
use crate::source::Loc;

/// Methods of `os.environ` that read or write single keys.
const SINGLE: &[&str] = &["get", "pop", "setdefault", "update", "__getitem__", "__contains__", "keys", "clear"];

/// Uses of `os.environ` that are no reads of single keys, with the prefixes that the same scope tests for.
pub(super) fn find(eval: &Eval, id: ModuleId, found: &mut Vec<Found>) {
    let module = eval.modules.get(id);
    let single = single_uses(module);
    let prefixes = tested_prefixes(eval, id, module);
    let scopes = ScopeIndex::new(module);
    for (index, expr) in module.exprs.iter().enumerate() {
        let named = match &expr.kind {
            ExprKind::Attribute { attr, .. } => &**attr == "environ",
            ExprKind::Name(name) => &**name == "environ",
            _ => false,
        };
        let expr_id = ExprId(index as u32);
        if !named || single.contains(&expr_id) || !is_environ(&eval.expr(id, scopes.of(module, expr.span), expr_id)) {
            continue;
        }
        let at = Loc::new(module.file, expr.span);
        if prefixes.is_empty() {
            found.push(Found::Open(OpenRead { prefix: String::new(), at }));
        }
        for prefix in &prefixes {
            found.push(Found::Open(OpenRead { prefix: prefix.clone(), at }));
        }
    }
}

fn is_environ(value: &Value) -> bool {
    matches!(&value.kind, ValueKind::Ref(Ref::External(path)) if path == "os.environ")
}

/// Expressions that stand where a single key is read or written, or where the mapping only gets another name.
fn single_uses(module: &Module) -> FxHashSet<ExprId> {
    let mut single = FxHashSet::default();
    for expr in &module.exprs {
        match &expr.kind {
            ExprKind::Attribute { value, attr, .. } if SINGLE.contains(&&**attr) => {
                single.insert(*value);
            }
            ExprKind::Subscript { value, .. } => {
                single.insert(*value);
            }
            ExprKind::Compare { rest, .. } => single.extend(rest.iter().map(|(_, right)| *right)),
            _ => {}
        }
    }
    let scopes = std::iter::once(&module.scope)
        .chain(module.classes.iter().map(|class| &class.scope))
        .chain(module.functions.iter().map(|function| &function.scope));
    for binding in scopes.flat_map(|scope| scope.names.values().flatten()) {
        if let BindingKind::Value(value) = binding.kind {
            single.insert(value);
        }
    }
    for stmt in &module.body {
        if let StmtKind::Expr(expr) = stmt.kind {
            single.insert(expr);
        }
    }
    single
}

/// Literal prefixes that the module tests keys for (`key.startswith("SHOP_")`).
fn tested_prefixes(eval: &Eval, id: ModuleId, module: &Module) -> Vec<String> {
    let mut prefixes = Vec::new();
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let tests = matches!(&module.expr(call.func).kind, ExprKind::Attribute { attr, .. } if &**attr == "startswith");
        if tests && let Some(argument) = call.positional().next() {
            let value = eval.expr(id, fact.context.scope, argument.value);
            prefixes.extend(value.as_literal().filter(|prefix| is_prefix(prefix)));
        }
    }
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

/// `SHOP_`: the start of variables' names, and of nothing else.
fn is_prefix(text: &str) -> bool {
    text.len() > 2
        && text.ends_with('_')
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
}
