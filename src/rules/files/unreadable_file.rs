//! `unreadable-file`: see its page.

use crate::rule::{Check, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unreadable-file.md"), Check::Engine);
