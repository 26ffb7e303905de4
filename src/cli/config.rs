//! `celery-lint config --schema`: the JSON schema of the configuration.

use super::error::CliError;
use super::{Exit, to_stdout};
use crate::config::model::schema;

pub fn run() -> Result<Exit, CliError> {
    to_stdout(|out| out.write_all(schema().as_bytes()))?;
    Ok(Exit::Clean)
}
