//! `invalid-syntax`: see its page.

use crate::rule::{Check, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/invalid-syntax.md"), Check::Engine);
