//! Where workers start: the modules that `celery -A` names, those that start a worker themselves, and those that may be named
//! although nothing in the project says so.

use std::rc::Rc;

use super::{Graph, Reached};
use crate::project::link::is_test_path;
use crate::project::{Launch, Project};
use crate::python::{ModuleId, Ref};
use crate::source::FileKind;

impl Graph<'_> {
    /// Loads what the launches of an app name; whether there are any.
    pub(super) fn launched(&mut self, project: &Project, home: ModuleId, reached: &mut Reached) -> bool {
        let mut started = false;
        for launch in &project.launches {
            let mut roots = self.named_by(launch, home);
            if self.linking.sources.get(launch.at.file).kind == FileKind::Python {
                roots.extend(self.linking.modules.of_file(launch.at.file));
            }
            let own = self.closure(roots);
            let own = own.modules.contains(&home).then(|| {
                reached.open |= own.open;
                reached.modules.extend(&own.modules);
            });
            if own.is_some() {
                started |= launch.app.is_some();
                let included = self.included_by(launch, home, reached);
                self.load(reached, included);
            }
        }
        started
    }

    /// What a command loads; many commands name the same modules.
    fn closure(&mut self, roots: Vec<ModuleId>) -> Rc<Reached> {
        if let Some(known) = self.closures.get(&roots) {
            return Rc::clone(known);
        }
        let mut own = Reached::default();
        self.load(&mut own, roots.iter().copied());
        let own = Rc::new(own);
        self.closures.insert(roots, Rc::clone(&own));
        own
    }

    /// `-I shop.tasks,shop.more`
    fn included_by(&self, launch: &Launch, home: ModuleId, reached: &mut Reached) -> Vec<ModuleId> {
        let Some(option) = launch.option("include") else { return Vec::new() };
        let known = option.value.as_ref().and_then(crate::source::Text::known);
        reached.open |= known.is_none();
        let names = known.unwrap_or_default();
        names.split(',').filter_map(|name| self.module(home, name.trim())).collect()
    }

    fn module(&self, from: ModuleId, dotted: &str) -> Option<ModuleId> {
        match self.linking.modules.find(from, 0, dotted) {
            Ref::Module(id) => Some(id),
            _ => None,
        }
    }

    /// The modules that `celery -A` imports: the one that is named, around an attribute of it, or `celery` in a package.
    fn named_by(&self, launch: &Launch, home: ModuleId) -> Vec<ModuleId> {
        let Some(app) = &launch.app else { return Vec::new() };
        let dotted = app.split(':').next().unwrap_or_default();
        let around = dotted.rsplit_once('.').map(|(around, _)| around);
        let inner = format!("{dotted}.celery");
        [Some(dotted), Some(&inner), around].into_iter().flatten().filter_map(|name| self.module(home, name)).collect()
    }

    /// Modules that may start a worker of the app made in `home`: they import it. When it is known how workers are started,
    /// only those whose names or code speak of starting one; and when the app lists its modules, no module with tasks.
    pub(super) fn other_starts(&mut self, home: ModuleId, started: bool, listed: bool) -> Vec<ModuleId> {
        let modules = self.linking.modules;
        let last = modules.path(home).trim_end_matches("/__init__.py").trim_end_matches(".py");
        let last = last.rsplit('/').next().unwrap_or_default().to_owned();
        let mut homes = vec![home];
        // `from shop import celery_app`, where the package has it from its module.
        for package in self.imports.packages_of(home) {
            if self.imports.imported(&self.eval, package).contains(&home) {
                homes.push(package);
            }
        }
        let speaks = |id: ModuleId| {
            let text = modules.text(id);
            let folder = modules.path(id).rsplit('/').nth(1).unwrap_or_default();
            text.contains(last.as_str()) || text.contains("from .") || text.contains("elery") || folder == last
        };
        let is_task = |id: ModuleId| self.asked.binary_search(&modules.file(id)).is_ok();
        let may_start = |id: ModuleId| {
            let name = modules.path(id).rsplit('/').next().unwrap_or_default();
            let named = ["celery", "worker"].iter().any(|word| name.contains(word)) && !is_task(id);
            named || modules.text(id).contains("__main__")
        };
        let is_known = |id: ModuleId| started || (listed && is_task(id));
        let mut found: Vec<ModuleId> = (0..modules.len())
            .filter(|id| !is_test_path(modules.path(*id)) && (!is_known(*id) || may_start(*id)) && speaks(*id))
            .collect();
        found.retain(|id| self.imports.imported(&self.eval, *id).iter().any(|to| homes.contains(to)));
        found
    }
}
