//! Calls that may panic without taking the run down, and without a panic message that could show a secret.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// How the names of the worker threads start: what panics there is never printed.
pub const THREAD_NAME: &str = "celery-lint-";

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Runs `work`; if it panics, says where in our source it did (`src/rules/x.rs:12`), and nothing of the panic's message.
pub fn isolated<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(install_hook);
    let outer = INSIDE.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(outer);
    result.map_err(|_| PLACE.take().unwrap_or_else(|| "an unknown place".to_owned()))
}

/// Panics outside isolated calls go to the hook that was there before.
fn install_hook() {
    let previous = take_hook();
    set_hook(Box::new(move |info| {
        let ours = std::thread::current().name().is_some_and(|name| name.starts_with(THREAD_NAME));
        if INSIDE.get() || ours {
            let place = info.location().map(|at| format!("`{}:{}`", at.file(), at.line()));
            PLACE.set(place);
        } else {
            previous(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_place_and_keeps_its_message_to_itself() {
        let place = isolated(|| panic!("hunter2")).map(|(): ()| ()).unwrap_err();
        assert!(place.starts_with("`src/engine/isolate.rs:"), "{place}");
    }

    #[test]
    fn the_next_call_runs_as_if_nothing_had_happened() {
        let _ = isolated(|| panic!("once")).map(|(): ()| ());
        assert_eq!(isolated(|| 1 + 1), Ok(2));
    }
}
