//! The configuration: `celery-lint.toml`, `.celery-lint.toml`, `[tool.celery-lint]` of `pyproject.toml`.

pub mod discover;
pub mod error;
pub mod model;
pub mod resolve;
pub mod selector;
pub mod settings;

pub use error::ConfigError;
pub use model::FailOn;
pub use resolve::{Overrides, Resolved, resolve};
pub use settings::Settings;
