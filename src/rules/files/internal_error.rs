//! `internal-error`: see its page.

use crate::rule::{Check, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/internal-error.md"), Check::Engine);
