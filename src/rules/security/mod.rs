//! Rules of the area `security`.

use crate::rule::Rule;

pub static RULES: &[&Rule] = &[];
