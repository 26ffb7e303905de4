//! Rules about calls: what a call sends to a task, and whether it fits.

use crate::rule::Rule;

pub mod beat_signature_mismatch;
pub mod call_signature_mismatch;
pub mod invalid_apply_option;
pub mod invalid_dispatch_arguments;
pub mod non_serialisable_argument;
pub mod orm_object_argument;
pub mod sent;
pub mod serializer;

pub static RULES: &[&Rule] = &[
    &beat_signature_mismatch::RULE,
    &call_signature_mismatch::RULE,
    &invalid_apply_option::RULE,
    &invalid_dispatch_arguments::RULE,
    &non_serialisable_argument::RULE,
    &orm_object_argument::RULE,
];
