//! Calls: arguments, functions of the project (their return values), classes, and methods of known values.

use super::given::STABLE;
use super::interest::args_matter;
use super::{Eval, Frame, Level, Locals};
use crate::python::ir::*;
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Args, Instance, Made, Shared, Site, Value, ValueKind};
use crate::source::{Loc, Text};

impl Eval<'_> {
    /// The evaluated arguments of a call, splats unpacked where they are known.
    pub(super) fn args(&self, frame: Frame, call: &Call) -> Args {
        let mut args = Args::default();
        for argument in &call.args {
            let value = self.eval(frame, argument.value);
            match (argument.splat, &argument.name) {
                (Some(Splat::Positional), _) => match value.kind {
                    ValueKind::List { items, open } => {
                        args.positional.extend(items);
                        args.open |= open;
                    }
                    _ => args.open = true,
                },
                (Some(Splat::Keyword), _) => splat_keywords(&mut args, value),
                (None, Some(name)) => {
                    let at = self.loc(frame.module, argument.span);
                    args.named.push((name.to_string(), value, at));
                }
                (None, None) => args.positional.push(value),
            }
        }
        args
    }

    pub(super) fn call(&self, frame: Frame, id: ExprId, call: &Call) -> Value {
        let callee = self.eval(frame, call.func);
        let args = if args_matter(&callee) || has_default(call) {
            self.args(frame, call)
        } else {
            Args { open: !call.args.is_empty(), ..Args::default() }
        };
        let site = Site { module: frame.module, scope: frame.scope, expr: id };
        let at = self.loc(frame.module, self.modules.get(frame.module).span(id));
        let results = callee.alternatives().iter().take(4).map(|callee| self.apply(frame, callee, &args, site, at));
        let result = Value::one_of(results);
        if !matches!(result.kind, ValueKind::Unknown | ValueKind::Made(_)) {
            return result;
        }
        match self.given_default(frame, call) {
            Some(default) => Value::one_of([result, default]),
            None => result,
        }
    }

    /// The text that a look-up of unknown make falls back on: `current_app.config.get("X", "…")`, `config("X", default="…")`.
    fn given_default(&self, frame: Frame, call: &Call) -> Option<Value> {
        const LOOKUPS: &[&str] = &["get", "config", "conf", "cfg", "env", "get_env", "get_setting", "setting"];
        let module = self.modules.get(frame.module);
        let name = module.last_name(call.func)?;
        let mut positional = call.positional();
        let key = positional.next().filter(|_| LOOKUPS.contains(&&**name))?;
        matches!(module.expr(key.value).kind, ExprKind::Str(_)).then_some(())?;
        let second = positional.next().filter(|_| &**name == "get");
        let default = call.keyword("default").or_else(|| call.keyword("fallback")).or(second)?;
        Some(self.eval(frame, default.value)).filter(|default| matches!(default.kind, ValueKind::Text(_)))
    }

    /// What calling one callee gives.
    pub(super) fn apply(&self, frame: Frame, callee: &Value, args: &Args, site: Site, at: Loc) -> Value {
        if let Some(access) = self.env_access(frame, callee, args, site) {
            return access.into_value(at);
        }
        match &callee.kind {
            ValueKind::Ref(Ref::External(path)) => self.external_call(path, None, args, site, at),
            ValueKind::Ref(Ref::Function(module, function)) => {
                let class = self.class_of_call(frame, *module, *function, site);
                self.inline(*module, *function, args, class.as_ref(), at)
            }
            ValueKind::Ref(Ref::Class(module, class)) => self.instantiate(*module, *class, args, site, at),
            ValueKind::Method { of, name } => self.method_call(of, name, args, site, at),
            ValueKind::Instance(instance) => {
                match self.class_member(instance.module, instance.class, "__call__").map(|value| value.kind) {
                    Some(ValueKind::Ref(Ref::Function(module, function))) => {
                        self.inline(module, function, args, Some(callee), at)
                    }
                    _ => Value::unknown(),
                }
            }
            ValueKind::Made(made) if made.callee == "functools.partial" => match made.args.positional.split_first() {
                Some((inner, before)) => self.apply(frame, inner, &joined(before, &made.args, args), site, at),
                None => Value::unknown(),
            },
            ValueKind::Made(made) => self.external_call(&made.callee, Some(callee), args, site, at),
            _ => Value::unknown(),
        }
    }

    fn method_call(&self, of: &Value, name: &str, args: &Args, site: Site, at: Loc) -> Value {
        match &of.kind {
            // A path is a text; the file's content is not known here.
            ValueKind::Text(_) if matches!(name, "open" | "read_bytes" | "read_text") => {
                let callee = format!("pathlib.Path.{name}");
                Value::new(ValueKind::Made(Shared::new(Made::call(callee, Some(of.clone()), args.clone(), site))), at)
            }
            ValueKind::Text(_) | ValueKind::Env(_) => self.text_method(of, name, args, at),
            ValueKind::Dict(dict) => dict_method(dict, name, args),
            ValueKind::List { .. } if name == "copy" => of.clone(),
            ValueKind::Made(made) => {
                let path = format!("{}.{name}", made.callee);
                self.external_call(&path, Some(of), args, site, at)
            }
            ValueKind::Instance(_) | ValueKind::Ref(Ref::Class(..)) if self.method_of(of, name).is_some() => {
                let Some((module, function, this)) = self.method_of(of, name) else { return Value::unknown() };
                self.inline(module, function, args, this.as_ref(), at)
            }
            // `Model.objects.get`, `app.conf.update`, `task.s`: a path of attributes of something known.
            ValueKind::Method { .. } | ValueKind::Ref(_) => {
                let callee = format!("{}.{name}", path_of(of));
                Value::new(ValueKind::Made(Shared::new(Made::call(callee, Some(of.clone()), args.clone(), site))), at)
            }
            // A task's result, by the name that only Celery has.
            ValueKind::Unknown => {
                Value::new(ValueKind::Made(Shared::new(Made::call(format!("?.{name}"), None, args.clone(), site))), at)
            }
            _ => Value::unknown(),
        }
    }

    /// The class that a class method is called on: `Config.make()`.
    fn class_of_call(&self, frame: Frame, module: ModuleId, function: FunctionId, site: Site) -> Option<Value> {
        if !self.decorated_with(module, function, &["classmethod"]) {
            return None;
        }
        let caller = self.modules.get(site.module);
        let ExprKind::Attribute { value, .. } = &caller.expr(caller.call(site.expr)?.func).kind else {
            return Some(Value::unknown());
        };
        let class = self.eval(frame, *value);
        Some(if matches!(class.kind, ValueKind::Ref(Ref::Class(..))) { class } else { Value::unknown() })
    }

    /// The return values of a project function, its parameters bound to the arguments.
    pub(super) fn inline(&self, module: ModuleId, id: FunctionId, args: &Args, this: Option<&Value>, at: Loc) -> Value {
        let function = self.modules.get(module).function(id);
        if function.is_generator {
            return Value::unknown();
        }
        let id_of_call = (at.span.start.wrapping_mul(31).wrapping_add(at.file.0).wrapping_add(1 << 30)) & !STABLE;
        let values = self.bind_arguments(module, function, args, this);
        let locals = Locals::of_call(module, Scope::Function(id), values, id_of_call);
        let frame = Frame { module, scope: Scope::Function(id), locals: Some(&locals) };
        let mut returns = Vec::new();
        collect_returns(&function.body, &mut returns, 0);
        let follow = || Value::one_of(returns.into_iter().take(8).map(|value| self.eval(frame, value)));
        self.work.deeper(Level::Inlined, follow).unwrap_or_else(Value::unknown)
    }

    /// Pairs parameters with arguments; what is not passed takes its default.
    pub(super) fn bind_arguments(
        &self,
        module: ModuleId,
        function: &Function,
        args: &Args,
        this: Option<&Value>,
    ) -> Vec<(Name, Value)> {
        let mut positional = this.into_iter().chain(&args.positional);
        let mut values = Vec::new();
        for param in &function.params {
            let value = match param.kind {
                ParamKind::Rest => {
                    let items = positional.by_ref().cloned().collect();
                    Value { kind: ValueKind::List { items, open: args.open }, at: None, trail: Vec::new() }
                }
                ParamKind::Keywords => keywords_left(function, args),
                ParamKind::KeywordOnly => self.named_or_default(module, function, param, args),
                ParamKind::PositionalOnly | ParamKind::Normal => match positional.next() {
                    Some(value) => value.clone(),
                    None => self.named_or_default(module, function, param, args),
                },
            };
            values.push((param.name.clone(), value));
        }
        values
    }

    fn named_or_default(&self, module: ModuleId, function: &Function, param: &Param, args: &Args) -> Value {
        if let Some(value) = args.named(&param.name) {
            return value.clone();
        }
        if args.open {
            return Value::unknown();
        }
        match param.default {
            Some(default) => self.eval(Frame { module, scope: function.parent, locals: None }, default),
            None => Value::unknown(),
        }
    }

    fn instantiate(&self, module: ModuleId, class: ClassId, args: &Args, site: Site, at: Loc) -> Value {
        // A subclass of something outside is also that something: `class App(Celery)` makes a Celery app.
        if let Some(base) = self.external_base(module, class, CONSTRUCTED_BASES) {
            let mut made = Made::call(base.clone(), None, args.clone(), site);
            made.attrs.push(("__class__".to_owned(), Value::reference(Ref::Class(module, class))));
            return Value::new(ValueKind::Made(Shared::new(made)), at);
        }
        let instance = Instance { module, class, args: args.clone(), attrs: Vec::new() };
        Value::new(ValueKind::Instance(Shared::new(instance)), at)
    }
}

