//! Django projects: the settings that name a URL configuration, the apps they install, and websockets beside them.

use rustc_hash::FxHashSet;

use super::django::Urls;
use super::imports::Imports;
use super::registry::Registry;
use super::scan::Scan;
use super::sites::{Served, binding_at, broken};
use super::wiring::Root;
use crate::project::link::is_test_path;
use crate::python::ir::*;
use crate::python::{Eval, ModuleId, Value, ValueKind};

/// A URL configuration and the settings that name it.
struct SiteRoot {
    urlconf: ModuleId,
    settings: Vec<ModuleId>,
}

/// The Django sites of the project.
pub fn django<'r>(scan: &Scan, registry: &Registry, imports: &mut Imports) -> Vec<Served<'r>> {
    let mut served: Vec<Served> = roots(scan).iter().filter_map(|root| site(scan, registry, imports, root)).collect();
    sockets(scan, registry, imports, &mut served);
    served
}

fn site<'r>(scan: &Scan, registry: &Registry, imports: &mut Imports, root: &SiteRoot) -> Option<Served<'r>> {
    let installed: Vec<String> =
        root.settings.iter().flat_map(|id| texts(setting(scan.eval, *id, "INSTALLED_APPS").as_ref())).collect();
    let apps = app_modules(scan.eval, root, &installed);
    let modules =
        imports.closure(scan.eval, apps.into_iter().chain([root.urlconf]).chain(root.settings.iter().copied()));
    let drf = installed.iter().any(|app| app == "rest_framework");
    let mut urls = Urls::new(scan, registry, installed);
    urls.urlconf(root.urlconf, "");
    let uncertain = urls.uncertain || broken(scan, &modules);
    Some(Served {
        framework: "Django",
        at: binding_at(scan.eval, root.urlconf, "urlpatterns")?,
        routes: urls.routes,
        hooks: Vec::new(),
        offers: urls.offers,
        uncertain,
        modules,
        root: Root::Urls { module: root.urlconf, drf },
    })
}

/// The URL configurations that settings name; without any, those that no other includes.
fn roots(scan: &Scan) -> Vec<SiteRoot> {
    let mut roots: Vec<SiteRoot> = Vec::new();
    for id in candidates(scan) {
        let Some(named) = setting(scan.eval, id, "ROOT_URLCONF") else { continue };
        for urlconf in texts(Some(&named)).iter().filter_map(|dotted| scan.eval.modules.by_dotted(id, dotted)) {
            match roots.iter_mut().find(|root| root.urlconf == urlconf) {
                Some(root) => root.settings.push(id),
                None => roots.push(SiteRoot { urlconf, settings: vec![id] }),
            }
        }
    }
    if roots.is_empty() {
        roots = not_included(scan);
    }
    roots
}

fn candidates(scan: &Scan) -> Vec<ModuleId> {
    let mentions = |id: &ModuleId| {
        let module = scan.module(*id);
        let classes = module.classes.iter().map(|class| &class.scope);
        let mut scopes = std::iter::once(&module.scope).chain(classes);
        scopes.any(|scope| scope.names.contains_key("ROOT_URLCONF")) && !is_test_path(scan.eval.modules.path(*id))
    };
    scan.eval.modules.relevant.iter().copied().filter(mentions).collect()
}

/// A setting of a module, or of a class in it.
fn setting(eval: &Eval, id: ModuleId, name: &str) -> Option<Value> {
    let module = eval.modules.get(id);
    if module.scope.names.contains_key(name) {
        return eval.global(id, name);
    }
    let of_class = (0..module.classes.len()).find_map(|index| eval.member(id, ClassId(index as u32), name));
    of_class.or_else(|| eval.global(id, name))
}

/// All texts of a list, or one text.
fn texts(value: Option<&Value>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    match &value.kind {
        ValueKind::List { items, .. } | ValueKind::OneOf(items) => {
            items.iter().flat_map(|item| texts(Some(item))).collect()
        }
        _ => value.as_literal().into_iter().collect(),
    }
}

