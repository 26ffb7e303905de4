//! Django's URL configurations, from `ROOT_URLCONF` down through every `include`.

use super::drf::regex_text;
use super::handler::Handler;
use super::kinds::{self, Kind, path_text};
use super::registry::{Joined, Registry, join};
use super::scan::Scan;
use crate::python::ir::*;
use crate::python::{Made, ModuleId, Ref, Site, Value, ValueKind};
use crate::source::Loc;

/// How deep inclusions nest.
const MAX_DEPTH: usize = 16;
const MAX_ROUTES: usize = 20_000;

/// What libraries' URL configurations offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offers {
    pub status: bool,
    pub result: bool,
    pub health: bool,
}

const TASK_LIBRARIES: &[&str] = &["celery_progress.urls", "django_celery_results.urls", "djcelery.urls"];

/// The routes of one URL configuration.
pub struct Urls<'u> {
    scan: &'u Scan<'u>,
    registry: &'u Registry,
    /// `INSTALLED_APPS` of the settings that name the configuration.
    pub installed: Vec<String>,
    pub routes: Vec<Joined>,
    pub offers: Offers,
    pub uncertain: bool,
    stack: Vec<(ModuleId, Scope, Name)>,
}

impl<'u> Urls<'u> {
    pub fn new(scan: &'u Scan<'u>, registry: &'u Registry, installed: Vec<String>) -> Self {
        let offers = Offers::default();
        Self { scan, registry, installed, routes: Vec::new(), offers, uncertain: false, stack: Vec::new() }
    }

    /// The `urlpatterns` of a module, below a prefix.
    pub fn urlconf(&mut self, module: ModuleId, prefix: &str) {
        self.name(module, Scope::Module, "urlpatterns", prefix);
    }

    /// What a call that takes patterns (`URLRouter([…])`) is given.
    pub fn site(&mut self, site: Site) {
        if let Some(call) = self.scan.module(site.module).call(site.expr) {
            self.call(site.module, site.scope, site.expr, call, "");
        }
    }

    /// Everything that a name of patterns is bound to.
    pub fn name(&mut self, module: ModuleId, scope: Scope, name: &str, prefix: &str) {
        let key = (module, scope, Name::from(name));
        if self.stack.len() >= MAX_DEPTH || self.routes.len() >= MAX_ROUTES {
            return;
        }
        if self.stack.contains(&key) {
            return;
        }
        self.stack.push(key);
        let lowered = self.scan.module(module);
        match lowered.bindings(scope).names.get(name) {
            Some(bindings) => bindings.iter().for_each(|binding| self.binding(module, scope, binding, name, prefix)),
            None if scope != Scope::Module => self.name(module, Scope::Module, name, prefix),
            None => {
                let stars: Vec<_> =
                    lowered.scope.stars.iter().map(|star| self.scan.eval.modules.resolve(module, star)).collect();
                for star in stars {
                    if let Ref::Module(id) = star {
                        self.name(id, Scope::Module, name, prefix);
                    }
                }
            }
        }
        self.stack.pop();
    }

    fn binding(&mut self, module: ModuleId, scope: Scope, binding: &Binding, name: &str, prefix: &str) {
        match &binding.kind {
            BindingKind::Value(value) | BindingKind::Augmented { value, .. } => {
                self.patterns(module, scope, *value, prefix);
            }
            BindingKind::Mutation { call, .. } => {
                let Some(call) = self.scan.module(module).call(*call) else { return };
                for argument in call.positional() {
                    self.patterns(module, scope, argument.value, prefix);
                }
            }
            BindingKind::ImportFrom { module: import, name: imported } => {
                match self.scan.eval.modules.resolve(module, import) {
                    Ref::Module(id) => self.name(id, Scope::Module, imported, prefix),
                    _ => self.uncertain |= name == "urlpatterns",
                }
            }
            _ => {}
        }
    }