/// Classes whose subclasses are followed as if they were the class itself.
const CONSTRUCTED_BASES: &[&str] = &[
    "aiohttp.web.Application",
    "celery.Celery",
    "celery.app.base.Celery",
    "environ.Env",
    "environs.Env",
    "fastapi.APIRouter",
    "fastapi.FastAPI",
    "fastapi.routing.APIRouter",
    "flask.Blueprint",
    "flask.Flask",
    "flask_restful.Api",
    "flask_restx.Api",
    "flask_restx.Namespace",
    "litestar.Litestar",
    "litestar.Router",
    "ninja.NinjaAPI",
    "ninja.Router",
    "quart.Blueprint",
    "quart.Quart",
    "rest_framework.routers.DefaultRouter",
    "rest_framework.routers.SimpleRouter",
    "sanic.Blueprint",
    "sanic.Sanic",
    "starlette.applications.Starlette",
    "starlette.routing.Router",
];

impl Made {
    pub fn call(callee: String, receiver: Option<Value>, args: Args, site: Site) -> Self {
        Self { callee, receiver, args, site, attrs: Vec::new() }
    }

    /// Whether it is a Celery signature or canvas (`task.s(1)`, `chain(…)`).
    pub fn is_signature(&self) -> bool {
        const METHODS: &[&str] = &["s", "si", "signature", "subtask", "chunks", "map", "starmap"];
        const CLASSES: &[&str] = &["chain", "group", "chord", "signature", "Signature", "subtask", "xmap", "chunks"];
        let (of, last) = self.callee.rsplit_once('.').unwrap_or(("", &self.callee));
        if of == "celery" || of == "celery.canvas" {
            return CLASSES.contains(&last);
        }
        let of_task = matches!(self.receiver.as_ref().map(|of| &of.kind), Some(ValueKind::Ref(Ref::Function(..))));
        METHODS.contains(&last) && (of_task || of.starts_with("celery.") || of.starts_with('?'))
    }
}

