//! Rules about calls: what is sent, to whom and when.

use crate::rule::Rule;

pub mod call_signature_mismatch;
pub mod eta_exceeds_visibility_timeout;
pub mod naive_eta;

pub static RULES: &[&Rule] = &[&call_signature_mismatch::RULE, &eta_exceeds_visibility_timeout::RULE, &naive_eta::RULE];
