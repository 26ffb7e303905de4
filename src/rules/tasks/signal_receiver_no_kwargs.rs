//! `signal-receiver-no-kwargs`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/signal-receiver-no-kwargs.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for receiver in project.receivers.iter().filter(|receiver| !receiver.takes_keywords) {
        let message = format!("Receiver `{}` of `{}` takes no `**kwargs`", receiver.name, receiver.signal);
        let label = "connecting it raises `ValueError: Signal receiver must accept keyword arguments.`";
        let finding = Finding::new(&RULE, message, receiver.name_at, label)
            .related(receiver.at, "is connected here")
            .symbol(&receiver.name)
            .help("Add `**kwargs` to its parameters");
        out.push(match receiver.keywords_at {
            Some((at, before)) => {
                let fix = Fix::new(format!("Add `**kwargs` to `{}`", receiver.name), Applicability::Safe);
                finding.fix(fix.replace(at, format!("{before}**kwargs")))
            }
            None => finding,
        });
    }
}
