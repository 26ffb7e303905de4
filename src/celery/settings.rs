//! Celery's settings: every declared and every documented one, under its new name and its old ones.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::release::{Minor, Releases};

/// One setting, as `celery/app/defaults.py` declares it or the documentation names it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SettingFact {
    /// The new, lower-case name.
    pub name: String,
    /// The declared type (`string`, `int`, `list`, `dict`, `any` …).
    #[serde(rename = "type")]
    pub kind: String,
    /// A Python expression.
    pub default: Option<String>,
    /// Kinds of value that work, where the declared type says too little.
    pub accepts: Vec<String>,
    /// Upper-case names that the code converts.
    pub old_names: Vec<String>,
    /// Upper-case names that the documentation has and the code ignores.
    pub doc_only_old_names: Vec<String>,
    /// First and last minor release that declares it; none when it is documented or read but never declared.
    pub since: Option<String>,
    pub last: Option<String>,
    pub documented: bool,
    /// The release that the documentation's `versionadded` names.
    pub doc_versionadded: Option<String>,
    /// For one that is documented without being declared: the first and last release whose documentation has it.
    pub doc_since: Option<String>,
    pub doc_last: Option<String>,
    /// For one that is read without being declared: where, in the newest release.
    pub read_at: Option<String>,
    pub deprecated_by: Option<String>,
    pub removed_in: Option<String>,
    pub will_be_removed_in: Option<String>,
    pub use_instead: Option<String>,
    pub allowed: Vec<String>,
    /// Whether `allowed` is complete.
    pub allowed_closed: bool,
    /// Where the allowed values come from: a place in the source, or `docs`.
    pub allowed_from: Option<String>,
    /// The smallest and largest number that makes sense, whether Celery refuses others, and what says so.
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub bounds_enforced: bool,
    pub bounds_from: Option<String>,
    /// `value` when the value is or holds a secret, `path` when it names a file that does.
    pub secret: Option<String>,
    /// Celery masks it in bug reports.
    pub masked_by_celery: bool,
    /// Releases in which the declared default or type became another.
    pub changes: Vec<Change>,
}

/// A release that declares a setting with another default or type than the release before.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Change {
    #[serde(rename = "in")]
    pub release: String,
    /// A Python expression.
    pub default: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

impl SettingFact {
    /// The releases that declare it. Empty for one that Celery never declares (documented, read, or another package's).
    pub fn releases(&self) -> Releases {
        match (&self.since, &self.last) {
            (Some(since), Some(last)) => super::between(Some(since), Some(last)),
            _ => Releases::none(),
        }
    }

    /// Whether a release declares it: only then it counts when Celery tells old names from new ones.
    pub fn declared_in(&self, minor: Minor) -> bool {
        self.releases().contains(minor)
    }

    /// Whether some release of Celery declares it.
    pub fn declared(&self) -> bool {
        self.since.is_some()
    }

    /// The old name that a release converts. There is at most one in each.
    pub fn old_name(&self, minor: Minor) -> Option<&str> {
        // The one setting whose old name changed: 4.0 had it with a `D`.
        let renamed = self.old_names.iter().find(|old| (*old == "CELERYD_SEND_EVENTS") == (minor == Minor::OLDEST));
        if self.old_names.len() > 1 { renamed } else { self.old_names.first() }.map(String::as_str)
    }
}

#[derive(Default, Deserialize)]
struct Table {
    setting: Vec<SettingFact>,
    undeclared: Vec<SettingFact>,
}

/// Settings of distributions around Celery that live in its configuration.
const AROUND: &[(&str, &str)] = &[
    ("redbeat_redis_url", "string"),
    ("redbeat_redis_options", "dict"),
    ("redbeat_redis_use_ssl", "dict"),
    ("redbeat_key_prefix", "string"),
    ("redbeat_lock_key", "string"),
    ("redbeat_lock_timeout", "int"),
    ("singleton_backend_url", "string"),
    ("singleton_backend_kwargs", "dict"),
    ("singleton_backend_class", "string"),
    ("singleton_key_prefix", "string"),
    ("singleton_lock_expiry", "int"),
    ("beat_dburi", "string"),
    ("beat_schema", "string"),
    ("ONCE", "dict"),
];

struct Index {
    facts: Vec<SettingFact>,
    by_name: FxHashMap<String, usize>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let table: Table = super::table(include_str!("data/settings.toml"));
    let mut facts = table.setting;
    facts.extend(table.undeclared);
    facts.extend(AROUND.iter().map(|(name, kind)| SettingFact {
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        documented: true,
        ..SettingFact::default()
    }));
    let mut by_name = FxHashMap::default();
    for (at, fact) in facts.iter().enumerate() {
        by_name.insert(fact.name.clone(), at);
    }
    for (at, fact) in facts.iter().enumerate() {
        let around = fact.since.is_none() && fact.old_names.is_empty();
        let upper = around.then(|| fact.name.to_ascii_uppercase());
        for old in fact.old_names.iter().chain(&fact.doc_only_old_names).cloned().chain(upper) {
            by_name.entry(old).or_insert(at);
        }
    }
    Index { facts, by_name }
});

/// Every setting: declared, then undeclared, then those of distributions around Celery.
pub fn all() -> &'static [SettingFact] {
    &INDEX.facts
}

/// The setting of a name as written: new (`broker_url`), old (`BROKER_URL`, `CELERYD_CONCURRENCY`), or an old name that
/// only the documentation has (`CELERY_ENABLE_UTC`).
pub fn lookup(written: &str) -> Option<&'static SettingFact> {
    INDEX.by_name.get(written).and_then(|at| INDEX.facts.get(*at))
}

