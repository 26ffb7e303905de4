//! Where an application takes new routes: the object and the statement to register them behind, the modules that its
//! routers live in, and where its Celery app is to be had.

use rustc_hash::FxHashMap;

use super::imports::Imports;
use super::kinds::{Key, Kind};
use super::registry::{Child, Include, Registry};
use super::scan::Scan;
use crate::project::app::{self, App};
use crate::project::link::is_test_path;
use crate::project::objects::{Sure, app_call, is_app, is_app_name};
use crate::project::wiring::{CeleryHome, Inclusion, Mount, Place, Routers, Urls, Wiring};
use crate::python::ir::*;
use crate::python::{Eval, Made, Module, ModuleId, Site, Value, ValueKind};
use crate::source::{Loc, Span};

/// Calls that make a router part of an application.
const INCLUDING: &[&str] = &["include_router", "register_blueprint"];

/// What the walk over an application's routes left for later.
#[derive(Clone)]
pub enum Root<'r> {
    Object { key: Key, inclusions: Vec<(&'r Include, String)> },
    Urls { module: ModuleId, drf: bool },
    Nowhere,
}

/// Everything about one application, when its kind is one that routes can be written for.
pub fn wiring(scan: &Scan, registry: &Registry, imports: &mut Imports, root: &Root, apps: &[App]) -> Option<Wiring> {
    match root {
        Root::Object { key, inclusions } => {
            let kind = registry.objects.get(key)?.kind;
            if !matches!(kind, Kind::Asgi | Kind::Flask) {
                return None;
            }
            let routers = routers(scan, registry, *key, inclusions)?;
            let celery = celery_home(scan, imports, routers.mount.module, apps)?;
            Some(Wiring { place: Place::Routers(routers), celery })
        }
        Root::Urls { module, drf } => {
            let urls = urls(scan, *module, *drf)?;
            let celery = celery_home(scan, imports, *module, apps)?;
            Some(Wiring { place: Place::Urls(urls), celery })
        }
        Root::Nowhere => None,
    }
}

/// A call that includes a router, and what of it is known.
struct Including<'r> {
    site: Site,
    receiver: String,
    prefix: &'r str,
    inclusion: Inclusion,
}

fn routers(scan: &Scan, registry: &Registry, root: Key, inclusions: &[(&Include, String)]) -> Option<Routers> {
    let calls: Vec<Including> =
        inclusions.iter().filter_map(|(include, prefix)| including(scan, registry, include, prefix)).collect();
    // The object that most routers of other modules are included in.
    let mut counts: FxHashMap<(ModuleId, Scope, &str), usize> = FxHashMap::default();
    for call in &calls {
        let elsewhere = call.inclusion.child.as_ref().is_some_and(|(module, _)| *module != call.site.module);
        *counts.entry((call.site.module, call.site.scope, call.receiver.as_str())).or_default() +=
            usize::from(elsewhere);
    }
    let best = calls.iter().max_by_key(|call| {
        let count = counts[&(call.site.module, call.site.scope, call.receiver.as_str())];
        // Of several the first one.
        (count, std::cmp::Reverse((call.site.module, call.site.expr)))
    });
    let Some(best) = best.filter(|it| counts[&(it.site.module, it.site.scope, it.receiver.as_str())] > 0) else {
        return at_the_object(scan, registry, root);
    };
    let same = |it: &&Including| {
        it.receiver == best.receiver && it.site.module == best.site.module && it.site.scope == best.site.scope
    };
    if matches!(best.site.scope, Scope::Class(_)) {
        return None;
    }
    let module = scan.module(best.site.module);
    let after = calls
        .iter()
        .filter(same)
        .filter_map(|it| module.statement_at(it.site.scope, it.inclusion.at.span))
        .map(|it| it.span)
        .max()?;
    let mount = Mount {
        module: best.site.module,
        file: module.file,
        dotted: scan.eval.modules.dotted(best.site.module, &[]),
        object: best.receiver.clone(),
        after,
        prefix: best.prefix.to_owned(),
        in_function: best.site.scope != Scope::Module,
    };
    let mut inclusions: Vec<Inclusion> = calls.iter().filter(same).map(|it| it.inclusion.clone()).collect();
    inclusions.sort_by_key(|it| it.at);
    inclusions.dedup_by_key(|it| it.at);
    Some(Routers { mount, inclusions })
}

fn including<'r>(scan: &Scan, registry: &Registry, include: &Include, prefix: &'r str) -> Option<Including<'r>> {
    let site = include.site?;
    let module = scan.module(site.module);
    let ExprKind::Attribute { value, attr, .. } = &module.expr(module.call(site.expr)?.func).kind else { return None };
    if !INCLUDING.contains(&&**attr) || is_test_path(scan.eval.modules.path(site.module)) {
        return None;
    }
    // A function that registers what it is given is none that registers this.
    if is_parameter(module, site, module.call(site.expr)?) {
        return None;
    }
    let child = match include.child {
        Child::Object(key) => {
            let made = registry.objects.get(&key).map(|object| object.made.site);
            let name = made.and_then(|site| app::variable_of(scan.module(site.module), site));
            Some((key.module, name.unwrap_or_default()))
        }
        _ => None,
    };
    let call = module.call(site.expr)?;
    let written = |name: &str| call.keyword(name).map(|it| module.span(it.value));
    let given = written("prefix").or_else(|| written("url_prefix")).zip(include.prefix.clone());
    let at = Loc::new(module.file, module.span(site.expr));
    let inclusion = Inclusion { at, child, dependencies: written("dependencies"), prefix: given };
    Some(Including { site, receiver: module.dotted(*value)?, prefix, inclusion })
}

