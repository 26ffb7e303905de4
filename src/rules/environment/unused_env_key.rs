//! `unused-env-key`: see its page.

use crate::finding::Finding;
use crate::project::Project;
use crate::project::environment::coverage::unused;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/unused-env-key.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (name, at) in unused(project) {
        let finding = Finding::new(&RULE, format!("`{name}` is documented but nothing reads it"), at, "");
        out.push(finding.help("Remove it, or correct its name to the one that the code reads").symbol(name));
    }
}
