//! Whether a text is Python at all.

use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

/// Whether the text has no syntax error.
pub fn parses(text: &str) -> bool {
    parse_unchecked(text, ParseOptions::from(Mode::Module)).errors().is_empty()
}
