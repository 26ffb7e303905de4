//! A command line that starts Celery.

use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Launch {
    /// `worker`, `beat`, `flower`, `multi` …
    pub command: String,
    /// The value of `-A`, if known.
    pub app: Option<String>,
    pub at: Loc,
    pub service: Option<String>,
    /// The words after the program's name, secrets masked.
    pub arguments: Vec<String>,
}
