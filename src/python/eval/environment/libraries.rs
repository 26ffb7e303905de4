//! The readers themselves: `os.environ`, django-environ, environs, decouple, starlette, python-dotenv, dynaconf.
//!
//! Signatures and default names are those of django-environ 0.14, environs 15.2, python-decouple 3.8, starlette 1.10,
//! dynaconf 3.3 and python-dotenv 1.2, each tried out.

use super::dynaconf::is_dynaconf;
use super::{Access, AccessKey, Eval, Frame, WRITES};
use crate::files::Need;
use crate::python::ir::{ExprId, ExprKind};
use crate::python::modules::Ref;
use crate::python::value::{Args, Made, Site, Value, ValueKind};
use crate::source::Loc;

/// How a reading function takes its arguments.
pub(super) struct Reader {
    key: &'static str,
    /// Position of the default among the positional arguments.
    default_at: usize,
    /// The library, for messages.
    pub how: &'static str,
}

pub(super) const OS: &str = "os.environ";
const OS_GET: Reader = Reader { key: "key", default_at: 1, how: OS };
const OS_SETDEFAULT: Reader = Reader { key: "key", default_at: 1, how: WRITES };
const DJANGO: Reader = Reader { key: "var", default_at: 1, how: "django-environ" };
/// Methods that take a cast before the default.
const DJANGO_CAST: Reader = Reader { key: "var", default_at: 2, how: "django-environ" };
const ENVIRONS: Reader = Reader { key: "name", default_at: 1, how: "environs" };
const DECOUPLE: Reader = Reader { key: "option", default_at: 1, how: "python-decouple" };
const STARLETTE: Reader = Reader { key: "key", default_at: 2, how: "starlette" };
const ENVPARSE: Reader = Reader { key: "var", default_at: 1, how: "envparse" };
/// What an envparse reader reads with, besides being called.
const ENVPARSE_READS: &[&str] = &["", "str", "int", "bool", "float", "list", "dict", "json", "url"];
const DOTENV: Reader = Reader { key: "key", default_at: 1, how: "python-dotenv" };
pub(super) const DYNACONF: Reader = Reader { key: "key", default_at: 1, how: "dynaconf" };

/// django-environ's URL methods read a variable of their own when no name is given.
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

const DJANGO_CASTS: &[&str] = &["", "get_value", "list", "tuple", "dict"];

/// Attributes of a django-environ or environs reader that do not read a variable.
const NOT_READS: &[&str] = &[
    "read_env",
    "read_envfile",
    "prefixed",
    "seal",
    "dump",
    "parser_for",
    "add_parser",
    "add_parser_from_field",
    "unique_value",
    "db_url_config",
    "cache_url_config",
    "channels_url_config",
    "email_url_config",
    "search_url_config",
    "parse_value",
    "get_credential",
];

/// What stands for the process environment as a mapping.
const ENVIRONS_OBJECTS: &[&str] =
    &["os.environ", "os.environb", "starlette.config.environ", "environ.Env.ENVIRON", "environ.environ.Env.ENVIRON"];

/// Functions that read one variable: path, position of the key, and how they take the rest.
const FUNCTIONS: &[(&str, Reader)] = &[
    ("decouple.config", DECOUPLE),
    ("os.getenv", OS_GET),
    ("os.getenvb", OS_GET),
    ("prettyconf.config", Reader { key: "item", default_at: 2, how: "prettyconf" }),
    ("envparse.env", ENVPARSE),
];

/// Methods of a mapping that read one key.
const MAPPING_READS: &[&str] = &["get", "pop", "__getitem__"];

/// The process environment itself, or a copy of it, or the variables of an env file.
pub(in crate::python::eval) fn is_environ(value: &Value) -> bool {
    mapping(value).is_some()
}

/// What reads without being a mapping: objects of the libraries, and calls that [`Eval::loader`] knows.
const OBJECTS: &[&str] = &[
    "decouple.AutoConfig",
    "decouple.Config",
    "dynaconf.Dynaconf",
    "dynaconf.LazySettings",
    "environ.Env",
    "environ.FileAwareEnv",
    "environ.environ.Env",
    "environs.Env",
    "environs.FileAwareEnv",
    "envparse.Env",
    "functools.partial",
    "os.environ.keys",
    "prettyconf.Configuration",
    "starlette.config.Config",
];

/// Whether a value outside the project reads the environment when it is called, or when an item is taken of it.
pub(super) fn is_library_reader(value: &Value) -> bool {
    if mapping(value).is_some() {
        return true;
    }
    match &value.kind {
        ValueKind::Ref(Ref::External(path)) => {
            FUNCTIONS.iter().any(|(name, _)| name == path)
                || path.rsplit_once('.').is_some_and(|(base, _)| ENVIRONS_OBJECTS.contains(&base))
                || path.strip_prefix("envparse.env.").is_some_and(|name| ENVPARSE_READS.contains(&name))
                || path == "environs.env"
                || path.starts_with("environs.env.")
                || super::loaders::is_loader(path)
        }
        ValueKind::Made(made) => OBJECTS.contains(&made.callee.as_str()),
        ValueKind::Method { of, name } => {
            mapping(of).is_some()
                || of.made().is_some_and(|made| OBJECTS.contains(&made.callee.as_str()))
                || super::loaders::is_loader(name)
        }
        _ => false,
    }
}

