//! Rules about tasks: how they are defined and registered.

use crate::rule::Rule;

pub mod duplicate_task_name;
pub mod invalid_rate_limit;
pub mod task_module_never_loaded;
pub mod task_self_mismatch;
pub mod unknown_task_option;

pub static RULES: &[&Rule] = &[
    &duplicate_task_name::RULE,
    &invalid_rate_limit::RULE,
    &task_module_never_loaded::RULE,
    &task_self_mismatch::RULE,
    &unknown_task_option::RULE,
];
