//! Words for the releases of Celery in which something holds.

use crate::celery::release::Releases;
use crate::project::Project;

/// What stands behind a statement that holds in some releases: nothing when it holds in all that the project may run with,
/// else ` (Celery up to 5.6)`. None when it holds in none of them.
pub fn suffix(project: &Project, holds: Releases) -> Option<String> {
    let range = project.releases;
    if holds.intersection(range).is_empty() {
        return None;
    }
    let words = holds.describe(range);
    Some(if words.is_empty() { words } else { format!(" (Celery {words})") })
}
