//! Rules about what the project has to install.

use crate::rule::Rule;

pub static RULES: &[&Rule] = &[];
