//! What is registered on which web object, and the routes that follow when prefixes are joined.

use rustc_hash::FxHashMap;

use super::handler::Handler;
use super::kinds::{Key, Kind, Object};
use crate::python::{ModuleId, Site};
use crate::source::Loc;

/// One registration, as its framework's file read it.
#[derive(Debug, Clone)]
pub enum Fact {
    Object(Object),
    Route(Route),
    Include(Include),
    /// The prefix that an object gives itself otherwise than by its arguments.
    Own {
        key: Key,
        prefix: String,
    },
    /// Code that runs for requests without a route of its own (middleware, hooks, Socket.IO events).
    Hook {
        owner: Key,
        handler: Handler,
        module: ModuleId,
    },
}

#[derive(Debug, Clone)]
pub struct Route {
    pub owner: Key,
    /// Upper case; empty when the handler decides (class views) or the framework's default holds.
    pub methods: Vec<String>,
    /// As it is joined to the owner's prefix.
    pub path: String,
    /// Sanic's `version=`.
    pub version: Option<String>,
    pub handler: Handler,
    pub at: Loc,
    pub module: ModuleId,
}

#[derive(Debug, Clone)]
pub struct Include {
    pub parent: Key,
    pub child: Child,
    /// The prefix given at the inclusion; none when the child's own holds.
    pub prefix: Option<String>,
    pub version: Option<String>,
    /// The inclusion's prefix stands for the child's own (Flask), else it stands before it.
    pub replaces: bool,
    pub module: ModuleId,
    /// The call that includes it, when there is one.
    pub site: Option<Site>,
}

#[derive(Debug, Clone)]
pub enum Child {
    Object(Key),
    /// From a library: its routes are not the project's.
    Library,
    /// Not understood: anything may hide there.
    Unknown,
}

/// A reachable route.
#[derive(Debug, Clone)]
pub struct Joined {
    pub route: String,
    pub methods: Vec<String>,
    pub handler: Handler,
    pub at: Loc,
}

#[derive(Default)]
pub struct Registry {
    pub objects: FxHashMap<Key, Object>,
    /// The keys of the objects that one call makes.
    by_call: FxHashMap<(ModuleId, u32), Vec<Key>>,
    routes: FxHashMap<Key, Vec<Route>>,
    includes: FxHashMap<Key, Vec<Include>>,
    hooks: FxHashMap<Key, Vec<(Handler, ModuleId)>>,
    own: FxHashMap<Key, Own>,
}

/// What an object says about its own routes.
#[derive(Debug, Clone, Default)]
pub struct Own {
    pub prefix: String,
    pub version: Option<String>,
}

const MAX_DEPTH: usize = 12;
const MAX_ROUTES: usize = 20_000;

/// What is known on the way down.
#[derive(Clone, Default)]
struct Way {
    prefix: String,
    version: Option<String>,
    path: Vec<Key>,
}

/// All that is reachable from one application.
#[derive(Default)]
pub struct Reached<'r> {
    pub routes: Vec<Joined>,
    pub hooks: Vec<&'r Handler>,
    /// What includes routers in others, with the prefix of what it is called on.
    pub inclusions: Vec<(&'r Include, String)>,
    /// Something was included that is not understood.
    pub uncertain: bool,
}

impl Registry {
    pub fn new(facts: Vec<Fact>, own: impl Fn(&Object) -> Own) -> Self {
        let mut registry = Self::default();
        let mut prefixes = Vec::new();
        for fact in facts {
            match fact {
                Fact::Object(object) => {
                    let keys = registry.by_call.entry((object.key.module, object.key.expr.0)).or_default();
                    if !keys.contains(&object.key) {
                        keys.push(object.key);
                    }
                    registry.own.insert(object.key, own(&object));
                    registry.objects.insert(object.key, object);
                }
                Fact::Own { key, prefix } => prefixes.push((key, prefix)),
                Fact::Route(route) => registry.routes.entry(route.owner).or_default().push(route),
                Fact::Include(include) => registry.includes.entry(include.parent).or_default().push(include),
                Fact::Hook { owner, handler, module } => {
                    registry.hooks.entry(owner).or_default().push((handler, module));
                }
            }
        }
        for (key, prefix) in prefixes {
            registry.own.entry(key).or_default().prefix = prefix;
        }
        registry
    }

