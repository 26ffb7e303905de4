//! Rules of the area `web`.

use crate::rule::Rule;

pub static RULES: &[&Rule] = &[];
