//! The rule of a [`crate::drill`]: it fails in the middle of a project, and its message holds what is in the project.

use crate::drill;
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

const PAGE: &str = "---\nname: drill\narea: files\nseverity: note\nconfidence: low\nfix: never\nstatus: preview\n\
                    since: 0.1.0\ncelery: any\nsummary: Fails\n---\n";
static RULE: Rule = Rule::new(PAGE, Check::Project(check));

/// No rule of the catalogue, and no rule at all unless a drill asks for it.
pub(super) fn rule() -> Option<&'static Rule> {
    drill::is("rule").then_some(&RULE)
}

fn check(project: &Project, report: &mut Report) {
    for file in &project.sources.files {
        // What a rule found before it failed goes with it.
        report.push(Finding::new(&RULE, "Found before the drill", Loc::new(file.id, Span::new(0, 0)), ""));
    }
    let texts: Vec<&str> = project.sources.files.iter().map(|file| file.text.as_str()).collect();
    panic!("a drill, with the texts {texts:?} and the secrets {:?}", project.secrets);
}
