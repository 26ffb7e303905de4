//! Rules about what the project has to install.

use crate::rule::Rule;

mod declared;
pub mod missing_transport_extra;
pub mod pool_dependency_missing;
pub mod removed_celery_api;

pub static RULES: &[&Rule] =
    &[&missing_transport_extra::RULE, &pool_dependency_missing::RULE, &removed_celery_api::RULE];