/// A call that is given a default may be a look-up, whatever library it is of.
fn has_default(call: &Call) -> bool {
    call.args.iter().any(|argument| matches!(argument.name.as_deref(), Some("default" | "fallback")))
}

/// A readable dotted path of a chain of attributes.
pub(super) fn path_of(value: &Value) -> String {
    match &value.kind {
        ValueKind::Ref(Ref::External(path)) => path.clone(),
        ValueKind::Made(made) => made.callee.clone(),
        ValueKind::Method { of, name } => format!("{}.{name}", path_of(of)),
        _ => "?".to_owned(),
    }
}

/// The arguments that `partial` holds, and those of the call.
fn joined(before: &[Value], held: &Args, args: &Args) -> Args {
    let positional = before.iter().chain(&args.positional).cloned().collect();
    let kept = held.named.iter().filter(|(name, ..)| args.named(name).is_none());
    Args { positional, named: kept.chain(&args.named).cloned().collect(), open: held.open || args.open }
}

fn splat_keywords(args: &mut Args, value: Value) {
    match value.kind {
        ValueKind::Dict(dict) => {
            args.open |= dict.open;
            for (key, value) in dict.entries {
                match (key.as_literal(), key.at) {
                    (Some(name), Some(at)) => args.named.push((name, value, at)),
                    _ => args.open = true,
                }
            }
        }
        _ => args.open = true,
    }
}