    /// An expression that is a list of patterns, or one pattern.
    fn patterns(&mut self, module: ModuleId, scope: Scope, expr: ExprId, prefix: &str) {
        let lowered = self.scan.module(module);
        match &lowered.expr(expr).kind {
            ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::Set(items) => {
                items.iter().for_each(|item| self.patterns(module, scope, *item, prefix));
            }
            ExprKind::Starred(inner) => self.patterns(module, scope, *inner, prefix),
            ExprKind::Binary { op: BinaryOp::Add, left, right } => {
                self.patterns(module, scope, *left, prefix);
                self.patterns(module, scope, *right, prefix);
            }
            ExprKind::If { body, orelse, .. } => {
                self.patterns(module, scope, *body, prefix);
                self.patterns(module, scope, *orelse, prefix);
            }
            ExprKind::Name(name) if lowered.bindings(scope).names.contains_key(name) => {
                self.name(module, scope, name, prefix);
            }
            ExprKind::Call(call) => self.call(module, scope, expr, call, prefix),
            _ => {
                let value = self.scan.eval.expr(module, scope, expr);
                self.value(&value, prefix);
            }
        }
    }

    fn call(&mut self, module: ModuleId, scope: Scope, expr: ExprId, call: &Call, prefix: &str) {
        let callee = self.scan.eval.expr(module, scope, call.func);
        match callee.external().map(maker) {
            Some(Maker::Wrapper) => {
                call.positional().for_each(|argument| self.patterns(module, scope, argument.value, prefix));
                call.args.iter().filter(|a| a.splat == Some(Splat::Positional)).for_each(|argument| {
                    self.patterns(module, scope, argument.value, prefix);
                });
            }
            Some(Maker::Path | Maker::Regex) => self.path(Site { module, scope, expr }, call, prefix),
            Some(Maker::Static) => {}
            _ => {
                let value = self.scan.eval.expr(module, scope, expr);
                self.value(&value, prefix);
            }
        }
    }

    /// `path(route, view)` as it is written: an inclusion is followed where it stands.
    fn path(&mut self, site: Site, call: &Call, prefix: &str) {
        let value = self.scan.eval.site(site);
        let Some(made) = value.made() else { return };
        let view = call.keyword("view").or_else(|| call.positional().nth(1)).map(|argument| argument.value);
        let lowered = self.scan.module(site.module);
        let included = view.and_then(|view| {
            let inner = lowered.call(view)?;
            let callee = self.scan.eval.expr(site.module, site.scope, inner.func);
            let argument = inner.keyword("arg").or_else(|| inner.positional().next())?;
            (callee.external().map(maker) == Some(Maker::Include)).then_some(argument.value)
        });
        match included {
            Some(argument) => {
                let prefix = joined(prefix, made);
                self.included(site.module, site.scope, argument, &prefix);
            }
            None => self.made(made, value.at, prefix),
        }
    }

    /// What `include(…)` is given.
    fn included(&mut self, module: ModuleId, scope: Scope, argument: ExprId, prefix: &str) {
        match &self.scan.module(module).expr(argument).kind {
            // `include((patterns, "namespace"))`
            ExprKind::Tuple(items) => {
                if let Some(first) = items.first() {
                    self.included(module, scope, *first, prefix);
                }
            }
            ExprKind::List(_) | ExprKind::Binary { .. } | ExprKind::Name(_) => {
                let value = self.scan.eval.expr(module, scope, argument);
                match &value.kind {
                    ValueKind::Text(_) | ValueKind::Ref(_) | ValueKind::Method { .. } => {
                        self.included_value(&value, module, prefix);
                    }
                    _ => self.patterns(module, scope, argument, prefix),
                }
            }
            _ => {
                let value = self.scan.eval.expr(module, scope, argument);
                self.included_value(&value, module, prefix);
            }
        }
    }

    fn included_value(&mut self, value: &Value, from: ModuleId, prefix: &str) {
        match &value.kind {
            ValueKind::Text(_) => match value.as_literal() {
                Some(dotted) => self.dotted(&dotted, from, prefix),
                None => self.uncertain = true,
            },
            ValueKind::Ref(Ref::Module(id)) => self.urlconf(*id, prefix),
            ValueKind::List { items, .. } => match items.as_slice() {
                [
                    patterns @ Value { kind: ValueKind::List { .. } | ValueKind::Text(_) | ValueKind::Ref(_), .. },
                    Value { kind: ValueKind::Text(_), .. },
                ] => {
                    self.included_value(patterns, from, prefix);
                }
                _ => self.value(value, prefix),
            },
            ValueKind::OneOf(values) => values.iter().for_each(|value| self.included_value(value, from, prefix)),
            ValueKind::Unknown => self.uncertain = true,
            _ => self.value(value, prefix),
        }
    }

