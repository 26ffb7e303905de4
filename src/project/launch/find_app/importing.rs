//! What a process imports, and what that raises.

use super::{Place, Process, Raised, Symbol};
use crate::project::launch::Lookup;
use crate::python::ir::{BindingKind, ImportedModule, Module};
use crate::python::{ModuleId, Value, ValueKind};

impl Process<'_> {
    /// `import dotted`
    pub(super) fn import(&mut self, dotted: &str) -> Result<Place, Raised> {
        let missing = || Raised::ImportError(Lookup::NoModule(dotted.to_owned()));
        if dotted.starts_with('.') {
            // Not an `ImportError`: a name that is relative to nothing.
            return Err(Raised::AttributeError(Lookup::NoModule(dotted.to_owned())));
        }
        let mut path = self.root.to_owned();
        let mut found: Option<Place> = None;
        for part in dotted.split('.') {
            let below_module = found.as_ref().is_some_and(|place| !self.is_package(place));
            if below_module || part.is_empty() || part.contains('/') {
                return Err(missing());
            }
            path = if path.is_empty() { part.to_owned() } else { format!("{path}/{part}") };
            let place = self.place_at(&path)?.ok_or_else(missing)?;
            self.run(&place)?;
            self.attached.insert(path.clone());
            found = Some(place);
        }
        found.ok_or_else(missing)
    }

    pub(super) fn below(&self, name: &str) -> String {
        if self.root.is_empty() { name.to_owned() } else { format!("{}/{name}", self.root) }
    }

    pub(super) fn file(&self, path: &str) -> Option<ModuleId> {
        let file = self.linking.sources.by_path(&format!("{path}.py"))?;
        self.linking.modules.of_file(file.id)
    }

    /// The module or package at a path without `.py`.
    pub(super) fn place_at(&self, path: &str) -> Result<Option<Place>, Raised> {
        let sources = self.linking.sources;
        let file = sources.by_path(&format!("{path}/__init__.py")).or_else(|| sources.by_path(&format!("{path}.py")));
        match file {
            Some(file) => match self.linking.modules.of_file(file.id) {
                Some(id) => Ok(Some(Place::Module(id))),
                None => Err(Raised::Unknown),
            },
            None => Ok(self.linking.modules.is_directory(path).then(|| Place::Namespace(path.to_owned()))),
        }
    }

    pub(super) fn is_package(&self, place: &Place) -> bool {
        match place {
            Place::Module(id) => self.linking.modules.is_package(*id),
            Place::Namespace(_) => true,
            Place::Outside(path) => path == "celery",
        }
    }

    /// Runs a module, once: the imports that it surely makes, in order.
    fn run(&mut self, place: &Place) -> Result<(), Raised> {
        let Place::Module(id) = place else { return Ok(()) };
        if let Some(ran) = self.ran.get(id) {
            return ran.clone().map_or(Ok(()), |failed| Err(Raised::ImportError(failed)));
        }
        if self.budget == 0 {
            self.open = true;
            return Ok(());
        }
        self.budget -= 1;
        self.ran.insert(*id, None);
        self.running.insert(*id);
        let done = self.run_imports(*id);
        self.running.remove(id);
        match done {
            Err(Raised::ImportError(lookup)) => {
                let failed = Lookup::Broken(name_of(&lookup));
                self.ran.insert(*id, Some(failed.clone()));
                Err(Raised::ImportError(failed))
            }
            other => other,
        }
    }

    fn run_imports(&mut self, id: ModuleId) -> Result<(), Raised> {
        let module = self.linking.modules.get(id);
        let sure = statements(module);
        let text = self.linking.modules.text(id);
        self.open |= sure.len() < module.imports.len() || text.contains("import_module");
        self.asks_current_app |= text.contains("current_app");
        sure.into_iter().try_for_each(|(module, name)| self.run_import(id, module, name))
    }

    fn run_import(&mut self, id: ModuleId, import: &ImportedModule, name: Option<&str>) -> Result<(), Raised> {
        let Some(dotted) = self.absolute(id, import) else { return Ok(()) };
        let place = match self.import_any(&dotted)? {
            Place::Outside(_) => return Ok(()),
            place => place,
        };
        // Before Python 3.7, `import a.b as c` fails while `a.b` is still running.
        let renamed = name.is_none() && !import.binds_top && import.name.contains('.');
        match name {
            None if renamed && matches!(&place, Place::Module(id) if self.running.contains(id)) => Err(Raised::Unknown),
            None => Ok(()),
            Some("*") => self.take_all(&place),
            Some(name) => self.take(id, &dotted, &place, name),
        }
    }

    /// `from place import *`: what `__all__` lists has to be there.
    fn take_all(&self, place: &Place) -> Result<(), Raised> {
        let Place::Module(id) = place else { return Ok(()) };
        let listed =
            self.linking.modules.get(*id).scope.names.get("__all__").and_then(|_| self.eval.global(*id, "__all__"));
        let Some(ValueKind::List { items, .. }) = listed.map(|listed| listed.kind) else { return Ok(()) };
        let there = |name: &Value| {
            name.as_literal().is_none_or(
                |name| matches!(self.attribute(place, &name), Some(found) if !matches!(found, Symbol::Perhaps)),
            )
        };
        // A name that is not bound may be a module that is imported then.
        if items.iter().all(there) { Ok(()) } else { Err(Raised::Unknown) }
    }

    /// `from dotted import name`
    fn take(&mut self, by: ModuleId, dotted: &str, place: &Place, name: &str) -> Result<(), Raised> {
        let bound = match place {
            // `from . import tasks` in the package itself binds the name that it looks for.
            Place::Module(inner) if *inner != by || self.has_otherwise(by, name) => {
                self.bound(*inner, name).map(|symbol| (symbol, self.running.contains(inner)))
            }
            _ => None,
        };
        match bound {
            // Of a module that is still running, it may not be there yet.
            Some((Symbol::Perhaps, _) | (_, true)) => return Err(Raised::Unknown),
            Some(_) => return Ok(()),
            None => {}
        }
        if !self.is_package(place) {
            return Err(Raised::ImportError(Lookup::NoAttribute { module: dotted.to_owned(), name: name.to_owned() }));
        }
        self.import(&format!("{dotted}.{name}")).map(drop)
    }

    /// An import that may lead out of the project.
    fn import_any(&mut self, dotted: &str) -> Result<Place, Raised> {
        let top = dotted.split('.').next().unwrap_or_default();
        if self.place_at(&self.below(top))?.is_some() {
            return self.import(dotted);
        }
        match (self.outside)(top) {
            true => Ok(Place::Outside(dotted.to_owned())),
            false => Err(Raised::ImportError(Lookup::NoModule(dotted.to_owned()))),
        }
    }

    /// The dotted name, from the root, of what an import names. None when it lies outside the root.
    pub(super) fn absolute(&self, from: ModuleId, import: &ImportedModule) -> Option<String> {
        if import.level == 0 {
            return Some(import.name.to_string());
        }
        let path = self.linking.modules.path(from).strip_prefix(self.root)?.trim_start_matches('/');
        let mut parts: Vec<&str> = path.split('/').collect();
        for _ in 0..import.level {
            parts.pop()?;
        }
        parts.extend(import.name.split('.').filter(|part| !part.is_empty()));
        (!parts.is_empty()).then(|| parts.join("."))
    }
}

/// The imports of a module that surely happen, in order: module, and the name that is taken from it.
fn statements(module: &Module) -> Vec<(&ImportedModule, Option<&str>)> {
    let bindings = module.scope.names.values().flatten().filter(|binding| !binding.conditional);
    let named = bindings.filter_map(|binding| match &binding.kind {
        BindingKind::Import(module) => Some((binding.at.start, &**module, None)),
        BindingKind::ImportFrom { module, name } => Some((binding.at.start, &**module, Some(&**name))),
        _ => None,
    });
    let stars = module.imports.iter().filter(|import| import.name.as_deref() == Some("*") && !import.guarded);
    let stars = stars.map(|import| (import.statement.start, &*import.module, import.name.as_deref()));
    let mut found: Vec<(u32, &ImportedModule, Option<&str>)> = named.chain(stars).collect();
    found.sort_by_key(|(at, module, name)| (*at, &*module.name, *name));
    found.into_iter().map(|(_, module, name)| (module, name)).collect()
}

fn name_of(lookup: &Lookup) -> String {
    match lookup {
        Lookup::NoModule(name) | Lookup::Broken(name) => name.clone(),
        Lookup::NoAttribute { module, name } => format!("{module}.{name}"),
        _ => String::new(),
    }
}
