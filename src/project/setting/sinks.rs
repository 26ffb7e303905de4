//! Settings that are given to an app in code: arguments, `conf`, `config_from_object`, Flask's `config`.

use super::{How, Route, Setting, modules, push, push_mapping};
use crate::project::app::{self, App};
use crate::project::flask::{FlaskConfig, is_flask_config};
use crate::project::link::Linking;
use crate::project::objects::{APP_CLASSES, Sure, app_call, conf_of, is_app};
use crate::python::ir::{CallFact, ExprId, ExprKind, Module, Scope, Store};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::{Loc, Text};

/// Arguments of `Celery(…)` that are settings under another name (celery/app/base.py, `Celery.__init__`).
const ARGUMENT_SETTINGS: &[(&str, Option<usize>, &str)] =
    &[("broker", Some(9), "broker_url"), ("backend", Some(2), "result_backend"), ("include", Some(10), "include")];

/// Its arguments that are no settings.
pub(in crate::project) const OTHER_ARGUMENTS: &[&str] = &[
    "main",
    "loader",
    "amqp",
    "events",
    "log",
    "control",
    "set_as_current",
    "tasks",
    "changes",
    "config_source",
    "fixups",
    "task_cls",
    "autofinalize",
    "namespace",
    "strict_typing",
];

/// Everything one module gives to apps.
pub(super) fn in_module(
    linking: &Linking,
    eval: &Eval,
    id: ModuleId,
    apps: &[App],
    flask: &FlaskConfig,
) -> Vec<Setting> {
    let sinks = Sinks { linking, eval, id, module: linking.modules.get(id), apps, flask };
    let mut found = Vec::new();
    for (index, app) in apps.iter().enumerate().filter(|(_, app)| app.site.module == id) {
        sinks.constructor(index, app.site, &mut found);
    }
    for store in &sinks.module.stores {
        sinks.store(store, &mut found);
    }
    for fact in &sinks.module.calls {
        sinks.call(fact, &mut found);
    }
    found
}

struct Sinks<'a> {
    linking: &'a Linking<'a>,
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    apps: &'a [App],
    flask: &'a FlaskConfig,
}

