//! Rules of the area `web`.

use crate::rule::Rule;

pub mod blocking_broker_call_in_async;
pub mod blocking_result_in_endpoint;
pub mod direct_task_call_in_endpoint;
mod missing;
pub mod missing_endpoint_types;
pub mod missing_health_endpoint;
pub mod missing_progress_reporting;
pub mod missing_result_endpoint;
pub mod missing_startup_check;
pub mod missing_status_endpoint;
pub mod result_without_app;
pub mod rpc_result_from_another_process;
pub mod shared_task_without_app;
pub mod status_endpoint_unknown_id;
pub mod unawaitable_async_result;
pub mod unhandled_broker_error;
pub mod unserialisable_endpoint_response;

pub static RULES: &[&Rule] = &[
    &blocking_broker_call_in_async::RULE,
    &blocking_result_in_endpoint::RULE,
    &direct_task_call_in_endpoint::RULE,
    &missing_endpoint_types::RULE,
    &missing_health_endpoint::RULE,
    &missing_progress_reporting::RULE,
    &missing_result_endpoint::RULE,
    &missing_startup_check::RULE,
    &missing_status_endpoint::RULE,
    &result_without_app::RULE,
    &rpc_result_from_another_process::RULE,
    &shared_task_without_app::RULE,
    &status_endpoint_unknown_id::RULE,
    &unawaitable_async_result::RULE,
    &unhandled_broker_error::RULE,
    &unserialisable_endpoint_response::RULE,
];
