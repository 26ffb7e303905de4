//! What the settings of routing name: tasks that are routed or annotated by their names, and routers.

use super::link::Linking;
use super::loaded::{Missing, Target, find_target};
use super::submission::TaskIndex;
use super::task::names::Loaded;
use super::task::{Definition, Task};
use super::{Project, Setting};
use crate::python::{Dict, Eval, ModuleId, Value, ValueKind};
use crate::source::Loc;

/// What `task_routes` and `task_annotations` name.
#[derive(Debug, Default)]
pub struct Routing {
    pub names: Vec<RoutedName>,
    pub routers: Vec<Router>,
}

/// The name of one task, written as key of a route or an annotation; patterns are none.
#[derive(Debug)]
pub struct RoutedName {
    /// Index into `Project::settings`.
    pub setting: usize,
    pub name: String,
    pub at: Loc,
    pub found: FoundTask,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundTask {
    /// There is such a task, or there may be.
    Possible,
    /// The module is there, and nothing in it has that name.
    NoFunction,
    /// The module imports the task, which has another name. Index into `Project::tasks`.
    Elsewhere(usize),
    /// The module is not there.
    NoModule,
}

/// One router: a function, an object, or the path of one.
#[derive(Debug)]
pub struct Router {
    /// Index into `Project::settings`.
    pub setting: usize,
    pub at: Loc,
    /// The path, when it is given by one.
    pub path: Option<String>,
    pub target: RouterTarget,
}

#[derive(Debug)]
pub enum RouterTarget {
    Value(Value),
    NoModule(Missing),
    /// The module has no such name.
    NoName {
        module: String,
        name: String,
    },
}

/// Everything of the project's settings.
pub fn find(linking: &Linking, project: &Project) -> Routing {
    let eval = linking.eval();
    let mut finder =
        Finder { linking, eval, project, index: TaskIndex::new(&project.tasks), found: Routing::default() };
    for (index, setting) in project.settings.iter().enumerate() {
        let Some(from) = home(linking, project, setting) else { continue };
        match setting.name.as_str() {
            "task_routes" => finder.routes(index, from, &setting.value),
            "task_annotations" => finder.maps(index, from, &setting.value),
            _ => {}
        }
    }
    finder.found
}

/// The module that names are imported beside.
fn home(linking: &Linking, project: &Project, setting: &Setting) -> Option<ModuleId> {
    let app = setting.app.and_then(|app| project.apps.get(app)).map(|app| app.site.module);
    app.or_else(|| linking.modules.of_file(setting.at.file))
}

struct Finder<'a> {
    linking: &'a Linking<'a>,
    eval: Eval<'a>,
    project: &'a Project,
    index: TaskIndex<'a>,
    found: Routing,
}

