//! The setting that a name which Celery does not know was surely meant to be.
//!
//! Precision counts more than recall: a project's own constant looks much like a setting (`CELERY_BROKER_URL_2`,
//! `CELERY_REPORTS_QUEUE`). So words are compared with words: a name with another word in it is another name, not a slip.

use strsim::osa_distance;

use super::super::release::Minor;
use super::super::settings::{self, SettingFact};
use super::Why;
use super::ignored::why_ignored;
use super::keys;

/// First words of settings that other distributions read, and of those that an application reads by custom.
const FOREIGN: &[&str] = &[
    "batches",
    "datadog",
    "dedup",
    "django",
    "email",
    "exporter",
    "flower",
    "haystack",
    "leek",
    "mongobeat",
    "once",
    "opbeat",
    "progress",
    "prometheus",
    "redbeat",
    "rdbbeat",
    "sentry",
    "singleton",
    "sqlalchemy",
    "tenant",
    "unique",
];

/// Names that are written for a setting though no slip of the pen leads there.
const CONFUSIONS: &[(&str, &str)] = &[
    ("broker_uri", "broker_url"),
    ("result_backend_url", "result_backend"),
    ("result_backend_uri", "result_backend"),
    ("task_result_backend", "result_backend"),
    ("result_expiry", "result_expires"),
    ("result_expiration", "result_expires"),
    ("task_result_expires", "result_expires"),
    ("task_result_serializer", "result_serializer"),
    ("task_accept_content", "accept_content"),
    ("task_timeout", "task_time_limit"),
    ("task_hard_time_limit", "task_time_limit"),
    ("task_time_limit_soft", "task_soft_time_limit"),
    ("task_soft_timeout", "task_soft_time_limit"),
    ("task_soft_limit", "task_soft_time_limit"),
    ("task_eager_propagates_exceptions", "task_eager_propagates"),
    ("task_always_eager_propagates", "task_eager_propagates"),
    ("task_eager", "task_always_eager"),
    ("task_timezone", "timezone"),
    ("time_zone", "timezone"),
    ("use_utc", "enable_utc"),
    ("worker_prefetch", "worker_prefetch_multiplier"),
    ("task_prefetch_multiplier", "worker_prefetch_multiplier"),
    ("worker_max_mem_per_child", "worker_max_memory_per_child"),
    ("worker_max_tasks_per_process", "worker_max_tasks_per_child"),
    ("task_concurrency", "worker_concurrency"),
    ("beat_schedule_file", "beat_schedule_filename"),
    ("broker_connection_retry_on_start", "broker_connection_retry_on_startup"),
    ("task_ack_on_failure_or_timeout", "task_acks_on_failure_or_timeout"),
];

/// Names shorter than this have too many neighbours.
const SHORTEST: usize = 8;

/// The setting that `written` was meant to be, as a key of a configuration with that namespace. None for a name that
/// Celery knows or ignores for another reason than not knowing it, and for everything that is no near miss.
pub fn suggest(written: &str, namespace: Option<&str>) -> Option<&'static SettingFact> {
    let prefix = keys::prefix(namespace);
    let release = Minor::NEWEST;
    // Two underscores are how settings libraries write a part of a part (`BROKER__URL`), and one at the end dodges a keyword.
    if settings::canonical(written, namespace).is_some()
        || !written.is_ascii()
        || written.contains("__")
        || written.ends_with('_')
    {
        return None;
    }
    if why_ignored(written, prefix.as_deref(), release).0 != Why::UnknownName {
        return None;
    }
    let name = match prefix.as_deref().and_then(|prefix| written.strip_prefix(prefix)) {
        // Only the case that Celery would read.
        Some(rest) if keys::prefixed(rest, prefix.as_deref().unwrap_or_default()) == written => rest,
        Some(_) => return None,
        None if namespace.is_some() && keys::is_upper(written) => return None,
        None => written,
    };
    let bare = prefix.is_none() || name.len() == written.len();
    if bare && keys::is_upper(name) { old(name) } else { new(name) }
}

