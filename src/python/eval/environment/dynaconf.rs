//! dynaconf: `PREFIX_KEY` for every setting, as far as no settings file can give it.

use super::libraries::DYNACONF;
use super::{Access, AccessKey, Eval};
use crate::files::Need;
use crate::python::value::{Args, Made, Value, ValueKind};
use crate::source::Loc;

impl Eval<'_> {
    pub(super) fn dynaconf_call(&self, made: &Made, name: &str, args: &Args) -> Option<Access> {
        const READS: &[&str] = &["", "get", "get_fresh", "exists", "as_bool", "as_int", "as_float", "as_json"];
        READS.contains(&name).then(|| self.dynaconf_read(made, args)).flatten().map(|mut access| {
            if name == "exists" {
                access.need = Need::Optional;
            }
            access
        })
    }

    /// dynaconf reads keys in any case from `PREFIX_KEY`, nested ones from `PREFIX_OUTER__INNER`. Settings files may give
    /// the same keys, so with any of them nothing is sure.
    pub(super) fn dynaconf_read(&self, made: &Made, args: &Args) -> Option<Access> {
        let prefix = dynaconf_prefix(made)?;
        if !dynaconf_only_env(made) {
            return Some(Access::open(prefix, DYNACONF.how));
        }
        let mut access = self.access(&DYNACONF, args, None, &prefix);
        for key in access.keys.iter_mut().flat_map(|key| &mut key.names) {
            *key = key.replace('.', "__").to_uppercase();
        }
        Some(access)
    }

    /// `settings.BROKER_URL` of a dynaconf object.
    pub(in crate::python::eval) fn dynaconf_item(&self, made: &Made, attr: &str, at: Option<Loc>) -> Option<Value> {
        let is_key = attr.chars().next().is_some_and(char::is_uppercase);
        if !is_dynaconf(&made.callee) || !is_key || !dynaconf_only_env(made) {
            return None;
        }
        let at = at?;
        let mut access = Access::none(Need::Required, DYNACONF.how);
        access.keys.push(AccessKey::new(format!("{}{attr}", dynaconf_prefix(made)?), at));
        Some(access.into_value(at))
    }
}

pub(super) fn is_dynaconf(callee: &str) -> bool {
    matches!(
        callee,
        "dynaconf.Dynaconf" | "dynaconf.LazySettings" | "dynaconf.FlaskDynaconf" | "dynaconf.DjangoDynaconf"
    )
}

/// dynaconf reads `PREFIX_KEY`; without a known prefix nothing is sure.
fn dynaconf_prefix(made: &Made) -> Option<String> {
    prefix_of_arguments(&made.args)
}

pub(super) fn prefix_of_arguments(args: &Args) -> Option<String> {
    match args.named("envvar_prefix") {
        Some(prefix) if matches!(prefix.kind, ValueKind::Bool(false)) => Some(String::new()),
        Some(prefix) => {
            let first = prefix.as_literal()?.split(',').next()?.trim().trim_end_matches('_').to_uppercase();
            Some(if first.is_empty() { first } else { format!("{first}_") })
        }
        None => Some("DYNACONF_".to_owned()),
    }
}

/// Whether no settings file can give a key.
fn dynaconf_only_env(made: &Made) -> bool {
    const FILES: &[&str] = &["settings_files", "settings_file", "includes", "preload", "root_path", "loaders"];
    let empty = |value: &Value| match &value.kind {
        ValueKind::List { items, open } => items.is_empty() && !open,
        ValueKind::None => true,
        _ => false,
    };
    made.callee == "dynaconf.Dynaconf"
        && !made.args.open
        && FILES.iter().all(|name| made.args.named(name).is_none_or(empty))
}
