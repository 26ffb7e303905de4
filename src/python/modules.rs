//! The modules of the project and how imports find them.

pub mod edges;
mod roots;
pub mod scan;
mod store;
mod well_known;

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ir::{BindingKind, ClassId, FunctionId, ImportedModule, Module, Name, ScopeBindings};
use crate::source::{FileId, Sources};
use edges::Edges;
use roots::Votes;
pub use store::Store;
use well_known::WELL_KNOWN;

/// The place of a Python file among those of the run, in file order.
pub type ModuleId = usize;

/// What a name in Python code refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ref {
    Module(ModuleId),
    /// A package without a file of its own (a directory), by its path from the root of the run.
    Namespace(String),
    Function(ModuleId, FunctionId),
    Class(ModuleId, ClassId),
    /// Something outside the project, by its dotted path (`celery.Celery`, `os.environ`, `print`).
    External(String),
}

impl Ref {
    pub fn external(&self) -> Option<&str> {
        match self {
            Self::External(path) => Some(path),
            _ => None,
        }
    }
}

/// What the imports of a module name: leading dots, name, target; sorted.
type Imports = Vec<(u32, Name, Ref)>;

/// All modules, with what import resolution needs to know about their paths. A module is lowered when it is asked for.
#[derive(Debug)]
pub struct Modules<'a> {
    store: &'a Store,
    pub sources: &'a Sources,
    /// The modules that are looked at by themselves, in order; others only when one of these leads to them.
    pub relevant: Vec<ModuleId>,
    /// Modules that have nothing to do with the project, sorted: nobody leads to them.
    pub outside: Vec<ModuleId>,
    /// Modules of other distributions that the project imports, sorted.
    pub libraries: Vec<ModuleId>,
    /// Path without `.py` and `/__init__`, split at `/`, by module.
    parts: Vec<Vec<&'a str>>,
    by_last: FxHashMap<&'a str, Vec<ModuleId>>,
    packages: FxHashSet<&'a str>,
    directories: FxHashSet<&'a str>,
    /// Packages that hold a `manage.py`: Python imports from there all the same.
    started: FxHashSet<&'a str>,
    /// What the imports of each module name, by leading dots and name.
    imports: Vec<OnceLock<Imports>>,
    /// What the text of each module imports.
    pub edges: Vec<Edges<'a>>,
    /// The dotted name of each module, from its import root.
    names: Vec<String>,
}

impl<'a> Modules<'a> {
    /// All of them relevant at first.
    pub fn new(store: &'a Store, sources: &'a Sources) -> Self {
        let mut modules = Self {
            store,
            sources,
            relevant: (0..store.len()).collect(),
            outside: Vec::new(),
            libraries: Vec::new(),
            parts: Vec::with_capacity(store.len()),
            by_last: FxHashMap::default(),
            packages: FxHashSet::default(),
            directories: FxHashSet::default(),
            started: FxHashSet::default(),
            imports: (0..store.len()).map(|_| OnceLock::new()).collect(),
            edges: Vec::new(),
            names: Vec::new(),
        };
        for id in 0..store.len() {
            let file = sources.get(store.file(id));
            let mut parts: Vec<&str> = file.path.split('/').collect();
            if let Some(last) = parts.last_mut() {
                *last = last.rsplit_once('.').map_or(*last, |(stem, _)| stem);
            }
            let mut dir = file.dir();
            if parts.last() == Some(&"manage") {
                modules.started.insert(dir);
            }
            if parts.last() == Some(&"__init__") {
                parts.pop();
                modules.packages.insert(dir);
                dir = parent(dir);
            }
            while !dir.is_empty() && modules.directories.insert(dir) {
                dir = parent(dir);
            }
            if let Some(last) = parts.last() {
                modules.by_last.entry(last).or_default().push(id);
            }
            modules.parts.push(parts);
        }
        modules.edges = edges::of_all(&modules);
        let votes = Votes::count(&modules, &modules.edges);
        modules.names = (0..store.len()).into_par_iter().map(|id| votes.name(&modules, id)).collect();
        modules
    }

    /// How many modules there are.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    pub fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// Whether a module is looked at by itself.
    pub fn is_relevant(&self, id: ModuleId) -> bool {
        self.relevant.binary_search(&id).is_ok()
    }

    /// Whether a module is one of another distribution: it knows nothing of the project, whose functions it calls by no name.
    pub fn is_library(&self, id: ModuleId) -> bool {
        self.libraries.binary_search(&id).is_ok()
    }

