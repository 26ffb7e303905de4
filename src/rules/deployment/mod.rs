//! Rules about deployments: whether what they start is what the project means, and who can reach it.

use crate::rule::Rule;

pub mod app_target_unresolved;
pub mod beat_without_schedule;
pub mod broker_port_published_without_auth;
pub mod cli_global_option_after_subcommand;
pub mod committed_beat_schedule;
mod common;
pub mod concurrency_in_compose_and_settings;
pub mod default_queue_not_consumed;
pub mod env_name_mismatch;
pub mod flower_without_auth;
pub mod invalid_worker_option;
pub mod missing_env_file;
pub mod missing_worker_healthcheck;
pub mod multiple_beat_processes;
pub mod pool_and_limits_mismatch;
pub mod queue_never_consumed;
mod queue_use;
pub mod root_worker;
pub mod worker_embedded_beat;
pub mod worker_shell_form;

pub static RULES: &[&Rule] = &[
    &app_target_unresolved::RULE,
    &beat_without_schedule::RULE,
    &broker_port_published_without_auth::RULE,
    &cli_global_option_after_subcommand::RULE,
    &committed_beat_schedule::RULE,
    &concurrency_in_compose_and_settings::RULE,
    &default_queue_not_consumed::RULE,
    &env_name_mismatch::RULE,
    &flower_without_auth::RULE,
    &invalid_worker_option::RULE,
    &missing_env_file::RULE,
    &missing_worker_healthcheck::RULE,
    &multiple_beat_processes::RULE,
    &pool_and_limits_mismatch::RULE,
    &queue_never_consumed::RULE,
    &root_worker::RULE,
    &worker_embedded_beat::RULE,
    &worker_shell_form::RULE,
];
