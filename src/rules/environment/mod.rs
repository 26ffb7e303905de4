//! Rules of the area `environment`.

use crate::rule::Rule;

mod env_values;
pub(crate) mod ignore_line;
pub mod ignored_env_template;
pub mod tracked_env_file;
pub mod unprotected_env_file;

pub static RULES: &[&Rule] = &[&ignored_env_template::RULE, &tracked_env_file::RULE, &unprotected_env_file::RULE];

#[cfg(test)]
mod env_file_tests;