impl Sinks<'_> {
    fn loc(&self, expr: ExprId) -> Loc {
        Loc::new(self.module.file, self.module.span(expr))
    }

    /// A value, looked up in the file or in Flask's configuration if it is taken out of those.
    fn resolved(&self, value: &Value) -> Value {
        self.flask.resolved(self.linking, self.eval, value)
    }

    fn eval(&self, scope: Scope, expr: ExprId) -> Value {
        self.eval.expr(self.id, scope, expr)
    }

    /// The app among the project's own that a value is.
    fn app_index(&self, value: &Value) -> Option<usize> {
        let site = app_call(value)?.site;
        self.apps.iter().position(|app| app.site == site)
    }

    /// Whether an expression is the `conf` of an app, and of which.
    fn conf(&self, scope: Scope, expr: ExprId, value: &Value) -> (Sure, Option<usize>) {
        let (sure, app) = conf_of(value);
        if sure != Sure::No {
            return (sure, app.and_then(|app| self.app_index(app)));
        }
        let own = app::of_self(self.linking, self.eval, self.apps, (self.id, scope, expr), "self.conf");
        (if own.is_empty() { Sure::No } else { Sure::Yes }, own.first().copied())
    }

    /// `Celery(…)`.
    fn constructor(&self, index: usize, site: Site, found: &mut Vec<Setting>) {
        let Some(made) =
            self.eval.site(site).made().cloned().filter(|made| APP_CLASSES.contains(&made.callee.as_str()))
        else {
            return;
        };
        let route = Route { app: Some(index), ..Route::new(How::Argument) };
        for (argument, position, setting) in ARGUMENT_SETTINGS {
            let named = made.args.named.iter().find(|(name, _, _)| name == argument);
            if let Some((_, value, at)) = named {
                push(found, setting, self.resolved(value), *at, &route);
            } else if let Some(value) = position.and_then(|position| made.args.positional.get(position)) {
                push(found, setting, self.resolved(value), value.at.unwrap_or(self.loc(site.expr)), &route);
            }
        }
        let mapped: Vec<&str> = ARGUMENT_SETTINGS.iter().map(|(name, _, _)| *name).collect();
        for (name, value, at) in &made.args.named {
            if !mapped.contains(&name.as_str()) && !OTHER_ARGUMENTS.contains(&name.as_str()) {
                push(found, name, self.resolved(value), *at, &route);
            }
        }
        if let Some(changes) = made.args.get(11, "changes") {
            push_mapping(found, changes, &Route { how: How::Update, ..route.clone() });
        }
        if let Some(source) = made.args.get(12, "config_source") {
            let namespace = made.args.named("namespace").and_then(Value::as_literal);
            let route = Route { namespace, enters: Some(self.loc(site.expr)), ..route };
            modules::config_object(self.linking, self.eval, self.id, &self.resolved(source), &route, found);
        }
    }

    /// `app.conf.x = v`, `app.conf["x"] = v`, `app.conf = {…}`, Flask's `app.config["CELERY"] = {…}`.
    fn store(&self, store: &Store, found: &mut Vec<Setting>) {
        let (base, key, at) = match &self.module.expr(store.target).kind {
            ExprKind::Attribute { value, attr } => {
                let at = self.module.attr_span(store.target);
                (*value, Some(attr.to_string()), Loc::new(self.module.file, at))
            }
            ExprKind::Subscript { value, index } => {
                if !self.speaks_of_config(*value) {
                    return;
                }
                (*value, self.eval(store.scope, *index).as_literal(), self.loc(*index))
            }
            _ => return,
        };
        let Some(key) = key else { return };
        if !self.speaks_of_config(base) {
            return;
        }
        let object = self.eval(store.scope, base);
        let (sure, app) = self.conf(store.scope, base, &object);
        let value = || self.resolved(&self.eval(store.scope, store.value));
        if sure != Sure::No {
            push(found, &key, value(), at, &Route { app, sure: sure == Sure::Yes, ..Route::new(How::Attribute) });
        } else if is_flask_config(&object) {
            self.flask_entry(&key, &value(), at, found);
        }
    }

    /// Cheap look at the names before anything is evaluated: `….conf`, `….config`, `conf`, `….changes`.
    fn speaks_of_config(&self, expr: ExprId) -> bool {
        let name = self.module.last_name(expr);
        name.is_some_and(|name| matches!(&**name, "changes" | "defaults") || name.contains("conf"))
    }

    fn flask_entry(&self, key: &str, value: &Value, at: Loc, found: &mut Vec<Setting>) {
        if key == "CELERY" || key == "CELERY_CONFIG" {
            push_mapping(found, value, &Route::new(How::FlaskConfig));
            return;
        }
        let celery = key.starts_with("CELERY") || key.starts_with("BROKER_");
        if celery {
            let namespace = Some("CELERY".to_owned());
            push(found, key, value.clone(), at, &Route { namespace, sure: false, ..Route::new(How::FlaskConfig) });
        }
    }

    fn call(&self, fact: &CallFact, found: &mut Vec<Setting>) {
        let Some(call) = self.module.call(fact.call) else { return };
        let site = Site { module: self.id, scope: fact.context.scope, expr: fact.call };
        match &self.module.expr(call.func).kind {
            ExprKind::Name(name) if &**name == "setattr" => self.setattr(site, found),
            ExprKind::Attribute { value, attr, .. } => self.method(*value, attr, site, found),
            _ => {}
        }
    }

    /// `setattr(app.conf, name, value)`, also in a loop over literal pairs.
    fn setattr(&self, site: Site, found: &mut Vec<Setting>) {
        let args = self.eval.arguments(site);
        let [object, name, value] = args.positional.as_slice() else { return };
        let (sure, app) = conf_of(object);
        if sure == Sure::No {
            return;
        }
        let app = app.and_then(|app| self.app_index(app));
        let route = Route { app, sure: sure == Sure::Yes, ..Route::new(How::Attribute) };
        for name in name.alternatives() {
            if let (Some(written), Some(at)) = (name.as_literal(), name.at) {
                push(found, &written, value.clone(), at, &route);
            }
        }
    }

    fn method(&self, object: ExprId, name: &str, site: Site, found: &mut Vec<Setting>) {
        match name {
            "config_from_object" | "add_defaults" => self.app_method(object, name, site, found),
            "update" | "from_mapping" | "setdefault" | "update_from_dict" if self.speaks_of_config(object) => {
                self.conf_method(object, name, site, found);
            }
            _ => {}
        }
    }

    fn app_method(&self, object: ExprId, name: &str, site: Site, found: &mut Vec<Setting>) {
        let app = self.eval(site.scope, object);
        // `app.config.from_object` is Flask's; only an app has `config_from_object`, whoever made it.
        let sure = is_app(&app);
        if sure == Sure::No && name == "add_defaults" {
            return;
        }
        let args = self.eval.arguments(site);
        let route = Route {
            app: self.app_index(&app),
            enters: Some(self.loc(site.expr)),
            namespace: args.get(3, "namespace").and_then(Value::as_literal),
            ..Route::new(How::ConfigModule)
        };
        let Some(source) = args.get(0, "obj") else { return };
        if name == "add_defaults" {
            let route = Route { how: How::Update, enters: None, ..route };
            return push_mapping(found, &called(self.eval, source), &route);
        }
        modules::config_object(self.linking, self.eval, self.id, &self.resolved(source), &route, found);
    }

    /// `app.conf.update(…)`, Flask's `app.config.update(CELERY={…})` and `from_mapping`.
    fn conf_method(&self, object: ExprId, name: &str, site: Site, found: &mut Vec<Setting>) {
        let target = self.eval(site.scope, object);
        let (sure, app) = self.conf(site.scope, object, &target);
        let flask = sure == Sure::No && is_flask_config(&target);
        if sure == Sure::No && !flask {
            return;
        }
        let args = self.eval.arguments(site);
        if flask {
            return self.flask_update(&args, found);
        }
        let route = Route { app, sure: sure == Sure::Yes, ..Route::new(How::Update) };
        if name == "setdefault" {
            if let [key, value] = args.positional.as_slice()
                && let (Some(written), Some(at)) = (key.as_literal(), key.at)
            {
                push(found, &written, value.clone(), at, &route);
            }
            return;
        }
        for mapping in &args.positional {
            if is_flask_config(mapping) {
                continue;
            }
            let mapping = &self.resolved(mapping);
            push_mapping(found, mapping, &route);
            let enters = Some(self.loc(site.expr));
            modules::config_object_of_update(self.eval, mapping, &Route { enters, ..route.clone() }, found);
        }
        for (name, value, at) in &args.named {
            push(found, name, self.resolved(value), *at, &route);
        }
    }

    fn flask_update(&self, args: &Args, found: &mut Vec<Setting>) {
        for (name, value, at) in &args.named {
            self.flask_entry(name, value, *at, found);
        }
        for mapping in &args.positional {
            let ValueKind::Dict(dict) = &mapping.kind else { continue };
            for (key, value) in &dict.entries {
                if let (Some(key), Some(at)) = (key.as_literal(), literal_at(key)) {
                    self.flask_entry(&key, value, at, found);
                }
            }
        }
    }
}

/// A function given where a mapping may be is called by Celery.
fn called(eval: &Eval, value: &Value) -> Value {
    match &value.kind {
        ValueKind::Ref(Ref::Function(..)) => eval.returned(value),
        _ => value.clone(),
    }
}

fn literal_at(value: &Value) -> Option<Loc> {
    match &value.kind {
        ValueKind::Text(Text { pieces }) if !pieces.is_empty() => value.at,
        _ => None,
    }
}
