//! `signal-receiver-garbage-collected`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::receiver::Lost;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/signal-receiver-garbage-collected.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for receiver in project.receivers.iter().filter(|receiver| receiver.takes_keywords) {
        let Some(lost) = &receiver.lost else { continue };
        let (message, label) = match lost {
            Lost::Local(outer) => (
                format!("Receiver `{}` of `{}` is gone before it is called", receiver.name, receiver.signal),
                format!("the signal holds it weakly: it goes when `{outer}` returns"),
            ),
            Lost::Lambda => (
                format!("The receiver of `{}` is gone before it is called", receiver.signal),
                "the signal holds the lambda weakly, and nothing else holds it".to_owned(),
            ),
        };
        let finding = Finding::new(&RULE, message, receiver.at, label)
            .symbol(&receiver.signal)
            .help("Connect it with `weak=False`, or define it at the level of the module");
        out.push(match receiver.weak_at {
            Some((at, text)) => {
                finding.fix(Fix::new("Connect it with `weak=False`", Applicability::Safe).replace(at, text))
            }
            None => finding,
        });
    }
}
