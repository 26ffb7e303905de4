//! Result backends by URL scheme (`celery.app.backends.BACKEND_ALIASES`) and what each can do.

use std::sync::LazyLock;

use serde::Deserialize;

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
    pub celery_extra: Option<String>,
    pub requires: Vec<String>,
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
    use super::*;

    #[test]
    fn knows_every_alias_of_celery() {
        // 22 of 5.7, and `amqp`, which 5.2 listed last.
        assert_eq!(all().len(), 23);
        assert_eq!(all().iter().filter(|backend| backend.last == "5.7").count(), 22);
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
