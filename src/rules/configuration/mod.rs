//! Rules about Celery's settings: names that Celery does not read, values that it does not understand.

use crate::rule::Rule;

pub mod accept_content_string;
pub mod always_eager_in_production;
pub mod beat_scheduler_app_missing;
pub mod broker_url_not_loaded;
mod direct;
pub mod django_celery_app_not_imported;
pub mod env_string_setting;
pub mod invalid_backend_or_broker_url;
pub mod invalid_setting_value;
pub(crate) mod keys;
pub mod legacy_setting_ignored;
pub mod mixed_setting_styles;
pub mod rediss_without_cert_reqs;
pub(crate) mod releases;
pub mod serializer_not_accepted;
pub mod shadowed_setting;
pub(crate) mod shape;
pub mod soft_limit_not_below_hard;
pub mod unknown_setting;
mod url_mistakes;
mod url_objects;
pub(crate) mod urls;

pub static RULES: &[&Rule] = &[
    &accept_content_string::RULE,
    &always_eager_in_production::RULE,
    &beat_scheduler_app_missing::RULE,
    &broker_url_not_loaded::RULE,
    &django_celery_app_not_imported::RULE,
    &env_string_setting::RULE,
    &invalid_backend_or_broker_url::RULE,
    &invalid_setting_value::RULE,
    &legacy_setting_ignored::RULE,
    &mixed_setting_styles::RULE,
    &rediss_without_cert_reqs::RULE,
    &serializer_not_accepted::RULE,
    &shadowed_setting::RULE,
    &soft_limit_not_below_hard::RULE,
    &unknown_setting::RULE,
];

#[cfg(test)]
mod oracle_tests;