fn new(name: &str) -> Option<&'static SettingFact> {
    let name = name.to_ascii_lowercase();
    if FOREIGN.contains(&name.split('_').next().unwrap_or_default()) {
        return None;
    }
    let confused = CONFUSIONS.iter().find(|(wrong, _)| *wrong == name).and_then(|(_, right)| settings::lookup(right));
    confused.or_else(|| nearest(&name, |fact| Some(&fact.name)))
}

/// Among old names, whose first word (`CELERYD`, `BROKER`) must be right: other upper-case constants are none of ours.
fn old(name: &str) -> Option<&'static SettingFact> {
    let mut words = name.split('_');
    let (area, second) = (words.next()?, words.next()?.to_ascii_lowercase());
    if !matches!(area, "CELERY" | "CELERYD" | "CELERYBEAT" | "BROKER") || FOREIGN.contains(&second.as_str()) {
        return None;
    }
    let found = nearest(name, |fact| fact.old_name(Minor::NEWEST))?;
    found.old_name(Minor::NEWEST)?.starts_with(&name[..=area.len()]).then_some(found)
}

/// The one setting that is nearest, if there is one near enough and no second one as near.
fn nearest(name: &str, named: impl Fn(&'static SettingFact) -> Option<&'static str>) -> Option<&'static SettingFact> {
    let declared = settings::all().iter().filter(|fact| fact.declared_in(Minor::NEWEST));
    let near: Vec<(usize, &SettingFact)> =
        declared.filter_map(|fact| Some((distance(name, named(fact)?)?, fact))).collect();
    let least = near.iter().map(|(distance, _)| *distance).min()?;
    let mut best = near.iter().filter(|(distance, _)| *distance == least);
    let (_, fact) = best.next()?;
    best.next().is_none().then_some(*fact)
}

