//! Rules about Celery's settings: names that Celery does not read, and what it takes instead.

use crate::rule::Rule;

pub mod beat_scheduler_app_missing;
pub mod broker_url_not_loaded;
pub mod django_celery_app_not_imported;
mod keys;
pub mod legacy_setting_ignored;
pub mod mixed_setting_styles;
pub mod shadowed_setting;
pub mod unknown_setting;

pub static RULES: &[&Rule] = &[
    &beat_scheduler_app_missing::RULE,
    &broker_url_not_loaded::RULE,
    &django_celery_app_not_imported::RULE,
    &legacy_setting_ignored::RULE,
    &mixed_setting_styles::RULE,
    &shadowed_setting::RULE,
    &unknown_setting::RULE,
];
