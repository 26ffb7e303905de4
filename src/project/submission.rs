//! A place that sends a task, or makes a signature of one.

use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Submission {
    pub method: Method,
    /// Index into `Project::tasks`, when resolved.
    pub task: Option<usize>,
    /// The task's name as written or resolved, if known.
    pub task_name: Option<String>,
    /// The call.
    pub at: Loc,
    /// Where it stands: index into `Project::modules` and its enclosing function.
    pub module: usize,
    pub function: Option<u32>,
    pub in_test: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Delay,
    ApplyAsync,
    /// `delay_on_commit`, `apply_async_on_commit`.
    OnCommit,
    Signature,
    SendTask,
    /// A canvas object is called or applied (`chain(...)()`, `group(...).apply_async()`).
    Canvas,
}

impl Method {
    /// Whether the call sends a message (a signature alone does not).
    pub fn sends(self) -> bool {
        !matches!(self, Self::Signature)
    }
}
