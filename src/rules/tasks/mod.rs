//! Rules about tasks: how they are defined and registered, and what their bodies do.

use crate::rule::Rule;

mod asked;
pub mod async_task;
pub mod result_wait_in_task;
pub mod task_module_never_loaded;

pub static RULES: &[&Rule] = &[&async_task::RULE, &result_wait_in_task::RULE, &task_module_never_loaded::RULE];
