//! Celery's settings: every declared and every documented one, under its new name and its old ones.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

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
    pub deprecated_by: Option<String>,
    pub removed_in: Option<String>,
    pub will_be_removed_in: Option<String>,
    pub use_instead: Option<String>,
    pub allowed: Vec<String>,
    /// Whether `allowed` is complete.
    pub allowed_closed: bool,
    /// `value` when the value is or holds a secret, `path` when it names a file that does.
    pub secret: Option<String>,
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
    let namespace = namespace.strip_suffix('_').unwrap_or(namespace);
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
