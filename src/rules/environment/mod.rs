//! Rules about environment variables and the files that document them.

use crate::rule::Rule;

pub mod ambiguous_env_value;
mod env_values;
pub(crate) mod ignore_line;
pub mod ignored_env_template;
pub mod missing_env_key;
pub mod missing_env_template;
mod sample;
pub mod secret_in_env_template;
pub mod tracked_env_file;
pub mod unprotected_env_file;
pub mod unused_env_key;

pub static RULES: &[&Rule] = &[
    &ambiguous_env_value::RULE,
    &ignored_env_template::RULE,
    &missing_env_key::RULE,
    &missing_env_template::RULE,
    &secret_in_env_template::RULE,
    &tracked_env_file::RULE,
    &unprotected_env_file::RULE,
    &unused_env_key::RULE,
];

#[cfg(test)]
mod env_file_tests;
