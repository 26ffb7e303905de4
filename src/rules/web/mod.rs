//! Rules of the area `web`.

use crate::rule::Rule;

mod missing;
pub mod missing_health_endpoint;
pub mod missing_result_endpoint;
pub mod missing_status_endpoint;
pub mod rpc_result_from_another_process;

pub static RULES: &[&Rule] = &[
    &missing_health_endpoint::RULE,
    &missing_result_endpoint::RULE,
    &missing_status_endpoint::RULE,
    &rpc_result_from_another_process::RULE,
];
