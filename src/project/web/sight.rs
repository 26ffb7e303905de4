//! Where a web object can be at all: in modules that import a framework, in those that import them, and in functions that
//! one of them calls. Names and imports tell, before anything is evaluated.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::kinds;
use super::scan::{MAX_CALLS, MAX_DEPTH};
use super::sites::imports_package;
use crate::project::link::Linking;
use crate::python::ir::*;
use crate::python::{ModuleId, Site};

pub struct Sight {
    /// The modules that import a framework, directly or through others.
    seeing: FxHashSet<ModuleId>,
}

impl Sight {
    pub fn new(linking: &Linking) -> Self {
        let modules = linking.modules;
        let makes = |id: &ModuleId| imports_package(modules.get(*id), kinds::is_object_package);
        let makers = modules.relevant.iter().copied().filter(makes);
        Self { seeing: modules.importing(makers) }
    }

    /// Whether a module imports a framework, directly or through others.
    pub fn is_seeing(&self, module: ModuleId) -> bool {
        self.seeing.contains(&module)
    }
}

/// The same for the functions of one module, with what is known of those that lead to them.
pub struct Reach<'r> {
    linking: &'r Linking<'r>,
    sight: &'r Sight,
    known: RefCell<FxHashMap<(ModuleId, FunctionId, u32), bool>>,
}

impl<'r> Reach<'r> {
    pub fn new(linking: &'r Linking<'r>, sight: &'r Sight) -> Self {
        Self { linking, sight, known: RefCell::default() }
    }

    /// Whether code in a scope can get hold of a web object.
    pub fn contains(&self, module: ModuleId, scope: Scope) -> bool {
        let around = self.linking.modules.get(module).enclosing_function(scope);
        self.sight.is_seeing(module) || around.is_some_and(|id| self.is_given(module, id, MAX_DEPTH))
    }

    /// Whether the callers of a function can hand it one.
    fn is_given(&self, module: ModuleId, id: FunctionId, depth: u32) -> bool {
        if let Some(known) = self.known.borrow().get(&(module, id, depth)) {
            return *known;
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
            self.sight.is_seeing(site.module)
                || (depth > 0 && caller().is_some_and(|caller| self.is_given(site.module, caller, depth - 1)))
        };
        let given = outer.is_some_and(|outer| depth > 0 && self.is_given(module, outer, depth - 1))
            || self.linking.sites.of(name, 4 * MAX_CALLS).iter().any(gives);
        self.known.borrow_mut().insert((module, id, depth), given);
        given
    }
}
