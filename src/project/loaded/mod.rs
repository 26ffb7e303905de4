//! Which modules the workers of each app load: what the app's own module imports, `include` and `imports`,
//! `autodiscover_tasks`, Django's apps, and what all of these import in turn. What may be loaded counts as loaded; where code
//! imports modules whose names are made at run time, nothing is known of the rest.

mod by_name;
mod discovery;
pub mod django;
mod starts;
pub(super) mod target;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::link::Linking;
use super::web::imports::Imports;
use super::{Project, Setting};
use crate::celery::discovery::{Module as Found, Packages as Given, Raised, Related as Name, Worker};
use crate::celery::release::Minor;
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};
use crate::source::{FileId, Loc};
pub use discovery::{Discovery, Packages, Related};
pub(super) use target::of as find_target;
pub use target::{Missing, Target};

/// What workers import to find tasks.
#[derive(Debug, Default)]
pub struct Loading {
    /// One for each app outside tests; empty when the project has no tasks.
    pub loaded: Vec<Loaded>,
    /// The calls of `autodiscover_tasks`, outside tests.
    pub discoveries: Vec<Discovery>,
    /// The modules of `include` and `imports`, by setting.
    pub includes: Vec<Include>,
}

/// What the workers of an app load.
#[derive(Debug)]
pub struct Loaded {
    /// Index into `Project::apps`.
    pub app: usize,
    /// The files with tasks that are loaded or may be; sorted.
    pub files: Vec<FileId>,
    /// Anything may be loaded, by names that are not known.
    pub open: bool,
}

/// A module that `include` or `imports` names.
#[derive(Debug)]
pub struct Include {
    /// Index into `Project::settings`.
    pub setting: usize,
    pub module: Named,
}

/// A module by its name, where it is written, and what is found under it.
#[derive(Debug, Clone)]
pub struct Named {
    pub name: String,
    pub at: Option<Loc>,
    pub target: Target,
}

impl Loaded {
    /// Whether the module of a file is loaded, or may be.
    pub fn may_load(&self, file: FileId) -> bool {
        self.open || self.files.binary_search(&file).is_ok()
    }
}

/// Everything that has to do with loading tasks.
pub fn find(linking: &Linking, project: &Project) -> Loading {
    let discoveries = discovery::find(linking, project);
    let includes = includes(linking, project);
    let mut loading = Loading { loaded: Vec::new(), discoveries, includes };
    let mut asked: Vec<FileId> = project.tasks.iter().filter(|it| !it.in_test).map(|task| task.at.file).collect();
    asked.sort_unstable();
    asked.dedup();
    if !asked.is_empty() {
        let mut graph = Graph::new(linking, asked);
        let own = project.apps.iter().enumerate().filter(|(_, app)| !app.in_test);
        loading.loaded = own.map(|(index, _)| graph.of_app(project, &loading, index)).collect();
    }
    loading
}

/// The modules named by `include` and `imports`.
fn includes(linking: &Linking, project: &Project) -> Vec<Include> {
    let settings = project.settings.iter().enumerate().filter(|(_, setting)| is_include(setting));
    let named = settings.flat_map(|(index, setting)| {
        let app = setting.app.and_then(|app| project.apps.get(app)).map(|app| app.site.module);
        let from = app.or_else(|| linking.modules.of_file(setting.at.file));
        let names = names_in(&setting.value).into_iter();
        names.filter_map(move |value| {
            let name = value.as_literal()?;
            let target = target::of(linking, &project.ignore, from?, &name);
            Some(Include { setting: index, module: Named { name, at: value.at, target } })
        })
    });
    named.collect()
}

fn is_include(setting: &Setting) -> bool {
    matches!(setting.name.as_str(), "include" | "imports")
}

/// The elements of a list, or the one text that stands for it.
fn names_in(value: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for alternative in value.alternatives() {
        match &alternative.kind {
            ValueKind::List { items, .. } => found.extend(items.iter().flat_map(Value::alternatives)),
            _ => found.push(alternative),
        }
    }
    found
}

/// Whether a list of modules may hold more than its literals.
fn is_open(value: &Value) -> bool {
    value.alternatives().iter().any(|alternative| match &alternative.kind {
        ValueKind::List { items, open } => *open || items.iter().any(|item| item.as_literal().is_none()),
        ValueKind::None => false,
        _ => alternative.as_literal().is_none(),
    })
}

/// The modules of the project and what loads what.
struct Graph<'a> {
    linking: &'a Linking<'a>,
    eval: Eval<'a>,
    imports: Imports<'a>,
    names: by_name::Names<'a>,
    /// The files with tasks: nobody asks for others.
    asked: Vec<FileId>,
    /// What is loaded with the modules that commands name.
    closures: FxHashMap<Vec<ModuleId>, Rc<Reached>>,
}

/// What is loaded so far.
#[derive(Default)]
struct Reached {
    modules: FxHashSet<ModuleId>,
    open: bool,
}

/// What a worker does to import modules.
enum Step<'s> {
    Import(&'s str),
    /// `find_related_module`
    Related(&'s str, Name<'s>),
}

impl<'a> Graph<'a> {
    fn new(linking: &'a Linking<'a>, asked: Vec<FileId>) -> Self {
        let names = by_name::Names::new(linking, &asked);
        Self {
            linking,
            eval: linking.eval(),
            imports: Imports::new(linking),
            names,
            asked,
            closures: FxHashMap::default(),
        }
    }

