//! Rules about files and comments themselves, so that nothing fails silently. The engine reports them.

use crate::rule::Rule;

pub mod internal_error;
pub mod invalid_syntax;
pub mod unreadable_file;
pub mod unused_suppression;

pub static RULES: &[&Rule] =
    &[&internal_error::RULE, &invalid_syntax::RULE, &unreadable_file::RULE, &unused_suppression::RULE];
