//! Which values of a setting work, and what happens at run time with those that do not.
//!
//! Every claim that something fails was seen in the real packages: `tests/oracle/setting_values.py` asks them, and its
//! answers are in `fixtures/facts/setting_values.json`. What was not tried, or depends on the broker, counts as working.

use super::names;
use super::release::{Minor, Releases};
use super::settings::SettingFact;

/// What is known of a Python value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape<'a> {
    Str(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
    None,
    List,
    Tuple,
    Set,
    Dict,
    Timedelta,
    Crontab,
    /// A class, a function, an object: anything else.
    Other,
}

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It works, or nothing is known against it.
    Ok,
    /// It is taken, but as another value than it looks like: a text as a number, or as true because it is not empty.
    Coerced,
    /// It does not; `happens` continues "With this value …".
    Wrong { happens: &'static str },
}

/// What a setting expects, as far as Celery's own code and documentation say.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation<'f> {
    /// Kinds of value that work: `int`, `float`, `string`, `none`, `list`, `timedelta` …
    pub kinds: Vec<&'f str>,
    /// The names that it may have, and whether any other is refused at run time.
    pub names: &'f [String],
    pub names_enforced: bool,
    /// The smallest and largest sensible number, and whether another is refused.
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub bounds_enforced: bool,
}

/// What a setting expects.
pub fn expects(fact: &SettingFact) -> Expectation<'_> {
    let declared = std::slice::from_ref(&fact.kind);
    let kinds = if fact.accepts.is_empty() { declared } else { &fact.accepts };
    Expectation {
        kinds: kinds.iter().map(String::as_str).collect(),
        names: &fact.allowed,
        names_enforced: fact.allowed_closed,
        min: fact.min,
        max: fact.max,
        bounds_enforced: fact.bounds_enforced,
    }
}

/// Whether a row speaks of a value.
type Test = fn(&SettingFact, Shape<'_>) -> bool;

/// Values of some settings that do not work.
struct Row {
    settings: &'static [&'static str],
    test: Test,
    /// First and last release in which it was seen to fail.
    since: Minor,
    last: Minor,
    happens: &'static str,
}

const SEEN: Minor = Minor(5, 2);

const fn row(settings: &'static [&'static str], test: Test, happens: &'static str) -> Row {
    Row { settings, test, since: SEEN, last: Minor::NEWEST, happens }
}

/// The row, for some of the releases only.
const fn within(row: Row, since: Minor, last: Minor) -> Row {
    Row { since, last, ..row }
}

const STARTS_NO_WORKER: &str = "the worker does not start";
const SENDS_NOTHING: &str = "sending a task raises an error";

