//! Rules about tasks: how they are defined and registered, and what their bodies do.

use crate::rule::Rule;

mod asked;
pub mod async_task;
pub mod autoretry_for_invalid;
pub mod autoretry_never_triggers;
pub mod broad_except_hides_time_limit;
pub mod decorator_hides_task;
pub mod generator_task;
mod import_line;
mod reraise;
pub mod result_wait_in_task;
pub mod retry_policy_unbounded;
pub mod retry_swallowed;
pub mod signal_receiver_garbage_collected;
pub mod signal_receiver_no_kwargs;
pub mod task_method;
pub mod task_module_never_loaded;
pub mod task_over_unwrapped_decorator;
pub mod update_state_builtin_failure;

pub static RULES: &[&Rule] = &[
    &async_task::RULE,
    &autoretry_for_invalid::RULE,
    &autoretry_never_triggers::RULE,
    &broad_except_hides_time_limit::RULE,
    &decorator_hides_task::RULE,
    &generator_task::RULE,
    &result_wait_in_task::RULE,
    &retry_policy_unbounded::RULE,
    &retry_swallowed::RULE,
    &signal_receiver_garbage_collected::RULE,
    &signal_receiver_no_kwargs::RULE,
    &task_method::RULE,
    &task_module_never_loaded::RULE,
    &task_over_unwrapped_decorator::RULE,
    &update_state_builtin_failure::RULE,
];
