//! The other names of a task: the same code has another name when its module is loaded in another way.

use rustc_hash::FxHashSet;

use super::naming::{self, Registry, Source};
use super::{Definition, Task};
use crate::files::FileFacts;
use crate::project::App;
use crate::project::link::Linking;
use crate::project::objects::app_call;
use crate::python::{Eval, Made, ModuleId, Value};

/// How many apps are asked for the name that a task has in each.
const MAX_APPS: usize = 16;

/// A name that a task has when its module is loaded in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherName {
    /// None when the app computes it in a way that is not known.
    pub name: Option<String>,
    pub loaded: Loaded,
    /// Something in the project loads it that way, or may.
    pub likely: bool,
}

impl OtherName {
    /// Whether it is that name, or may be.
    pub fn is(&self, name: &str) -> bool {
        self.name.as_deref().is_none_or(|known| known == name)
    }
}

/// A way to load a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// As `__main__`: `python shop/tasks.py`, `python -m shop.tasks`. Celery puts the app's name for the module's.
    Script,
    /// From another directory.
    Root,
    /// By another app of the process, which names its tasks in its own way.
    App,
}

/// Gives every task its other names.
pub fn fill(linking: &Linking, apps: &[App], tasks: &mut [Task]) {
    let scripts = scripts(linking);
    let eval = linking.eval();
    let counted = |app: &&App| !app.in_test || apps.iter().all(|app| app.in_test);
    let apps: Vec<Value> = apps.iter().filter(counted).take(MAX_APPS).map(|app| eval.site(app.site)).collect();
    for task in tasks {
        let home = task.source.as_ref().map(|source| source.module).or(task.definition.map(Definition::module));
        let runs = home.is_some_and(|home| scripts.contains(&home));
        if let Some(source) = task.source.as_ref().filter(|source| !source.own_app) {
            task.name = in_any(linking, &eval, &apps, source);
        }
        task.other_names = match &task.source {
            Some(source) => computed(linking, &eval, &apps, task, source, runs),
            None => given(task, runs),
        };
    }
}

/// The name of a task that belongs to no app: all apps agree about it, or some give the usual one.
fn in_any(linking: &Linking, eval: &Eval, apps: &[Value], source: &Source) -> Option<String> {
    let dotted = linking.modules.dotted(source.module, &[]);
    let usual = naming::name_in(eval, None, source, &dotted);
    let mut names = apps.iter().map(|app| naming::name_in(eval, app_call(app), source, &dotted));
    let Some(first) = names.next() else { return usual };
    let others: Vec<Option<String>> = names.collect();
    match others.iter().all(|name| *name == first) {
        true => first,
        false => usual.filter(|usual| first.as_ref() == Some(usual) || others.iter().flatten().any(|it| it == usual)),
    }
}

/// An explicit name that begins with the module's: it may have been made of `__name__`.
fn given(task: &Task, likely: bool) -> Vec<OtherName> {
    let rest = task.name.as_deref().and_then(|name| name.strip_prefix(task.module.as_str()));
    let rest = rest.filter(|rest| rest.starts_with('.'));
    let script = |rest: &str| OtherName { name: Some(format!("__main__{rest}")), loaded: Loaded::Script, likely };
    rest.map(script).into_iter().collect()
}

fn computed(
    linking: &Linking,
    eval: &Eval,
    apps: &[Value],
    task: &Task,
    source: &Source,
    runs: bool,
) -> Vec<OtherName> {
    let own: Vec<&Value> = match task.registry {
        Registry::One(site) => apps.iter().filter(|app| app_call(app).is_some_and(|it| it.site == site)).collect(),
        Registry::Every | Registry::From(_) | Registry::Unknown => apps.iter().collect(),
    };
    let mut found: Vec<OtherName> = Vec::new();
    let mut add = |name: Option<String>, loaded, likely| {
        let known = |it: &OtherName| it.name == name && it.likely >= likely;
        if (name.is_none() || name != task.name) && !found.iter().any(known) {
            found.push(OtherName { name, loaded, likely });
        }
    };
    let mut makers: Vec<Option<&Made>> = own.into_iter().map(app_call).collect();
    if makers.is_empty() {
        makers.push(None);
    }
    let dotted = linking.modules.dotted(source.module, &[]);
    for app in makers {
        add(naming::name_in(eval, app, source, &dotted), Loaded::App, true);
        add(naming::name_in(eval, app, source, &main_of(linking, app, source)), Loaded::Script, runs);
        for module in linking.modules.all_names(source.module) {
            add(naming::name_in(eval, app, source, &module), Loaded::Root, true);
        }
    }
    found
}

/// What stands for `__main__` in the names of an app.
fn main_of(linking: &Linking, app: Option<&Made>, source: &Source) -> String {
    let none = || "__main__".to_owned();
    let Some(made) = app else { return none() };
    let main = made.args.get(0, "main");
    let written = main.and_then(|main| main.at).map(|at| {
        let text = &linking.sources.get(at.file).text;
        text.get(at.span.range()).unwrap_or_default()
    });
    // `Celery(__name__)` in the script itself.
    if written == Some("__name__") && made.site.module == source.module {
        return none();
    }
    main.and_then(Value::as_literal).filter(|main| !main.is_empty()).unwrap_or_else(none)
}

/// The modules that something runs as a script: themselves say so, or a command does.
fn scripts(linking: &Linking) -> FxHashSet<ModuleId> {
    let guarded = linking.per_module(|_, id| {
        let main = linking.modules.text(id).contains("\"__main__\"") || linking.modules.text(id).contains("'__main__'");
        Vec::from_iter(main.then_some(id))
    });
    let mut found: FxHashSet<ModuleId> = guarded.into_iter().collect();
    let run: FxHashSet<String> = linking.facts.iter().flat_map(|(_, facts)| run_by(facts)).collect();
    if !run.is_empty() {
        found.extend((0..linking.modules.len()).filter(|id| {
            let file = linking.modules.path(*id).rsplit('/').next().unwrap_or_default();
            run.contains(file) || run.contains(&linking.modules.dotted(*id, &[]))
        }));
    }
    found
}

/// What the commands of a file run with Python: names of files, and modules after `-m`.
fn run_by(facts: &FileFacts) -> Vec<String> {
    let mut found = Vec::new();
    for command in &facts.commands {
        let words: Vec<String> = command.words.iter().map(|word| word.text.as_literal().unwrap_or_default()).collect();
        let Some(python) = words.iter().position(|word| word.contains("python")) else { continue };
        let rest = words.get(python + 1..).unwrap_or_default();
        let script = rest.iter().find(|word| word.ends_with(".py"));
        found.extend(script.and_then(|path| path.rsplit('/').next()).map(str::to_owned));
        let module = rest.iter().position(|word| word == "-m").and_then(|at| rest.get(at + 1));
        found.extend(module.cloned());
    }
    found
}
