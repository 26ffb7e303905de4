//! Which task a value, a name, or a function is.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::task::{Definition, Task};
use crate::python::ir::{FunctionId, Module, Scope};
use crate::python::{ModuleId, Ref, Value, ValueKind};

/// Finds tasks by definition and by name.
pub struct TaskIndex<'t> {
    tasks: &'t [Task],
    by_definition: FxHashMap<Definition, usize>,
    by_name: FxHashMap<&'t str, usize>,
    /// The names that several tasks have.
    repeated: FxHashSet<&'t str>,
}

impl<'t> TaskIndex<'t> {
    pub fn new(tasks: &'t [Task]) -> Self {
        let by_definition =
            tasks.iter().enumerate().filter_map(|(index, task)| Some((task.definition?, index))).collect();
        let by_name =
            tasks.iter().enumerate().filter_map(|(index, task)| Some((task.name.as_deref()?, index))).collect();
        let mut seen = FxHashSet::default();
        let names = tasks.iter().filter(|task| !task.in_test).filter_map(|task| task.name.as_deref());
        let repeated = names.filter(|name| !seen.insert(*name)).collect();
        Self { tasks, by_definition, by_name, repeated }
    }

    /// The task that a value is.
    pub fn of(&self, value: &Value) -> Option<usize> {
        value.alternatives().iter().find_map(|value| match &value.kind {
            ValueKind::Ref(Ref::Function(m, f)) => self.by_definition.get(&Definition::Function(*m, *f)).copied(),
            ValueKind::Ref(Ref::Class(m, c)) => self.by_definition.get(&Definition::Class(*m, *c)).copied(),
            ValueKind::Instance(i) => self.by_definition.get(&Definition::Class(i.module, i.class)).copied(),
            // `app.task(function)` as a value.
            ValueKind::Made(made) => self.of(made.args.positional.first()?),
            _ => None,
        })
    }

    pub fn task(&self, index: usize) -> Option<&'t Task> {
        self.tasks.get(index)
    }

    pub fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Whether no other task has the name of this one.
    pub(super) fn is_only(&self, index: usize) -> bool {
        let name = self.tasks.get(index).and_then(|task| task.name.as_deref());
        name.is_none_or(|name| !self.repeated.contains(name))
    }

    /// The task whose function's first parameter is the task itself.
    pub(super) fn bound_to(&self, module: ModuleId, function: FunctionId, lowered: &Module) -> Option<usize> {
        let own = self.by_definition.get(&Definition::Function(module, function)).copied();
        let own = own.filter(|index| self.tasks.get(*index).is_some_and(|task| task.bind));
        own.or_else(|| match lowered.function(function).parent {
            Scope::Class(class) if lowered.function(function).decorators.is_empty() => {
                self.by_definition.get(&Definition::Class(module, class)).copied()
            }
            _ => None,
        })
    }

    pub fn name(&self, index: usize) -> Option<String> {
        self.tasks.get(index).and_then(|task| task.name.clone())
    }
}