    /// The modules of the project that are not looked at by themselves.
    pub fn others(&self) -> impl Iterator<Item = ModuleId> {
        (0..self.len()).filter(|id| !self.is_relevant(*id) && self.outside.binary_search(id).is_err())
    }

    /// Those modules and the ones that import them, directly or through others.
    pub fn importing(&self, of: impl IntoIterator<Item = ModuleId>) -> FxHashSet<ModuleId> {
        let mut open: Vec<ModuleId> = of.into_iter().collect();
        let mut found: FxHashSet<ModuleId> = open.iter().copied().collect();
        if found.is_empty() {
            return found;
        }
        let mut by_target: FxHashMap<ModuleId, Vec<ModuleId>> = FxHashMap::default();
        for (id, edges) in self.edges.iter().enumerate() {
            for target in &edges.targets {
                by_target.entry(*target).or_default().push(id);
            }
        }
        while let Some(next) = open.pop() {
            let new = by_target.get(&next).into_iter().flatten().filter(|id| found.insert(**id));
            open.extend(new);
        }
        found
    }

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

    pub fn get(&self, id: ModuleId) -> &'a Module {
        self.store.get(self.sources, id)
    }

    pub fn path(&self, id: ModuleId) -> &'a str {
        self.sources.path(self.store.file(id))
    }

    pub fn file(&self, id: ModuleId) -> FileId {
        self.store.file(id)
    }

    /// The module of a file; none when it is not Python.
    pub fn of_file(&self, file: FileId) -> Option<ModuleId> {
        self.store.of_file(file)
    }

    pub fn text(&self, id: ModuleId) -> &'a str {
        &self.sources.get(self.store.file(id)).text
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

    /// Whether a module or directory has that dotted name from any root whatsoever, likely or not.
    pub fn is_somewhere(&self, dotted: &str) -> bool {
        let wanted: Vec<&str> = dotted.split('.').collect();
        let modules = wanted.last().and_then(|last| self.by_last.get(last)).map_or(&[][..], Vec::as_slice);
        let path = wanted.join("/");
        let ends =
            |directory: &str| directory.strip_suffix(&*path).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        modules.iter().any(|id| self.parts[*id].ends_with(&wanted)) || self.directories.iter().any(|it| ends(it))
    }

    /// Whether a module is the `__init__` of a package.
    pub fn is_package(&self, id: ModuleId) -> bool {
        self.path(id).ends_with("__init__.py")
    }

    /// Whether there is a Python module in or below a directory that is no package.
    pub fn is_directory(&self, path: &str) -> bool {
        self.directories.contains(path)
    }

    /// The path of the first `depth` parts of a module's path.
    fn prefix(&self, id: ModuleId, depth: usize) -> &'a str {
        let length: usize = self.parts[id].iter().take(depth).map(|part| part.len() + 1).sum();
        self.path(id).get(..length.saturating_sub(1)).unwrap_or_default()
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

    /// The dotted name of a module from its import root (see [`roots`]). `roots` (directories, longest match wins) overrule.
    pub fn dotted(&self, id: ModuleId, roots: &[String]) -> String {
        let known = roots.iter().filter(|root| is_below(self.path(id), root)).map(|root| depth(root)).max();
        known.map_or_else(|| self.names[id].clone(), |root| self.name_from(id, root))
    }

    /// The dotted names that a module has from every directory above it, the longest first.
    pub fn all_names(&self, id: ModuleId) -> impl Iterator<Item = String> {
        (0..self.parts[id].len()).map(move |root| self.name_from(id, root))
    }

    /// The dotted name from the root that is that many directories deep.
    fn name_from(&self, id: ModuleId, root: usize) -> String {
        let parts = &self.parts[id];
        parts[root.min(parts.len())..].join(".")
    }

    /// How deep the first directory upward is that is no package.
    fn package_root(&self, id: ModuleId) -> usize {
        let parts = self.parts[id].len();
        let mut depth = if self.is_package(id) { parts } else { parts.saturating_sub(1) };
        while depth > 0 && self.packages.contains(self.prefix(id, depth)) {
            depth -= 1;
        }
        depth
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

fn parent(dir: &str) -> &str {
    dir.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn depth(root: &str) -> usize {
    root.split('/').filter(|part| !part.is_empty()).count()
}

/// Whether `path` lies in the directory `root` (empty: everywhere).
pub fn is_below(path: &str, root: &str) -> bool {
    root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_names_are_sorted_for_the_binary_search() {
        assert!(WELL_KNOWN.is_sorted());
    }
}
