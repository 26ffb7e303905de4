//! Import roots: the directories that the project's modules are imported from, and so the dotted names they have at run
//! time. What the imports themselves name decides; where none does, `manage.py`, a `src` directory and packages tell.

use rustc_hash::FxHashMap;

use super::edges::Edges;
use super::{ModuleId, Modules};

/// How often imports show a directory as root.
pub(super) struct Votes<'a> {
    /// By what stands directly in the root: `backend/app` says that `backend` is one.
    tops: FxHashMap<&'a str, u32>,
    /// By the root itself.
    roots: FxHashMap<&'a str, u32>,
    /// Directories with a `manage.py`, and directories named `src`.
    marked: Vec<&'a str>,
}

impl<'a> Votes<'a> {
    pub(super) fn count(modules: &Modules<'a>, edges: &[Edges<'a>]) -> Self {
        let mut votes = Self { tops: FxHashMap::default(), roots: FxHashMap::default(), marked: Vec::new() };
        for (name, target) in edges.iter().flat_map(|edges| &edges.named) {
            votes.add(modules, name, *target);
        }
        for file in &modules.sources.files {
            if file.name() == "manage.py" {
                votes.marked.push(file.dir());
            }
        }
        votes
    }

    fn add(&mut self, modules: &Modules<'a>, name: &str, target: ModuleId) {
        let Some(root) = modules.parts[target].len().checked_sub(name.split('.').count()) else { return };
        *self.tops.entry(modules.prefix(target, root + 1)).or_default() += 1;
        *self.roots.entry(modules.prefix(target, root)).or_default() += 1;
    }

    /// The dotted name of a module from its most likely root. The directory of a package is one only where imports name
    /// what stands in it (`apps/__init__.py` beside `apps/manage.py`).
    pub(super) fn name(&self, modules: &Modules<'a>, id: ModuleId) -> String {
        let package = modules.package_root(id);
        let deepest = modules.parts[id].len().saturating_sub(1);
        let voted = (0..=deepest).map(|depth| (self.votes(modules, id, depth, package), depth));
        let root = match voted.max() {
            Some(((0, 0), _)) | None => self.marked_root(modules, id, package).unwrap_or(package),
            Some((_, depth)) => depth,
        };
        modules.name_from(id, root)
    }

    /// Votes for that very package or module first; other modules beside a lone module tell as well.
    fn votes(&self, modules: &Modules<'a>, id: ModuleId, depth: usize, package: usize) -> (u32, u32) {
        let top = self.tops.get(modules.prefix(id, depth + 1)).copied().unwrap_or(0);
        let root = self.roots.get(modules.prefix(id, depth)).copied().filter(|_| depth == package);
        (top, root.unwrap_or(0))
    }

    fn marked_root(&self, modules: &Modules<'a>, id: ModuleId, package: usize) -> Option<usize> {
        let parts = &modules.parts[id];
        (0..parts.len().max(1)).rev().find(|depth| {
            let is_source = *depth > 0 && *depth <= package && parts[*depth - 1] == "src";
            is_source || self.marked.contains(&modules.prefix(id, *depth))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::python::modules::{Modules, Store};
    use crate::source::{FileKind, SourceFile, Sources};

    /// The dotted name of the first file.
    fn name(files: &[(&str, &str)]) -> String {
        let sources = files.iter().map(|(path, text)| SourceFile::new(*path, FileKind::Python, *text)).collect();
        let sources = Sources::new("/nowhere".into(), None, sources);
        let store = Store::new(&sources);
        let id = sources.by_path(files[0].0).map_or(0, |file| file.id.0 as usize);
        Modules::new(&store, &sources).dotted(id, &[])
    }

    #[test]
    fn modules_are_named_from_where_they_are_imported() {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("tasks.py", "")], "tasks"),
            (&[("pkg/tasks.py", ""), ("pkg/__init__.py", "")], "pkg.tasks"),
            (&[("pkg/__init__.py", "")], "pkg"),
            (&[("backend/app/tasks.py", ""), ("backend/app/__init__.py", "")], "app.tasks"),
            (&[("src/ns/tasks.py", "")], "ns.tasks"),
            (&[("site/shop/tasks.py", ""), ("site/manage.py", "")], "shop.tasks"),
            (&[("worker/tasks.py", "import conf"), ("worker/conf.py", "")], "tasks"),
            (&[("worker/tasks.py", "from worker.conf import x"), ("worker/conf.py", "")], "worker.tasks"),
            (&[("a/b/tasks.py", "from b.conf import x"), ("a/b/conf.py", "")], "b.tasks"),
            (&[("a/app/tasks.py", "from app.c import x"), ("a/app/c.py", ""), ("b/app/c.py", "")], "app.tasks"),
            (
                &[
                    ("a/b/tasks.py", "import b.conf"),
                    ("a/b/conf.py", ""),
                    ("a/b/__init__.py", ""),
                    ("a/__init__.py", ""),
                ],
                "b.tasks",
            ),
            (
                &[
                    ("a/b/tasks.py", "import a.b.conf"),
                    ("a/b/conf.py", ""),
                    ("a/b/__init__.py", ""),
                    ("a/__init__.py", ""),
                ],
                "a.b.tasks",
            ),
            (&[("a/b/tasks.py", ""), ("a/b/__init__.py", ""), ("a/__init__.py", ""), ("a/manage.py", "")], "b.tasks"),
            (&[("src/app/tasks.py", "from src.app.c import x"), ("src/app/c.py", "")], "src.app.tasks"),
        ];
        for (files, expected) in cases {
            assert_eq!(name(files), *expected, "{files:?}");
        }
    }
}
