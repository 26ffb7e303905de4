//! Reads of the environment: what a call, an item or an attribute reads, in every library that projects use for it.

mod dynaconf;
mod libraries;
mod loaders;
mod wrappers;

use super::calls::path_of;
use super::{Eval, Frame};
use crate::files::Need;
use crate::python::ir::{CompareOp, Context, ExprId, ExprKind, Guard, Scope};
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Args, EnvValue, Site, Value, ValueKind};
use crate::source::{Loc, Piece};

pub(super) use libraries::is_environ;
pub(super) use wrappers::Wrappers;

/// One expression that reads the environment.
#[derive(Debug, Clone)]
pub struct Access {
    /// Each key with its place (a loop over names reads several).
    pub keys: Vec<AccessKey>,
    /// A key is not known: the read could be of any variable that starts with `prefix`.
    pub dynamic: bool,
    /// What the unknown key surely starts with; empty when nothing is known.
    pub prefix: String,
    pub default: Option<Value>,
    pub need: Need,
    pub ignore_case: bool,
    pub how: &'static str,
}

/// A variable, or several any one of which suffices.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessKey {
    /// In the order the reader tries them.
    pub names: Vec<String>,
    /// Where it is written; of a composed key, the last part.
    pub at: Loc,
    /// Every part of a composed key.
    parts: Vec<Loc>,
}

impl AccessKey {
    fn new(name: String, at: Loc) -> Self {
        Self { names: vec![name], at, parts: vec![at] }
    }
}

impl Access {
    /// A read of nothing yet.
    fn none(need: Need, how: &'static str) -> Self {
        Self { keys: Vec::new(), dynamic: false, prefix: String::new(), default: None, need, ignore_case: false, how }
    }

    /// A read of whatever starts with a prefix.
    fn open(prefix: String, how: &'static str) -> Self {
        Self { dynamic: true, prefix, ..Self::none(Need::Optional, how) }
    }

    /// The read behind a value.
    pub fn of_value(read: &EnvValue) -> Self {
        let key = AccessKey { names: read.keys.clone(), at: read.key_at, parts: vec![read.key_at] };
        let mut access = Self::none(read.need, read.how);
        access.keys.push(key);
        access.default = read.default.clone();
        access.ignore_case = read.ignore_case;
        access
    }

    /// The value that the read gives.
    pub(super) fn into_value(self, at: Loc) -> Value {
        let Access { keys, default, need, ignore_case, how, .. } = self;
        Value::one_of(keys.into_iter().map(|key| {
            let (keys, key_at, default) = (key.names, key.at, default.clone());
            let read = EnvValue { keys, key_at, default, need, ignore_case, how, object: None };
            Value::new(ValueKind::Env(Box::new(read)), at)
        }))
    }

    /// Adds the keys that a value names.
    fn add_keys(&mut self, key: &Value, prefix: &str) {
        for alternative in key.alternatives() {
            match (alternative.as_literal(), literal_places(alternative)) {
                (Some(name), Some(parts)) if !name.is_empty() => {
                    let at = parts.last().copied().unwrap_or(parts[0]);
                    self.keys.push(AccessKey { names: vec![format!("{prefix}{name}")], at, parts });
                }
                _ => {
                    let own = format!("{prefix}{}", known_start(alternative));
                    // Two unknown keys share only what both start with.
                    self.prefix = if self.dynamic { common(&self.prefix, &own) } else { own };
                    self.dynamic = true;
                }
            }
        }
    }
}

