//! From the whole project to its web applications: what each serves, and what its code does with Celery.

use rustc_hash::FxHashSet;

use super::celery_use::Uses;
use super::collect;
use super::django::Offers;
use super::graph::{Effects, Graph};
use super::handler::Handler;
use super::imports::Imports;
use super::kinds;
use super::registry::{Joined, Registry};
use super::scan::Scan;
use super::sight::Sight;
use super::signals::Signals;
use super::starts::{self, Provided};
use super::tasks::Celery;
use super::wiring::{self, Root};
use super::written::Rows;
use super::{settings, views};
use crate::project::app::{self, App};
use crate::project::endpoint::{Does, Endpoint, WebApp};
use crate::project::link::{Linking, is_test_path};
use crate::python::ir::*;
use crate::python::{Eval, Module, ModuleId, Modules};
use crate::source::Loc;

/// An application before its code was looked at.
pub struct Served<'r> {
    pub framework: &'static str,
    pub at: Loc,
    pub routes: Vec<Joined>,
    pub hooks: Vec<Handler>,
    pub offers: Offers,
    pub uncertain: bool,
    /// The modules that run with it.
    pub modules: FxHashSet<ModuleId>,
    pub root: Root<'r>,
}

/// All endpoints and web applications of the project, in (file, position) order.
pub fn find(linking: &Linking) -> (Vec<Endpoint>, Vec<WebApp>) {
    if !uses_web(linking.modules, &linking.modules.relevant) {
        return Default::default();
    }
    let is_test = |id: ModuleId| is_test_path(linking.modules.path(id));
    let sight = Sight::new(linking);
    let made = subclasses(linking, &sight);
    let made: Vec<&str> = made.iter().map(String::as_str).collect();
    let facts = linking.per_module(|eval, id| {
        let scan = Scan::new(linking, eval);
        if is_test(id) { Vec::new() } else { collect::collect(&scan, &sight, id, &made) }
    });
    let registry = Registry::new(facts, collect::own);
    let eval = linking.eval();
    let scan = Scan::new(linking, &eval);
    let mut imports = Imports::new(linking);
    let mut served = standalone(&scan, &registry, &mut imports);
    served.extend(settings::django(&scan, &registry, &mut imports));
    served.sort_by_key(|app| app.at);
    let uses_celery = uses_celery(linking.modules, &linking.modules.relevant);
    let modules: FxHashSet<ModuleId> = served.iter().flat_map(|app| app.modules.iter().copied()).collect();
    let (celery, signals) =
        if uses_celery { (Celery::new(&eval, is_test), Signals::new(&eval, &modules)) } else { Default::default() };
    let graph = Graph::new(&eval, &celery, &signals);
    let provided = Provided::of(&registry);
    let asked = Asked { scan: &scan, graph: &graph, provided: &provided, uses_celery };
    let (mut endpoints, mut apps, mut readers) = (Vec::new(), Vec::new(), Vec::new());
    for app in &served {
        let (own, web, reading) = asked.app(app);
        endpoints.extend(own);
        apps.push(web);
        readers.push(reading);
    }
    share(&served, &mut apps);
    let lacks = |web: &WebApp| web.submits.is_some() && !(web.has_status && web.has_result && web.has_health);
    let tells_nothing = |web: &WebApp| web.submits.is_some() && !(web.has_status && web.has_result);
    if apps.iter().any(tells_nothing) {
        let mut rows = Rows::new(&eval, &celery, is_test);
        if !rows.is_empty() {
            for (web, readers) in apps.iter_mut().zip(&readers) {
                web.shows_rows = readers.iter().any(|reader| rows.are_read_by(reader.handler, &reader.functions));
            }
        }
    }
    if apps.iter().any(lacks) {
        let celery: Vec<App> = app::find(linking).into_iter().filter(|app| !app.in_test).collect();
        for (app, web) in served.iter().zip(&mut apps).filter(|(_, web)| lacks(web)) {
            web.wiring = wiring::wiring(&scan, &registry, &mut imports, &app.root, &celery).map(Box::new);
        }
    }
    endpoints.sort_by(|a, b| (a.at, &a.route, &a.method).cmp(&(b.at, &b.route, &b.method)));
    endpoints.dedup_by(|a, b| (a.at, &a.route, &a.method) == (b.at, &b.route, &b.method));
    (endpoints, apps)
}

/// Whether one of those modules has to do with the web.
pub fn uses_web(modules: &Modules, ids: &[ModuleId]) -> bool {
    ids.iter().any(|id| imports_package(modules.get(*id), kinds::is_web_package))
}

/// Whether one of those modules has to do with Celery.
pub fn uses_celery(modules: &Modules, ids: &[ModuleId]) -> bool {
    ids.iter().any(|id| imports_package(modules.get(*id), |package| package == "celery"))
}

