//! Where a setting's value holds a credential: as a URL, as the whole value, or at some path inside a dictionary.

use super::secret::SecretKind;

/// What stands at one place of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// A URL (or a list of them) that may hold a credential.
    Url,
    /// The credential itself.
    Secret(SecretKind),
    /// `user:password` (or a list of them).
    UserPassword,
}

/// One place: the setting, and the keys that lead to it. `*` stands for any one key or index.
struct Place {
    setting: &'static str,
    path: &'static [&'static str],
    carries: Carries,
}

const fn place(setting: &'static str, path: &'static [&'static str], carries: Carries) -> Place {
    Place { setting, path, carries }
}

const PASSWORD: Carries = Carries::Secret(SecretKind::Password);
const KEY: Carries = Carries::Secret(SecretKind::Key);

/// Lists of URLs and of `user:password` need no `*`: indexes after the last key of a path are ignored.
const PLACES: &[Place] = &[
    place("broker_url", &[], Carries::Url),
    place("broker_read_url", &[], Carries::Url),
    place("broker_write_url", &[], Carries::Url),
    place("result_backend", &[], Carries::Url),
    place("database_url", &[], Carries::Url),
    place("cache_backend", &[], Carries::Url),
    place("beat_dburi", &[], Carries::Url),
    place("redbeat_redis_url", &[], Carries::Url),
    place("singleton_backend_url", &[], Carries::Url),
    place("broker_api", &[], Carries::Url),
    place("basic_auth", &[], Carries::UserPassword),
    place("broker_password", &[], PASSWORD),
    place("redis_password", &[], PASSWORD),
    place("security_key_password", &[], PASSWORD),
    place("s3_secret_access_key", &[], KEY),
    place("broker_transport_options", &["password"], PASSWORD),
    place("broker_transport_options", &["sasl_password"], PASSWORD),
    place("broker_transport_options", &["sentinel_kwargs", "password"], PASSWORD),
    place("broker_transport_options", &["predefined_queues", "*", "secret_access_key"], KEY),
    place("broker_transport_options", &["predefined_queues", "*", "session_token"], KEY),
    place("broker_transport_options", &["*", "sasl.password"], PASSWORD),
    place("broker_transport_options", &["*", "ssl.key.password"], PASSWORD),
    place("broker_transport_options", &["*", "sasl.oauthbearer.client.secret"], KEY),
    place("broker_transport_options", &["conn_string"], Carries::Url),
    place("broker_transport_options", &["connect_args", "password"], PASSWORD),
    place("broker_transport_options", &["connect_args", "passwd"], PASSWORD),
    place("result_backend_transport_options", &["password"], PASSWORD),
    place("result_backend_transport_options", &["sentinel_kwargs", "password"], PASSWORD),
    place("mongodb_backend_settings", &["password"], PASSWORD),
    place("mongodb_backend_settings", &["host"], Carries::Url),
    place("mongodb_backend_settings", &["options", "password"], PASSWORD),
    place("mongodb_backend_settings", &["options", "tlsCertificateKeyFilePassword"], PASSWORD),
    place("couchbase_backend_settings", &["password"], PASSWORD),
    place("arangodb_backend_settings", &["password"], PASSWORD),
    place("cassandra_auth_kwargs", &["password"], PASSWORD),
    place("cassandra_options", &["password"], PASSWORD),
    place("cache_backend_options", &["password"], PASSWORD),
    place("database_engine_options", &["connect_args", "password"], PASSWORD),
    place("database_engine_options", &["connect_args", "passwd"], PASSWORD),
    place("database_engine_options", &["connect_args", "pwd"], PASSWORD),
    place("broker_use_ssl", &["ssl_password"], PASSWORD),
    place("redis_backend_use_ssl", &["ssl_password"], PASSWORD),
    place("redbeat_redis_options", &["password"], PASSWORD),
    place("redbeat_redis_options", &["sentinel_kwargs", "password"], PASSWORD),
    place("singleton_backend_kwargs", &["password"], PASSWORD),
    place("ONCE", &["settings", "url"], Carries::Url),
    place("ONCE", &["settings", "password"], PASSWORD),
];

/// What stands in the setting of that canonical name under `path` (dictionary keys and list indexes in decimal, from the
/// outside in; empty for the value itself). A namespace-free `CELERY_CACHE_BACKEND = "default"` is a `Url` without one.
pub fn carries(setting: &str, path: &[&str]) -> Option<Carries> {
    let keys = match path.iter().rposition(|key| !is_index(key)) {
        Some(last) => path.get(..=last).unwrap_or(path),
        None => &[],
    };
    PLACES.iter().find(|place| place.setting == setting && matches(place.path, keys)).map(|place| place.carries)
}

/// Whether any place of the setting's value can hold a credential.
pub fn may_carry(setting: &str) -> bool {
    PLACES.iter().any(|place| place.setting == setting)
}

fn matches(pattern: &[&str], keys: &[&str]) -> bool {
    pattern.len() == keys.len() && pattern.iter().zip(keys).all(|(part, key)| *part == "*" || part == key)
}

fn is_index(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_stands_where() {
        let cases: &[(&str, &[&str], Option<Carries>)] = &[
            ("broker_url", &[], Some(Carries::Url)),
            ("broker_url", &["0"], Some(Carries::Url)),
            ("broker_password", &[], Some(PASSWORD)),
            ("s3_secret_access_key", &[], Some(KEY)),
            ("s3_access_key_id", &[], None),
            ("broker_transport_options", &[], None),
            ("broker_transport_options", &["sentinel_kwargs", "password"], Some(PASSWORD)),
            ("broker_transport_options", &["predefined_queues", "mail", "secret_access_key"], Some(KEY)),
            ("broker_transport_options", &["predefined_queues", "mail", "access_key_id"], None),
            ("broker_transport_options", &["kafka_common_config", "sasl.password"], Some(PASSWORD)),
            ("broker_transport_options", &["conn_string"], Some(Carries::Url)),
            ("database_engine_options", &["connect_args", "passwd"], Some(PASSWORD)),
            ("ONCE", &["settings", "url"], Some(Carries::Url)),
            ("basic_auth", &["0"], Some(Carries::UserPassword)),
            ("security_key", &[], None),
            ("task_default_queue", &[], None),
        ];
        for (setting, path, expected) in cases {
            assert_eq!(carries(setting, path), *expected, "{setting} {path:?}");
        }
    }

    #[test]
    fn every_setting_of_the_table_is_known_or_flowers() {
        for place in PLACES {
            let flower = ["broker_api", "basic_auth"].contains(&place.setting);
            assert!(flower || super::super::settings::lookup(place.setting).is_some(), "{}", place.setting);
        }
    }
}
