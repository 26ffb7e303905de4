//! The modules of the project and how imports find them.

pub mod edges;
mod resolve;
mod roots;
pub mod scan;
mod store;
mod well_known;

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::ir::{ClassId, FunctionId, Module, Name};
use crate::source::{FileId, Sources};
use edges::Edges;
use roots::Votes;
pub use store::Store;

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
    use super::well_known::WELL_KNOWN;

    #[test]
    fn well_known_names_are_sorted_for_the_binary_search() {
        assert!(WELL_KNOWN.is_sorted());
    }
}