const ROWS: &[Row] = &[
    row(
        &["accept_content", "result_accept_content"],
        |_, shape| matches!(shape, Shape::Str(text) if text.chars().count() > 1),
        "it is read letter by letter, and neither sending a task nor starting a worker works",
    ),
    row(&["accept_content"], |_, shape| is_number(shape) || shape == Shape::None, STARTS_NO_WORKER),
    // The table has a task that ends at once; `tests/oracle/time_limit_text.py` asks with one that meets the limit.
    row(
        &["task_time_limit", "task_soft_time_limit"],
        |_, shape| is_word(shape),
        "the worker stops when it adds the limit to a time",
    ),
    within(row(&["task_time_limit", "task_soft_time_limit"], is_timedelta, SENDS_NOTHING), Minor(5, 7), Minor::NEWEST),
    row(&["worker_concurrency"], |_, shape| matches!(shape, Shape::Float(_)) || is_below(shape, 0), STARTS_NO_WORKER),
    row(&["worker_pool"], |_, shape| matches!(shape, Shape::Str(name) if !is_pool(name)), STARTS_NO_WORKER),
    row(&["result_expires"], |_, shape| matches!(shape, Shape::Str(text) if !is_int(text)), SENDS_NOTHING),
    row(&["worker_prefetch_multiplier"], is_none, STARTS_NO_WORKER),
    row(&["worker_prefetch_multiplier"], |_, shape| is_below(shape, 0), "the worker takes no task"),
    row(
        &["worker_max_tasks_per_child"],
        |_, shape| matches!(shape, Shape::Str(_) | Shape::Float(_)) || is_below(shape, 1),
        STARTS_NO_WORKER,
    ),
    within(
        row(&["worker_max_memory_per_child"], is_text, "every process of the pool fails after its first task"),
        Minor(5, 7),
        Minor::NEWEST,
    ),
    within(row(&["worker_concurrency"], is_text, STARTS_NO_WORKER), SEEN, Minor(5, 6)),
    row(&["broker_pool_limit"], is_text, SENDS_NOTHING),
    row(&["broker_pool_limit"], |_, shape| is_below(shape, 0), "sending a task waits for ever"),
    row(&["broker_connection_timeout"], |_, shape| matches!(shape, Shape::Str(_) | Shape::Timedelta), SENDS_NOTHING),
    row(
        &["broker_transport_options"],
        |_, shape| shape == Shape::None || is_word(shape),
        "nothing can connect to the broker",
    ),
    row(&["task_protocol", "task_default_delivery_mode"], is_unlisted, SENDS_NOTHING),
    row(
        &["task_protocol"],
        |_, shape| matches!(shape, Shape::Str(_)) || is_below(shape, 1) || is_above(shape, 2),
        SENDS_NOTHING,
    ),
    row(
        &["task_default_queue"],
        |_, shape| is_number(shape) || matches!(shape, Shape::None | Shape::List),
        SENDS_NOTHING,
    ),
    row(&["task_default_rate_limit"], |_, shape| matches!(shape, Shape::Str(text) if !is_rate(text)), STARTS_NO_WORKER),
    row(&["task_queues"], is_text, "neither sending a task nor starting a worker works"),
    row(&["task_routes"], |_, shape| is_number(shape), SENDS_NOTHING),
    row(&["task_publish_retry_policy"], |_, shape| is_word(shape), SENDS_NOTHING),
    row(&["timezone"], |_, shape| is_number(shape), "neither the worker nor beat can compute a time"),
    row(
        &["timezone"],
        |_, shape| matches!(shape, Shape::Str(name) if !name.is_empty() && !is_timezone(name)),
        "there is no such time zone, and neither the worker nor beat starts",
    ),
    row(&["include", "imports"], |_, shape| is_number(shape), STARTS_NO_WORKER),
    row(&["worker_redirect_stdouts_level"], is_unlisted_level, "the worker runs no task"),
    row(
        &["beat_max_loop_interval"],
        |_, shape| matches!(shape, Shape::Str(_) | Shape::Timedelta),
        "beat does not start",
    ),
    within(
        row(&["beat_cron_starting_deadline"], is_text, "beat stops at the first cron schedule"),
        Minor(5, 4),
        Minor(5, 6),
    ),
    row(&["beat_sync_every"], is_text, "beat stops at the first task that it sends"),
    row(&["beat_schedule_filename"], |_, shape| is_number(shape), "beat does not start"),
    row(&["beat_schedule"], |_, shape| matches!(shape, Shape::Str(_) | Shape::None), "beat does not start"),
    row(
        &["result_backend", "broker_url"],
        |_, shape| is_number(shape),
        "neither sending a task nor starting a worker works",
    ),
    row(&["worker_log_format"], |_, shape| is_number(shape), STARTS_NO_WORKER),
    within(row(&["worker_pool_start_method"], is_unlisted, STARTS_NO_WORKER), Minor(5, 7), Minor::NEWEST),
];

