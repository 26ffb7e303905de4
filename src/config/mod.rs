//! The configuration: `celery-lint.toml`, `.celery-lint.toml`, `[tool.celery-lint]` of `pyproject.toml`.

pub mod model;
pub mod selector;
pub mod settings;

pub use model::FailOn;
pub use settings::Settings;
