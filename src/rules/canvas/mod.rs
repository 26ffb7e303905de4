//! Rules about canvases: chains, groups and chords.

use crate::rule::Rule;

pub mod chord_unsupported_backend;

pub static RULES: &[&Rule] = &[&chord_unsupported_backend::RULE];