    /// Objects that nothing includes and that serve by themselves, in a stable order.
    pub fn roots(&self) -> Vec<&Object> {
        let included: Vec<Key> = self
            .includes
            .values()
            .flatten()
            .filter_map(|include| match include.child {
                Child::Object(key) => Some(key),
                _ => None,
            })
            .collect();
        let is_included = |key: &Key| included.iter().any(|other| (other.module, other.expr) == (key.module, key.expr));
        let mut roots: Vec<&Object> =
            self.objects.values().filter(|object| object.kind.is_app() && !is_included(&object.key)).collect();
        roots.sort_by_key(|object| object.key);
        // One call that makes several applications is one application.
        roots.dedup_by_key(|object| (object.key.module, object.key.expr));
        roots
    }

    /// The routes below an object whose registrations stand in modules that `runs` accepts.
    pub fn reach(&self, root: Key, prefix: &str, runs: &dyn Fn(ModuleId) -> bool) -> Reached<'_> {
        let mut reached = Reached::default();
        let way = Way { prefix: prefix.to_owned(), version: None, path: Vec::new() };
        self.descend(root, way, runs, &mut reached);
        reached.routes.sort_by(|a, b| (a.at, &a.route, &a.methods).cmp(&(b.at, &b.route, &b.methods)));
        reached.routes.dedup_by(|a, b| (a.at, &a.route, &a.methods) == (b.at, &b.route, &b.methods));
        reached
    }

    /// What is registered on an object: by the same values, or on any object of the same call when none agree.
    fn registered<'r, T>(&self, key: Key, of: &'r FxHashMap<Key, Vec<T>>) -> Vec<&'r T> {
        if let Some(found) = of.get(&key) {
            return found.iter().collect();
        }
        let mut near: Vec<&Key> =
            of.keys().filter(|other| (other.module, other.expr) == (key.module, key.expr)).collect();
        near.sort();
        near.into_iter().flat_map(|other| &of[other]).collect()
    }

    fn descend<'r>(&'r self, key: Key, mut way: Way, runs: &dyn Fn(ModuleId) -> bool, reached: &mut Reached<'r>) {
        let same_call = |other: &Key| (other.module, other.expr) == (key.module, key.expr);
        if way.path.len() >= MAX_DEPTH || way.path.iter().any(same_call) || reached.routes.len() >= MAX_ROUTES {
            return;
        }
        way.path.push(key);
        let kind = self.objects.get(&key).map_or(Kind::Asgi, |object| object.kind);
        for entry in self.registered(key, &self.routes) {
            if runs(entry.module) {
                let version = entry.version.as_ref().or(way.version.as_ref());
                let path = join(kind, &way.prefix, &entry.path);
                reached.routes.push(Joined {
                    route: versioned(version, path),
                    methods: entry.methods.clone(),
                    handler: entry.handler.clone(),
                    at: entry.at,
                });
            }
        }
        reached.hooks.extend(
            self.registered(key, &self.hooks)
                .into_iter()
                .filter(|(_, module)| runs(*module))
                .map(|(handler, _)| handler),
        );
        for include in self.registered(key, &self.includes) {
            if !runs(include.module) {
                continue;
            }
            reached.inclusions.push((include, way.prefix.clone()));
            match include.child {
                Child::Object(child) => {
                    self.descend(child, self.below(kind, &way, include, child), runs, reached);
                }
                Child::Library => {}
                Child::Unknown => reached.uncertain = true,
            }
        }
    }

    fn below(&self, kind: Kind, way: &Way, include: &Include, child: Key) -> Way {
        let own = self.own.get(&child).cloned().unwrap_or_default();
        let mut prefix = way.prefix.clone();
        if let Some(given) = &include.prefix {
            prefix = join(kind, &prefix, given);
        }
        if include.prefix.is_none() || !include.replaces {
            prefix = join(kind, &prefix, &own.prefix);
        }
        let version = own.version.or_else(|| include.version.clone()).or_else(|| way.version.clone());
        Way { prefix, version, path: way.path.clone() }
    }
}

/// Sanic puts `/v1` in front of everything.
fn versioned(version: Option<&String>, path: String) -> String {
    match version {
        Some(version) => format!("/{version}/{}", path.trim_start_matches('/')),
        None => path,
    }
}

/// Joins a prefix and a path as the framework does.
pub fn join(kind: Kind, prefix: &str, path: &str) -> String {
    if path.is_empty() {
        return prefix.to_owned();
    }
    if prefix.is_empty() {
        return path.to_owned();
    }
    match kind {
        Kind::DrfRouter => format!("{prefix}{path}"),
        _ if path.starts_with('/') => format!("{}{path}", prefix.trim_end_matches('/')),
        Kind::Asgi | Kind::AsgiRouter => format!("{prefix}{path}"),
        _ => format!("{}/{path}", prefix.trim_end_matches('/')),
    }
}
