//! Rules about Celery's configuration.

use crate::rule::Rule;

pub mod accept_content_string;
mod direct;
pub mod env_string_setting;
pub mod invalid_setting_value;
mod releases;
pub(crate) mod shape;

pub static RULES: &[&Rule] = &[&accept_content_string::RULE, &env_string_setting::RULE, &invalid_setting_value::RULE];
