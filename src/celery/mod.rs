//! What Celery itself is: facts as data, and the small code that reads them.
//!
//! The tables in `data/` were generated from the real packages (Celery 4.0 to 5.7); they are read once, on first use.
//! Nothing here knows the linted project.

pub mod backends;
pub mod env;
pub mod placeholder;
pub mod secret;
pub mod secret_paths;
pub mod settings;
pub mod transports;
pub mod url;
pub mod url_scan;

pub use secret::{Grade, GradeContext, SecretKind, grade};
pub use url::{SchemeClass, UrlSecret};

/// Reads one embedded table. A table that does not parse gives the empty table: the test of each table asserts its rows,
/// so that this cannot happen unseen.
fn table<T: serde::de::DeserializeOwned + Default>(text: &str) -> T {
    toml::from_str(text).unwrap_or_default()
}
