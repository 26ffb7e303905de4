//! Entries of a beat schedule (`celery/beat.py`, `ScheduleEntry`): what beat does with one, from loading it to sending its task.

use super::release::Minor;

/// What a value is, as far as beat cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    None,
    /// A number of seconds, or a truth value.
    Number {
        /// It is more than 0.
        positive: bool,
    },
    Text {
        empty: bool,
    },
    /// A list, a tuple or a set.
    List {
        empty: bool,
    },
    Dict {
        empty: bool,
    },
    /// An object with the methods of a schedule, and a `timedelta`.
    Schedule,
    /// A class of schedules that is not called.
    Class,
    Unknown,
}

/// When beat fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Beat reads the schedule.
    Load,
    /// Beat sorts the entries by their next time.
    Heap,
    /// Beat sends the task.
    Send,
}

/// The error that beat raises, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub stage: Stage,
    pub exception: &'static str,
    /// The key; empty for the whole entry.
    pub key: String,
}

/// The keys that an entry takes.
const KEYS: &[&str] =
    &["name", "task", "last_run_at", "total_run_count", "schedule", "args", "kwargs", "options", "relative", "app"];

/// Keys that people give beside `options`, though they belong into it.
const OPTIONS: &[&str] = &[
    "compression",
    "countdown",
    "eta",
    "exchange",
    "expires",
    "headers",
    "link",
    "link_error",
    "priority",
    "queue",
    "routing_key",
    "serializer",
    "soft_time_limit",
    "time_limit",
];

/// Whether a key is one of the options of the call.
pub fn is_option(key: &str) -> bool {
    OPTIONS.contains(&key)
}

/// What happens to an entry that is no dictionary.
pub fn whole(kind: Kind) -> Option<Failure> {
    let exception = match kind {
        Kind::Text { empty: false } | Kind::List { empty: false } => "ValueError",
        Kind::None | Kind::Number { .. } => "TypeError",
        _ => return None,
    };
    Some(Failure { stage: Stage::Load, exception, key: String::new() })
}

/// The first thing that a release of Celery fails on, in an entry with these keys. `complete`: there are no others.
pub fn entry(keys: &[(String, Kind)], complete: bool, release: Minor) -> Option<Failure> {
    let fails = |stage, exception, key: &str| Some(Failure { stage, exception, key: key.to_owned() });
    if let Some((key, _)) = keys.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
        return fails(Stage::Load, "TypeError", key);
    }
    let of = |name: &str| keys.iter().rev().find(|(key, _)| key == name).map(|(_, kind)| *kind);
    match of("schedule") {
        Some(Kind::Text { .. } | Kind::List { .. } | Kind::Dict { .. }) => {
            return fails(Stage::Load, "AttributeError", "schedule");
        }
        Some(Kind::Class) => return fails(Stage::Load, "TypeError", "schedule"),
        Some(Kind::None) if release < Minor(5, 7) => return fails(Stage::Heap, "AttributeError", "schedule"),
        None if complete && release < Minor(5, 7) => return fails(Stage::Heap, "AttributeError", "schedule"),
        _ => {}
    }
    if let Some(Kind::Number { positive: true }) = of("args") {
        return fails(Stage::Send, "SchedulingError", "args");
    }
    if let Some(Kind::Number { positive: true } | Kind::Text { empty: false } | Kind::List { empty: false }) =
        of("kwargs")
    {
        return fails(Stage::Send, "SchedulingError", "kwargs");
    }
    match of("options") {
        Some(Kind::Number { positive: true } | Kind::Text { empty: false } | Kind::List { empty: false }) => {
            fails(Stage::Send, "SchedulingError", "options")
        }
        _ => None,
    }
}