impl Eval<'_> {
    /// The environment read that an expression itself makes (a call, an item, `"X" in os.environ`), with what its
    /// surroundings say about the need. Wrappers of the project are seen through at their call sites; what a wrapper's
    /// body reads through its parameters is reported there and only there.
    pub fn read_at(&self, module: ModuleId, context: Context, expr: ExprId) -> Vec<Access> {
        let frame = Frame { module, scope: context.scope, locals: None };
        self.question(|| {
            let mut found = self.reads_in(frame, expr);
            if !found.is_empty() && self.is_keyed_by_parameter(frame, expr) {
                return Vec::new();
            }
            found.retain(|access| !(context.dropped && access.how == WRITES));
            for access in &mut found {
                if access.how == WRITES {
                    access.how = libraries::OS;
                }
                if context.has_fallback || context.tested || context.guard == Guard::Catches {
                    access.need = Need::Optional;
                }
            }
            found
        })
    }

    fn reads_in(&self, frame: Frame, expr: ExprId) -> Vec<Access> {
        let module = self.modules.get(frame.module);
        match &module.expr(expr).kind {
            ExprKind::Call(call) => {
                let callee = self.eval(frame, call.func);
                let readers: Vec<&Value> =
                    callee.alternatives().iter().filter(|callee| self.is_reader(callee, 0)).collect();
                if readers.is_empty() {
                    return Vec::new();
                }
                let args = self.args(frame, call);
                let site = Site { module: frame.module, scope: frame.scope, expr };
                readers.into_iter().flat_map(|callee| self.call_reads(frame, callee, &args, site, 0)).collect()
            }
            ExprKind::Subscript { value, index } => {
                let base = self.eval(frame, *value);
                if !base.alternatives().iter().any(|base| self.is_reader(base, 0)) {
                    return Vec::new();
                }
                let key = self.eval(frame, *index);
                base.alternatives().iter().flat_map(|base| self.item_reads(frame, base, &key)).collect()
            }
            ExprKind::Compare { left, rest } => {
                let [(CompareOp::In | CompareOp::NotIn, right)] = &**rest else { return Vec::new() };
                let base = self.eval(frame, *right);
                if !base.alternatives().iter().any(|base| self.is_reader(base, 0)) {
                    return Vec::new();
                }
                let key = self.eval(frame, *left);
                let access = base.alternatives().iter().find_map(|base| self.env_item(frame, base, &key));
                access.map(|access| Access { need: Need::Optional, ..access }).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What calling one callee reads.
    fn call_reads(&self, frame: Frame, callee: &Value, args: &Args, site: Site, depth: u32) -> Vec<Access> {
        match &callee.kind {
            ValueKind::Ref(Ref::Function(module, function)) => {
                self.wrapped_reads((*module, *function), args, None, depth)
            }
            ValueKind::Method { of, name } if self.method_of(of, name).is_some() => {
                self.method_reads(of, name, args, depth)
            }
            ValueKind::Instance(_) => self.method_reads(callee, "__call__", args, depth),
            _ => match self.partial(callee, args) {
                Some((inner, args)) if depth < 3 => self.call_reads(frame, &inner, &args, site, depth + 1),
                _ => {
                    let own = self.env_access(frame, callee, args, site);
                    own.or_else(|| self.loader(&path_of(callee), args, site)).into_iter().collect()
                }
            },
        }
    }

    fn item_reads(&self, frame: Frame, base: &Value, key: &Value) -> Vec<Access> {
        if matches!(base.kind, ValueKind::Instance(_)) {
            let args = Args { positional: vec![key.clone()], ..Args::default() };
            return self.method_reads(base, "__getitem__", &args, 0);
        }
        self.env_item(frame, base, key).into_iter().collect()
    }

    /// `functools.partial(f, …)(…)`: the function and all its arguments.
    fn partial(&self, callee: &Value, args: &Args) -> Option<(Value, Args)> {
        let made = callee.made().filter(|made| made.callee == "functools.partial")?;
        let (function, bound) = made.args.positional.split_first()?;
        let mut all = Args { positional: bound.to_vec(), named: made.args.named.clone(), open: args.open };
        all.positional.extend(args.positional.iter().cloned());
        all.named.extend(args.named.iter().cloned());
        Some((function.clone(), all))
    }

    /// Whether the key of a read comes from a parameter of the function around it: then the calls of that function
    /// tell which variables are read.
    fn is_keyed_by_parameter(&self, frame: Frame, expr: ExprId) -> bool {
        let module = self.modules.get(frame.module);
        let key = match &module.expr(expr).kind {
            ExprKind::Call(call) => call.args.iter().map(|argument| argument.value).collect(),
            ExprKind::Subscript { index, .. } => vec![*index],
            ExprKind::Compare { left, .. } => vec![*left],
            _ => Vec::new(),
        };
        key.first().is_some_and(|key| self.mentions_parameter(frame, *key, 0))
    }

    fn mentions_parameter(&self, frame: Frame, expr: ExprId, depth: u32) -> bool {
        if depth > 6 {
            return false;
        }
        let module = self.modules.get(frame.module);
        let inner = |id: &ExprId| self.mentions_parameter(frame, *id, depth + 1);
        match &module.expr(expr).kind {
            ExprKind::Name(name) => self.is_parameter(frame, name, depth),
            ExprKind::Binary { left, right, .. } => inner(left) || inner(right),
            ExprKind::Str(parts) => parts.iter().any(|part| match part {
                crate::python::ir::StrPart::Hole { value, .. } => inner(value),
                crate::python::ir::StrPart::Literal { .. } => false,
            }),
            ExprKind::Call(call) => inner(&call.func) || call.args.iter().any(|argument| inner(&argument.value)),
            ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => inner(value),
            ExprKind::If { body, orelse, .. } => inner(body) || inner(orelse),
            _ => false,
        }
    }

    /// Whether a name is a parameter of the function (not `self`), or a variable made of one.
    fn is_parameter(&self, frame: Frame, name: &str, depth: u32) -> bool {
        use crate::python::ir::BindingKind;
        let module = self.modules.get(frame.module);
        let mut scope = frame.scope;
        loop {
            if let Some(bindings) = module.bindings(scope).names.get(name) {
                let method = matches!(scope, Scope::Function(id) if wrappers::is_bound(module, module.function(id)));
                return bindings.iter().any(|binding| match &binding.kind {
                    BindingKind::Param(index) => *index > 0 || !method,
                    BindingKind::Value(value) | BindingKind::Element { iter: value, .. } => {
                        matches!(scope, Scope::Function(_))
                            && self.mentions_parameter(Frame { scope, ..frame }, *value, depth + 1)
                    }
                    _ => false,
                });
            }
            match module.parent(scope) {
                Some(parent) => scope = parent,
                None => return false,
            }
        }
    }
}

/// `os.environ.setdefault(…)` as a statement sets a variable; its value shows that it is also read.
const WRITES: &str = "os.environ.setdefault";

/// Where the characters of a literal stand, part by part.
pub(super) fn literal_places(value: &Value) -> Option<Vec<Loc>> {
    let ValueKind::Text(text) = &value.kind else { return None };
    let parts = text.pieces.iter().filter_map(|piece| match piece {
        Piece::Literal { at, .. } => Some(*at),
        Piece::Env { .. } | Piece::Unknown { .. } => None,
    });
    let parts: Vec<Loc> = parts.collect();
    if parts.is_empty() { value.at.map(|at| vec![at]) } else { Some(parts) }
}

/// The literal text that a key of unknown rest starts with.
fn known_start(value: &Value) -> String {
    let ValueKind::Text(text) = &value.kind else { return String::new() };
    let mut start = String::new();
    for piece in &text.pieces {
        match piece {
            Piece::Literal { text, .. } => start.push_str(text),
            Piece::Env { .. } | Piece::Unknown { .. } => break,
        }
    }
    start
}

fn common(left: &str, right: &str) -> String {
    left.chars().zip(right.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}
