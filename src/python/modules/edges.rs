//! What imports what, as far as the text tells: asked of every file of a project, to know its import roots and which
//! modules can have to do with one another.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::scan::{TextImport, imports};
use super::{ModuleId, Modules, Ref};

/// How many modules are followed through `import *`.
const MAX_STARRED: usize = 50;

/// What the imports of one module lead to.
#[derive(Debug, Default)]
pub struct Edges<'a> {
    /// The modules of the project, sorted.
    pub targets: Vec<ModuleId>,
    /// Those of them whose names are all taken (`from x import *`).
    stars: Vec<ModuleId>,
    /// What is named absolutely, each once.
    pub(super) named: Vec<(&'a str, ModuleId)>,
}

/// The imports of every module.
pub fn of_all<'a>(modules: &Modules<'a>) -> Vec<Edges<'a>> {
    let mut all: Vec<Edges> = (0..modules.len()).into_par_iter().map(|id| of(modules, id)).collect();
    let starred: Vec<(ModuleId, Vec<ModuleId>)> = (0..all.len())
        .into_par_iter()
        .filter(|id| all[*id].targets.iter().any(|target| !all[*target].stars.is_empty()))
        .map(|id| (id, behind_stars(&all, id)))
        .collect();
    for (id, more) in starred {
        all[id].targets.extend(more);
        all[id].targets.sort_unstable();
        all[id].targets.dedup();
    }
    all
}

fn of<'a>(modules: &Modules<'a>, id: ModuleId) -> Edges<'a> {
    let mut edges = Edges::default();
    let mut found = imports(modules.text(id));
    found.sort_unstable_by(|a, b| (a.level, a.module, &a.names).cmp(&(b.level, b.module, &b.names)));
    let mut known: Option<(u32, &str, Ref)> = None;
    for import in &found {
        let target = match known.take().filter(|(level, name, _)| (*level, *name) == (import.level, import.module)) {
            Some((_, _, target)) => target,
            None => {
                let target = modules.find(id, import.level, import.module);
                if let (Ref::Module(target), 0) = (&target, import.level) {
                    edges.named.push((import.module, *target));
                }
                target
            }
        };
        edges.add(modules, import, &target);
        known = Some((import.level, import.module, target));
        let top = import.module.split('.').next().filter(|top| import.is_whole() && *top != import.module);
        if let Some((top, Ref::Module(target))) = top.map(|top| (top, modules.find(id, 0, top))) {
            edges.named.push((top, target));
            edges.targets.push(target);
        }
    }
    for list in [&mut edges.targets, &mut edges.stars] {
        list.sort_unstable();
        list.dedup();
    }
    edges.named.sort_unstable();
    edges.named.dedup();
    edges
}

impl Edges<'_> {
    fn add(&mut self, modules: &Modules, import: &TextImport, target: &Ref) {
        if let Ref::Module(target) = target {
            self.targets.push(*target);
            if import.is_star {
                self.stars.push(*target);
            }
        }
        for name in &import.names {
            if let Some(Ref::Module(child)) = modules.child(target, name) {
                self.targets.push(child);
            }
        }
    }
}

/// The modules whose names a module's own targets pass on by `import *`.
fn behind_stars(all: &[Edges], id: ModuleId) -> Vec<ModuleId> {
    let mut seen: FxHashSet<ModuleId> = FxHashSet::default();
    let mut open: Vec<ModuleId> =
        all[id].targets.iter().flat_map(|target| all[*target].stars.iter().copied()).collect();
    while let Some(next) = open.pop().filter(|_| seen.len() < MAX_STARRED) {
        if seen.insert(next) {
            open.extend(&all[next].stars);
        }
    }
    seen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::python::{Modules, Store};
    use crate::source::{FileKind, SourceFile, Sources};

    #[test]
    fn imports_of_all_forms_lead_to_modules() {
        let files = [
            ("p/__init__.py", "from .env import *"),
            ("p/env.py", "from .deep import *"),
            ("p/deep.py", "import os"),
            ("p/sub/__init__.py", ""),
            ("p/sub/one.py", "from p import deep\nfrom .. import sub"),
            ("use.py", "import p.sub.one\nfrom p import env, nothing\nimport celery"),
        ];
        let sources =
            files.iter().map(|(path, text)| SourceFile::new(*path, FileKind::Python, *text)).collect::<Vec<_>>();
        let sources = Sources::new("/nowhere".into(), None, sources);
        let store = Store::new(&sources);
        let modules = Modules::new(&store, &sources);
        let shown =
            |id: usize| -> Vec<&str> { modules.edges[id].targets.iter().map(|target| modules.path(*target)).collect() };
        // Whoever imports a package that takes everything of another imports that one as well.
        assert_eq!(shown(5), ["p/__init__.py", "p/deep.py", "p/env.py", "p/sub/one.py"]);
        assert_eq!(shown(4), ["p/__init__.py", "p/deep.py", "p/env.py", "p/sub/__init__.py"]);
        assert_eq!((shown(1), shown(2)), (vec![], vec!["p/deep.py"]));
        let importing = modules.importing([1]);
        let mut importing: Vec<&str> = importing.into_iter().map(|id| modules.path(id)).collect();
        importing.sort_unstable();
        assert_eq!(importing, ["p/__init__.py", "p/deep.py", "p/env.py", "p/sub/one.py", "use.py"]);
    }
}
