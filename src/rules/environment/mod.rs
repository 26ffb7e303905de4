//! Rules about environment variables and the files that document them.

use crate::rule::Rule;

pub mod missing_env_key;
pub mod missing_env_template;
pub mod secret_in_env_template;
pub mod unused_env_key;

mod sample;

pub static RULES: &[&Rule] =
    &[&missing_env_key::RULE, &missing_env_template::RULE, &secret_in_env_template::RULE, &unused_env_key::RULE];
