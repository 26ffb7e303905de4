//! Rules about deployments: whether what they start is what the project means, and who can reach it.

use crate::rule::Rule;

pub mod beat_without_schedule;
pub mod broker_port_published_without_auth;
pub mod cli_global_option_after_subcommand;
pub mod committed_beat_schedule;
mod common;
pub mod flower_without_auth;
pub mod missing_env_file;
pub mod root_worker;

pub static RULES: &[&Rule] = &[
    &beat_without_schedule::RULE,
    &broker_port_published_without_auth::RULE,
    &cli_global_option_after_subcommand::RULE,
    &committed_beat_schedule::RULE,
    &flower_without_auth::RULE,
    &missing_env_file::RULE,
    &root_worker::RULE,
];
