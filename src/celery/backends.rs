//! Result backends by URL scheme (`celery.app.backends.BACKEND_ALIASES`) and what each can do.

use std::sync::LazyLock;

use serde::Deserialize;

use super::release::Releases;
use super::transports::base_scheme;

/// One alias of a result backend.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Backend {
    pub alias: String,
    pub class: String,
    /// First and last minor release of Celery that lists it (`4.0` means that or before).
    pub since: String,
    pub last: String,
    /// The release in which its module went away though the alias stayed.
    pub module_missing_since: Option<String>,
    /// `native`, `polling` or `no`.
    pub chords: Option<String>,
    pub expires_itself: bool,
    /// `result_expires` needs the periodic task `celery.backend_cleanup`.
    pub needs_backend_cleanup: bool,
    pub persistent: bool,
    /// `ResultSet.join` has a native form; results are pushed to the waiting client; `result_compression` counts.
    pub native_join: bool,
    pub pushes_results: bool,
    pub result_compression: bool,
    /// What importing its module raises in the newest release that lists it.
    pub import_error: Option<String>,
    pub celery_extra: Option<String>,
    pub requires: Vec<String>,
}

impl Backend {
    /// The releases that list its alias.
    pub fn releases(&self) -> Releases {
        super::between(Some(&self.since), Some(&self.last))
    }

    /// The releases in which it can be loaded: listed, and its module is still there.
    pub fn usable(&self) -> Releases {
        let gone = self.module_missing_since.as_deref().and_then(|since| since.parse().ok());
        self.releases().without(gone.map_or(Releases::none(), Releases::at_least))
    }
}

#[derive(Default, Deserialize)]
struct Table {
    backend: Vec<Backend>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| super::table(include_str!("data/backends.toml")));

/// Aliases that distributions around Celery add by entry point (`django-celery-results`).
pub const PLUGINS: &[(&str, &str)] = &[
    ("django-db", "django_celery_results.backends:DatabaseBackend"),
    ("django-cache", "django_celery_results.backends:CacheBackend"),
];

/// Every backend that some release of Celery lists, by alias.
pub fn all() -> &'static [Backend] {
    &TABLE.backend
}

/// The backend of a URL scheme or bare name; the part before the first `+` decides.
pub fn by_scheme(scheme: &str) -> Option<&'static Backend> {
    let base = base_scheme(scheme);
    all().iter().find(|backend| backend.alias.eq_ignore_ascii_case(base))
}

/// Whether Celery or a well-known plug-in has a backend of that scheme or bare name.
pub fn is_known(scheme: &str) -> bool {
    by_scheme(scheme).is_some() || PLUGINS.iter().any(|(alias, _)| *alias == base_scheme(scheme))
}

#[cfg(test)]
mod tests {
    use super::super::release::Minor;
    use super::*;

    #[test]
    fn knows_every_alias_of_celery() {
        // 22 of 5.7, and `amqp`, which 5.2 listed last.
        assert_eq!(all().len(), 23);
        assert_eq!(all().iter().filter(|backend| backend.last == "5.7").count(), 22);
    }

    #[test]
    fn every_column_is_read() {
        let count = |has: fn(&Backend) -> bool| all().iter().filter(|backend| has(backend)).count();
        assert_eq!(
            (count(|backend| backend.chords.is_some()), count(|backend| backend.import_error.is_some())),
            (21, 2)
        );
        assert_eq!(count(|backend| backend.celery_extra.is_some()), 18);
        let redis = by_scheme("redis").unwrap();
        assert!(redis.native_join && redis.pushes_results && redis.expires_itself && redis.result_compression);
        assert!(by_scheme("db").unwrap().needs_backend_cleanup);
    }

    #[test]
    fn a_backend_whose_module_went_is_not_usable() {
        let cases = [("amqp", Releases::up_to(Minor(4, 4))), ("riak", Releases::up_to(Minor(4, 4)))];
        for (alias, expected) in cases {
            assert_eq!(by_scheme(alias).unwrap().usable(), expected, "{alias}");
        }
        assert_eq!(by_scheme("redis").unwrap().usable(), Releases::all());
        assert_eq!(by_scheme("gs").unwrap().usable(), Releases::at_least(Minor(5, 4)));
    }

    #[test]
    fn composites_and_plugins_are_known() {
        let cases =
            [("db+postgresql", true), ("cache+memcached", true), ("gs", true), ("django-db", true), ("gcs", false)];
        for (scheme, expected) in cases {
            assert_eq!(is_known(scheme), expected, "{scheme}");
        }
    }
}
