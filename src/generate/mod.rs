//! Python code that is written for the user: templates, filled with what the model knows, in the project's own style.
//!
//! Templates are plain files in `templates/`. What comes out of them goes through ruff's formatter with the line length
//! and the quotes of the project, so that a formatter that runs there has nothing to change.

pub mod endpoints;
pub mod insert;
pub mod render;
pub mod scaffold;
pub mod style;
mod templates;

pub use render::{RenderError, python, text};
pub use style::Style;
