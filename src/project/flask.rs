//! Flask's `app.config`: what the project puts into it, for everything that takes Celery's settings out of it.

use super::documents;
use super::link::{Linking, is_test_path};
use super::objects::{Sure, is_app};
use crate::python::ir::{ExprId, ExprKind, Module, Scope};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// Everything that is put into the configuration of the project's Flask apps, in (file, position) order.
#[derive(Debug, Default)]
pub struct FlaskConfig {
    pub entries: Vec<FlaskEntry>,
    /// Objects that `from_object` takes, in order.
    pub objects: Vec<FlaskObject>,
    /// It may hold more: files, prefixed variables, what is not known.
    pub open: bool,
}

/// One key.
#[derive(Debug, Clone)]
pub struct FlaskEntry {
    pub key: String,
    pub value: Value,
    /// The key as written.
    pub at: Loc,
    /// It stands under a condition.
    pub conditional: bool,
}

/// One object whose upper-case names are keys.
#[derive(Debug, Clone)]
pub struct FlaskObject {
    pub value: Value,
    pub module: ModuleId,
    pub conditional: bool,
}

/// What a call of a method of `app.config` brings that nobody sees here.
const OPENING: &[&str] = &["from_pyfile", "from_envvar", "from_prefixed_env", "from_file", "from_json"];

/// Everything outside tests.
pub fn find(linking: &Linking) -> FlaskConfig {
    let found = linking.per_module(|eval, id| {
        let text = linking.modules.text(id).as_bytes();
        let speaks = memchr::memmem::find(text, b".config").is_some();
        if !speaks || is_test_path(linking.modules.path(id)) {
            return Vec::new();
        }
        let module = linking.modules.get(id);
        Reader { eval, id, module }.read()
    });
    let mut config = FlaskConfig::default();
    for one in found {
        config.entries.extend(one.entries);
        config.objects.extend(one.objects);
        config.open |= one.open;
    }
    config
}

impl FlaskConfig {
    /// Whether the project configures Flask at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.objects.is_empty()
    }

    /// The value with what it takes out of `app.config`, or of a file of the project, looked up: itself, if it takes
    /// nothing. A parameter that may be anything is what the project gives it.
    pub fn resolved(&self, linking: &Linking, eval: &Eval, value: &Value) -> Value {
        if let Some(written) = documents::resolved(linking, value) {
            return written;
        }
        let taken = value.alternatives().iter().filter_map(|value| self.get(eval, &item_of_config(value)?));
        let mut found: Vec<Value> = taken.collect();
        if found.is_empty() {
            return value.clone();
        }
        let others = value.alternatives().iter().filter(|value| !value.is_unknown() && item_of_config(value).is_none());
        found.extend(others.cloned());
        Value::one_of(found)
    }

    /// What stands under a key; none when nothing is known to.
    fn get(&self, eval: &Eval, key: &str) -> Option<Value> {
        let entries = self.entries.iter().filter(|entry| entry.key == key).map(|entry| entry.value.clone());
        let objects = self.objects.iter().filter_map(|object| {
            let value = eval.attribute(&object.value, key);
            (!value.is_unknown()).then_some(value)
        });
        let found: Vec<Value> = entries.chain(objects).collect();
        (!found.is_empty()).then(|| Value::one_of(found))
    }
}

/// The key that a value takes out of `app.config`: `app.config["CELERY"]`, `app.config.get("CELERY")`.
fn item_of_config(value: &Value) -> Option<String> {
    match &value.kind {
        // The name of an item stands in brackets.
        ValueKind::Method { of, name } if is_flask_config(of) => {
            Some(name.strip_prefix('[')?.strip_suffix(']')?.to_owned())
        }
        ValueKind::Made(made) if made.callee.ends_with(".config.get") => made.args.positional.first()?.as_literal(),
        _ => None,
    }
}

/// `app.config` of something that is not a Celery app: Flask's, or an application object's like it.
pub fn is_flask_config(value: &Value) -> bool {
    value.alternatives().iter().any(|value| match &value.kind {
        ValueKind::Method { of, name } if name == "config" => is_app(of) != Sure::Yes,
        ValueKind::Ref(Ref::External(path)) => path.ends_with(".config") && path.contains("app"),
        _ => false,
    })
}

struct Reader<'a> {
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
}

impl Reader<'_> {
    fn read(&self) -> Vec<FlaskConfig> {
        let stores = self.module.stores.iter().filter_map(|store| {
            let ExprKind::Subscript { value, index } = &self.module.expr(store.target).kind else { return None };
            self.is_config(store.scope, *value).then_some(())?;
            let key = self.eval.expr(self.id, store.scope, *index).as_literal()?;
            let at = Loc::new(self.module.file, self.module.span(*index));
            let value = self.eval.expr(self.id, store.scope, store.value);
            let conditional = self.module.is_conditional(store.scope, at.span);
            Some(of_entries(vec![FlaskEntry { key, value, at, conditional }]))
        });
        let calls = self.module.calls.iter().filter_map(|fact| {
            let call = self.module.call(fact.call)?;
            let ExprKind::Attribute { value, attr, .. } = &self.module.expr(call.func).kind else { return None };
            let site = Site { module: self.id, scope: fact.context.scope, expr: fact.call };
            self.is_config(site.scope, *value).then(|| self.call(attr, site))
        });
        stores.chain(calls).collect()
    }

    fn is_config(&self, scope: Scope, expr: ExprId) -> bool {
        let named = self.module.last_name(expr).is_some_and(|name| &**name == "config");
        named && is_flask_config(&self.eval.expr(self.id, scope, expr))
    }

    fn call(&self, method: &str, site: Site) -> FlaskConfig {
        let conditional = self.module.is_conditional(site.scope, self.module.span(site.expr));
        match method {
            "from_mapping" | "update" | "setdefault" => self.mapping(&self.eval.arguments(site), method, conditional),
            "from_object" => {
                let value = self.eval.argument(site, 0, "obj").unwrap_or_else(Value::unknown);
                FlaskConfig {
                    objects: vec![FlaskObject { value, module: self.id, conditional }],
                    ..FlaskConfig::default()
                }
            }
            _ => FlaskConfig { open: OPENING.contains(&method), ..FlaskConfig::default() },
        }
    }

    fn mapping(&self, args: &Args, method: &str, conditional: bool) -> FlaskConfig {
        let mut found = FlaskConfig { open: args.open, ..FlaskConfig::default() };
        let entry = |key: String, value: &Value, at| FlaskEntry { key, value: value.clone(), at, conditional };
        if let ("setdefault", [key, value]) = (method, args.positional.as_slice()) {
            let known = key.as_literal().zip(key.at);
            found.open |= known.is_none();
            found.entries.extend(known.map(|(key, at)| entry(key, value, at)));
            return found;
        }
        for mapping in &args.positional {
            let ValueKind::Dict(dict) = &mapping.kind else {
                found.open = true;
                continue;
            };
            found.open |= dict.open;
            for (key, value) in &dict.entries {
                let known = key.as_literal().zip(key.at);
                found.open |= known.is_none();
                found.entries.extend(known.map(|(key, at)| entry(key, value, at)));
            }
        }
        found.entries.extend(args.named.iter().map(|(key, value, at)| entry(key.clone(), value, *at)));
        found
    }
}

fn of_entries(entries: Vec<FlaskEntry>) -> FlaskConfig {
    FlaskConfig { entries, ..FlaskConfig::default() }
}