/// Whether a module imports from a top-level package that the test accepts, in any scope.
pub(super) fn imports_package(module: &Module, accepts: impl Fn(&str) -> bool) -> bool {
    let functions = module.functions.iter().map(|function| &function.scope);
    std::iter::once(&module.scope).chain(functions).flat_map(|scope| scope.names.values().flatten()).any(|binding| {
        let import = match &binding.kind {
            BindingKind::Import(import) => import,
            BindingKind::ImportFrom { module, .. } => module,
            _ => return false,
        };
        import.level == 0 && accepts(import.name.split('.').next().unwrap_or_default())
    })
}

/// The names of the project's classes that derive from a framework's.
fn subclasses(linking: &Linking, sight: &Sight) -> Vec<String> {
    let mut found = linking.per_module(|eval, id| {
        if !sight.is_seeing(id) {
            return Vec::new();
        }
        let module = eval.modules.get(id);
        let derived = |class: &ClassId| {
            let bases = &module.class(*class).bases;
            !bases.is_empty() && eval.external_bases(id, *class).iter().any(|base| kinds::is_object_class(base))
        };
        let classes = (0..module.classes.len()).map(|index| ClassId(index as u32)).filter(derived);
        classes.map(|class| module.class(class).name.to_string()).collect()
    });
    found.sort();
    found.dedup();
    found
}

/// FastAPI, Flask, Sanic … applications.
fn standalone<'r>(scan: &Scan, registry: &'r Registry, imports: &mut Imports) -> Vec<Served<'r>> {
    let mut served = Vec::new();
    for root in registry.roots() {
        let home = root.key.module;
        let modules = imports.running(scan.eval, home);
        let reached = registry.reach(root.key, "", &|module| modules.contains(&module));
        let lowered = scan.module(home);
        served.push(Served {
            framework: root.framework,
            at: scan.loc(home, lowered.span(root.key.expr)),
            routes: reached.routes.into_iter().map(rooted).collect(),
            hooks: reached.hooks.into_iter().cloned().collect(),
            offers: Offers::default(),
            uncertain: reached.uncertain || broken(scan, &modules),
            root: Root::Object { key: root.key, inclusions: reached.inclusions },
            modules,
        });
    }
    served
}

fn rooted(mut route: Joined) -> Joined {
    if !route.route.starts_with('/') {
        route.route.insert(0, '/');
    }
    route
}

/// A module that runs could not be read to its end: what it says about tasks is not known.
pub fn broken(scan: &Scan, modules: &FxHashSet<ModuleId>) -> bool {
    modules.iter().filter(|id| scan.eval.modules.is_relevant(**id)).any(|id| {
        let module = scan.module(*id);
        let text = &scan.eval.modules.sources.get(module.file).text;
        !module.errors.is_empty() && ["AsyncResult", "celery", "control"].iter().any(|word| text.contains(word))
    })
}

/// Applications that run the same code serve one another's tasks: a route of one answers for the other.
fn share(served: &[Served], apps: &mut [WebApp]) {
    let offers: Vec<(bool, bool, bool, bool)> =
        apps.iter().map(|app| (app.has_status, app.has_result, app.has_health, app.uncertain)).collect();
    for (index, app) in apps.iter_mut().enumerate() {
        for (other, (status, result, health, uncertain)) in offers.iter().enumerate() {
            if other != index && !served[index].modules.is_disjoint(&served[other].modules) {
                app.has_status |= status;
                app.has_result |= result;
                app.has_health |= health;
                app.uncertain |= uncertain;
            }
        }
    }
}

/// What answers a request that only asks for something, and the functions that run first.
struct Reader<'s> {
    handler: &'s Handler,
    functions: Vec<(ModuleId, FunctionId)>,
}

/// Whether a request of that verb may ask for something.
fn asks(method: &str) -> bool {
    matches!(method, "GET" | "WS" | "ANY")
}

/// What is asked about the routes of an application.
struct Asked<'a> {
    scan: &'a Scan<'a>,
    graph: &'a Graph<'a>,
    provided: &'a Provided,
    uses_celery: bool,
}

