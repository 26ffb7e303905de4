//! `on-commit-late-binding`: see its page.

use super::later;
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::transaction::Late;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/on-commit-late-binding.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for late in project.transactions.commits.iter().filter_map(|commit| commit.late.as_ref()) {
        out.push(describe(project, late));
    }
}

fn describe(project: &Project, late: &Late) -> Finding {
    let label = format!("read when the transaction is done: all tasks get the last `{}`", late.name);
    let finding = Finding::new(&RULE, "Tasks that a loop sends on commit all get the last value", late.at, label)
        .related(late.bound_at, "gets another value in each round")
        .symbol(&late.name)
        .help("Give `on_commit()` a `partial(task.delay, …)`, which takes the value as it is now");
    // Outside a transaction Django calls the function at once.
    let finding = if late.sure { finding } else { finding.severity(Severity::Warning) };
    let fix = || {
        let (text, name) = later::partial(project, late.sends?)?;
        let fix = Fix::new("Use a `partial`", Applicability::Safe).replace(late.callback, text);
        later::with_import(project, fix, late.callback, name)
    };
    fix().into_iter().fold(finding, Finding::fix)
}
