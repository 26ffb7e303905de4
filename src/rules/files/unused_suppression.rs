//! `unused-suppression`: see its page.

use crate::rule::{Check, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unused-suppression.md"), Check::Engine);
