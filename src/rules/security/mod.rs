//! Rules of the area `security`.

use crate::rule::Rule;

mod credential_fix;
pub mod hardcoded_credentials;

pub static RULES: &[&Rule] = &[&hardcoded_credentials::RULE];
