//! `signature-never-dispatched`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::canvas::{Dropped, DroppedKind, Kind};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/signature-never-dispatched.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    project.canvas.dropped.iter().for_each(|dropped| out.push(finding(dropped)));
}

fn finding(dropped: &Dropped) -> Finding {
    let (message, label) = match dropped.kind {
        DroppedKind::Signature => ("This signature is made and never started", "makes a signature, and sends nothing"),
        DroppedKind::Canvas(kind) => match kind {
            Kind::Group => ("This group is made and never started", "makes a group, and sends nothing"),
            Kind::Chord => ("This chord is made and never started", "makes a chord, and sends nothing"),
            _ => ("This chain is made and never started", "makes a chain, and sends nothing"),
        },
        DroppedKind::Pipe => ("This chain is made and never started", "makes a chain, and sends nothing"),
        DroppedKind::Method => ("This method is named and never called", "sends nothing: the call is missing"),
    };
    let finding = Finding::new(&RULE, message, dropped.at, label);
    let end = |text: &str| {
        let at = Loc::new(dropped.at.file, Span::new(dropped.at.span.end, dropped.at.span.end));
        Fix::new("Send it", Applicability::Unsafe).replace(at, text)
    };
    match dropped.kind {
        DroppedKind::Method => finding.help("Call it, with the task's arguments"),
        DroppedKind::Signature | DroppedKind::Canvas(_) => {
            finding.help("Start it with `.delay()` or `.apply_async()`").fix(end(".delay()"))
        }
        DroppedKind::Pipe => finding.help("Put it in parentheses and start it with `.delay()` or `.apply_async()`"),
    }
}
