//! celery-lint reads a whole Python project the way Celery will at run time, and reports what is wrong.
//!
//! Five steps, one direction:
//!
//! 1. [`source`] walks the tree and reads bytes to text;
//! 2. [`python`] and [`files`] lower each file to a small owned type (a pure function of one file);
//! 3. [`project`] links them into the immutable [`project::Project`], the model that every rule looks at;
//! 4. [`rules`] are functions over that model, each with its page in `rules/`;
//! 5. [`report`] draws findings, [`fix`] applies their edits; [`picture`] draws the project.
//!
//! [`doctor`] asks the servers that the model names, and is the only part that opens connections.
//!
//! [`celery`] holds what Celery itself is (settings, transports, URL grammar) and knows nothing about the linted project.
//! [`engine`] is the whole story in one file; [`cli`] is the command line over it.

pub mod cache;
pub mod celery;
pub mod cli;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod drill;
pub mod engine;
pub mod files;
pub mod finding;
pub mod fix;
pub mod generate;
pub mod isolate;
pub mod picture;
pub mod project;
pub mod python;
pub mod report;
pub mod rule;
pub mod rules;
pub mod source;
pub mod suppress;
