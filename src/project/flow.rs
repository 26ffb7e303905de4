//! What sends what: the submissions that run with each task. It is asked for pictures only, and found when it is.

use rustc_hash::FxHashMap;

use super::{Project, web};
use crate::python::ModuleId;
use crate::python::ir::FunctionId;

/// The submissions of the project by the function in which they stand.
pub struct Submissions(FxHashMap<(ModuleId, FunctionId), Vec<usize>>);

impl Submissions {
    pub fn of(project: &Project) -> Self {
        let mut by_function: FxHashMap<(ModuleId, FunctionId), Vec<usize>> = FxHashMap::default();
        for (index, call) in project.submissions.iter().enumerate() {
            if let Some(function) = call.function {
                by_function.entry((call.module, FunctionId(function))).or_default().push(index);
            }
        }
        Self(by_function)
    }

    /// Those in any of the functions, as indexes into `Project::submissions`, in order.
    pub fn within(&self, functions: &[(ModuleId, FunctionId)]) -> Vec<usize> {
        let mut found: Vec<usize> =
            functions.iter().filter_map(|function| self.0.get(function)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// For each task the functions that run with it and send tasks or make signatures: its own, and those that it leads to.
pub fn senders_of_tasks(project: &Project) -> Vec<Vec<(ModuleId, FunctionId)>> {
    let starts: Vec<_> = project
        .tasks
        .iter()
        .map(|task| task.definition.filter(|_| !task.in_test && !project.submissions.is_empty()))
        .collect();
    if starts.iter().all(Option::is_none) {
        return vec![Vec::new(); starts.len()];
    }
    project.relinked(|linking| web::senders(linking, &starts))
}
