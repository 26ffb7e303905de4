//! Rules about tasks: how they are defined and registered.

use crate::rule::Rule;

pub mod task_module_never_loaded;

pub static RULES: &[&Rule] = &[&task_module_never_loaded::RULE];
