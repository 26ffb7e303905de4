//! The configuration: `celery-lint.toml`, `.celery-lint.toml`, `[tool.celery-lint]` of `pyproject.toml`.