/// The new name of a setting as written in a configuration with that namespace (`CELERY` for Django's usual
/// `namespace="CELERY"`). With a namespace, `CELERY_BROKER_URL` is `broker_url`; bare new names work as well, and old
/// names do since 5.7 (before, they are silently ignored). None when Celery knows no such setting.
pub fn canonical(written: &str, namespace: Option<&str>) -> Option<&'static str> {
    let namespaced = namespace.and_then(|namespace| without_namespace(written, namespace));
    namespaced.or_else(|| lookup(written)).map(|fact| fact.name.as_str())
}

/// Celery looks a setting up as the namespace, `_`, and the name: upper-case under an upper-case namespace, else as it is.
fn without_namespace(written: &str, namespace: &str) -> Option<&'static SettingFact> {
    let namespace = namespace.trim_end_matches('_');
    let rest = written.strip_prefix(namespace)?.strip_prefix('_')?;
    if namespace.chars().any(char::is_lowercase) {
        return by_new_name(rest);
    }
    if rest.chars().any(char::is_lowercase) {
        return None;
    }
    by_new_name(&rest.to_ascii_lowercase()).or_else(|| by_new_name(rest))
}

fn by_new_name(name: &str) -> Option<&'static SettingFact> {
    lookup(name).filter(|fact| fact.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_complete() {
        assert_eq!(all().iter().filter(|fact| fact.since.is_some()).count(), 209);
        assert_eq!(all().len(), 209 + 27 + AROUND.len());
    }

    #[test]
    fn every_column_is_read() {
        let count = |has: fn(&SettingFact) -> bool| all().iter().filter(|fact| has(fact)).count();
        assert_eq!(count(|fact| fact.doc_versionadded.is_some()), 75);
        assert_eq!(count(|fact| fact.doc_since.is_some() && fact.doc_last.is_some()), 24);
        assert_eq!(count(|fact| fact.read_at.is_some()), 8);
        assert_eq!(count(|fact| fact.allowed_from.is_some()), 24);
        assert_eq!(count(|fact| fact.bounds_from.is_some()), 5);
        assert_eq!((count(|fact| fact.min.is_some()), count(|fact| fact.max.is_some())), (5, 3));
        assert_eq!(count(|fact| fact.masked_by_celery), 16);
        assert_eq!(count(|fact| !fact.changes.is_empty()), 5);
        let concurrency = &lookup("worker_concurrency").unwrap().changes;
        assert_eq!((concurrency[0].release.as_str(), concurrency[0].default.as_deref()), ("5.2", Some("None")));
        assert_eq!((concurrency[1].release.as_str(), concurrency[1].kind.as_deref()), ("5.7", Some("any")));
    }

    #[test]
    fn every_old_name_leads_to_its_setting() {
        for fact in all() {
            for old in fact.old_names.iter().chain(&fact.doc_only_old_names) {
                assert_eq!(lookup(old).map(|found| &found.name), Some(&fact.name), "{old}");
            }
        }
        let events = lookup("worker_send_task_events").unwrap();
        assert_eq!(events.old_name(Minor(4, 0)), Some("CELERYD_SEND_EVENTS"));
        assert_eq!(events.old_name(Minor(4, 1)), Some("CELERY_SEND_EVENTS"));
        assert_eq!(lookup("broker_url").unwrap().old_name(Minor(5, 7)), Some("BROKER_URL"));
    }

    #[test]
    fn new_old_and_documented_names_are_found() {
        let cases = [
            ("broker_url", Some("broker_url")),
            ("BROKER_URL", Some("broker_url")),
            ("BROKER_PASSWORD", Some("broker_password")),
            ("CELERY_RESULT_BACKEND", Some("result_backend")),
            ("CELERY_RESULT_DBURI", Some("database_url")),
            ("CELERYD_CONCURRENCY", Some("worker_concurrency")),
            ("CELERYBEAT_SCHEDULE", Some("beat_schedule")),
            ("CELERY_ENABLE_UTC", Some("enable_utc")),
            ("redbeat_redis_url", Some("redbeat_redis_url")),
            ("REDBEAT_REDIS_URL", Some("redbeat_redis_url")),
            ("ONCE", Some("ONCE")),
            ("Broker_Url", None),
            ("CELERY_BROKER_URL", None),
            ("DEBUG", None),
        ];
        for (written, expected) in cases {
            assert_eq!(lookup(written).map(|fact| fact.name.as_str()), expected, "{written}");
        }
    }

    #[test]
    fn a_namespace_prefixes_the_upper_case_new_name() {
        let cases = [
            ("CELERY_BROKER_URL", Some("CELERY"), Some("broker_url")),
            ("CELERY_RESULT_BACKEND", Some("CELERY"), Some("result_backend")),
            ("CELERY_TASK_TRACK_STARTED", Some("CELERY"), Some("task_track_started")),
            ("CELERY_ENABLE_UTC", Some("CELERY"), Some("enable_utc")),
            ("CELERY_REDBEAT_REDIS_URL", Some("CELERY"), Some("redbeat_redis_url")),
            ("CELERY_ONCE", Some("CELERY"), Some("ONCE")),
            ("CELERY_broker_url", Some("CELERY"), None),
            ("celery_broker_url", Some("celery"), Some("broker_url")),
            ("JOBS_BROKER_URL", Some("JOBS_"), Some("broker_url")),
            ("BROKER_URL", Some("CELERY"), Some("broker_url")),
            ("broker_url", Some("CELERY"), Some("broker_url")),
            ("CELERY_NONSENSE", Some("CELERY"), None),
            ("CELERY_BROKER_URL", None, None),
        ];
        for (written, namespace, expected) in cases {
            assert_eq!(canonical(written, namespace), expected, "{written} in {namespace:?}");
        }
    }
}
