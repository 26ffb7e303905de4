//! Rules about Celery's settings: names that Celery does not read, and what it takes instead.

use crate::rule::Rule;

pub mod broker_url_not_loaded;
mod keys;
pub mod legacy_setting_ignored;
pub mod mixed_setting_styles;
pub mod unknown_setting;

pub static RULES: &[&Rule] =
    &[&broker_url_not_loaded::RULE, &legacy_setting_ignored::RULE, &mixed_setting_styles::RULE, &unknown_setting::RULE];
