//! Calls that read variables on the side: URL settings of Django helpers, Flask's and Celery's `from_envvar`, click
//! options, and loaders that take every variable with a prefix.

use super::dynaconf::{is_dynaconf, prefix_of_arguments};
use super::{Access, Eval};
use crate::files::Need;
use crate::python::value::{Args, Site, Value, ValueKind};

/// Helpers that make Django settings of a URL variable: the function and the variable it reads when none is named.
const URL_FUNCTIONS: &[(&str, &str)] = &[
    ("dj_database_url.config", "DATABASE_URL"),
    ("dj_email_url.config", "EMAIL_URL"),
    ("django_cache_url.config", "CACHE_URL"),
    ("dj_search_url.config", "SEARCH_URL"),
];

/// Libraries whose options take `envvar=`.
const OPTION_MAKERS: &[&str] = &["click.", "typer.", "rich_click.", "cloup.", "asyncclick."];

/// Methods that load variables into a configuration.
const METHODS: &[&str] = &["from_envvar", "config_from_envvar", "from_prefixed_env", "load_environment_vars"];

/// Whether a function (or method) outside the project may be one that [`Eval::loader`] knows.
pub(super) fn is_loader(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    path == "map"
        || path == "sanic.Sanic"
        || is_dynaconf(path)
        || METHODS.contains(&last)
        || URL_FUNCTIONS.iter().any(|(function, _)| *function == path)
        || OPTION_MAKERS.iter().any(|maker| path.starts_with(maker))
}

impl Eval<'_> {
    /// A read of the environment by a function outside the project that is no reader of its own.
    pub(super) fn loader(&self, path: &str, args: &Args, site: Site) -> Option<Access> {
        if let Some((function, variable)) = URL_FUNCTIONS.iter().find(|(function, _)| *function == path) {
            let how = function.split('.').next().unwrap_or(function);
            return Some(self.named_access(args.get(0, "env"), args.get(1, "default"), Some((*variable, site)), how));
        }
        if path == "map" {
            return self.mapped(args);
        }
        if is_dynaconf(path) {
            // Everything with the prefix becomes a setting, also what no code names.
            return Some(Access::open(prefix_of_arguments(args).unwrap_or_default(), "dynaconf"));
        }
        if OPTION_MAKERS.iter().any(|maker| path.starts_with(maker)) {
            return self.option(args);
        }
        config_loader(path, args, |key| self.named_access(Some(key), None, None, "from_envvar"))
    }

    /// `map(os.environ.get, ("A", "B"))`.
    fn mapped(&self, args: &Args) -> Option<Access> {
        let [function, keys] = args.positional.as_slice() else { return None };
        let path = function.external()?;
        if !matches!(path, "os.getenv" | "os.environ.get" | "os.environ.__getitem__") {
            return None;
        }
        let mut access = Access::none(Need::Required, super::libraries::OS);
        match &keys.kind {
            ValueKind::List { items, open } => {
                items.iter().for_each(|key| access.add_keys(key, ""));
                access.dynamic |= open;
            }
            _ => access.dynamic = true,
        }
        Some(access)
    }

    /// `click.option("--broker", envvar="BROKER_URL")`.
    fn option(&self, args: &Args) -> Option<Access> {
        if let Some(prefix) = args.named("auto_envvar_prefix").and_then(Value::as_literal) {
            return Some(Access::open(format!("{prefix}_"), "click"));
        }
        let mut access = Access::none(Need::Optional, "click");
        match args.named("envvar")? {
            Value { kind: ValueKind::List { items, .. }, .. } => items.iter().for_each(|key| access.add_keys(key, "")),
            key => access.add_keys(key, ""),
        }
        Some(access)
    }
}

/// Flask's `from_envvar` and `from_prefixed_env`, Celery's `config_from_envvar`, Sanic's `env_prefix`.
fn config_loader(path: &str, args: &Args, read: impl Fn(&Value) -> Access) -> Option<Access> {
    let method = path.rsplit('.').next()?;
    match method {
        "from_envvar" | "config_from_envvar" => {
            let mut access = read(args.positional.first()?);
            if matches!(args.get(1, "silent").map(|value| &value.kind), Some(ValueKind::Bool(true))) {
                access.need = Need::Optional;
            }
            Some(access)
        }
        "from_prefixed_env" if path.contains("config") => {
            let prefix = args.get(0, "prefix");
            let prefix = prefix.map_or(Some("FLASK".to_owned()), Value::as_literal).unwrap_or_default();
            Some(Access::open(if prefix.is_empty() { prefix } else { format!("{prefix}_") }, "Flask"))
        }
        "load_environment_vars" => {
            let prefix = args.get(0, "prefix").map_or(Some("SANIC_".to_owned()), Value::as_literal);
            Some(Access::open(prefix.unwrap_or_default(), "Sanic"))
        }
        "Sanic" if path == "sanic.Sanic" => {
            let prefix = args.named("env_prefix").and_then(Value::as_literal).unwrap_or("SANIC_".to_owned());
            Some(Access::open(prefix, "Sanic"))
        }
        _ => None,
    }
}
