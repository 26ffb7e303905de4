//! How a release turns names of settings into keys: old and new names, and the prefix of a namespace.

use std::borrow::Cow;

use super::super::release::Minor;
use super::super::settings::{self, SettingFact};

/// From this release on, maps are asked one after the other with every key; before, keys one after the other on every map.
pub(super) const MAPS_FIRST: Minor = Minor(5, 7);

/// Which names an application settled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    New,
    Old,
}

/// The setting that a release declares under that new name.
pub(super) fn by_new_name(key: &str, release: Minor) -> Option<&'static SettingFact> {
    settings::lookup(key).filter(|fact| fact.name == key && fact.declared_in(release))
}

/// The setting that a release declares and whose old name it is.
pub(super) fn by_old_name(key: &str, release: Minor) -> Option<&'static SettingFact> {
    settings::lookup(key).filter(|fact| fact.declared_in(release) && fact.old_name(release) == Some(key))
}

pub(super) fn to_new(key: &str, release: Minor) -> Option<&'static str> {
    by_old_name(key, release).map(|fact| fact.name.as_str())
}

pub(super) fn to_old(key: &str, release: Minor) -> Option<&'static str> {
    by_new_name(key, release).and_then(|fact| fact.old_name(release))
}

/// The key in the style, where the release can convert it.
pub(super) fn converted(key: &str, style: Style, release: Minor) -> &str {
    let other = match style {
        Style::New => to_new(key, release),
        Style::Old => to_old(key, release),
    };
    other.unwrap_or(key)
}

/// The prefix of a namespace: without the underscores at its end, and with one. An empty namespace is none.
pub(super) fn prefix(namespace: Option<&str>) -> Option<String> {
    let namespace = namespace.filter(|namespace| !namespace.is_empty())?;
    Some(format!("{}_", namespace.trim_end_matches('_')))
}

/// Python's `str.isupper`: no lower-case letter, and at least one upper-case one.
pub(super) fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// The key under which a setting is looked up first when there is a namespace.
pub(super) fn prefixed(name: &str, prefix: &str) -> String {
    let key = if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") };
    if is_upper(prefix) { key.to_uppercase() } else { key.to_lowercase() }
}

/// Every key under which a setting is looked up, first to last.
pub(super) fn lookup_keys<'n>(name: &'n str, prefix: Option<&str>, release: Minor) -> Vec<Cow<'n, str>> {
    let mut keys: Vec<Cow<'n, str>> = prefix.map(|prefix| Cow::Owned(prefixed(name, prefix))).into_iter().collect();
    for key in [Some(name), to_new(name, release), to_old(name, release)].into_iter().flatten() {
        if !keys.iter().any(|known| known == key) {
            keys.push(Cow::Borrowed(key));
        }
    }
    keys
}

/// A setting that is read from more than its own name (the properties of `celery.app.utils.Settings`).
pub(super) struct Chain {
    pub setting: &'static str,
    /// The environment variable that beats every key, and since when.
    pub variable: Option<(&'static str, Minor)>,
    /// The names that are looked up until one has a value other than `None`, with the releases from and before which
    /// each is.
    pub names: &'static [(&'static str, Minor, Option<Minor>)],
}

const OLDEST: Minor = Minor::OLDEST;

pub(super) const CHAINS: &[Chain] = &[
    Chain {
        setting: "broker_url",
        variable: Some(("CELERY_BROKER_URL", OLDEST)),
        names: &[("broker_url", OLDEST, None), ("broker_host", OLDEST, None)],
    },
    Chain {
        setting: "broker_read_url",
        variable: Some(("CELERY_BROKER_READ_URL", OLDEST)),
        names: &[("broker_read_url", OLDEST, None)],
    },
    Chain {
        setting: "broker_write_url",
        variable: Some(("CELERY_BROKER_WRITE_URL", OLDEST)),
        names: &[("broker_write_url", OLDEST, None)],
    },
    Chain {
        setting: "result_backend",
        variable: Some(("CELERY_RESULT_BACKEND", Minor(4, 2))),
        names: &[
            ("result_backend", OLDEST, Some(Minor(4, 2))),
            ("CELERY_RESULT_BACKEND", Minor(4, 2), Some(Minor(4, 4))),
            ("result_backend", Minor(4, 4), None),
            ("CELERY_RESULT_BACKEND", Minor(4, 4), None),
        ],
    },
    Chain {
        setting: "task_default_exchange",
        variable: None,
        names: &[("task_default_exchange", OLDEST, None), ("task_default_queue", OLDEST, None)],
    },
    Chain {
        setting: "task_default_routing_key",
        variable: None,
        names: &[("task_default_routing_key", OLDEST, None), ("task_default_queue", OLDEST, None)],
    },
    Chain {
        setting: "timezone",
        variable: None,
        names: &[
            ("timezone", OLDEST, None),
            // Django's own setting; before 5.3 its name was misspelt.
            ("time_zone", OLDEST, Some(Minor(5, 3))),
            ("TIME_ZONE", Minor(5, 3), None),
        ],
    },
];

/// The chain of a setting that has one.
pub(super) fn chain(setting: &str) -> Option<&'static Chain> {
    CHAINS.iter().find(|chain| chain.setting == setting)
}

impl Chain {
    /// The names that a release looks up, first to last.
    pub fn names(&self, release: Minor) -> impl Iterator<Item = &'static str> {
        let names = self.names.iter();
        names
            .filter(move |(_, from, before)| *from <= release && before.is_none_or(|before| release < before))
            .map(|row| row.0)
    }

    /// The environment variable that a release reads.
    pub fn variable(&self, release: Minor) -> Option<&'static str> {
        self.variable.filter(|(_, since)| *since <= release).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_with_its_prefix_and_under_its_other_name() {
        let cases = [
            ("broker_url", None, "broker_url BROKER_URL"),
            ("BROKER_URL", None, "BROKER_URL broker_url"),
            ("broker_url", Some("CELERY"), "CELERY_BROKER_URL broker_url BROKER_URL"),
            ("broker_url", Some("CELERY__"), "CELERY_BROKER_URL broker_url BROKER_URL"),
            ("broker_url", Some("celery"), "celery_broker_url broker_url BROKER_URL"),
            ("broker_url", Some("Jobs"), "jobs_broker_url broker_url BROKER_URL"),
            ("broker_url", Some("broker"), "broker_url BROKER_URL"),
            ("broker_url", Some("_"), "_broker_url broker_url BROKER_URL"),
            ("broker_url", Some("1"), "1_broker_url broker_url BROKER_URL"),
            ("broker_url", Some(""), "broker_url BROKER_URL"),
            ("redbeat_lock_key", Some("CELERY"), "CELERY_REDBEAT_LOCK_KEY redbeat_lock_key"),
        ];
        for (name, namespace, expected) in cases {
            let keys = lookup_keys(name, prefix(namespace).as_deref(), Minor::NEWEST);
            assert_eq!(keys.join(" "), expected, "{name} under {namespace:?}");
        }
    }
}
