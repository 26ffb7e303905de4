//! The project's own wrappers: functions whose body reads the environment with a parameter as the key.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::libraries::is_library_reader;
use super::{Access, Eval, Frame};
use crate::files::Need;
use crate::python::eval::Locals;
use crate::python::ir::{Context, ExprId, ExprKind, Function, FunctionId, Guard, Module, Param, ParamKind, Scope};
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Args, Site, Value, ValueKind};

/// What of each function's body reads the environment with a parameter in the key.
/// The number is how many wrappers stand around the function: the answer is the same whatever was asked before.
pub type Wrappers = FxHashMap<(ModuleId, FunctionId, u32), Arc<[(ExprId, Context)]>>;

/// How many wrappers may stand around each other.
const MAX_WRAPPERS: u32 = 2;

impl Eval<'_> {
    /// What a call of a method of a project class reads, taken from an instance or from the class.
    pub(super) fn method_reads(&self, of: &Value, name: &str, args: &Args, depth: u32) -> Vec<Access> {
        match self.method_of(of, name) {
            Some((module, function, this)) => self.wrapped_reads((module, function), args, this.as_ref(), depth),
            None => Vec::new(),
        }
    }

    /// The reads in the body of a project function whose key comes from its parameters, for one call of it.
    pub(super) fn wrapped_reads(
        &self,
        wrapper: (ModuleId, FunctionId),
        args: &Args,
        this: Option<&Value>,
        depth: u32,
    ) -> Vec<Access> {
        let (module_id, function_id) = wrapper;
        let module = self.modules.get(module_id);
        let function = module.function(function_id);
        let readers = self.body_readers(wrapper, 0);
        if depth > MAX_WRAPPERS || readers.is_empty() {
            return Vec::new();
        }
        let this = self.receiver(module, function, this);
        let values = self.bind_arguments(module_id, function, args, this.as_ref());
        let choice = Choice::of(function, args, &values, this.is_some());
        let scope = Scope::Function(function_id);
        let id = (1 << 28) + args.positional.first().and_then(|value| value.at).map_or(0, |at| at.span.start);
        let locals = Locals::of_call(module_id, scope, values, id);
        let frame = Frame { module: module_id, scope, locals: Some(&locals) };
        let mut found: Vec<Access> = Vec::new();
        for (expr, context) in readers.iter().copied() {
            for mut access in self.body_read(frame, expr, wrapper, depth) {
                access.keys.retain(|key| {
                    key.parts.iter().any(|at| at.file != module.file || !function.span.contains(at.span))
                });
                let open = access.dynamic && self.mentions_parameter(plain(frame), expr, 0);
                if access.keys.is_empty() && !open {
                    continue;
                }
                access.need = choice.need(&access, context);
                access.how = "a wrapper of the project";
                found.push(access);
            }
        }
        merged(found)
    }

    /// The expressions of a function's body that read the environment with a parameter in the key, themselves or through
    /// another wrapper. Told without the arguments of any call, and remembered.
    fn body_readers(&self, function: (ModuleId, FunctionId), depth: u32) -> Arc<[(ExprId, Context)]> {
        let key = (function.0, function.1, depth);
        if let Some(known) = self.memory.wrappers.borrow().get(&key) {
            return known.clone();
        }
        let module = self.modules.get(function.0);
        if depth > MAX_WRAPPERS || module.function(function.1).params.is_empty() {
            return Arc::new([]);
        }
        let frame = Frame { module: function.0, scope: Scope::Function(function.1), locals: None };
        let found = body_reads(module, function.1).filter(|(expr, _)| {
            self.apart(|| self.is_keyed_by_parameter(frame, *expr) && self.is_read_by_reader(frame, *expr, depth))
        });
        let found: Arc<[(ExprId, Context)]> = found.collect();
        self.memory.wrappers.borrow_mut().insert(key, found.clone());
        found
    }

    fn is_read_by_reader(&self, frame: Frame, expr: ExprId, depth: u32) -> bool {
        let module = self.modules.get(frame.module);
        let reader = match &module.expr(expr).kind {
            ExprKind::Call(call) => call.func,
            ExprKind::Subscript { value, .. } => *value,
            ExprKind::Compare { rest, .. } => match &**rest {
                [(_, right)] => *right,
                _ => return false,
            },
            _ => return false,
        };
        self.eval(frame, reader).alternatives().iter().any(|value| self.is_reader(value, depth + 1))
    }

    /// Whether calling a value, or taking an item of it, can read the environment.
    pub(super) fn is_reader(&self, value: &Value, depth: u32) -> bool {
        match &value.kind {
            ValueKind::Ref(Ref::Function(module, function)) => {
                !self.body_readers((*module, *function), depth).is_empty()
            }
            ValueKind::Instance(_) => {
                ["__call__", "__getitem__"].iter().any(|name| self.method_is_reader(value, name, depth))
            }
            ValueKind::Method { of, name } => is_library_reader(value) || self.method_is_reader(of, name, depth),
            _ => is_library_reader(value),
        }
    }

    fn method_is_reader(&self, of: &Value, name: &str, depth: u32) -> bool {
        self.method_of(of, name)
            .is_some_and(|(module, function, _)| !self.body_readers((module, function), depth).is_empty())
    }

    /// One expression of a wrapper's body.
    fn body_read(&self, frame: Frame, expr: ExprId, wrapper: (ModuleId, FunctionId), depth: u32) -> Vec<Access> {
        let module = self.modules.get(frame.module);
        let Some(call) = module.call(expr) else { return self.reads_in(frame, expr) };
        let callee = self.eval(frame, call.func);
        if matches!(callee.kind, ValueKind::Ref(Ref::Function(m, f)) if (m, f) == wrapper) {
            return Vec::new();
        }
        let args = self.args(frame, call);
        let site = Site { module: frame.module, scope: frame.scope, expr };
        self.call_reads(frame, &callee, &args, site, depth + 1)
    }

    /// What the first parameter is bound to: the instance, the class of a class method, nothing for functions.
    fn receiver(&self, module: &Module, function: &Function, this: Option<&Value>) -> Option<Value> {
        if !is_bound(module, function) {
            return None;
        }
        let class = is_decorated(module, function, "classmethod");
        this.cloned().or_else(|| class.then(Value::unknown))
    }
}

