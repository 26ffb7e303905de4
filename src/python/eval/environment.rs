//! Reads of the environment, in every library that projects use for it.

use super::{Eval, Frame};
use crate::files::Need;
use crate::python::ir::{Context, ExprId, ExprKind, Guard, Scope};
use crate::python::modules::{ModuleId, Ref};
use crate::python::value::{Args, EnvValue, Made, Site, Value, ValueKind};
use crate::source::Loc;

/// One expression that reads the environment.
#[derive(Debug, Clone)]
pub struct Access {
    /// Each alternative key with its place (a loop over names reads several).
    pub keys: Vec<(Vec<String>, Loc)>,
    /// A key is not known: the read could be of any variable.
    pub dynamic: bool,
    pub default: Option<Value>,
    pub need: Need,
    pub ignore_case: bool,
    pub how: &'static str,
}

impl Access {
    /// The value that the read gives.
    pub(super) fn into_value(self, at: Loc) -> Value {
        let Access { keys, default, need, ignore_case, how, .. } = self;
        Value::one_of(keys.into_iter().map(|(keys, key_at)| {
            let read = EnvValue { keys, key_at, default: default.clone(), need, ignore_case, how };
            Value::new(ValueKind::Env(Box::new(read)), at)
        }))
    }
}

/// How a reading function takes its arguments.
struct Reader {
    key: &'static str,
    /// Position of the default among the positional arguments.
    default_at: usize,
    /// Without a default the result is None or an error: the variable is needed.
    how: &'static str,
}

const OS_GET: Reader = Reader { key: "key", default_at: 1, how: "os.environ" };
const DJANGO: Reader = Reader { key: "var", default_at: 1, how: "django-environ" };
const DJANGO_CALL: Reader = Reader { key: "var", default_at: 2, how: "django-environ" };
const ENVIRONS: Reader = Reader { key: "name", default_at: 1, how: "environs" };
const DECOUPLE: Reader = Reader { key: "option", default_at: 1, how: "python-decouple" };
const STARLETTE: Reader = Reader { key: "key", default_at: 2, how: "starlette" };
const DOTENV: Reader = Reader { key: "key", default_at: 1, how: "python-dotenv" };

/// django-environ's URL methods read a variable of their own when no name is given (environ.py, `DEFAULT_*_ENV`).
const DJANGO_DEFAULT_KEYS: &[(&str, &str)] = &[
    ("cache", "CACHE_URL"),
    ("cache_url", "CACHE_URL"),
    ("channels", "CHANNELS_URL"),
    ("channels_url", "CHANNELS_URL"),
    ("db", "DATABASE_URL"),
    ("db_url", "DATABASE_URL"),
    ("email", "EMAIL_URL"),
    ("email_url", "EMAIL_URL"),
    ("search_url", "SEARCH_URL"),
];

/// Attributes of a django-environ or environs reader that do not read a variable.
const NOT_READS: &[&str] = &[
    "read_env",
    "read_envfile",
    "prefixed",
    "seal",
    "dump",
    "parser_for",
    "add_parser",
    "unique_value",
    "db_url_config",
    "cache_url_config",
    "email_url_config",
    "search_url_config",
    "parse_value",
    "get_credential",
];

