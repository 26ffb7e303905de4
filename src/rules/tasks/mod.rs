//! Rules about tasks: how they are defined and registered, and what their bodies do.

use crate::rule::Rule;

pub mod acks_late_without_reject;
pub(in crate::rules) mod asked;
pub mod async_task;
pub mod autoretry_for_invalid;
pub mod autoretry_never_triggers;
pub mod broad_except_hides_time_limit;
pub mod class_task_not_registered;
pub mod decorator_hides_task;
pub mod duplicate_task_name;
pub mod generator_task;
pub(in crate::rules) mod import_line;
pub mod invalid_rate_limit;
#[cfg(test)]
mod oracle_tests;
mod reraise;
pub mod result_wait_in_task;
pub mod retry_policy_unbounded;
pub mod retry_swallowed;
pub mod signal_receiver_garbage_collected;
pub mod signal_receiver_no_kwargs;
pub mod sleep_in_task;
pub mod task_method;
pub mod task_module_never_loaded;
pub mod task_over_unwrapped_decorator;
pub mod task_self_mismatch;
pub(in crate::rules) mod unknown_name;
pub mod unknown_task_option;
pub mod unused_bind;
pub mod update_state_builtin_failure;

pub static RULES: &[&Rule] = &[
    &acks_late_without_reject::RULE,
    &async_task::RULE,
    &autoretry_for_invalid::RULE,
    &autoretry_never_triggers::RULE,
    &broad_except_hides_time_limit::RULE,
    &class_task_not_registered::RULE,
    &decorator_hides_task::RULE,
    &duplicate_task_name::RULE,
    &generator_task::RULE,
    &invalid_rate_limit::RULE,
    &result_wait_in_task::RULE,
    &retry_policy_unbounded::RULE,
    &retry_swallowed::RULE,
    &signal_receiver_garbage_collected::RULE,
    &signal_receiver_no_kwargs::RULE,
    &sleep_in_task::RULE,
    &task_method::RULE,
    &task_module_never_loaded::RULE,
    &task_over_unwrapped_decorator::RULE,
    &task_self_mismatch::RULE,
    &unknown_task_option::RULE,
    &unused_bind::RULE,
    &update_state_builtin_failure::RULE,
];
