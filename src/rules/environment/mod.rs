//! Rules of the area `environment`.

use crate::rule::Rule;

pub static RULES: &[&Rule] = &[];