impl Eval<'_> {
    /// The environment read that a call makes, if it makes one.
    pub(super) fn env_access(&self, frame: Frame, callee: &Value, args: &Args, site: Site) -> Option<Access> {
        match &callee.kind {
            ValueKind::Ref(Ref::External(path)) => match path.as_str() {
                "os.environ.get" | "os.environ.pop" | "os.environ.setdefault" | "os.getenv" | "os.environb.get" => {
                    Some(self.access(&OS_GET, args, None, ""))
                }
                "os.environ.__getitem__" => Some(self.access(&OS_GET, args, None, "")),
                "decouple.config" => Some(self.access(&DECOUPLE, args, None, "")),
                "dotenv.get_key" => {
                    let key =
                        Args { positional: args.positional.get(1).cloned().into_iter().collect(), ..Args::default() };
                    Some(self.access(&DOTENV, &key, None, ""))
                }
                _ => None,
            },
            ValueKind::Made(made) => self.object_access(frame, made, "", args, site),
            ValueKind::Method { of, name } => match &of.kind {
                ValueKind::Made(made) => self.object_access(frame, made, name, args, site),
                _ => None,
            },
            _ => None,
        }
    }

    /// A read through an object of an environment library: `env("X")`, `env.int("X")`, `config("X")`.
    fn object_access(&self, frame: Frame, made: &Made, name: &str, args: &Args, site: Site) -> Option<Access> {
        match made.callee.as_str() {
            "environ.Env" | "environ.FileAwareEnv" => {
                if NOT_READS.contains(&name) || name.starts_with("__") {
                    return None;
                }
                let reader = if name.is_empty() || name == "get_value" || name == "list" || name == "dict" {
                    &DJANGO_CALL
                } else {
                    &DJANGO
                };
                let prefix = made.attrs.iter().rev().find(|(attr, _)| attr == "prefix");
                let prefix = prefix.and_then(|(_, value)| value.as_literal()).unwrap_or_default();
                let fallback = DJANGO_DEFAULT_KEYS.iter().find(|(method, _)| *method == name).map(|(_, key)| *key);
                let mut access = self.access(reader, args, fallback.map(|key| (key, site)), &prefix);
                self.apply_schema(made, &mut access, &prefix);
                if made.callee.ends_with("FileAwareEnv") {
                    for (keys, _) in &mut access.keys {
                        let file = keys.first().map(|key| format!("{key}_FILE"));
                        keys.extend(file);
                    }
                }
                Some(access)
            }
            "environs.Env" | "environs.FileAwareEnv" => {
                if NOT_READS.contains(&name) || name.starts_with("__") {
                    return None;
                }
                let prefix = self.environs_prefix(frame, site.expr, made);
                Some(self.access(&ENVIRONS, args, None, &prefix))
            }
            "decouple.AutoConfig" | "decouple.Config" if name.is_empty() || name == "get" => {
                Some(self.access(&DECOUPLE, args, None, ""))
            }
            "starlette.config.Config" if name.is_empty() || name == "get" => {
                let prefix = made.args.named("env_prefix").and_then(Value::as_literal).unwrap_or_default();
                Some(self.access(&STARLETTE, args, None, &prefix))
            }
            "starlette.config.Environ" if name == "get" => Some(self.access(&OS_GET, args, None, "")),
            "dotenv.dotenv_values" if name == "get" => Some(self.access(&DOTENV, args, None, "")),
            callee if is_dynaconf(callee) && matches!(name, "get" | "get_fresh" | "as_bool" | "as_int") => {
                let prefix = dynaconf_prefix(made)?;
                Some(self.access(&DYNACONF, args, None, &prefix))
            }
            _ => None,
        }
    }

    fn access(&self, reader: &Reader, args: &Args, fallback: Option<(&str, Site)>, prefix: &str) -> Access {
        let key = args.get(0, reader.key).or_else(|| args.named("name")).or_else(|| args.named("env"));
        let default = args.get(reader.default_at, "default");
        let mut access = Access {
            keys: Vec::new(),
            dynamic: false,
            default: default.cloned(),
            need: if default.is_some() { Need::Optional } else { Need::Required },
            ignore_case: false,
            how: reader.how,
        };
        match (key, fallback) {
            (Some(key), _) => self.add_keys(key, prefix, &mut access),
            (None, Some((fallback, site))) => {
                let at = self.loc(site.module, self.modules.get(site.module).span(site.expr));
                access.keys.push((vec![format!("{prefix}{fallback}")], at));
            }
            (None, None) => access.dynamic = true,
        }
        access
    }

    fn add_keys(&self, key: &Value, prefix: &str, access: &mut Access) {
        for alternative in key.alternatives() {
            match (alternative.as_literal(), literal_place(alternative)) {
                (Some(name), Some(at)) if !name.is_empty() => access.keys.push((vec![format!("{prefix}{name}")], at)),
                _ => access.dynamic = true,
            }
        }
    }

    /// Defaults that `environ.Env(DEBUG=(bool, False))` declares.
    fn apply_schema(&self, made: &Made, access: &mut Access, prefix: &str) {
        let Some((keys, _)) = access.keys.first() else { return };
        let Some(name) = keys.first().and_then(|key| key.strip_prefix(prefix)) else { return };
        let declared = made.args.named(name);
        if access.default.is_none()
            && let Some(Value { kind: ValueKind::List { items, .. }, .. }) = declared
            && let Some(default) = items.get(1)
        {
            access.default = Some(default.clone());
            access.need = Need::Optional;
        }
    }

    /// The prefixes of the `with env.prefixed("X_")` blocks around a read.
    fn environs_prefix(&self, frame: Frame, expr: ExprId, made: &Made) -> String {
        let own = made.args.named("prefix").and_then(Value::as_literal);
        let module = self.modules.get(frame.module);
        let fact = module.calls.binary_search_by_key(&expr, |fact| fact.call).ok();
        let mut with = fact.and_then(|index| module.calls[index].context.with);
        let mut prefixes = Vec::new();
        while let Some(index) = with {
            let item = &module.withs[index as usize];
            with = item.outer;
            let Some(call) = module.call(item.context) else { continue };
            let is_prefix =
                matches!(&module.expr(call.func).kind, ExprKind::Attribute { attr, .. } if &**attr == "prefixed");
            if is_prefix && let Some(argument) = call.positional().next() {
                prefixes.extend(self.eval(frame, argument.value).as_literal());
            }
        }
        prefixes.extend(own);
        prefixes.reverse();
        prefixes.concat()
    }

    /// `environ["X"]`, `cfg["X"]`.
    pub(super) fn env_item(&self, _frame: Frame, base: &Value, key: &Value) -> Option<Access> {
        let args = Args { positional: vec![key.clone()], ..Args::default() };
        match &base.kind {
            ValueKind::Ref(Ref::External(path)) if matches!(path.as_str(), "os.environ" | "os.environb") => {
                Some(self.access(&OS_GET, &args, None, ""))
            }
            ValueKind::Made(made) if made.callee == "dotenv.dotenv_values" => {
                Some(self.access(&DOTENV, &args, None, ""))
            }
            ValueKind::Made(made) if made.callee == "starlette.config.Environ" => {
                Some(self.access(&OS_GET, &args, None, ""))
            }
            ValueKind::Made(made) if is_dynaconf(&made.callee) => {
                Some(self.access(&DYNACONF, &args, None, &dynaconf_prefix(made)?))
            }
            _ => None,
        }
    }

    /// `settings.BROKER_URL` of a dynaconf object.
    pub(super) fn dynaconf_item(&self, made: &Made, attr: &str, at: Option<Loc>) -> Option<Value> {
        let is_key = attr.chars().next().is_some_and(char::is_uppercase);
        if !is_dynaconf(&made.callee) || !is_key {
            return None;
        }
        let key = format!("{}{attr}", dynaconf_prefix(made)?);
        let at = at?;
        let access = Access {
            keys: vec![(vec![key], at)],
            dynamic: false,
            default: None,
            need: Need::Optional,
            ignore_case: false,
            how: DYNACONF.how,
        };
        Some(access.into_value(at))
    }

    /// The environment read that an expression itself makes (a call, an item, `"X" in os.environ`), with what its
    /// surroundings say about the need. Wrappers of the project are seen through at their call sites.
    pub fn read_at(&self, module: ModuleId, context: Context, expr: ExprId) -> Vec<Access> {
        let frame = Frame { module, scope: context.scope, locals: None };
        self.question(|| {
            let mut found = self.reads_in(frame, expr);
            for access in &mut found {
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
                let args = self.args(frame, call);
                let site = Site { module: frame.module, scope: frame.scope, expr };
                let mut found = Vec::new();
                for callee in callee.alternatives() {
                    match &callee.kind {
                        ValueKind::Ref(Ref::Function(m, f)) => found.extend(self.wrapped_reads(*m, *f, &args, None, 0)),
                        ValueKind::Method { of, name } if matches!(of.kind, ValueKind::Instance(_)) => {
                            found.extend(self.wrapped_method_reads(of, name, &args));
                        }
                        _ => found.extend(self.env_access(frame, callee, &args, site)),
                    }
                }
                found
            }
            ExprKind::Subscript { value, index } => {
                let (base, key) = (self.eval(frame, *value), self.eval(frame, *index));
                base.alternatives().iter().filter_map(|base| self.env_item(frame, base, &key)).collect()
            }
            ExprKind::Compare { left, rest } => {
                let [(op, right)] = rest.as_slice() else { return Vec::new() };
                use crate::python::ir::CompareOp;
                if !matches!(op, CompareOp::In | CompareOp::NotIn) {
                    return Vec::new();
                }
                let (key, base) = (self.eval(frame, *left), self.eval(frame, *right));
                let access = self.env_item(frame, &base, &key);
                access.map(|access| Access { need: Need::Optional, ..access }).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn wrapped_method_reads(&self, of: &Value, name: &str, args: &Args) -> Vec<Access> {
        let ValueKind::Instance(instance) = &of.kind else { return Vec::new() };
        match self.class_member(instance.module, instance.class, name).map(|member| member.kind) {
            Some(ValueKind::Ref(Ref::Function(m, f))) => self.wrapped_reads(m, f, args, Some(of), 0),
            _ => Vec::new(),
        }
    }

    /// The reads in the body of a project function whose key comes from its parameters, for one call of it.
    fn wrapped_reads(
        &self,
        module_id: ModuleId,
        function_id: crate::python::ir::FunctionId,
        args: &Args,
        this: Option<&Value>,
        depth: u32,
    ) -> Vec<Access> {
        if depth > 2 || !self.reads_parameters(module_id, function_id) {
            return Vec::new();
        }
        let module = self.modules.get(module_id);
        let function = module.function(function_id);
        let scope = Scope::Function(function_id);
        let values = self.bind_arguments(module_id, function, args, this);
        let given = |name: &str| args.named(name).is_some();
        let id = (1 << 28) + args.positional.first().and_then(|v| v.at).map_or(0, |at| at.span.start);
        let locals = super::Locals { scope, module: module_id, values, outer: None, id, fixed: false };
        let frame = Frame { module: module_id, scope, locals: Some(&locals) };
        let mut found = Vec::new();
        for (expr, context) in body_reads(module, function_id) {
            let reads = match module.call(expr).map(|call| self.eval(frame, call.func).kind) {
                Some(ValueKind::Ref(Ref::Function(m, f))) if (m, f) != (module_id, function_id) => {
                    let inner = module.call(expr).map(|call| self.args(frame, call)).unwrap_or_default();
                    self.wrapped_reads(m, f, &inner, None, depth + 1)
                }
                _ => self.reads_in(frame, expr),
            };
            for mut access in reads {
                let own_keys =
                    access.keys.iter().any(|(_, at)| at.file == module.file && function.span.contains(at.span));
                if own_keys || access.dynamic {
                    continue;
                }
                let defaulted = wrapper_default(function, args, this.is_some(), given);
                access.need = match (defaulted, context.guard, access.need) {
                    (true, ..) => Need::Optional,
                    (false, Guard::Catches, _) if access.default.is_none() && has_default_param(function) => {
                        Need::Required
                    }
                    (false, Guard::Catches, _) if context.has_fallback => Need::Optional,
                    (false, _, Need::Optional) if !is_param_default(&access) => Need::Optional,
                    _ => Need::Required,
                };
                access.how = "a wrapper of the project";
                found.push(access);
            }
        }
        found.dedup_by(|a, b| a.keys == b.keys);
        found
    }

    /// Whether a function's body reads the environment at all (cheap; the names tell).
    fn reads_parameters(&self, module: ModuleId, function: crate::python::ir::FunctionId) -> bool {
        let module = self.modules.get(module);
        !module.function(function).params.is_empty() && body_reads(module, function).next().is_some()
    }
}

const DYNACONF: Reader = Reader { key: "key", default_at: 1, how: "dynaconf" };

fn is_dynaconf(callee: &str) -> bool {
    matches!(
        callee,
        "dynaconf.Dynaconf" | "dynaconf.LazySettings" | "dynaconf.FlaskDynaconf" | "dynaconf.DjangoDynaconf"
    )
}

/// dynaconf reads `PREFIX_KEY`; without a known prefix nothing is sure.
fn dynaconf_prefix(made: &Made) -> Option<String> {
    match made.args.named("envvar_prefix") {
        Some(prefix) if matches!(prefix.kind, ValueKind::Bool(false)) => Some(String::new()),
        Some(prefix) => prefix.as_literal().map(|prefix| format!("{}_", prefix.trim_end_matches('_'))),
        None => Some("DYNACONF_".to_owned()),
    }
}

/// Calls and items in a function's body that may read the environment, by the look of them.
fn body_reads(
    module: &crate::python::ir::Module,
    function: crate::python::ir::FunctionId,
) -> impl Iterator<Item = (ExprId, Context)> {
    let scope = Scope::Function(function);
    let calls =
        module.calls.iter().filter(move |fact| fact.context.scope == scope).map(|fact| (fact.call, fact.context));
    let reads =
        module.reads.iter().filter(move |read| read.context.scope == scope).map(|read| (read.expr, read.context));
    calls.chain(reads)
}

/// Whether the caller of a wrapper passed a default.
fn wrapper_default(
    function: &crate::python::ir::Function,
    args: &Args,
    method: bool,
    given: impl Fn(&str) -> bool,
) -> bool {
    let skip = usize::from(method);
    function.params.iter().enumerate().skip(skip).any(|(index, param)| {
        let named = is_default_name(&param.name);
        let passed = given(&param.name) || args.positional.len() > index - skip;
        named && passed
    }) || given("default")
}

fn has_default_param(function: &crate::python::ir::Function) -> bool {
    function.params.iter().any(|param| is_default_name(&param.name))
}

fn is_default_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("default") || name.contains("fallback") || name == "alt"
}

/// The default is a parameter's own `None`, which the caller did not replace.
fn is_param_default(access: &Access) -> bool {
    matches!(access.default.as_ref().map(|default| &default.kind), Some(ValueKind::None | ValueKind::Unknown))
}

/// Where the characters of a literal stand.
fn literal_place(value: &Value) -> Option<Loc> {
    let ValueKind::Text(text) = &value.kind else { return None };
    match text.pieces.last() {
        Some(crate::source::Piece::Literal { at, .. }) => Some(*at),
        _ => value.at,
    }
}
