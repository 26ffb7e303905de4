//! Rules about calls: what a call sends to a task, and whether it fits.

use crate::rule::Rule;

pub mod call_signature_mismatch;

pub static RULES: &[&Rule] = &[&call_signature_mismatch::RULE];
