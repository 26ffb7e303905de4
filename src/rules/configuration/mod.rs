//! Rules about Celery's settings: names that Celery does not read, values that it does not understand.

use crate::rule::Rule;

pub mod accept_content_string;
pub mod always_eager_in_production;
pub mod autodiscover_without_packages;
pub mod bad_router;
pub mod beat_scheduler_app_missing;
pub mod broker_url_not_loaded;
mod direct;
pub mod django_celery_app_not_imported;
pub mod env_string_setting;
pub mod include_target_missing;
pub mod invalid_backend_or_broker_url;
pub mod invalid_setting_value;
pub(crate) mod keys;
pub mod legacy_setting_ignored;
pub mod missing_backend_retry;
pub mod missing_result_expiry;
pub mod mixed_setting_styles;
pub mod no_time_limit;
pub mod rediss_without_cert_reqs;
pub(crate) mod releases;
pub mod result_backend_missing;
pub mod route_or_annotation_unknown_task;
pub mod serializer_not_accepted;
pub mod shadowed_setting;
pub(crate) mod shape;
pub mod soft_limit_not_below_hard;
mod taken;
pub mod unbounded_redis_connections;
pub mod unknown_setting;
mod url_mistakes;
mod url_objects;
pub(crate) mod urls;

pub static RULES: &[&Rule] = &[
    &accept_content_string::RULE,
    &always_eager_in_production::RULE,
    &autodiscover_without_packages::RULE,
    &bad_router::RULE,
    &beat_scheduler_app_missing::RULE,
    &broker_url_not_loaded::RULE,
    &django_celery_app_not_imported::RULE,
    &env_string_setting::RULE,
    &include_target_missing::RULE,
    &invalid_backend_or_broker_url::RULE,
    &invalid_setting_value::RULE,
    &legacy_setting_ignored::RULE,
    &missing_backend_retry::RULE,
    &missing_result_expiry::RULE,
    &mixed_setting_styles::RULE,
    &no_time_limit::RULE,
    &rediss_without_cert_reqs::RULE,
    &result_backend_missing::RULE,
    &route_or_annotation_unknown_task::RULE,
    &serializer_not_accepted::RULE,
    &shadowed_setting::RULE,
    &soft_limit_not_below_hard::RULE,
    &unbounded_redis_connections::RULE,
    &unknown_setting::RULE,
];

#[cfg(test)]
mod oracle_tests;
