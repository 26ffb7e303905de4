//! `chain-signature-mismatch`: see its page.

use crate::celery::arguments::{Checker, Mismatch};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::canvas::{Canvas, Kind, Part, What};
use crate::project::submission::Passed;
use crate::project::task::TaskSignature;
use crate::project::{Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::rules::calls::call_signature_mismatch::{Extra, mismatch};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/chain-signature-mismatch.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for canvas in &project.canvas.canvases {
        for (before, part) in followers(canvas) {
            out.findings.extend(of_part(project, canvas, before, part));
        }
    }
}

/// The parts that get the result of another, and that other.
fn followers(canvas: &Canvas) -> Vec<(Option<&Part>, &Part)> {
    match canvas.kind {
        Kind::Chain => canvas.parts.windows(2).filter_map(|pair| Some((pair.first(), pair.get(1)?))).collect(),
        Kind::Chord if canvas.has_body => canvas.parts.last().map(|body| (None, body)).into_iter().collect(),
        Kind::Link => canvas.parts.iter().map(|part| (None, part)).collect(),
        Kind::Chord | Kind::Group | Kind::Periodic => Vec::new(),
    }
}

fn of_part(project: &Project, canvas: &Canvas, before: Option<&Part>, part: &Part) -> Option<Finding> {
    let What::Signature(at) = part.what else { return None };
    let submission = project.submissions.get(at)?;
    let task = project.tasks.get(submission.task?)?;
    let signature = task.signature.as_ref()?;
    let passed = submission.passed.as_ref().filter(|passed| passed.partial)?;
    // In the end the task gets the result before its own arguments, and nothing else.
    let (wrong, checker) = mismatch(signature, submission, passed, Extra { results: 1, open: passed.open })?;
    Some(finding(project, canvas, before, part, (submission, signature, passed), (&wrong, checker)))
}

type Fits<'p> = (&'p Submission, &'p TaskSignature, &'p Passed);

fn finding(
    project: &Project,
    canvas: &Canvas,
    before: Option<&Part>,
    part: &Part,
    (submission, signature, passed): Fits,
    (wrong, checker): (&Mismatch, Checker),
) -> Finding {
    let what = match (canvas.kind, before.map(|part| part.what)) {
        (Kind::Chord, _) | (_, Some(What::Canvas(Kind::Group))) => "the list of the group's results",
        (Kind::Link, _) => "the result of the task",
        _ => "the result of the step before",
    };
    let message = format!("`{}` gets {what} as its first argument, and does not take it", signature.function);
    let words = wrong.words();
    let label = match checker {
        Checker::Celery => format!("`TypeError: {}() {words}`, once that is there", signature.function),
        Checker::Python => format!("the worker fails with `TypeError: {}() {words}`", signature.function),
    };
    let mut finding = Finding::new(&RULE, message, part.at, label)
        .related(signature.at, "the task's parameters")
        .symbol(&signature.function);
    if fits_alone(signature, passed, submission) {
        finding = finding.help("Write `.si(…)` for a signature that takes no result");
        if let Some(fix) = immutable(project, part, submission) {
            finding = finding.fix(fix);
        }
    }
    finding
}

/// Whether the task takes exactly what is written.
fn fits_alone(signature: &TaskSignature, passed: &Passed, submission: &Submission) -> bool {
    mismatch(signature, submission, passed, Extra { results: 0, open: passed.open }).is_none()
}

/// `.s(` becomes `.si(`.
fn immutable(project: &Project, part: &Part, submission: &Submission) -> Option<Fix> {
    if submission.at != part.at {
        return None;
    }
    let text = project.sources.snippet(part.at);
    let at = text.find(".s(").filter(|at| !text[..*at].contains('('))?;
    let end = part.at.span.start + at as u32 + 2;
    let place = Loc::new(part.at.file, Span::new(end, end));
    Some(Fix::new("Make the signature immutable", Applicability::Unsafe).replace(place, "i"))
}
