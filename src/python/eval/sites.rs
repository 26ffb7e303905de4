//! Every call of the project by the last name of what it calls: what a parameter is worth is asked of the callers.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::python::ir::{Module, Name, Scope};
use crate::python::modules::{ModuleId, Modules};
use crate::python::value::Site;
use crate::source::words::{WordSet, places};

#[derive(Debug)]
pub struct CallSites<'a> {
    modules: &'a Modules<'a>,
    /// Calls in relevant modules.
    near: FxHashMap<Name, Vec<Site>>,
    /// Other modules whose text has a call of a name, by the functions and classes of relevant modules; their calls are
    /// looked up when they are asked for.
    far: FxHashMap<&'a str, Far>,
}

#[derive(Debug, Default)]
struct Far {
    modules: Vec<ModuleId>,
    sites: OnceLock<Vec<Site>>,
}

impl<'a> CallSites<'a> {
    /// `counts` says whose calls are asked about besides those of relevant modules.
    pub fn new(modules: &'a Modules<'a>, counts: impl Fn(ModuleId) -> bool) -> Self {
        let mut near: FxHashMap<Name, Vec<Site>> = FxHashMap::default();
        for id in &modules.relevant {
            calls(*id, modules.get(*id), |name, site| near.entry(name.clone()).or_default().push(site));
        }
        let others = modules.others().filter(|id| !modules.is_library(*id) && counts(*id)).collect();
        Self { modules, near, far: far(modules, others) }
    }

    /// The calls of anything with that last name, in module order; none when there are more than `most`, too many to
    /// follow.
    pub fn of(&self, name: &str, most: usize) -> &[Site] {
        let near = self.near.get(name).map_or(&[][..], Vec::as_slice);
        let Some(far) = self.far.get(name) else { return if near.len() > most { &[] } else { near } };
        if near.len() + far.modules.len() > most {
            return &[];
        }
        let sites = far.sites.get_or_init(|| {
            let mut sites = near.to_vec();
            for id in &far.modules {
                calls(*id, self.modules.get(*id), |called, site| {
                    if &**called == name {
                        sites.push(site);
                    }
                });
            }
            sites.sort_by_key(|site| (site.module, site.expr));
            sites
        });
        if sites.len() > most { &[] } else { sites }
    }
}

/// The calls of a module with the last name of what each calls.
fn calls(id: ModuleId, module: &Module, mut found: impl FnMut(&Name, Site)) {
    for fact in &module.calls {
        let Some(call) = module.call(fact.call) else { continue };
        let Some(name) = module.last_name(call.func) else { continue };
        found(name, Site { module: id, scope: fact.context.scope, expr: fact.call });
    }
}

/// Which modules that are not relevant call something with the name of a function or class of a relevant one.
fn far<'a>(modules: &'a Modules<'a>, others: Vec<ModuleId>) -> FxHashMap<&'a str, Far> {
    let names: WordSet = modules.relevant.iter().flat_map(|id| callable(modules.get(*id))).collect();
    let calling: Vec<(ModuleId, Vec<&str>)> = others
        .into_par_iter()
        .map(|id| {
            let text = modules.text(id);
            let called = places(text)
                .filter(|word| text.as_bytes().get(word.end) == Some(&b'(') && !text[..word.start].ends_with("def "));
            let mut called: Vec<&str> = called.filter_map(|word| names.get(&text[word])).collect();
            called.sort_unstable();
            called.dedup();
            (id, called)
        })
        .collect();
    let mut far: FxHashMap<&str, Far> = FxHashMap::default();
    for (id, called) in calling {
        for name in called {
            far.entry(name).or_default().modules.push(id);
        }
    }
    far
}

/// The functions whose parameters may be asked about: methods are not followed to their callers, classes are to their
/// constructor.
fn callable(module: &Module) -> impl Iterator<Item = &str> {
    module.functions.iter().filter(|function| !function.params.is_empty()).filter_map(|function| {
        match function.parent {
            Scope::Class(class) if &*function.name == "__init__" => Some(&*module.class(class).name),
            Scope::Class(_) => None,
            _ => Some(&*function.name),
        }
    })
}
