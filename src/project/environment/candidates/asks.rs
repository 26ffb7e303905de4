//! What an expression can be, told by names alone: something that reads, a reader, the making of an object.

use rustc_hash::FxHashSet;

use super::{DECLARATIONS, HIGHER, METHODS, Names, OF_OS, Offered};
use crate::python::derived;
use crate::python::ir::{ExprId, ExprKind, Module, Name, StrPart};

/// How many steps a chain of names, attributes and calls is followed.
const MOST_STEPS: usize = 20;

impl Names {
    /// Whether a call can make a reader of the function around it, or of the variable that keeps what it gives. Making an object does not
    /// read by itself.
    pub(super) fn passes_on(&self, module: &Module, expr: ExprId) -> bool {
        let ExprKind::Call(call) = &module.expr(expr).kind else { return true };
        let makes =
            module.last_name(call.func).is_some_and(|name| name.starts_with(|first: char| first.is_uppercase()));
        !makes && self.is_no_mere_declaration(module, call.func)
    }

    /// Of the libraries for command lines, what declares options reads the environment.
    pub(super) fn is_no_mere_declaration(&self, module: &Module, expr: ExprId) -> bool {
        let declares = || module.last_name(expr).is_some_and(|name| DECLARATIONS.contains(&&**name));
        !module.root_name(expr).is_some_and(|root| self.declaring.contains(root)) || declares()
    }

    /// Whether a value can be a reader: `os.environ`, `environ.Env()`, `partial(os.getenv)`, `{**os.environ}`.
    pub(super) fn is_reader(&self, module: &Module, value: ExprId, offered: &Offered, depth: u32) -> bool {
        if depth > 3 {
            return false;
        }
        match &module.expr(value).kind {
            ExprKind::Call(call) if module.last_name(call.func).is_some_and(|name| HIGHER.contains(&&**name)) => {
                call.args.iter().any(|argument| self.is_reader(module, argument.value, offered, depth + 1))
            }
            ExprKind::Dict(items) => {
                items.iter().any(|(key, value)| key.is_none() && self.is_reader(module, *value, offered, depth + 1))
            }
            ExprKind::Lambda(function) => {
                let inside = |span: crate::source::Span| module.function(*function).span.contains(span);
                module.calls.iter().any(|fact| {
                    inside(module.span(fact.call)) && self.names_reader(module, fact.call, offered, depth + 1)
                })
            }
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Call(_) => {
                self.names_reader(module, value, offered, depth)
            }
            _ => false,
        }
    }

    pub(super) fn reads(&self, module: &Module, expr: ExprId, offered: &Offered) -> bool {
        match &module.expr(expr).kind {
            ExprKind::Call(call) => {
                let higher = module.last_name(call.func).is_some_and(|name| HIGHER.contains(&&**name))
                    && call.args.iter().any(|argument| self.is_reader(module, argument.value, offered, 0));
                higher || self.names_reader(module, call.func, offered, 0)
            }
            ExprKind::Subscript { value, .. } => self.names_reader(module, *value, offered, 0),
            ExprKind::Compare { rest, .. } => {
                matches!(&**rest, [(_, right)] if self.names_reader(module, *right, offered, 0))
            }
            _ => false,
        }
    }

    /// Whether a chain of names, attributes and calls begins or ends with a reader.
    pub(super) fn names_reader(&self, module: &Module, expr: ExprId, offered: &Offered, depth: u32) -> bool {
        let (mut current, mut above) = (expr, None);
        // The names at the ends of the chain and of the calls in it.
        let mut lasts = [None; MOST_STEPS + 1];
        lasts[0] = module.last_name(expr);
        for step in 1..=MOST_STEPS {
            match &module.expr(current).kind {
                ExprKind::Attribute { value, attr, .. } => {
                    above = Some(attr);
                    current = *value;
                }
                ExprKind::Subscript { value, .. } => current = *value,
                ExprKind::Call(call) => {
                    let inner = module.last_name(call.func).filter(|_| current != expr);
                    // `dict(os.environ).get`
                    let higher = inner.is_some_and(|name| HIGHER.contains(&&**name));
                    if higher && call.args.iter().any(|it| self.is_reader(module, it.value, offered, depth + 1)) {
                        return true;
                    }
                    lasts[step] = inner;
                    current = call.func;
                }
                ExprKind::Name(root) => {
                    if self.os.contains(root) {
                        return above.is_some_and(|attr| OF_OS.contains(&&**attr));
                    }
                    let is_self = matches!(&**root, "self" | "cls");
                    let is_object = self.objects.contains(root);
                    return self.readers.contains(root)
                        || (self.makers.contains(root) && current == expr)
                        || lasts.into_iter().flatten().any(|last: &Name| {
                            METHODS.contains(&&**last)
                                || (is_self && (self.methods.contains(last) || self.readers.contains(last)))
                                || (is_object && (self.methods.contains(last) || offered.methods.contains(last)))
                                || (!is_self && last != root && offered.readers.contains(last))
                                || (!is_self && last != root && offered.makers.contains(last))
                        });
                }
                _ => return false,
            }
        }
        false
    }
}

/// Whether what a call, an item or a comparison asks for is made from one of the names, or it takes the environment as a whole.
pub(super) fn is_keyed_by(module: &Module, expr: ExprId, names: &FxHashSet<&Name>) -> bool {
    match &module.expr(expr).kind {
        ExprKind::Call(call) => {
            let higher = module.last_name(call.func).is_some_and(|name| HIGHER.contains(&&**name));
            higher
                || call.args.is_empty()
                || call.args.iter().any(|argument| derived::mentions(module, argument.value, names))
        }
        ExprKind::Subscript { index, .. } => derived::mentions(module, *index, names),
        ExprKind::Compare { left, .. } => derived::mentions(module, *left, names),
        _ => true,
    }
}

/// Whether an expression gives what a variable holds, not something to read others with: `env("KEY")`, `environ["KEY"]`.
pub(super) fn is_read(module: &Module, value: ExprId) -> bool {
    let key = match &module.expr(value).kind {
        ExprKind::Call(call) => call.positional().next().map(|argument| argument.value),
        ExprKind::Subscript { index, .. } => Some(*index),
        _ => None,
    };
    let is_key = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    match key.map(|key| &module.expr(key).kind) {
        Some(ExprKind::Str(parts)) => matches!(&**parts, [StrPart::Literal { text, .. }] if is_key(text)),
        _ => false,
    }
}
