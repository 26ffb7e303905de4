//! The steps by which code configures apps: arguments of `Celery()`, `config_from_object`, `add_defaults`, and what is put
//! into `app.conf`.

use super::source::{self, Names, Source};
use crate::project::flask::{FlaskConfig, is_flask_config};
use crate::project::link::{Linking, is_test_path};
use crate::project::objects::{APP_CLASSES, Sure, app_call, conf_of, is_app, is_app_class};
use crate::project::setting::OTHER_ARGUMENTS;
use crate::project::{App, app};
use crate::python::ir::{ExprId, ExprKind, Module, Scope};
use crate::python::{Args, Eval, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// One step, and whose.
#[derive(Debug)]
pub(super) struct Step {
    /// Indices into `Project::apps`, of which it is one; none for the app of the process, whichever that is.
    pub apps: Vec<Option<usize>>,
    pub module: ModuleId,
    pub scope: Scope,
    pub at: Loc,
    pub conditional: bool,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Arguments {
        names: Names,
        namespace: Namespace,
    },
    Change(Names),
    Defaults(Names),
    /// One of several sources.
    Object {
        namespace: Namespace,
        sources: Vec<Source>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Namespace {
    None,
    Known(String),
    Unknown,
}

/// Arguments of `Celery()` that are settings, with their positions.
const POSITIONS: &[(usize, &str)] = &[(2, "backend"), (9, "broker"), (10, "include")];

/// Methods that put a mapping into `app.conf`.
const UPDATES: &[&str] = &["update", "setdefault", "from_mapping", "update_from_dict"];

/// Every step outside tests, in (file, position) order.
pub(super) fn find(linking: &Linking, apps: &[App], flask: &FlaskConfig) -> Vec<Step> {
    linking.per_module(|eval, id| {
        if is_test_path(linking.modules.path(id)) {
            return Vec::new();
        }
        let steps = Steps { linking, eval, id, module: linking.modules.get(id), apps, flask };
        let mut found = steps.constructors();
        found.extend(steps.stores());
        found.extend(steps.calls());
        found.sort_by_key(|step| step.at.span.start);
        found
    })
}

struct Steps<'a> {
    linking: &'a Linking<'a>,
    eval: &'a Eval<'a>,
    id: ModuleId,
    module: &'a Module,
    apps: &'a [App],
    flask: &'a FlaskConfig,
}

impl Steps<'_> {
    fn step(&self, mut apps: Vec<Option<usize>>, scope: Scope, expr: ExprId, what: What) -> Step {
        let span = self.module.span(expr);
        let conditional = self.module.is_conditional(scope, span);
        // Of several apps, what stands under a condition means the one that is made right before it.
        let made = |app: &Option<usize>| app.and_then(|app| self.apps.get(app)).map(|app| app.at);
        let before = |at: &Loc| at.file == self.module.file && at.span.start < span.start;
        let nearest = apps.iter().copied().filter(|app| made(app).is_some_and(|at| before(&at))).max_by_key(made);
        if let Some(nearest) = nearest.filter(|_| conditional && apps.len() > 1) {
            apps = vec![nearest];
        }
        Step { apps, module: self.id, scope, at: Loc::new(self.module.file, span), conditional, what }
    }

    /// The apps that a value may be, or whose configuration; none when it surely is no app's.
    fn owners(&self, value: &Value, app_of: impl Fn(&Value) -> (Sure, Option<&Value>)) -> Option<Vec<Option<usize>>> {
        let mut found = Vec::new();
        for alternative in value.alternatives() {
            let (sure, app) = app_of(alternative);
            if sure != Sure::Yes {
                continue;
            }
            let owner = match app.and_then(app_call).map(|made| made.site) {
                Some(site) => self.apps.iter().position(|app| app.site == site).map(Some),
                None => Some(None),
            };
            found.extend(owner.filter(|owner| !found.contains(owner)));
        }
        (!found.is_empty()).then_some(found)
    }

    /// The apps whose `conf` an expression is.
    fn owners_of_conf(&self, scope: Scope, expr: ExprId) -> Option<Vec<Option<usize>>> {
        let value = self.eval.expr(self.id, scope, expr);
        self.owners(&value, conf_of).or_else(|| self.apps_of_self(scope, expr, "self.conf"))
    }

    fn apps_of_self(&self, scope: Scope, expr: ExprId, written: &str) -> Option<Vec<Option<usize>>> {
        let found = app::of_self(self.linking, self.eval, self.apps, (self.id, scope, expr), written);
        (!found.is_empty()).then(|| found.into_iter().map(Some).collect())
    }

    fn constructors(&self) -> Vec<Step> {
        let own = self.apps.iter().enumerate().filter(|(_, app)| app.site.module == self.id && !app.in_test);
        own.flat_map(|(index, app)| self.constructor(index, app.site)).collect()
    }

    /// `Celery(…)`
    fn constructor(&self, index: usize, site: Site) -> Vec<Step> {
        let value = self.eval.site(site);
        let Some(made) = value.made().filter(|made| is_app_class(&made.callee)) else { return Vec::new() };
        // The arguments of a class that another package derives mean what that says.
        let own = APP_CLASSES.contains(&made.callee.as_str());
        let mut names =
            Names { open: !own || made.args.open || made.args.named("loader").is_some(), ..Names::default() };
        for (position, name) in POSITIONS {
            if let Some(value) = made.args.positional.get(*position) {
                let at = value.at.unwrap_or(Loc::new(self.module.file, self.module.span(site.expr)));
                names.push_argument(name, value, at);
            }
        }
        for (name, value, at) in &made.args.named {
            if !OTHER_ARGUMENTS.contains(&name.as_str()) {
                names.push_argument(name, value, *at);
            }
        }
        let namespace = namespace(made.args.named("namespace"));
        let step = |what| self.step(vec![Some(index)], site.scope, site.expr, what);
        let mut steps = vec![step(What::Arguments { names, namespace: namespace.clone() })];
        if let Some(changes) = made.args.get(11, "changes") {
            steps.push(step(What::Change(self.mapping(changes))));
        }
        if let Some(object) = made.args.get(12, "config_source") {
            let sources = self.sources(object);
            steps.push(step(What::Object { namespace, sources }));
        }
        steps
    }

    /// `app.conf.x = v`, `app.conf["x"] = v`, `app.conf = {…}`
    fn stores(&self) -> Vec<Step> {
        let stores = self.module.stores.iter().filter_map(|store| {
            let (base, key) = match &self.module.expr(store.target).kind {
                ExprKind::Attribute { value, attr } => {
                    let at = self.module.attr_span(store.target);
                    (*value, Some((attr.to_string(), Loc::new(self.module.file, at))))
                }
                ExprKind::Subscript { value, .. } => (*value, None),
                _ => return None,
            };
            if !self.speaks_of_conf(base) {
                return None;
            }
            let app = self.owners_of_conf(store.scope, base)?;
            let key = key.or_else(|| self.subscript(store.scope, store.target));
            let mut names = Names { open: key.is_none(), ..Names::default() };
            if let Some((written, at)) = key {
                names.push(&written, &self.eval.expr(self.id, store.scope, store.value), at);
            }
            Some(self.step(app, store.scope, store.target, What::Change(names)))
        });
        stores.collect()
    }

    fn subscript(&self, scope: Scope, target: ExprId) -> Option<(String, Loc)> {
        let ExprKind::Subscript { index, .. } = &self.module.expr(target).kind else { return None };
        let key = self.eval.expr(self.id, scope, *index);
        Some((key.as_literal()?, key.at?))
    }

    fn speaks_of_conf(&self, expr: ExprId) -> bool {
        self.module.last_name(expr).is_some_and(|name| name.contains("conf"))
    }

    fn calls(&self) -> Vec<Step> {
        let mut found = Vec::new();
        for fact in &self.module.calls {
            let Some(call) = self.module.call(fact.call) else { continue };
            let site = Site { module: self.id, scope: fact.context.scope, expr: fact.call };
            match &self.module.expr(call.func).kind {
                ExprKind::Name(name) if &**name == "setattr" => found.extend(self.setattr(site)),
                ExprKind::Attribute { value, attr, .. } => found.extend(self.method(*value, attr, site)),
                _ => {}
            }
        }
        found
    }

    fn setattr(&self, site: Site) -> Option<Step> {
        let args = self.eval.arguments(site);
        let [object, name, value] = args.positional.as_slice() else { return None };
        let app = self.owners(object, conf_of)?;
        let mut names = Names::default();
        match (name.as_literal(), name.at) {
            (Some(written), Some(at)) => names.push(&written, value, at),
            _ => names.open = true,
        }
        Some(self.step(app, site.scope, site.expr, What::Change(names)))
    }

    fn method(&self, object: ExprId, name: &str, site: Site) -> Option<Step> {
        let what = match name {
            "config_from_object" | "add_defaults" | "config_from_envvar" | "config_from_cmdline" => {
                let app = self.eval.expr(self.id, site.scope, object);
                let app = self.owners(&app, |value| (is_app(value), Some(value)));
                let app = app.or_else(|| self.apps_of_self(site.scope, object, "self"))?;
                return Some(self.step(app, site.scope, site.expr, self.app_method(name, site)));
            }
            _ if UPDATES.contains(&name) && self.speaks_of_conf(object) => {
                let app = self.owners_of_conf(site.scope, object)?;
                (app, self.update(name, &self.eval.arguments(site)))
            }
            _ => return None,
        };
        Some(self.step(what.0, site.scope, site.expr, What::Change(what.1)))
    }

    fn app_method(&self, name: &str, site: Site) -> What {
        let args = self.eval.arguments(site);
        match (name, args.get(0, "obj").or(args.named("fun"))) {
            ("config_from_object", Some(object)) => {
                let given = if args.open { Namespace::Unknown } else { namespace(args.get(3, "namespace")) };
                What::Object { namespace: given, sources: self.sources(object) }
            }
            ("add_defaults", Some(object)) => {
                let called = match &object.kind {
                    ValueKind::Ref(Ref::Function(..)) => self.eval.returned(object),
                    _ => object.clone(),
                };
                What::Defaults(self.mapping(&called))
            }
            _ => What::Object { namespace: Namespace::Unknown, sources: vec![Source::Unknown] },
        }
    }

    /// What `config_from_object` is given, looked up in Flask's configuration if it comes from there.
    fn sources(&self, object: &Value) -> Vec<Source> {
        if is_flask_config(object) {
            return vec![Source::Names(source::of_flask(self.linking, self.eval, self.flask))];
        }
        source::sources(self.linking, self.eval, self.id, &self.resolved(object))
    }

    fn mapping(&self, value: &Value) -> Names {
        if is_flask_config(value) {
            return source::of_flask(self.linking, self.eval, self.flask);
        }
        source::mapping(&self.resolved(value))
    }

    fn resolved(&self, value: &Value) -> Value {
        self.flask.resolved(self.linking, self.eval, value)
    }

    fn update(&self, name: &str, args: &Args) -> Names {
        let mut names = Names { open: args.open, ..Names::default() };
        if name == "setdefault" {
            match args.positional.first().map(|key| (key.as_literal(), key.at)) {
                Some((Some(written), Some(at))) => {
                    names.push(&written, args.positional.get(1).unwrap_or(&Value::unknown()), at);
                }
                _ => names.open = true,
            }
            return names;
        }
        args.positional.iter().for_each(|mapping| names.extend(self.mapping(mapping)));
        args.named.iter().for_each(|(name, value, at)| names.push(name, value, *at));
        names
    }
}

fn namespace(value: Option<&Value>) -> Namespace {
    match value.map(|value| (&value.kind, value.as_literal())) {
        None | Some((ValueKind::None, _)) => Namespace::None,
        Some((_, Some(name))) if name.is_empty() => Namespace::None,
        Some((_, Some(name))) => Namespace::Known(name),
        Some(_) => Namespace::Unknown,
    }
}