    /// `include("shop.urls")`.
    fn dotted(&mut self, dotted: &str, from: ModuleId, prefix: &str) {
        if let Some(id) = self.scan.eval.modules.by_dotted(from, dotted) {
            self.urlconf(id, prefix);
            return;
        }
        self.offers.status |= TASK_LIBRARIES.contains(&dotted);
        self.offers.result |= TASK_LIBRARIES.contains(&dotted);
        let has_celery_check = self.installed.iter().any(|app| app.starts_with("health_check.contrib.celery"));
        self.offers.health |= dotted.starts_with("health_check.urls") && has_celery_check;
        // A module of the project that is not there may be made by a build.
        let top = dotted.split('.').next().unwrap_or_default();
        self.uncertain |= self.scan.eval.modules.by_dotted(from, top).is_some();
    }

    /// Patterns as a value.
    fn value(&mut self, value: &Value, prefix: &str) {
        if self.routes.len() >= MAX_ROUTES {
            return;
        }
        match &value.kind {
            ValueKind::List { items, .. } => items.iter().for_each(|item| self.value(item, prefix)),
            ValueKind::OneOf(values) => values.iter().for_each(|value| self.value(value, prefix)),
            ValueKind::Made(made) => self.made(made, value.at, prefix),
            ValueKind::Method { .. } => self.routed(value, prefix),
            _ => {}
        }
    }

    fn made(&mut self, made: &Made, at: Option<Loc>, prefix: &str) {
        match maker(&made.callee) {
            Maker::Path | Maker::Regex => {
                let Some(view) = made.args.get(1, "view") else { return };
                let route = joined(prefix, made);
                if let ValueKind::Made(inner) = &view.kind
                    && maker(&inner.callee) == Maker::Include
                {
                    if let Some(argument) = inner.args.get(0, "arg") {
                        self.included_value(argument, made.site.module, &route);
                    }
                    return;
                }
                match &view.kind {
                    ValueKind::Method { .. } if !kinds::objects(view).is_empty() => self.routed(view, &route),
                    ValueKind::List { .. } => self.included_value(view, made.site.module, &route),
                    _ => self.view(view, route, at),
                }
            }
            Maker::Include => {
                if let Some(argument) = made.args.get(0, "arg") {
                    self.included_value(argument, made.site.module, prefix);
                }
            }
            Maker::Wrapper => made.args.positional.iter().for_each(|value| self.value(value, prefix)),
            _ => {}
        }
    }

    /// `router.urls`, `api.urls`.
    fn routed(&mut self, value: &Value, prefix: &str) {
        for object in kinds::objects(value) {
            if matches!(object.kind, Kind::DrfRouter | Kind::Ninja) {
                let reached = self.registry.reach(object.key, prefix, &|_| true);
                self.routes.extend(reached.routes.into_iter().map(|mut route| {
                    route.route = rooted(&route.route);
                    route
                }));
                self.uncertain |= reached.uncertain;
            }
        }
    }

    fn view(&mut self, view: &Value, route: String, at: Option<Loc>) {
        let Some(at) = at.or(view.at) else { return };
        let handler = Handler::of(self.scan.eval, view);
        let route = rooted(&route);
        self.routes.push(Joined { route, methods: Vec::new(), handler, at });
    }
}

fn rooted(route: &str) -> String {
    format!("/{}", route.trim_start_matches('/'))
}

/// The prefix with the route of one pattern.
fn joined(prefix: &str, made: &Made) -> String {
    let route = made.args.get(0, "route").or_else(|| made.args.named("regex")).and_then(path_text).unwrap_or_default();
    let route = if maker(&made.callee) == Maker::Regex { regex_text(&route) } else { route };
    join(Kind::DrfRouter, prefix, &route)
}

/// What the functions of `django.urls` and their like make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    Path,
    Regex,
    Include,
    /// Patterns in, patterns out.
    Wrapper,
    Static,
    Other,
}

fn maker(path: &str) -> Maker {
    let (package, last) = (path.split('.').next().unwrap_or_default(), path.rsplit('.').next().unwrap_or_default());
    match (package, last) {
        ("django" | "channels", "path") => Maker::Path,
        ("django" | "channels", "re_path" | "url") => Maker::Regex,
        ("django", "include") => Maker::Include,
        ("django", "i18n_patterns" | "patterns")
        | ("rest_framework", "format_suffix_patterns")
        | ("channels", "URLRouter") => Maker::Wrapper,
        (_, "decorator_include") => Maker::Include,
        ("django", "static" | "staticfiles_urlpatterns") => Maker::Static,
        _ => Maker::Other,
    }
}
