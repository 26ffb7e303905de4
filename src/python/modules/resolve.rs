//! What imports name.

use super::well_known::WELL_KNOWN;
use super::{Imports, ModuleId, Modules, Ref};
use crate::python::ir::{BindingKind, ImportedModule, Name, ScopeBindings};

impl Modules<'_> {
    /// Resolves every import of a module.
    fn imports_of(&self, id: ModuleId) -> Imports {
        let module = self.get(id);
        let functions = module.functions.iter().map(|function| &function.scope);
        let classes = module.classes.iter().map(|class| &class.scope);
        let mut names: Vec<(u32, &str)> = Vec::new();
        for import in std::iter::once(&module.scope).chain(functions).chain(classes).flat_map(imports_in) {
            names.push((import.level, &import.name));
            if import.binds_top {
                names.push((import.level, import.name.split('.').next().unwrap_or_default()));
            }
        }
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(|(level, name)| (level, Name::from(name), self.find(id, level, name))).collect()
    }

    /// What `import` names, seen from a module.
    pub fn resolve(&self, from: ModuleId, import: &ImportedModule) -> Ref {
        let imports = self.imports.get(from).map(|imports| imports.get_or_init(|| self.imports_of(from)));
        let known = imports.and_then(|imports| {
            let wanted = (import.level, &*import.name);
            let at = imports.binary_search_by(|(level, name, _)| (*level, &**name).cmp(&wanted)).ok()?;
            imports.get(at).map(|(_, _, target)| target)
        });
        known.cloned().unwrap_or_else(|| self.find(from, import.level, &import.name))
    }

    /// What an import names, by its leading dots and name.
    pub fn find(&self, from: ModuleId, level: u32, name: &str) -> Ref {
        if level > 0 { self.resolve_relative(from, level, name) } else { self.resolve_absolute(from, name) }
    }

    fn resolve_relative(&self, from: ModuleId, level: u32, name: &str) -> Ref {
        let own = &self.parts[from];
        let up = level as usize - usize::from(self.is_package(from));
        if up > own.len() {
            return Ref::External(format!(".{name}"));
        }
        let mut target: Vec<&str> = own[..own.len() - up].to_vec();
        target.extend(name.split('.').filter(|part| !part.is_empty()));
        self.at_path(&target).unwrap_or_else(|| Ref::External(format!(".{name}")))
    }

    /// The module or directory at exactly that path.
    fn at_path(&self, target: &[&str]) -> Option<Ref> {
        let found = target
            .last()
            .and_then(|last| self.by_last.get(last))
            .and_then(|candidates| candidates.iter().copied().find(|id| self.parts[*id] == target));
        if let Some(id) = found {
            return Some(Ref::Module(id));
        }
        let path = target.join("/");
        (path.is_empty() || self.directories.contains(path.as_str())).then_some(Ref::Namespace(path))
    }

    fn resolve_absolute(&self, from: ModuleId, name: &str) -> Ref {
        let wanted: Vec<&str> = name.split('.').collect();
        let external = || Ref::External(name.to_owned());
        let Some(last) = wanted.last() else { return external() };
        let candidates = self.by_last.get(last).map_or(&[][..], Vec::as_slice);
        let own = &self.parts[from];
        let best = candidates
            .iter()
            .copied()
            .filter(|id| self.parts[*id].ends_with(&wanted))
            .filter(|id| self.may_be_root(&wanted, *id))
            .max_by_key(|id| self.nearness(own, &self.parts[*id], wanted.len()));
        if let Some(id) = best {
            let rooted = self.nearness(own, &self.parts[id], wanted.len()).0;
            if rooted || candidates.iter().filter(|other| self.parts[**other].ends_with(&wanted)).count() == 1 {
                return Ref::Module(id);
            }
            return external();
        }
        self.inside_package(own, &wanted, candidates).or_else(|| self.namespace(own, &wanted)).unwrap_or_else(external)
    }

    /// Whether the directory above the first wanted part can be an import root: it is no package itself, and a lone
    /// module does not hide a well-known library.
    fn may_be_root(&self, wanted: &[&str], id: ModuleId) -> bool {
        let depth = self.parts[id].len() - wanted.len();
        if WELL_KNOWN.binary_search(&wanted[0]).is_ok() && !self.packages.contains(self.prefix(id, depth + 1)) {
            return false;
        }
        let root = self.prefix(id, depth);
        depth == 0 || !self.packages.contains(root) || self.started.contains(root)
    }

    /// A package may be run from inside all the same (`backend/__init__.py` beside `backend/manage.py`).
    fn inside_package(&self, own: &[&str], wanted: &[&str], candidates: &[ModuleId]) -> Option<Ref> {
        let holds = |id: &&ModuleId| {
            let parts = &self.parts[**id];
            parts.ends_with(wanted) && own.starts_with(&parts[..parts.len() - wanted.len()])
        };
        if wanted.len() < 2 || WELL_KNOWN.binary_search(&wanted[0]).is_ok() {
            return None;
        }
        candidates.iter().filter(holds).max_by_key(|id| self.parts[**id].len()).map(|id| Ref::Module(*id))
    }

    /// How likely a candidate is meant: its root holds the importing file, and the deeper that root the better; a
    /// `src` folder beside counts as well.
    fn nearness(&self, own: &[&str], candidate: &[&str], wanted: usize) -> (bool, usize) {
        let root = &candidate[..candidate.len() - wanted];
        let holds = own.starts_with(root);
        let source_root = root.last().is_some_and(|last| matches!(*last, "src" | "app" | "backend" | "lib"))
            && own.starts_with(&root[..root.len() - 1]);
        let common = own.iter().zip(candidate).take_while(|(a, b)| a == b).count();
        (holds || source_root, common)
    }

    /// A directory without `__init__.py`. The directory of a package is no root for a lone name: `import sendgrid` in
    /// `plugins/sendgrid/tasks.py` is the library.
    fn namespace(&self, own: &[&str], wanted: &[&str]) -> Option<Ref> {
        if WELL_KNOWN.binary_search(&wanted[0]).is_ok() {
            return None;
        }
        (0..=own.len().saturating_sub(1)).rev().find_map(|depth| {
            if wanted.len() == 1 && self.packages.contains(own[..depth].join("/").as_str()) {
                return None;
            }
            let path = own[..depth].iter().chain(wanted).copied().collect::<Vec<_>>().join("/");
            self.directories.contains(path.as_str()).then_some(Ref::Namespace(path))
        })
    }

    /// A sub-module or sub-package of a package.
    pub fn child(&self, of: &Ref, name: &str) -> Option<Ref> {
        let mut target: Vec<&str> = match of {
            Ref::Module(id) if self.is_package(*id) => self.parts[*id].clone(),
            Ref::Namespace(path) => path.split('/').filter(|part| !part.is_empty()).collect(),
            _ => return None,
        };
        target.push(name);
        self.at_path(&target)
    }

    /// A module by its dotted name, seen from the root of the run (`config_from_object("proj.celeryconfig")`).
    pub fn by_dotted(&self, from: ModuleId, dotted: &str) -> Option<ModuleId> {
        let import = ImportedModule { level: 0, name: dotted.into(), binds_top: false };
        match self.resolve(from, &import) {
            Ref::Module(id) => Some(id),
            _ => None,
        }
    }
}

/// The modules that the imports of a scope name.
fn imports_in(scope: &ScopeBindings) -> impl Iterator<Item = &ImportedModule> {
    let bound = scope.names.values().flatten().filter_map(|binding| match &binding.kind {
        BindingKind::Import(module) | BindingKind::ImportFrom { module, .. } => Some(&**module),
        _ => None,
    });
    bound.chain(scope.stars.iter().map(|module| &**module))
}