impl Asked<'_> {
    /// The routes of an application, what it offers, and the handlers that answer without sending a task.
    fn app<'s>(&self, app: &'s Served) -> (Vec<Endpoint>, WebApp, Vec<Reader<'s>>) {
        let mut web = WebApp {
            framework: app.framework.to_owned(),
            at: app.at,
            submits: None,
            submits_route: None,
            has_status: app.offers.status,
            has_result: app.offers.result,
            has_health: app.offers.health,
            static_health: None,
            shows_rows: false,
            uncertain: app.uncertain,
            modules: app.modules.iter().copied().collect(),
            wiring: None,
        };
        web.modules.sort_unstable();
        let (mut endpoints, mut readers) = (Vec::new(), Vec::new());
        for route in &app.routes {
            for method in methods(self.scan, app.framework, route) {
                let (effects, functions) = self.effects(&route.handler, &method, &route.route);
                if asks(&method) && !effects.uses.submits {
                    readers.push(Reader { handler: &route.handler, functions });
                }
                note(&mut web, &effects, Some((&method, route)));
                endpoints.push(Endpoint {
                    method,
                    route: route.route.clone(),
                    at: route.at,
                    handler: route.handler.name(self.scan.eval),
                    handler_at: route.handler.at(self.scan.eval),
                    does: does(effects.uses),
                    senders: effects.senders,
                    framework: app.framework,
                    function: match route.handler {
                        Handler::Function { module, function, .. } => Some((module, function)),
                        _ => None,
                    },
                    acts: effects.acts,
                });
            }
        }
        for hook in &app.hooks {
            note(&mut web, &self.effects(hook, "ANY", "").0, None);
        }
        (endpoints, web, readers)
    }

    /// What a handler does, and the functions that run first.
    fn effects(&self, handler: &Handler, method: &str, route: &str) -> (Effects, Vec<(ModuleId, FunctionId)>) {
        if !self.uses_celery {
            return Default::default();
        }
        self.graph.eval.begin();
        let (nodes, mut effects) = starts::starts(self.scan, self.graph, self.provided, handler, method);
        effects.add(&self.graph.follow(&nodes));
        if !effects.acts.is_empty() {
            effects.acts = super::acts::acts(self.graph, &nodes);
        }
        // A health route that sends a task and waits for it asks a worker.
        if effects.uses.waits && is_health_route(route) {
            effects.uses = Uses { health: true, result: false, ..effects.uses };
        }
        let asks = asks(method) && !effects.uses.submits;
        effects.uses.status |= asks && effects.uses.row_status;
        effects.uses.result |= asks && effects.uses.row_result;
        (effects, nodes.iter().map(|node| (node.module, node.function)).collect())
    }
}

/// The verbs of a route: as registered, or as its handler answers.
fn methods(scan: &Scan, framework: &str, route: &Joined) -> Vec<String> {
    let registered: Vec<String> =
        route.methods.iter().filter(|verb| !matches!(verb.as_str(), "HEAD" | "OPTIONS")).cloned().collect();
    if !registered.is_empty() {
        return registered;
    }
    let known = match &route.handler {
        Handler::Class { module, class, with } => views::verbs(scan, *module, *class, with.as_ref()),
        Handler::Function { module, function, .. } if framework == "Django" => {
            views::function_verbs(scan, *module, *function)
        }
        _ => Vec::new(),
    };
    if known.is_empty() { vec!["ANY".to_owned()] } else { known }
}

fn does(uses: Uses) -> Vec<Does> {
    let all = [
        (uses.submits, Does::SubmitsTask),
        (uses.status, Does::ReadsStatus),
        (uses.result, Does::ReturnsResult),
        (uses.health, Does::PingsCelery),
    ];
    all.into_iter().filter(|(does, _)| *does).map(|(_, does)| does).collect()
}

fn note(web: &mut WebApp, effects: &Effects, route: Option<(&String, &Joined)>) {
    let uses = effects.uses;
    web.has_status |= uses.status;
    web.has_result |= uses.result;
    web.has_health |= uses.health;
    // A health check that goes through a worker is not the work that users wait for.
    let asks = uses.health && uses.waits;
    if uses.submits && web.submits.is_none() && !asks {
        web.submits = effects.submits;
        web.submits_route = route.map(|(method, route)| format!("{method} {}", route.route));
    }
    if let Some((_, route)) = route
        && !uses.health
        && web.static_health.is_none()
        && is_health_route(&route.route)
    {
        web.static_health = Some(route.at);
    }
}

/// Whether a path is one that probes ask.
fn is_health_route(route: &str) -> bool {
    const WORDS: &[&str] = &[
        "alive",
        "health",
        "healthcheck",
        "healthz",
        "heartbeat",
        "ht",
        "live",
        "liveness",
        "livez",
        "ping",
        "readiness",
        "ready",
        "readyz",
        "up",
    ];
    let words = |part: &str| part.split(['-', '_', '.']).any(|word| WORDS.contains(&word.to_lowercase().as_str()));
    route.split('/').filter(|part| !part.contains(['{', '<', '('])).any(words)
}

/// Where a name stands in a module, for applications that no call makes.
pub fn binding_at(eval: &Eval, module: ModuleId, name: &str) -> Option<Loc> {
    let lowered = eval.modules.get(module);
    let at = lowered.scope.names.get(name)?.first()?.at;
    Some(Loc::new(lowered.file, at))
}
