//! What Celery itself is: facts as data, and the small code that reads them.
//!
//! The tables in `data/` were generated from the real packages (Celery 4.0 to 5.7); they are read once, on first use.
//! Nothing here knows the linted project.

pub mod arguments;
pub mod backends;
pub mod beat;
pub mod cli;
pub mod configuration;
pub mod crontab;
pub mod discovery;
pub mod env;
pub mod errback;
pub mod extras;
pub mod filler;
pub mod names;
pub mod near_miss;
pub mod placeholder;
pub mod rate;
pub mod release;
pub mod removed;
pub mod scheme;
pub mod secret;
pub mod secret_paths;
pub mod settings;
pub mod task_options;
pub mod transports;
pub mod url;
pub mod url_scan;
pub mod values;

pub use scheme::SchemeClass;
pub use secret::{Grade, GradeContext, SecretKind, grade};
pub use url::UrlSecret;

/// Reads one embedded table. A table that does not parse gives the empty table: the test of each table asserts its rows,
/// so that this cannot happen unseen.
fn table<T: serde::de::DeserializeOwned + Default>(text: &str) -> T {
    toml::from_str(text).unwrap_or_default()
}

/// The releases from `since` to `last`, both included; a missing end is open. The oldest release of the tables stands for
/// itself and all before it.
fn between(since: Option<&str>, last: Option<&str>) -> release::Releases {
    use release::{Minor, Releases};
    let since = since.and_then(|since| since.parse().ok()).unwrap_or(Minor::OLDEST);
    let last = last.and_then(|last| last.parse().ok()).unwrap_or(Minor::NEWEST);
    Releases::matching(|minor| since <= minor && minor <= last)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// The tables are copies of those that a generator makes from the real packages; where its output stands beside the
    /// repository, both must be the same.
    #[test]
    fn the_embedded_tables_equal_the_generated_ones() {
        let upstream = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/facts");
        if !upstream.is_dir() {
            println!("skipped: the generated tables are not beside the repository");
            return;
        }
        let tables = [
            ("settings.toml", include_str!("data/settings.toml")),
            ("transports.toml", include_str!("data/transports.toml")),
            ("backends.toml", include_str!("data/backends.toml")),
            ("env.toml", include_str!("data/env.toml")),
            ("task_options.toml", include_str!("data/task_options.toml")),
            ("extras.toml", include_str!("data/extras.toml")),
            ("names.toml", include_str!("data/names.toml")),
            ("releases.toml", include_str!("data/releases.toml")),
        ];
        for (name, embedded) in tables {
            let generated = std::fs::read_to_string(upstream.join(name)).unwrap();
            assert!(generated == embedded, "src/celery/data/{name} is not the generated table");
        }
    }
}