/// How far one name is from the other, two for each slip; none if they are no near miss. Both are ASCII.
fn distance(written: &str, name: &str) -> Option<usize> {
    let (short, digits) = (written.len().min(name.len()), |text: &str| text.bytes().filter(u8::is_ascii_digit).count());
    if short < SHORTEST || written.len().abs_diff(name.len()) > 2 || digits(written) != digits(name) {
        return None;
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (written.split('_').collect(), name.split('_').collect());
    if left.len() != right.len() {
        // `worker_prefetchmultiplier`, `task_soft_timelimit`
        return (written.replace('_', "") == name.replace('_', "")).then_some(2);
    }
    if left.len() < 2 {
        return None;
    }
    let far: usize = left.iter().zip(&right).map(|(left, right)| slips(left, right)).sum::<Option<usize>>()?;
    (far <= if short < 12 { 2 } else { 4 }).then_some(far)
}

/// How far one word is from another, two for each slip and one for a plural; none if they are two words. The shorter a word, the
/// fewer slips.
fn slips(written: &str, word: &str) -> Option<usize> {
    if written == word {
        return Some(0);
    }
    let distance = osa_distance(written, word);
    let plural = |one: &str, many: &str| many.strip_suffix(['s', 'S']) == Some(one);
    let swapped = written.len() == word.len() && distance == 1 && sorted(written) == sorted(word);
    let most = match written.len().min(word.len()) {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    if plural(written, word) || plural(word, written) {
        return (!written.is_empty() && !word.is_empty()).then_some(1);
    }
    (distance <= most || swapped).then_some(2 * distance)
}

fn sorted(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cases: &[(&str, Option<&str>, Option<&str>)]) {
        for (written, namespace, expected) in cases {
            let found = suggest(written, *namespace).map(|fact| fact.name.as_str());
            assert_eq!(found, *expected, "{written} under {namespace:?}");
        }
    }

    #[test]
    fn slips_lead_to_the_setting() {
        let celery = Some("CELERY");
        check(&[
            ("task_serialiser", None, Some("task_serializer")),
            ("beat_schedules", None, Some("beat_schedule")),
            ("brokr_url", None, Some("broker_url")),
            ("broker_ulr", None, Some("broker_url")),
            ("task_route", None, Some("task_routes")),
            ("task_ack_late", None, Some("task_acks_late")),
            ("worker_concurency", None, Some("worker_concurrency")),
            ("worker_prefetch_multiplyer", None, Some("worker_prefetch_multiplier")),
            ("worker_prefetchmultiplier", None, Some("worker_prefetch_multiplier")),
            ("worker_max_task_per_child", None, Some("worker_max_tasks_per_child")),
            ("task_reject_on_worker_loss", None, Some("task_reject_on_worker_lost")),
            ("result_expire", None, Some("result_expires")),
            ("task_soft_timelimit", None, Some("task_soft_time_limit")),
            ("result_backend_url", None, Some("result_backend")),
            ("CELERY_TASK_SERIALISER", celery, Some("task_serializer")),
            ("CELERY_BROKER_URI", celery, Some("broker_url")),
            ("CELERY_TASK_TIMEOUT", celery, Some("task_time_limit")),
            ("CELERY_RESULTS_BACKEND", celery, Some("result_backend")),
            ("CELERY_BEAT_SCHEDUELR", celery, Some("beat_scheduler")),
            ("celery_task_serialiser", Some("celery"), Some("task_serializer")),
            ("JOBS_TASK_ROUTE", Some("JOBS"), Some("task_routes")),
            ("CELERYD_CONCURENCY", None, Some("worker_concurrency")),
            ("CELERY_RESULT_SERIALISER", None, Some("result_serializer")),
            ("CELERYBEAT_SHEDULE", None, Some("beat_schedule")),
        ]);
    }

    #[test]
    fn a_name_that_is_known_or_another_is_no_slip() {
        let celery = Some("CELERY");
        check(&[
            ("task_serializer", None, None),
            ("CELERY_BROKER_URL", None, None),
            ("BROKER_URL", celery, None),
            ("CELERY_broker_url", celery, None),
            ("CELERY_TASK_SERIALISER", None, Some("task_serializer")),
            ("TASK_SERIALISER", None, None),
            ("CELERY_BROKER_URL_2", celery, None),
            ("CELERY_BROKER_URL2", celery, None),
            ("CELERY_REPORTS_QUEUE", celery, None),
            ("CELERY_INTERACTIVE_QUEUE", celery, None),
            ("CELERY_ENABLED", celery, None),
            ("CELERY_LONG_RUNNING_TASK_TIME_LIMIT", celery, None),
            ("CELERY_TASK_DEFAULT_RETRY_DELAY", celery, None),
            ("CELERY_TASK_MAX_RETRIES", celery, None),
            ("CELERY_REDIS_URL", celery, None),
            ("CELERY__BROKER_URL", celery, None),
            ("BROKER__URL", None, None),
            ("CELERY_RESULT_BACKEND_", celery, None),
            ("CELERY_REDBEAT_LOCK_KEYS", celery, None),
            ("CELERY_ONCE_OPTIONS", celery, None),
            ("CELERY_EMAIL_TASK_CONFIG", celery, None),
            ("CELERY_EMAIL_CHUNK_SIZE", None, None),
            ("CELERY_FLOWER_USER", celery, None),
            ("CELERY_SINGLETON_BACKEND_URLS", celery, None),
            ("redbeat_lock_keys", None, None),
            ("flower_basic_auth", None, None),
            ("singleton_lock_expire", None, None),
            ("DATABASE_URL", None, None),
            ("BROKER_URLS_BY_REGION", None, None),
            ("DJANGO_SETTINGS_MODULE", None, None),
            ("SECURITY_KEYS", None, None),
            ("timezones", None, None),
            ("import", None, None),
            ("includes", None, None),
            ("include_", None, None),
            ("os", None, None),
            ("crontab", None, None),
            ("task_time_limit_extra", None, None),
            ("task_rates_limit", None, None),
            ("worker_state", None, None),
            ("result_cache_min", None, None),
            ("broker_poll_interval", None, None),
            ("", None, None),
            ("_", celery, None),
            ("CELERY_", celery, None),
            ("task_sérializer", None, None),
        ]);
    }

    #[test]
    fn no_setting_of_ours_or_around_is_a_slip_of_another() {
        for fact in settings::all() {
            for written in fact.old_names.iter().chain(&fact.doc_only_old_names).chain([&fact.name]) {
                assert!(suggest(written, None).is_none(), "{written}");
                assert!(suggest(written, Some("CELERY")).is_none(), "{written}");
                assert!(
                    suggest(&format!("CELERY_{}", fact.name.to_uppercase()), Some("CELERY")).is_none(),
                    "{written}"
                );
            }
        }
    }
}
