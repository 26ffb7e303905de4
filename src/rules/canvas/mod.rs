//! Rules about canvases: chains, groups and chords.

use crate::rule::Rule;

pub mod canvas_of_results;
pub mod chain_signature_mismatch;
pub mod chord_unsupported_backend;
pub mod signature_never_dispatched;

pub static RULES: &[&Rule] = &[
    &canvas_of_results::RULE,
    &chain_signature_mismatch::RULE,
    &chord_unsupported_backend::RULE,
    &signature_never_dispatched::RULE,
];
