//! `chain-signature-mismatch`: see its page.

use crate::celery::arguments::{Checker, Given, Mismatch};
use crate::celery::errback::{self, Called};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::canvas::{Canvas, Kind, Part, What};
use crate::project::submission::Passed;
use crate::project::task::TaskSignature;
use crate::project::{Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::rules::calls::call_signature_mismatch::{Extra, mismatch};
use crate::rules::calls::sent;
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/chain-signature-mismatch.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for canvas in &project.canvas.canvases {
        for (before, part) in followers(canvas) {
            out.findings.extend(of_part(project, canvas, before, part));
        }
        if canvas.kind == Kind::Errback {
            out.findings.extend(canvas.parts.iter().filter_map(|part| of_errback(project, part)));
        }
    }
}

/// The parts that get the result of another, and that other.
fn followers(canvas: &Canvas) -> Vec<(Option<&Part>, &Part)> {
    match canvas.kind {
        Kind::Chain => canvas.parts.windows(2).filter_map(|pair| Some((pair.first(), pair.get(1)?))).collect(),
        Kind::Chord if canvas.has_body => canvas.parts.last().map(|body| (None, body)).into_iter().collect(),
        Kind::Link => canvas.parts.iter().map(|part| (None, part)).collect(),
        Kind::Chord | Kind::Group | Kind::Periodic | Kind::Errback => Vec::new(),
    }
}

fn of_part(project: &Project, canvas: &Canvas, before: Option<&Part>, part: &Part) -> Option<Finding> {
    let (submission, signature, passed) = signature(project, part)?;
    // In the end the task gets the result before its own arguments, and nothing else.
    let (wrong, checker) = mismatch(signature, submission, passed, Extra { results: 1, open: passed.open })?;
    Some(finding(project, canvas, before, part, (submission, signature, passed), (&wrong, checker)))
}

/// A signature that gets more arguments than its own, of a task whose parameters are known. What is wrong with its own arguments
/// alone is told elsewhere.
fn signature<'p>(project: &'p Project, part: &Part) -> Option<Fits<'p>> {
    let What::Signature(at) = part.what else { return None };
    let submission = project.submissions.get(at)?;
    let signature = project.tasks.get(submission.task?)?.signature.as_ref()?;
    let passed = submission.passed.as_ref().filter(|passed| passed.partial)?;
    let alone = mismatch(signature, submission, passed, Extra { results: 0, open: true });
    alone.is_none().then_some((submission, signature, passed))
}

/// A task that is called when another has failed, and does not take what it is called with in any release that the project may run with.
fn of_errback(project: &Project, part: &Part) -> Option<Finding> {
    let (submission, signature, passed) = signature(project, part)?;
    // Under another decorator the parameters that Celery counts are those of the wrapper.
    if !signature.runs_as_sent || !signature.checked {
        return None;
    }
    let names: Vec<&str> = passed.named.iter().filter_map(|it| it.name.as_deref()).collect();
    let held = Given { positional: passed.positional.len(), named: &names, open: passed.open };
    let in_release = |immutable, release| errback::mismatch(&signature.parameters, held, immutable, release);
    let wrong: Option<Vec<(Mismatch, Called)>> =
        project.releases.iter().map(|release| in_release(false, release)).collect();
    let (wrong, called) = wrong.filter(|_| !passed.open)?.pop()?;
    let (message, what) = match called {
        Called::AtOnce => ("`(request, exc, traceback)`", "the error"),
        Called::Sent => ("the id of the failed task", "the id of the failed task"),
    };
    let message = format!("`{}` is called with {message}, and does not take it", sent::short(&signature.function));
    let label = format!("the worker fails with `TypeError: {}() {}`", signature.function, wrong.words());
    let finding = Finding::new(&RULE, message, part.at, label)
        .related(signature.at, "the task's parameters")
        .symbol(&signature.function);
    if project.releases.iter().any(|release| in_release(true, release).is_some()) {
        return Some(
            finding.help("Take `(request, exc, traceback)`, or with `bind=True` the id of the failed task, first"),
        );
    }
    let finding = finding.help(format!("Write `.si(…)` for a signature that does not get {what}"));
    Some(immutable(project, part, submission).into_iter().fold(finding, Finding::fix))
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
    let message = match wrong {
        Mismatch::Missing { .. } => format!("`{}` lacks an argument besides {what}", signature.function),
        _ => format!("`{}` gets {what} as its first argument, and does not take it", signature.function),
    };
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