/// `urls.py` files with patterns of Django that nothing includes, when no settings were found.
fn not_included(scan: &Scan) -> Vec<SiteRoot> {
    let modules = scan.eval.modules;
    let has_patterns = |id: &ModuleId| {
        let path = modules.path(*id);
        let is_urls = path.ends_with("urls.py") || path.ends_with("urls/__init__.py");
        is_urls && !is_test_path(path) && modules.get(*id).scope.names.contains_key("urlpatterns")
    };
    let all: Vec<ModuleId> = modules.relevant.iter().copied().filter(has_patterns).collect();
    let included: FxHashSet<ModuleId> = scan
        .linking
        .sites
        .of("include", usize::MAX)
        .iter()
        .filter_map(|site| match scan.eval.argument(*site, 0, "arg")?.kind {
            ValueKind::Text(text) => modules.by_dotted(site.module, &text.as_literal()?),
            ValueKind::Ref(crate::python::Ref::Module(id)) => Some(id),
            _ => None,
        })
        .collect();
    // An app that is made to be installed elsewhere has no site: its routes are nobody's yet.
    let has_manage = modules.sources.seen.iter().any(|path| path.ends_with("manage.py"))
        || (0..modules.len()).any(|id| modules.path(id).ends_with("manage.py"));
    if !has_manage {
        return Vec::new();
    }
    all.into_iter()
        .filter(|id| !included.contains(id))
        .map(|urlconf| SiteRoot { urlconf, settings: Vec::new() })
        .collect()
}

/// What Django imports of the installed apps; everything when it is not known which are.
fn app_modules(eval: &Eval, root: &SiteRoot, installed: &[String]) -> Vec<ModuleId> {
    if installed.is_empty() {
        let own = |id: &ModuleId| !is_test_path(eval.modules.path(*id));
        return (0..eval.modules.len()).filter(own).collect();
    }
    let from = root.settings.first().copied().unwrap_or(root.urlconf);
    let mut found = Vec::new();
    for app in installed {
        let direct = eval.modules.by_dotted(from, app);
        let package = match app.rsplit_once('.') {
            // `shop.apps.ShopConfig`
            Some((module, class)) if class.starts_with(char::is_uppercase) => {
                found.extend(eval.modules.by_dotted(from, module));
                module.strip_suffix(".apps").unwrap_or(module)
            }
            _ => app.as_str(),
        };
        found.extend(direct);
        let parts = ["", ".apps", ".models", ".admin"];
        found.extend(parts.iter().filter_map(|part| eval.modules.by_dotted(from, &format!("{package}{part}"))));
    }
    found
}

/// Websocket routes of channels (`URLRouter([...])`): they belong to the site whose modules they stand beside.
fn sockets(scan: &Scan, registry: &Registry, imports: &mut Imports, served: &mut Vec<Served>) {
    for site in scan.linking.sites.of("URLRouter", usize::MAX) {
        if is_test_path(scan.eval.modules.path(site.module)) {
            continue;
        }
        let mut urls = Urls::new(scan, registry, Vec::new());
        urls.site(*site);
        for route in &mut urls.routes {
            route.methods = vec!["WS".to_owned()];
        }
        if urls.routes.is_empty() {
            continue;
        }
        let modules = imports.closure(scan.eval, [site.module]);
        match served.iter_mut().find(|app| app.framework == "Django") {
            Some(app) => {
                app.routes.append(&mut urls.routes);
                app.modules.extend(modules);
            }
            None => served.push(Served {
                framework: "Django",
                at: scan.loc(site.module, scan.module(site.module).span(site.expr)),
                routes: urls.routes,
                hooks: Vec::new(),
                offers: urls.offers,
                uncertain: false,
                modules,
                root: Root::Nowhere,
            }),
        }
    }
}