/// Whether the router that is included is a parameter of the function.
fn is_parameter(module: &Module, site: Site, call: &Call) -> bool {
    let Scope::Function(function) = site.scope else { return false };
    let router = call.args.first().map(|argument| &module.expr(argument.value).kind);
    matches!(router, Some(ExprKind::Name(name)) if module.function(function).params.iter().any(|it| it.name == *name))
}

/// No router of another module is included: behind the statement that makes the application.
fn at_the_object(scan: &Scan, registry: &Registry, root: Key) -> Option<Routers> {
    let site = registry.objects.get(&root)?.made.site;
    let module = scan.module(site.module);
    let object = app::variable_of(module, site)?;
    let at = module.span(site.expr);
    if module.is_conditional(site.scope, at) || matches!(site.scope, Scope::Class(_)) {
        return None;
    }
    let mount = Mount {
        module: site.module,
        file: module.file,
        dotted: scan.eval.modules.dotted(site.module, &[]),
        object,
        after: module.statement_at(site.scope, at)?.span,
        prefix: String::new(),
        in_function: site.scope != Scope::Module,
    };
    Some(Routers { mount, inclusions: Vec::new() })
}

/// The list of a URL configuration, and before which of its entries new ones go.
fn urls(scan: &Scan, id: ModuleId, drf: bool) -> Option<Urls> {
    let module = scan.module(id);
    let bindings = module.scope.names.get("urlpatterns")?;
    let list = bindings.iter().find_map(|binding| match binding.kind {
        BindingKind::Value(value) if !binding.conditional => match &module.expr(value).kind {
            ExprKind::List(items) => Some((value, items)),
            _ => None,
        },
        _ => None,
    });
    let dotted = scan.eval.modules.dotted(id, &[]);
    let Some((value, items)) = list else {
        return Some(Urls { module: id, file: module.file, dotted, drf, list: None, items: Vec::new(), before: None });
    };
    let text = &scan.eval.modules.sources.get(module.file).text;
    let items: Vec<Span> = items.iter().map(|item| module.span(*item)).collect();
    let before = items.iter().copied().find(|span| text.get(span.range()).is_some_and(takes_everything));
    Some(Urls { module: id, file: module.file, dotted, drf, list: Some(module.span(value)), items, before })
}

/// Whether a pattern may match every path: what stands behind it is never reached.
fn takes_everything(pattern: &str) -> bool {
    pattern.contains(".*") || pattern.contains("<path:") || pattern.contains(".+")
}

/// Where web code can import the Celery app from; of several that run with it none is surely meant.
fn celery_home(scan: &Scan, imports: &mut Imports, mount: ModuleId, apps: &[App]) -> Option<CeleryHome> {
    let eval = scan.eval;
    let mut apps: Vec<&App> = apps.iter().collect();
    if apps.len() > 1 {
        let running = imports.running(eval, mount);
        apps.retain(|app| running.contains(&app.site.module));
    }
    // Of `if …: app = Celery(…)` and its `else`, one is the app.
    let app = apps.first().copied();
    if apps.iter().any(|it| Some((it.site.module, &it.variable)) != app.map(|app| (app.site.module, &app.variable))) {
        return None;
    }
    let mut homes: Vec<(bool, ModuleId, String)> = Vec::new();
    for id in eval.modules.relevant.iter().copied().filter(|id| !is_test_path(eval.modules.path(*id))) {
        for name in own_names(eval.modules.get(id)) {
            let is_named = is_app_name(name) || app.is_some_and(|app| app.variable.as_deref() == Some(name));
            if is_named && holds(eval, id, name, &apps) {
                homes.push((app.is_some_and(|app| app.site.module != id), id, name.to_owned()));
            }
        }
    }
    homes.sort();
    let Some((_, module, name)) = homes.into_iter().next() else { return extension(scan) };
    let circular = imports.closure(eval, [module]).contains(&mount);
    Some(CeleryHome::Variable { dotted: eval.modules.dotted(module, &[]), name, circular })
}

/// The names that a module gives values itself.
fn own_names(module: &Module) -> impl Iterator<Item = &str> {
    let names = module.scope.names.iter();
    let own = names.filter(|(_, all)| all.iter().all(|it| matches!(it.kind, BindingKind::Value(_))));
    own.map(|(name, _)| &**name)
}

/// Whether a name is one of those apps; without any, whether it is the current app of the process.
fn holds(eval: &Eval, module: ModuleId, name: &str, apps: &[&App]) -> bool {
    eval.begin();
    let Some(value) = eval.global(module, name) else { return false };
    let is_one = |value: &Value| {
        let made_here = |made: &Made| apps.iter().any(|app| app.site == made.site);
        is_app(value) == Sure::Yes && (apps.is_empty() || app_call(value).is_some_and(made_here))
    };
    let mut held = value.alternatives().iter().filter(|it| !matches!(it.kind, ValueKind::None)).peekable();
    held.peek().is_some() && held.all(is_one)
}

/// `app.extensions["celery"] = …`, as Flask's documentation has it.
fn extension(scan: &Scan) -> Option<CeleryHome> {
    let stored = |id: &ModuleId| {
        let text = scan.eval.modules.text(*id);
        text.contains("extensions[\"celery\"] =") || text.contains("extensions['celery'] =")
    };
    scan.eval.modules.relevant.iter().any(stored).then_some(CeleryHome::FlaskExtension)
}
