//! A task: a function or class that Celery registers.

use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Task {
    /// The name Celery computes, when known.
    pub name: Option<String>,
    pub function: String,
    /// The dotted module, from its import root.
    pub module: String,
    /// The decorator (or the `register_task` call) that makes it a task.
    pub at: Loc,
    /// The function's or class's name.
    pub name_at: Loc,
    pub bind: bool,
    pub shared: bool,
    pub is_async: bool,
    /// Index into `Project::modules` and, for functions, into that module's `functions`.
    pub definition: Option<(usize, u32)>,
    /// The file is a test.
    pub in_test: bool,
}