/// Whether the first parameter is the instance or the class.
pub(super) fn is_bound(module: &Module, function: &Function) -> bool {
    matches!(function.parent, Scope::Class(_)) && !is_decorated(module, function, "staticmethod")
}

fn is_decorated(module: &Module, function: &Function, name: &str) -> bool {
    function.decorators.iter().any(|decorator| module.dotted(decorator.value).as_deref() == Some(name))
}

fn plain(frame: Frame) -> Frame {
    Frame { locals: None, ..frame }
}

/// Several reads of one key in one call: any that needs it decides, unless a caller's default stands in for all.
fn merged(found: Vec<Access>) -> Vec<Access> {
    let mut result: Vec<Access> = Vec::new();
    for access in found {
        match result.iter_mut().find(|known| known.keys == access.keys && known.dynamic == access.dynamic) {
            Some(known) => {
                known.need = known.need.max(access.need);
                known.default = known.default.take().or(access.default);
            }
            None => result.push(access),
        }
    }
    result
}

/// What a call of a wrapper says about the need.
struct Choice {
    /// The caller passes a value to fall back on, or says that the variable is not required.
    optional: bool,
    /// The caller says that it is required.
    required: bool,
    /// The wrapper has a parameter for a default, and it is nothing.
    no_default: bool,
}

impl Choice {
    fn of(function: &Function, args: &Args, values: &[(crate::python::ir::Name, Value)], bound: bool) -> Self {
        let mut choice = Self { optional: args.named("default").is_some(), required: false, no_default: false };
        let value = |name: &str| values.iter().find(|(known, _)| &**known == name).map(|(_, value)| value);
        for (index, param) in function.params.iter().enumerate().skip(usize::from(bound)) {
            let position = index - usize::from(bound);
            let by_position = param.kind != ParamKind::KeywordOnly && args.positional.len() > position;
            let passed = args.named(&param.name).is_some() || by_position;
            if is_default_param(param) {
                let nothing = value(&param.name).is_none_or(is_nothing);
                choice.optional |= passed || !nothing;
                choice.no_default |= !passed && nothing;
            }
            if is_required_param(&param.name) {
                match value(&param.name).map(|value| &value.kind) {
                    Some(ValueKind::Bool(true)) => choice.required = true,
                    Some(ValueKind::Bool(false)) => choice.optional = true,
                    _ => {}
                }
            }
        }
        choice
    }

    /// The need of one read of the body.
    fn need(&self, access: &Access, context: Context) -> Need {
        if self.required {
            return Need::Required;
        }
        if self.optional {
            return Need::Optional;
        }
        let own_default = access.default.as_ref().is_some_and(|default| !is_nothing(default));
        let spared = context.has_fallback || context.tested || context.guard == Guard::Catches;
        let by_library = access.need == Need::Optional && access.default.is_none();
        if own_default || by_library || (spared && !self.no_default) { Need::Optional } else { Need::Required }
    }
}

/// A value that says "no default": `None`, a sentinel, or nothing known.
fn is_nothing(value: &Value) -> bool {
    match &value.kind {
        ValueKind::None | ValueKind::Unknown => true,
        ValueKind::Made(made) => made.callee == "object",
        ValueKind::Ref(_) | ValueKind::Instance(_) => true,
        _ => false,
    }
}

fn is_default_param(param: &Param) -> bool {
    let name = param.name.to_ascii_lowercase();
    const WHOLE: &[&str] = &["alt", "alternative", "otherwise", "or_else", "dflt", "deflt", "d", "if_missing", "value"];
    name.contains("default") || name.contains("fallback") || WHOLE.contains(&name.as_str())
}

fn is_required_param(name: &str) -> bool {
    matches!(name, "required" | "is_required" | "mandatory" | "must_exist" | "strict" | "raise_error")
}

/// Calls and items in a function's body that may read the environment, by the look of them.
fn body_reads(module: &Module, function: FunctionId) -> impl Iterator<Item = (ExprId, Context)> {
    let scope = Scope::Function(function);
    let calls =
        module.calls.iter().filter(move |fact| fact.context.scope == scope).map(|fact| (fact.call, fact.context));
    let reads =
        module.reads.iter().filter(move |read| read.context.scope == scope).map(|read| (read.expr, read.context));
    calls.chain(reads)
}
