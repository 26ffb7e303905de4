//! Rules of the area `security`.

use crate::rule::Rule;

mod credential_fix;
pub mod hardcoded_credentials;
pub mod pickle_accepted;
pub mod sensitive_task_argument;
pub mod tls_verification_disabled;

pub static RULES: &[&Rule] = &[
    &hardcoded_credentials::RULE,
    &pickle_accepted::RULE,
    &sensitive_task_argument::RULE,
    &tls_verification_disabled::RULE,
];
