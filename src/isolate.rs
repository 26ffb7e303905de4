//! Calls that may panic without taking the run down, and without a panic message that could show a secret.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// How the names of the worker threads start: what panics there is never printed.
pub const THREAD_NAME: &str = "celery-lint-";

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();
/// Where the last panic was, on whatever thread: a part of isolated work may have been done on another one.
static LAST_PLACE: Mutex<Option<String>> = Mutex::new(None);
/// No panic of any thread shows its message.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Runs `work`; if it panics, says where in our source it did (`src/rules/x.rs:12`), and nothing of the panic's message.
pub fn isolated<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(install_hook);
    let outer = INSIDE.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(outer);
    result.map_err(|_| {
        let elsewhere = LAST_PLACE.lock().unwrap_or_else(PoisonError::into_inner).take();
        PLACE.take().or(elsewhere).unwrap_or_else(|| "an unknown place".to_owned())
    })
}

/// From now on no panic shows its message, which may quote the text of a project, on any thread of the process: what the
/// program asks for, and a library must not.
pub fn quiet() {
    QUIET.store(true, Ordering::Relaxed);
    HOOK.call_once(install_hook);
}

/// Panics outside isolated calls go to the hook that was there before, unless the process is quiet.
fn install_hook() {
    let previous = take_hook();
    set_hook(Box::new(move |info| {
        let ours = std::thread::current().name().is_some_and(|name| name.starts_with(THREAD_NAME));
        if INSIDE.get() || ours {
            LAST_PLACE.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&place(info));
            PLACE.set(place(info));
        } else if QUIET.load(Ordering::Relaxed) {
            let place = place(info).unwrap_or_default();
            let _ = writeln!(std::io::stderr(), "celery-lint failed at {place}: this is a bug of its own");
        } else {
            previous(info);
        }
    }));
}

/// Where it is in our source: never the message, which may hold anything.
fn place(info: &PanicHookInfo) -> Option<String> {
    info.location().map(|at| format!("`{}:{}`", at.file(), at.line()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_place_and_keeps_its_message_to_itself() {
        let place = isolated(|| panic!("hunter2")).map(|(): ()| ()).unwrap_err();
        assert!(place.starts_with("`src/isolate.rs:"), "{place}");
    }

    #[test]
    fn the_next_call_runs_as_if_nothing_had_happened() {
        let _ = isolated(|| panic!("once")).map(|(): ()| ());
        assert_eq!(isolated(|| 1 + 1), Ok(2));
    }
}
