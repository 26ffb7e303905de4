//! Rules about tasks: how they are defined and registered.

use crate::rule::Rule;

pub mod invalid_rate_limit;
pub mod task_module_never_loaded;

pub static RULES: &[&Rule] = &[&invalid_rate_limit::RULE, &task_module_never_loaded::RULE];
