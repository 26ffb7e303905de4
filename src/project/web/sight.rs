//! Where a web object can be at all: in modules that import a framework, in those that import them, and in functions that
//! one of them calls. Names and imports tell, before anything is evaluated.

use std::sync::RwLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::kinds;
use super::scan::{MAX_CALLS, MAX_DEPTH};
use super::sites::imports_package;
use crate::project::link::Linking;
use crate::python::ir::*;
use crate::python::{ModuleId, Site};

pub struct Sight<'s> {
    linking: &'s Linking<'s>,
    /// The modules that import a framework, directly or through others.
    seeing: FxHashSet<ModuleId>,
    /// Whether functions can be given one, by how far their own callers were asked.
    given: RwLock<FxHashMap<(ModuleId, FunctionId, u32), bool>>,
}

impl<'s> Sight<'s> {
    pub fn new(linking: &'s Linking<'s>) -> Self {
        let modules = linking.modules;
        let makes = |id: &ModuleId| imports_package(modules.get(*id), kinds::is_object_package);
        let seeing = modules.importing(modules.relevant.iter().copied().filter(makes));
        Self { linking, seeing, given: RwLock::default() }
    }

    /// Whether a module imports a framework, directly or through others.
    pub fn is_seeing(&self, module: ModuleId) -> bool {
        self.seeing.contains(&module)
    }

    /// Whether code in a scope can get hold of a web object.
    pub fn reaches(&self, module: ModuleId, scope: Scope) -> bool {
        let around = self.linking.modules.get(module).enclosing_function(scope);
        self.is_seeing(module) || around.is_some_and(|id| self.is_given(module, id, MAX_DEPTH))
    }

    /// Whether the callers of a function can hand it one.
    fn is_given(&self, module: ModuleId, id: FunctionId, depth: u32) -> bool {
        let known = self.given.read().ok().and_then(|given| given.get(&(module, id, depth)).copied());
        if let Some(known) = known {
            return known;
        }
        let lowered = self.linking.modules.get(module);
        let function = lowered.function(id);
        let name = match function.parent {
            Scope::Class(class) if &*function.name == "__init__" => &lowered.class(class).name,
            _ => &function.name,
        };
        let outer = lowered.enclosing_function(function.parent);
        let gives = |site: &Site| {
            let caller = || self.linking.modules.get(site.module).enclosing_function(site.scope);
            self.is_seeing(site.module)
                || (depth > 0 && caller().is_some_and(|caller| self.is_given(site.module, caller, depth - 1)))
        };
        let given = outer.is_some_and(|outer| depth > 0 && self.is_given(module, outer, depth - 1))
            || self.linking.sites.of(name, 4 * MAX_CALLS).iter().any(gives);
        if let Ok(mut known) = self.given.write() {
            known.insert((module, id, depth), given);
        }
        given
    }
}