impl Finder<'_> {
    /// One router, or a list of them.
    fn routes(&mut self, setting: usize, from: ModuleId, value: &Value) {
        for alternative in value.alternatives() {
            match &alternative.kind {
                ValueKind::List { items, .. } => {
                    items.iter().flat_map(Value::alternatives).for_each(|item| self.router(setting, from, item));
                }
                _ => self.router(setting, from, alternative),
            }
        }
    }

    fn router(&mut self, setting: usize, from: ModuleId, value: &Value) {
        let (path, target) = match &value.kind {
            ValueKind::Dict(dict) => return self.dict(setting, from, dict),
            ValueKind::Text(_) => {
                let Some(path) = value.as_literal() else { return };
                let Some(target) = self.by_path(from, &path) else { return };
                (Some(path), target)
            }
            ValueKind::List { items, .. } => {
                // Pairs of names and routes.
                let keys = items.iter().filter_map(|item| match &item.kind {
                    ValueKind::List { items, .. } if items.len() == 2 => items.first(),
                    _ => None,
                });
                keys.for_each(|key| self.name(setting, from, key));
                (None, RouterTarget::Value(value.clone()))
            }
            _ => (None, RouterTarget::Value(value.clone())),
        };
        if let Some(at) = value.at.or_else(|| value.trail.first().copied()) {
            self.found.routers.push(Router { setting, at, path, target });
        }
    }

    /// `kombu.utils.imports.symbol_by_name`; none when nothing is known of the module.
    fn by_path(&self, from: ModuleId, path: &str) -> Option<RouterTarget> {
        let (module, name) = path.rsplit_once(':').or_else(|| path.rsplit_once('.'))?;
        match find_target(self.linking, &self.project.ignore, from, module) {
            Target::Module(id) => {
                let lowered = self.linking.modules.get(id);
                let scope = &lowered.scope;
                let may_have =
                    !scope.stars.is_empty() || scope.names.contains_key("__getattr__") || !lowered.errors.is_empty();
                match self.eval.global(id, name) {
                    Some(value) if scope.names.contains_key(name) => Some(RouterTarget::Value(value)),
                    _ if may_have || scope.names.contains_key(name) => None,
                    _ => Some(RouterTarget::NoName { module: module.to_owned(), name: name.to_owned() }),
                }
            }
            Target::Missing(missing) => Some(RouterTarget::NoModule(missing)),
            Target::Namespace | Target::Unknown => None,
        }
    }

    fn maps(&mut self, setting: usize, from: ModuleId, value: &Value) {
        for alternative in value.alternatives() {
            match &alternative.kind {
                ValueKind::Dict(dict) => self.dict(setting, from, dict),
                ValueKind::List { items, .. } => items.iter().for_each(|item| {
                    if let ValueKind::Dict(dict) = &item.kind {
                        self.dict(setting, from, dict);
                    }
                }),
                _ => {}
            }
        }
    }

    fn dict(&mut self, setting: usize, from: ModuleId, dict: &Dict) {
        dict.entries.iter().for_each(|(key, _)| self.name(setting, from, key));
    }

    fn name(&mut self, setting: usize, from: ModuleId, key: &Value) {
        let (Some(name), Some(at)) = (key.as_literal(), key.at) else { return };
        if !name.contains('*') {
            let found = self.task(from, &name);
            self.found.names.push(RoutedName { setting, name, at, found });
        }
    }

    fn task(&self, from: ModuleId, name: &str) -> FoundTask {
        let Some((module, function)) = name.rsplit_once('.') else { return FoundTask::Possible };
        let script =
            |task: &Task| task.other_names.iter().any(|it| it.likely && it.loaded != Loaded::Root && it.is(name));
        if self.index.named(name).is_some() || name.starts_with("celery.") || self.project.tasks.iter().any(script) {
            return FoundTask::Possible;
        }
        let id = match find_target(self.linking, &self.project.ignore, from, module) {
            Target::Module(id) => id,
            Target::Missing(Missing::Child(_) | Missing::Below(_)) => return FoundTask::NoModule,
            Target::Missing(Missing::NoName) | Target::Namespace | Target::Unknown => return FoundTask::Possible,
        };
        let lowered = self.linking.modules.get(id);
        let imported = self.eval.global(id, function).and_then(|value| self.index.of(&value));
        // From which directory the module is imported is a guess: a task that is defined right here may have the name.
        match imported.filter(|task| !self.is_defined_in(*task, id)) {
            Some(task) => FoundTask::Elsewhere(task),
            // What makes tasks in ways that are not followed still binds their names.
            None if lowered.scope.names.contains_key(function) || !lowered.scope.stars.is_empty() => {
                FoundTask::Possible
            }
            None if !lowered.errors.is_empty() => FoundTask::Possible,
            None => FoundTask::NoFunction,
        }
    }

    fn is_defined_in(&self, task: usize, id: ModuleId) -> bool {
        match self.project.tasks.get(task).and_then(|task| task.definition) {
            Some(Definition::Function(module, _) | Definition::Class(module, _)) => module == id,
            None => true,
        }
    }
}
