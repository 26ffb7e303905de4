//! Where a task's name leads that nobody registers: whether the project surely has no such task. Names reach Celery from
//! schedules, routes and `send_task` as plain text, and nothing checks them before a worker refuses the message.

use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::IgnoreRules;
use super::link::{Linking, is_test_path};
use super::loaded::target::{self, Target};
use super::submission::TaskIndex;
use super::task::{Definition, Task};
use crate::python::{Eval, Module, ModuleId, Ref, Value, ValueKind};
use crate::source::FileKind;

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameTarget {
    /// A task has it, or may have it.
    Possible,
    /// It has no module: `add`.
    Bare,
    /// Nothing of the project has such a name; a library may.
    Foreign,
    /// The project has no such module where it would be.
    NoModule,
    /// The module is there, and nothing in it has the name.
    NoName,
    /// A function that is no task.
    NotATask,
    /// A task, which is registered under another name: index into `Project::tasks`.
    Renamed(usize),
}

/// Looks names up.
pub struct TaskNames<'a> {
    linking: &'a Linking<'a>,
    ignore: &'a IgnoreRules,
    tasks: &'a [Task],
    index: TaskIndex<'a>,
    /// Any name may be registered, because the app names its tasks in its own way.
    open: bool,
    given: OnceLock<FxHashSet<Box<str>>>,
    spoken: Mutex<FxHashMap<ModuleId, Arc<Spoken>>>,
}

impl<'a> TaskNames<'a> {
    pub fn new(linking: &'a Linking<'a>, ignore: &'a IgnoreRules, tasks: &'a [Task]) -> Self {
        let mut python = linking.sources.files.iter().filter(|file| file.kind == FileKind::Python);
        let named = python.any(|file| !is_test_path(&file.path) && file.text.contains("gen_task_name"));
        Self {
            linking,
            ignore,
            tasks,
            index: TaskIndex::new(tasks),
            open: named,
            given: OnceLock::new(),
            spoken: Mutex::default(),
        }
    }

    /// Where a name leads for code that is imported like the module `from`.
    pub fn lookup(&self, eval: &Eval, from: ModuleId, name: &str) -> NameTarget {
        if self.may_be_registered(name) {
            return NameTarget::Possible;
        }
        let Some((module, attr)) = name.rsplit_once('.') else { return NameTarget::Bare };
        match target::of(self.linking, self.ignore, from, module) {
            Target::Module(id) => self.inside(eval, id, attr, name),
            Target::Missing(_) => NameTarget::NoModule,
            Target::Unknown => NameTarget::Foreign,
            Target::Namespace => NameTarget::Possible,
        }
    }

    /// A task of that name seen from another root, a task whose name is not known, or a name that is given somewhere.
    fn may_be_registered(&self, name: &str) -> bool {
        let has = |task: &Task| match &task.name {
            Some(known) => task.may_be_named(name) || ends_with(known, name) || ends_with(name, known),
            None => !task.in_test,
        };
        self.open || self.tasks.iter().any(has) || self.is_given(name)
    }

    /// Whether some Python code gives that name to something: `name = "…"`, `@task("…")`.
    fn is_given(&self, name: &str) -> bool {
        self.given.get_or_init(|| given_names(self.linking)).contains(name)
    }

    fn spoken(&self, id: ModuleId) -> Arc<Spoken> {
        let Ok(mut known) = self.spoken.lock() else { return Arc::new(Spoken::of(self.linking.modules.text(id))) };
        Arc::clone(known.entry(id).or_insert_with(|| Arc::new(Spoken::of(self.linking.modules.text(id)))))
    }

    fn inside(&self, eval: &Eval, id: ModuleId, attr: &str, name: &str) -> NameTarget {
        let (module, spoken) = (self.linking.modules.get(id), self.spoken(id));
        if !module.errors.is_empty() || spoken.dynamic {
            return NameTarget::Possible;
        }
        match eval.global(id, attr) {
            Some(value) => self.of_value(&value, name),
            None if spoken.texts.contains(attr) => NameTarget::Possible,
            None => self.below(module, id, attr),
        }
    }

    fn of_value(&self, value: &Value, name: &str) -> NameTarget {
        if let Some(index) = self.index.of(value) {
            let known = self.tasks.get(index).and_then(|task| task.name.as_deref());
            return match known {
                Some(known) if known != name => NameTarget::Renamed(index),
                _ => NameTarget::Possible,
            };
        }
        match value.kind {
            ValueKind::Ref(Ref::Function(module, function)) => {
                let plain = self.linking.modules.get(module).function(function).decorators.is_empty();
                if plain { NameTarget::NotATask } else { NameTarget::Possible }
            }
            _ => NameTarget::Possible,
        }
    }

    /// Celery's names say nothing of the class or function around a function.
    fn below(&self, module: &Module, id: ModuleId, attr: &str) -> NameTarget {
        let named = module.functions.iter().enumerate().filter(|(_, function)| &*function.name == attr);
        let is_other = |index: usize| {
            let own = |task: &Task| matches!(task.definition, Some(Definition::Function(m, f)) if m == id && f.0 as usize == index);
            self.tasks.iter().any(own)
        };
        let mut found = named.filter(|(index, function)| !function.decorators.is_empty() && !is_other(*index));
        let class = module.classes.iter().any(|class| &*class.name == attr);
        let open =
            module.scope.stars.iter().any(|star| !matches!(self.linking.modules.resolve(id, star), Ref::Module(_)));
        if found.next().is_some() || class || open { NameTarget::Possible } else { NameTarget::NoName }
    }
}

/// The texts that Python code of the project gives as names.
fn given_names(linking: &Linking) -> FxHashSet<Box<str>> {
    let files = linking.sources.files.iter().filter(|file| file.kind == FileKind::Python);
    files
        .flat_map(|file| {
            memchr::memchr2_iter(b'"', b'\'', file.text.as_bytes())
                .filter_map(|at| given(&file.text, at))
                .map(Box::from)
        })
        .collect()
}

/// The text behind the quote at a place, if it is given as a name there.
fn given(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?.trim_end_matches(['r', 'f', 'u', ' ', '\n', '\t']);
    let is_name = match before.strip_suffix('=') {
        Some(target) => target.trim_end().ends_with("name") || target.trim_end().ends_with("NAME"),
        None => before.ends_with("task(") && !before.ends_with("send_task(") || before.ends_with("register("),
    };
    let rest = text.get(at + 1..).filter(|_| is_name)?;
    rest.split(text.get(at..at + 1)?).next()
}

/// Whether a module makes names at run time.
fn is_dynamic(text: &str) -> bool {
    ["__getattr__", "exec(", "globals()", "setattr(", "vars()"].iter().any(|word| text.contains(word))
}

/// What the text of a module says, for names that it may make.
#[derive(Debug)]
struct Spoken {
    dynamic: bool,
    /// The texts in quotes that are names.
    texts: FxHashSet<Box<str>>,
}

impl Spoken {
    fn of(text: &str) -> Self {
        let quoted = memchr::memchr2_iter(b'"', b'\'', text.as_bytes()).filter_map(|at| {
            let rest = text.get(at + 1..)?;
            let end = rest.find(|c: char| c != '_' && !c.is_alphanumeric())?;
            rest.get(end..)?.starts_with(text.get(at..at + 1)?).then(|| Box::from(rest.get(..end).unwrap_or_default()))
        });
        Self { dynamic: is_dynamic(text), texts: quoted.collect() }
    }
}

fn ends_with(long: &str, short: &str) -> bool {
    long.strip_suffix(short).is_some_and(|rest| rest.ends_with('.')) && short.contains('.')
}
