//! Which modules run when others are imported.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::link::{Linking, is_test_path};
use crate::python::ir::*;
use crate::python::modules::scan;
use crate::python::{Eval, ModuleId, Modules, Ref};

/// The import graph, asked module by module.
pub struct Imports<'i> {
    modules: &'i Modules<'i>,
    packages: FxHashMap<&'i str, ModuleId>,
    edges: FxHashMap<ModuleId, Vec<ModuleId>>,
}

/// Files that start something else: what they import runs together.
const STARTERS: &[&str] = &[
    "__init__",
    "__main__",
    "api",
    "app",
    "application",
    "asgi",
    "autoapp",
    "index",
    "main",
    "manage",
    "run",
    "serve",
    "server",
    "start",
    "web",
    "wsgi",
];

impl<'i> Imports<'i> {
    pub fn new(linking: &'i Linking<'i>) -> Self {
        let modules = linking.modules;
        let inits = (0..modules.len()).filter_map(|id| {
            let path = modules.path(id);
            Some((path.strip_suffix("__init__.py")?.trim_end_matches('/'), id))
        });
        Self { modules, packages: inits.collect(), edges: FxHashMap::default() }
    }

    /// All modules that run when those are imported, themselves included.
    pub fn closure(&mut self, eval: &Eval, roots: impl IntoIterator<Item = ModuleId>) -> FxHashSet<ModuleId> {
        let mut found: FxHashSet<ModuleId> = FxHashSet::default();
        let mut open: Vec<ModuleId> = roots.into_iter().collect();
        while let Some(id) = open.pop() {
            if !found.insert(id) {
                continue;
            }
            open.extend(self.packages_of(id));
            open.extend(self.imported(eval, id));
        }
        found
    }

    /// The modules that run with an application made in `home`: what it imports, and what the files that start it import.
    pub fn running(&mut self, eval: &Eval, home: ModuleId) -> FxHashSet<ModuleId> {
        let mut found = self.closure(eval, [home]);
        for id in 0..self.modules.len() {
            let name = self.modules.path(id).rsplit('/').next().unwrap_or_default();
            let stem = name.strip_suffix(".py").unwrap_or(name);
            let starts = STARTERS.contains(&stem) && !is_test_path(self.modules.path(id));
            if starts && !found.contains(&id) && self.imported(eval, id).contains(&home) {
                found.extend(self.closure(eval, [id]));
            }
        }
        found
    }

    /// The packages around a module, which run before it.
    pub fn packages_of(&self, id: ModuleId) -> Vec<ModuleId> {
        let mut dir = self.modules.path(id);
        let mut found = Vec::new();
        while let Some((parent, _)) = dir.rsplit_once('/') {
            match self.packages.get(parent) {
                Some(init) => found.push(*init),
                None => break,
            }
            dir = parent;
        }
        found
    }

    /// The modules that a module imports, at its top and in its functions.
    pub fn imported(&mut self, eval: &Eval, id: ModuleId) -> Vec<ModuleId> {
        if let Some(known) = self.edges.get(&id) {
            return known.clone();
        }
        let mut found = Vec::new();
        if self.modules.is_relevant(id) {
            let module = self.modules.get(id);
            let functions = module.functions.iter().map(|function| &function.scope);
            let classes = module.classes.iter().map(|class| &class.scope);
            for scope in std::iter::once(&module.scope).chain(functions).chain(classes) {
                self.of_scope(id, scope, &mut found);
            }
            self.by_name(eval, id, &mut found);
        } else {
            // Nobody else wants to know more of it: its text tells what it imports.
            self.of_text(id, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        self.edges.insert(id, found.clone());
        found
    }

    fn of_text(&self, id: ModuleId, found: &mut Vec<ModuleId>) {
        let mut push = |to: Ref| {
            if let Ref::Module(module) = to {
                found.push(module);
            }
        };
        for import in scan::imports(self.modules.text(id)) {
            let ends = import.module.match_indices('.').map(|(end, _)| end).chain([import.module.len()]);
            if import.level == 0 && import.names.is_empty() {
                ends.for_each(|end| push(self.modules.find(id, 0, &import.module[..end])));
                continue;
            }
            let from = self.modules.find(id, import.level, import.module);
            import.names.iter().filter_map(|name| self.modules.child(&from, name)).for_each(&mut push);
            push(from);
        }
    }

    fn of_scope(&self, id: ModuleId, scope: &ScopeBindings, found: &mut Vec<ModuleId>) {
        let mut push = |to: &Ref| {
            if let Ref::Module(module) = to {
                found.push(*module);
            }
        };
        for star in &scope.stars {
            push(&self.modules.resolve(id, star));
        }
        for binding in scope.names.values().flatten() {
            match &binding.kind {
                BindingKind::Import(import) => {
                    let parts: Vec<&str> = import.name.split('.').collect();
                    for end in 1..=parts.len() {
                        let name = parts[..end].join(".").into();
                        push(
                            &self.modules.resolve(id, &ImportedModule { level: import.level, name, binds_top: false }),
                        );
                    }
                }
                BindingKind::ImportFrom { module, name } => {
                    let from = self.modules.resolve(id, module);
                    push(&from);
                    if let Some(child) = self.modules.child(&from, name) {
                        push(&child);
                    }
                }
                _ => {}
            }
        }
    }

    /// `importlib.import_module("…")` and settings that name modules.
    fn by_name(&self, eval: &Eval, id: ModuleId, found: &mut Vec<ModuleId>) {
        let module = self.modules.get(id);
        for fact in &module.calls {
            let Some(call) = module.call(fact.call) else { continue };
            let Some(last) = module.last_name(call.func) else { continue };
            if !matches!(&**last, "import_module" | "__import__" | "import_string") {
                continue;
            }
            let Some(argument) = call.positional().next() else { continue };
            let value = eval.expr(id, fact.context.scope, argument.value);
            for dotted in value.alternatives().iter().filter_map(|value| value.as_literal()) {
                let import = match dotted.trim_start_matches('.') {
                    name if name.len() == dotted.len() => {
                        ImportedModule { level: 0, name: name.into(), binds_top: false }
                    }
                    name => ImportedModule {
                        level: (dotted.len() - name.len()) as u32,
                        name: name.into(),
                        binds_top: false,
                    },
                };
                if let Ref::Module(target) = self.modules.resolve(id, &import) {
                    found.push(target);
                }
            }
        }
    }
}
