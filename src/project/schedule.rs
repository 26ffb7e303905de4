//! One entry of a beat schedule.

use crate::source::Loc;

#[derive(Debug, Clone)]
pub struct Schedule {
    pub entry: String,
    /// The task name it sends, if known.
    pub task: Option<String>,
    pub at: Loc,
}
