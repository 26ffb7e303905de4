//! Rules about Celery's settings: names that Celery does not read, values that it does not understand.

use crate::rule::Rule;

pub mod accept_content_string;
pub mod broker_url_not_loaded;
mod direct;
pub mod django_celery_app_not_imported;
pub mod env_string_setting;
pub mod invalid_setting_value;
mod keys;
pub mod legacy_setting_ignored;
pub mod mixed_setting_styles;
mod releases;
pub(crate) mod shape;
pub mod unknown_setting;

pub static RULES: &[&Rule] = &[
    &accept_content_string::RULE,
    &broker_url_not_loaded::RULE,
    &django_celery_app_not_imported::RULE,
    &env_string_setting::RULE,
    &invalid_setting_value::RULE,
    &legacy_setting_ignored::RULE,
    &mixed_setting_styles::RULE,
    &unknown_setting::RULE,
];