    fn of_app(&mut self, project: &Project, loading: &Loading, index: usize) -> Loaded {
        let mut reached = Reached::default();
        if let Some(app) = project.apps.get(index) {
            self.eval.begin();
            self.reach(project, loading, (index, app.site.module), &mut reached);
        }
        let modules = self.linking.modules;
        let is_reached = |file: &FileId| modules.of_file(*file).is_some_and(|id| reached.modules.contains(&id));
        Loaded { app: index, files: self.asked.iter().copied().filter(is_reached).collect(), open: reached.open }
    }

    /// Loads what the workers of an app load, what costs most last.
    fn reach(&mut self, project: &Project, loading: &Loading, (app, home): (usize, ModuleId), reached: &mut Reached) {
        let own = |it: &&Discovery| it.app.is_none_or(|index| index == app);
        let discoveries: Vec<&Discovery> = loading.discoveries.iter().filter(own).collect();
        reached.open |= discoveries.iter().any(|it| it.is_open());
        self.included(project, loading, (app, home), reached);
        self.load(reached, [home]);
        let started = !reached.open && self.launched(project, home, reached);
        if reached.open {
            return;
        }
        let installed = django::installed(self.linking, &self.eval, home);
        let asks = discoveries.iter().any(|it| matches!(it.packages, Packages::None | Packages::Installed));
        reached.open |= match &installed {
            Some(installed) => installed.open,
            None => asks && django::is_spoken_of(self.linking.sources),
        };
        for discovery in &discoveries {
            let found = self.discovered(discovery, installed.as_ref(), home);
            self.load(reached, found);
        }
        let is_django = installed.is_some();
        self.load(reached, installed.map(|installed| installed.roots).unwrap_or_default());
        let is_reached =
            |file: &FileId| self.linking.modules.of_file(*file).is_none_or(|id| reached.modules.contains(&id));
        if !reached.open && !self.asked.iter().all(is_reached) {
            let listed = !discoveries.is_empty() || self.lists(project, loading, app);
            let likely = self.other_starts(home, started || is_django, listed);
            self.load(reached, likely);
        }
    }

    /// Whether the app itself says which modules to load.
    fn lists(&self, project: &Project, loading: &Loading, app: usize) -> bool {
        let own = |it: &Include| project.settings.get(it.setting).is_some_and(|it| it.app == Some(app));
        loading.includes.iter().any(|it| own(it) && it.module.target.module().is_some())
    }

    /// Adds modules and everything that they import.
    fn load(&mut self, reached: &mut Reached, roots: impl IntoIterator<Item = ModuleId>) {
        let mut open: Vec<ModuleId> = roots.into_iter().collect();
        while let Some(id) = open.pop().filter(|_| !reached.open) {
            if !reached.modules.insert(id) {
                continue;
            }
            open.extend(self.imports.packages_of(id));
            open.extend(self.imports.imported(&self.eval, id));
            let named = self.names.of(id);
            reached.open |= named.open;
            open.extend(&named.modules);
        }
    }

    /// `include` and `imports` of the app, or of one that is not known.
    fn included(
        &mut self,
        project: &Project,
        loading: &Loading,
        (app, home): (usize, ModuleId),
        reached: &mut Reached,
    ) {
        let of_app = |setting: &Setting| setting.app.is_none_or(|index| index == app);
        reached.open |= project.settings.iter().any(|it| is_include(it) && of_app(it) && is_open(&it.value));
        let own = loading.includes.iter().filter(|it| project.settings.get(it.setting).is_some_and(of_app));
        let names: Vec<&str> = own.map(|include| include.module.name.as_str()).collect();
        let found = self.imported(home, |import| names.iter().for_each(|name| import(Step::Import(name))));
        self.load(reached, found);
    }

    /// What a call of `autodiscover_tasks` imports.
    fn discovered(
        &self,
        discovery: &Discovery,
        installed: Option<&django::Installed>,
        home: ModuleId,
    ) -> Vec<ModuleId> {
        let packages: Vec<String> = match &discovery.packages {
            Packages::None => installed.map(|it| it.names.clone()).unwrap_or_default(),
            Packages::Installed => installed.map(|it| it.written.clone()).unwrap_or_default(),
            Packages::List { names, .. } => names.iter().map(|named| named.name.clone()).collect(),
            Packages::Text(text) => text.name.chars().map(String::from).collect(),
            Packages::Unknown => Vec::new(),
        };
        self.imported(home, |import| {
            for (package, related) in
                packages.iter().flat_map(|it| discovery.related.iter().map(move |name| (it, name)))
            {
                match related {
                    Related::Name(name) => import(Step::Related(package, Name::Name(name))),
                    Related::None => import(Step::Related(package, Name::None)),
                    Related::Other => import(Step::Related(package, Name::Other)),
                    Related::Unknown => {}
                }
            }
        })
    }

    /// What a worker imports by some steps. It would stop at the first that raises; what it would load without counts.
    fn imported(&self, home: ModuleId, steps: impl FnOnce(&mut dyn FnMut(Step<'_>))) -> Vec<ModuleId> {
        let resolve = |name: &str| self.linking.modules.find(home, 0, name);
        let mut worker = Worker::new(Minor::NEWEST, |name: &str| match resolve(name) {
            Ref::Module(_) | Ref::Namespace(_) => Found::Loads,
            _ => Found::Absent,
        });
        steps(&mut |step| {
            let _: Result<(), Raised> = match step {
                Step::Import(name) => worker.import(name),
                Step::Related(package, related) => worker.autodiscover(Given::List(&[package]), related),
            };
        });
        let found = worker.imported.iter().filter_map(|name| match resolve(name) {
            Ref::Module(id) => Some(id),
            _ => None,
        });
        found.collect()
    }
}
