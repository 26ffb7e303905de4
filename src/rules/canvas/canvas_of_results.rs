//! `canvas-of-results`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::canvas::{Canvas, Kind, Part, What};
use crate::project::{Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/canvas-of-results.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for canvas in &project.canvas.canvases {
        let wrong = canvas.parts.iter().filter_map(|part| Some((part, wrong(project, canvas, part)?)));
        wrong.for_each(|(part, wrong)| out.push(finding(project, canvas, part, wrong)));
    }
}

/// What stands where a signature has to.
#[derive(Clone, Copy)]
enum Wrong<'p> {
    Sent(&'p Submission),
    Task(&'p str),
}

fn wrong<'p>(project: &'p Project, canvas: &Canvas, part: &Part) -> Option<Wrong<'p>> {
    match part.what {
        What::Sent(at) => project.submissions.get(at).map(Wrong::Sent),
        // Beat looks a task up by its name, whatever it is given.
        What::Task(at) if canvas.kind != Kind::Periodic => {
            project.tasks.get(at).map(|task| Wrong::Task(task.function.as_str()))
        }
        _ => None,
    }
}

fn finding(project: &Project, canvas: &Canvas, part: &Part, wrong: Wrong) -> Finding {
    let place = place(canvas.kind);
    let error = error(canvas.kind, matches!(wrong, Wrong::Sent(_)));
    let (message, label) = match wrong {
        Wrong::Sent(_) => (
            format!("{place} is given the result of a task that is sent already"),
            format!("sends the task at once, and then {error}"),
        ),
        Wrong::Task(function) => {
            (format!("{place} is given the task `{function}` instead of a signature"), format!("the canvas {error}"))
        }
    };
    let finding = Finding::new(&RULE, message, part.at, label).help("Give it a signature: `task.s(…)`");
    match fix(project, part, wrong) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn place(kind: Kind) -> &'static str {
    match kind {
        Kind::Chain => "A chain",
        Kind::Group => "A group",
        Kind::Chord => "A chord",
        Kind::Link => "`link`",
        Kind::Errback => "`link_error`",
        Kind::Periodic => "A periodic task",
    }
}

/// What Celery does with it (the same from 4.4 to 5.7).
fn error(kind: Kind, sent: bool) -> &'static str {
    match (kind, sent) {
        (Kind::Chain, true) => "raises `TypeError: unsupported operand type(s) for |: '_chain' and 'AsyncResult'`",
        (Kind::Chain, false) => "raises `TypeError: unsupported operand type(s) for |` when the chain is made",
        (Kind::Group, true) => "fails when the group is started",
        (Kind::Chord, true) => "raises `AttributeError: 'AsyncResult' object has no attribute 'AsyncResult'`",
        (Kind::Group | Kind::Chord, false) => "raises `AttributeError` when it is started",
        (Kind::Link | Kind::Errback, true) => {
            "raises `EncodeError: Object of type AsyncResult is not JSON serializable`"
        }
        (Kind::Link | Kind::Errback, false) => "raises `EncodeError`: a task is not JSON serializable",
        (Kind::Periodic, _) => "makes an entry of beat that has no task",
    }
}

/// `.delay(…)` becomes `.s(…)`, and a task becomes `task.s()`.
fn fix(project: &Project, part: &Part, wrong: Wrong) -> Option<Fix> {
    match wrong {
        Wrong::Sent(submission) => {
            // A name stands for a call elsewhere, which may be meant.
            if submission.at != part.at {
                return None;
            }
            let text = project.sources.snippet(part.at);
            let at = text.find(".delay(").filter(|at| !text[..*at].contains('('))?;
            let start = part.at.span.start + at as u32 + 1;
            let name = Loc::new(part.at.file, Span::new(start, start + "delay".len() as u32));
            Some(Fix::new("Make it a signature", Applicability::Safe).replace(name, "s"))
        }
        Wrong::Task(_) => {
            let end = Loc::new(part.at.file, Span::new(part.at.span.end, part.at.span.end));
            Some(Fix::new("Make it a signature", Applicability::Safe).replace(end, ".s()"))
        }
    }
}
