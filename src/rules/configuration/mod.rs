//! Rules about Celery's configuration.

use crate::rule::Rule;

pub mod accept_content_string;
pub mod always_eager_in_production;
mod direct;
pub mod env_string_setting;
pub mod invalid_backend_or_broker_url;
pub mod invalid_setting_value;
pub mod rediss_without_cert_reqs;
mod releases;
pub mod serializer_not_accepted;
pub(crate) mod shape;
pub mod soft_limit_not_below_hard;
mod url_mistakes;
pub(crate) mod urls;

pub static RULES: &[&Rule] = &[
    &accept_content_string::RULE,
    &always_eager_in_production::RULE,
    &env_string_setting::RULE,
    &invalid_backend_or_broker_url::RULE,
    &invalid_setting_value::RULE,
    &rediss_without_cert_reqs::RULE,
    &serializer_not_accepted::RULE,
    &soft_limit_not_below_hard::RULE,
];