/// The keyword arguments that no parameter takes, as a dictionary.
fn keywords_left(function: &Function, args: &Args) -> Value {
    let mut dict = crate::python::value::Dict { entries: Vec::new(), open: args.open };
    for (name, value, at) in &args.named {
        if function.params.iter().any(|param| &*param.name == name.as_str()) {
            continue;
        }
        let key = Value::new(ValueKind::Text(Text::literal(name.as_str(), *at)), *at);
        dict.entries.push((key, value.clone()));
    }
    Value { kind: ValueKind::Dict(dict), at: None, trail: Vec::new() }
}

fn dict_method(dict: &crate::python::value::Dict, name: &str, args: &Args) -> Value {
    match name {
        "get" | "pop" | "setdefault" => {
            let Some(key) = args.positional.first().and_then(Value::as_literal) else {
                // A choice at run time: `URLS.get(os.environ["MODE"], default)`.
                let default = args.positional.get(1).cloned().unwrap_or_else(Value::unknown);
                return Value::one_of(dict.entries.iter().map(|(_, value)| value.clone()).chain([default]));
            };
            match dict.get(&key) {
                Some(value) => value.clone(),
                None if dict.open => Value::unknown(),
                None => args.positional.get(1).cloned().unwrap_or_else(Value::unknown),
            }
        }
        "copy" => Value { kind: ValueKind::Dict(dict.clone()), at: None, trail: Vec::new() },
        "items" => {
            let pair = |(key, value): &(Value, Value)| Value {
                kind: ValueKind::List { items: vec![key.clone(), value.clone()], open: false },
                at: key.at,
                trail: Vec::new(),
            };
            let items = dict.entries.iter().map(pair).collect();
            Value { kind: ValueKind::List { items, open: dict.open }, at: None, trail: Vec::new() }
        }
        "values" | "keys" => {
            let values = name == "values";
            let items =
                dict.entries.iter().map(|(key, value)| if values { value.clone() } else { key.clone() }).collect();
            Value { kind: ValueKind::List { items, open: dict.open }, at: None, trail: Vec::new() }
        }
        _ => Value::unknown(),
    }
}

/// The expressions of every `return` of a block, nested blocks included, nested functions not.
pub(super) fn collect_returns(block: &[Stmt], into: &mut Vec<ExprId>, depth: u32) {
    if depth > 40 {
        return;
    }
    for stmt in block {
        if let StmtKind::Return(Some(value)) = &stmt.kind {
            into.push(*value);
        }
        for inner in stmt.blocks() {
            collect_returns(inner, into, depth + 1);
        }
    }
}