/// How reads of a mapping that holds the environment are called; none for other values.
fn mapping(value: &Value) -> Option<&'static Reader> {
    match &value.kind {
        ValueKind::Ref(Ref::External(path)) if ENVIRONS_OBJECTS.contains(&path.as_str()) => Some(&OS_GET),
        ValueKind::Made(made) => match made.callee.as_str() {
            "os.environ.copy" | "starlette.config.Environ" => Some(&OS_GET),
            "dotenv.dotenv_values" | "dotenv.main.dotenv_values" => Some(&DOTENV),
            _ => None,
        },
        // `env.ENVIRON` of a django-environ reader.
        ValueKind::Method { of, name } if name == "ENVIRON" => of.made().map(|_| &DJANGO),
        _ => None,
    }
}

impl Eval<'_> {
    /// The environment read that a call makes, if it makes one.
    pub(in crate::python::eval) fn env_access(
        &self,
        frame: Frame,
        callee: &Value,
        args: &Args,
        site: Site,
    ) -> Option<Access> {
        if let ValueKind::Ref(Ref::External(path)) = &callee.kind {
            if let Some((_, reader)) = FUNCTIONS.iter().find(|(name, _)| name == path) {
                return Some(self.access(reader, args, None, ""));
            }
            if path.strip_prefix("envparse.env.").is_some_and(|name| ENVPARSE_READS.contains(&name)) {
                return Some(self.access(&ENVPARSE, args, None, ""));
            }
            // `from environs import env`: the library's own reader.
            let own = path.strip_prefix("environs.env").filter(|rest| rest.is_empty() || rest.starts_with('.'));
            if let Some(method) = own.map(|rest| rest.trim_start_matches('.')) {
                let reads = !method.contains('.') && !NOT_READS.contains(&method);
                return reads.then(|| self.access(&ENVIRONS, args, None, ""));
            }
            if let Some((base, method)) = path.rsplit_once('.')
                && ENVIRONS_OBJECTS.contains(&base)
            {
                return self.mapping_call(&OS_GET, method, args);
            }
            // `from environs import env`: a reader that the library makes.
            let made = Made::call("environs.Env".to_owned(), None, Args::default(), site);
            return match path.strip_prefix("environs.env")? {
                "" => self.object_access(frame, &made, "", args, site),
                method => self.object_access(frame, &made, method.strip_prefix('.')?, args, site),
            };
        }
        match &callee.kind {
            ValueKind::Made(made) => self.object_access(frame, made, "", args, site),
            ValueKind::Method { of, name } => {
                if let Some(reader) = mapping(of) {
                    return self.mapping_call(reader, name, args);
                }
                match &of.kind {
                    ValueKind::Made(made) => self.object_access(frame, made, name, args, site),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn mapping_call(&self, reader: &'static Reader, method: &str, args: &Args) -> Option<Access> {
        if method == "setdefault" {
            return Some(self.access(&OS_SETDEFAULT, args, None, ""));
        }
        MAPPING_READS.contains(&method).then(|| self.access(reader, args, None, ""))
    }

    /// A read through an object of an environment library: `env("X")`, `env.int("X")`, `config("X")`.
    fn object_access(&self, frame: Frame, made: &Made, name: &str, args: &Args, site: Site) -> Option<Access> {
        match made.callee.as_str() {
            "environ.Env" | "environ.FileAwareEnv" | "environ.environ.Env" => {
                self.django_access(made, name, args, site)
            }
            "environs.Env" | "environs.FileAwareEnv" => {
                if NOT_READS.contains(&name) || name.starts_with("__") {
                    return None;
                }
                let prefix = self.environs_prefix(frame, site.expr, made);
                let mut access = self.access(&ENVIRONS, args, None, &prefix);
                if made.callee.ends_with("FileAwareEnv") {
                    with_file_variants(&mut access);
                }
                Some(access)
            }
            "decouple.AutoConfig" | "decouple.Config" if matches!(name, "" | "get") => {
                Some(self.access(&DECOUPLE, args, None, ""))
            }
            "starlette.config.Config" if matches!(name, "" | "get") => {
                let prefix = made.args.get(2, "env_prefix").and_then(Value::as_literal).unwrap_or_default();
                Some(self.access(&STARLETTE, args, None, &prefix))
            }
            "envparse.Env" => ENVPARSE_READS.contains(&name).then(|| self.access(&ENVPARSE, args, None, "")),
            "prettyconf.Configuration" => Some(self.access(&ENVIRONS, args, None, "")),
            callee if is_dynaconf(callee) => self.dynaconf_call(made, name, args),
            _ => None,
        }
    }

    fn django_access(&self, made: &Made, name: &str, args: &Args, site: Site) -> Option<Access> {
        if NOT_READS.contains(&name) || name.starts_with("__") {
            return None;
        }
        let reader = if DJANGO_CASTS.contains(&name) { &DJANGO_CAST } else { &DJANGO };
        let prefix = made.attrs.iter().rev().find(|(attr, _)| attr == "prefix");
        let prefix = prefix.and_then(|(_, value)| value.as_literal()).unwrap_or_default();
        let fallback = DJANGO_DEFAULT_KEYS.iter().find(|(method, _)| *method == name).map(|(_, key)| *key);
        let mut access = self.access(reader, args, fallback.map(|key| (key, site)), &prefix);
        apply_schema(made, &mut access);
        if made.callee.ends_with("FileAwareEnv") {
            with_file_variants(&mut access);
        }
        Some(access)
    }

    /// Reads the key and the default from the arguments; `fallback` names the variable when no key is given.
    pub(super) fn access(&self, reader: &Reader, args: &Args, fallback: Option<(&str, Site)>, prefix: &str) -> Access {
        let key = args.get(0, reader.key).or_else(|| args.named("name")).or_else(|| args.named("env"));
        let default = args.get(reader.default_at, "default").filter(|default| !is_no_default(default));
        let mut access = Access::none(if default.is_some() { Need::Optional } else { Need::Required }, reader.how);
        access.default = default.cloned();
        match (key, fallback) {
            (Some(key), _) => access.add_keys(key, prefix),
            (None, Some((fallback, site))) => {
                let at = self.loc(site.module, self.modules.get(site.module).span(site.expr));
                access.keys.push(AccessKey::new(format!("{prefix}{fallback}"), at));
            }
            (None, None) => {
                access.dynamic = true;
                access.prefix = prefix.to_owned();
            }
        }
        access
    }

    /// The same for libraries with keys and defaults in other places.
    pub(super) fn named_access(
        &self,
        key: Option<&Value>,
        default: Option<&Value>,
        fallback: Option<(&str, Site)>,
        how: &'static str,
    ) -> Access {
        let reader = Reader { key: "key", default_at: 1, how };
        let mut args = Args::default();
        args.named.extend(key.and_then(|key| Some(("key".to_owned(), key.clone(), key.at?))));
        args.named.extend(default.map(|value| {
            let at = value.at.or_else(|| key.and_then(|key| key.at));
            ("default".to_owned(), value.clone(), at.unwrap_or(Loc::new(crate::source::FileId(0), Default::default())))
        }));
        self.access(&reader, &args, fallback, "")
    }

    /// The prefixes of the `with env.prefixed("X_")` blocks around a read.
    fn environs_prefix(&self, frame: Frame, expr: ExprId, made: &Made) -> String {
        let own = made.args.named("prefix").and_then(Value::as_literal);
        let module = self.modules.get(frame.module);
        let fact = module.calls.iter().find(|fact| fact.call == expr);
        let mut with = fact.and_then(|fact| fact.context.with);
        let mut prefixes = Vec::new();
        while let Some(index) = with {
            let Some(item) = module.withs.get(index as usize) else { break };
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
    pub(in crate::python::eval) fn env_item(&self, _frame: Frame, base: &Value, key: &Value) -> Option<Access> {
        let args = Args { positional: vec![key.clone()], ..Args::default() };
        if let Some(reader) = mapping(base) {
            return Some(self.access(reader, &args, None, ""));
        }
        // `"X" in os.environ.keys()`, `"X" in env`.
        let of = match &base.kind {
            ValueKind::Made(made) if is_dynaconf(&made.callee) => {
                return self.dynaconf_read(made, &args);
            }
            ValueKind::Made(made) if made.callee == "os.environ.keys" => {
                return Some(self.access(&OS_GET, &args, None, ""));
            }
            ValueKind::Made(made) if made.callee.starts_with("environ.") => made,
            _ => return None,
        };
        (of.callee.ends_with("Env")).then(|| self.access(&DJANGO, &args, None, ""))
    }
}

/// `config("X", default=undefined)` and the like mean that there is no default.
fn is_no_default(value: &Value) -> bool {
    value.external().is_some_and(|path| {
        matches!(path.rsplit('.').next(), Some("undefined" | "NOTSET" | "Undefined" | "UNSET" | "MISSING" | "missing"))
    })
}

/// Readers that also look into a file that `X_FILE` names.
fn with_file_variants(access: &mut Access) {
    for key in &mut access.keys {
        let file = key.names.first().map(|name| format!("{name}_FILE"));
        key.names.extend(file);
    }
}

/// Defaults that `environ.Env(DEBUG=(bool, False))` declares; the names there carry the prefix.
fn apply_schema(made: &Made, access: &mut Access) {
    let Some(name) = access.keys.first().and_then(|key| key.names.first()) else { return };
    if access.default.is_none()
        && let Some(Value { kind: ValueKind::List { items, .. }, .. }) = made.args.named(name)
        && let Some(default) = items.get(1)
    {
        access.default = Some(default.clone());
        access.need = Need::Optional;
    }
}