/// What a release makes of a value of a setting.
pub fn verdict(fact: &SettingFact, shape: Shape<'_>, release: Minor) -> Verdict {
    let rows = ROWS
        .iter()
        .filter(|row| row.settings.contains(&fact.name.as_str()) && row.since <= release && release <= row.last);
    if let Some(row) = rows.clone().find(|row| (row.test)(fact, shape)) {
        return Verdict::Wrong { happens: row.happens };
    }
    match shape {
        Shape::Str(text) if is_plain_bool(fact) => truth(text),
        Shape::Str(text) if is_number_setting(fact) && text.trim().parse::<f64>().is_ok() => Verdict::Coerced,
        _ => Verdict::Ok,
    }
}

/// The releases in which a value does not work.
pub fn wrong_in(fact: &SettingFact, shape: Shape<'_>) -> Releases {
    Releases::matching(|release| matches!(verdict(fact, shape, release), Verdict::Wrong { .. }))
}

/// A text as truth value: Celery does not convert it.
fn truth(text: &str) -> Verdict {
    const NO: &[&str] = &["false", "0", "no", "off", "f", "n", "disabled", "none"];
    if NO.contains(&text.trim().to_ascii_lowercase().as_str()) {
        return Verdict::Wrong { happens: "the setting is on: any text that is not empty counts as true" };
    }
    Verdict::Coerced
}

fn is_plain_bool(fact: &SettingFact) -> bool {
    fact.kind == "bool" && fact.accepts.iter().all(|kind| kind == "bool" || kind == "none")
}

fn is_number_setting(fact: &SettingFact) -> bool {
    let kinds = expects(fact).kinds;
    kinds.iter().any(|kind| matches!(*kind, "int" | "float")) && !kinds.contains(&"string")
}

fn is_number(shape: Shape<'_>) -> bool {
    matches!(shape, Shape::Int(_) | Shape::Float(_))
}

fn is_text(_: &SettingFact, shape: Shape<'_>) -> bool {
    matches!(shape, Shape::Str(_))
}

fn is_none(_: &SettingFact, shape: Shape<'_>) -> bool {
    shape == Shape::None
}

fn is_timedelta(_: &SettingFact, shape: Shape<'_>) -> bool {
    shape == Shape::Timedelta
}

/// A text that is not empty; an empty one often counts as nothing.
fn is_word(shape: Shape<'_>) -> bool {
    matches!(shape, Shape::Str(text) if !text.is_empty())
}

fn is_below(shape: Shape<'_>, least: i64) -> bool {
    matches!(shape, Shape::Int(number) if number < least)
}

fn is_above(shape: Shape<'_>, most: i64) -> bool {
    matches!(shape, Shape::Int(number) if number > most)
}

/// A text that a closed set does not have.
fn is_unlisted(fact: &SettingFact, shape: Shape<'_>) -> bool {
    matches!(shape, Shape::Str(text) if fact.allowed_closed && !fact.allowed.iter().any(|name| name == text))
}

/// Names of levels count in any case, and Python has two more than the table.
fn is_unlisted_level(fact: &SettingFact, shape: Shape<'_>) -> bool {
    let Shape::Str(text) = shape else { return matches!(shape, Shape::Int(_)) };
    let level = text.to_uppercase();
    !matches!(level.as_str(), "WARN" | "NOTSET") && !fact.allowed.contains(&level)
}

fn is_rate(text: &str) -> bool {
    super::rate::per_second(text).is_ok()
}

/// Whether it names a pool of Celery, or can be the path of a class.
fn is_pool(name: &str) -> bool {
    name.is_empty() || name.contains(['.', ':']) || names::find(names::NameKind::Pools, name).is_some()
}

/// Whether Python's `int` may read it: of other signs there are too many to say no.
fn is_int(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.chars().any(|c| c.is_ascii_alphabetic() || c == '.')
}

/// A name in the time zone database, in any case: up to 5.2 case did not count, and on some systems it does not today.
fn is_timezone(name: &str) -> bool {
    // Also a file beside the database on most systems.
    let local = name.eq_ignore_ascii_case("localtime");
    local || include_str!("data/timezones.txt").lines().any(|zone| zone.eq_ignore_ascii_case(name))
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
