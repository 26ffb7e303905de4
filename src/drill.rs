//! A fire drill: a bug of ours on demand. Tests see with it, in the very binary that is released, what a bug costs: one finding
//! that names the rule or the file, and exit code 2. It can hide nothing, because that finding cannot be turned off.

use std::sync::OnceLock;

/// `link`, `rule`, `report`, or `file:` and the path of a file.
pub const VARIABLE: &str = "CELERY_LINT_DRILL";

static WHAT: OnceLock<String> = OnceLock::new();

/// Listens to the environment: the program does, the library does not.
pub fn prepare() {
    if let Ok(what) = std::env::var(VARIABLE) {
        // Only the first call counts.
        let _ = WHAT.set(what);
    }
}

/// Whether there is a drill at all.
pub fn is_on() -> bool {
    WHAT.get().is_some()
}

/// Whether this is where it is to fail.
pub fn is(place: &str) -> bool {
    WHAT.get().is_some_and(|what| what == place)
}

/// Fails if the drill is for this file. Like a real message, that of the panic may hold anything of the project.
pub fn file(path: &str, text: &str) {
    let here = || WHAT.get().and_then(|what| what.strip_prefix("file:")) == Some(path);
    assert!(!here(), "a drill, with the text {text:?}");
}
