//! Rules about calls: what a call sends to a task, and whether it fits.

use crate::rule::Rule;

pub mod beat_signature_mismatch;
pub mod call_signature_mismatch;
pub mod dispatch_in_transaction;
pub mod eta_exceeds_visibility_timeout;
pub mod invalid_apply_option;
pub mod invalid_dispatch_arguments;
mod later;
pub mod lossy_json_argument;
pub mod naive_eta;
pub mod non_serialisable_argument;
pub mod on_commit_called_immediately;
pub mod on_commit_late_binding;
#[cfg(test)]
mod oracle_tests;
pub mod orm_object_argument;
pub mod result_of_ignored_task;
pub mod send_task_unknown_name;
pub mod sent;
pub mod serializer;

pub static RULES: &[&Rule] = &[
    &beat_signature_mismatch::RULE,
    &call_signature_mismatch::RULE,
    &dispatch_in_transaction::RULE,
    &eta_exceeds_visibility_timeout::RULE,
    &invalid_apply_option::RULE,
    &invalid_dispatch_arguments::RULE,
    &lossy_json_argument::RULE,
    &naive_eta::RULE,
    &non_serialisable_argument::RULE,
    &on_commit_called_immediately::RULE,
    &on_commit_late_binding::RULE,
    &orm_object_argument::RULE,
    &result_of_ignored_task::RULE,
    &send_task_unknown_name::RULE,
];
