//! `call-signature-mismatch`: see its page.

use super::invalid_dispatch_arguments::{options_of_delay, parameters_of_apply};
use super::sent;
use crate::celery::arguments::{Checker, Given, Mismatch};
use crate::celery::near_miss;
use crate::finding::Finding;
use crate::project::submission::{Method, Passed};
use crate::project::task::TaskSignature;
use crate::project::{Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/call-signature-mismatch.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (submission, passed) in sent::counted(project) {
        let tasks = sent::tasks(project, submission);
        let signatures: Option<Vec<&TaskSignature>> = tasks.iter().map(|task| task.signature.as_ref()).collect();
        let signatures = signatures.unwrap_or_default();
        let Some((signature, others)) = signatures.split_first() else { continue };
        // Another rule says what is wrong with these.
        let told = options_of_delay(signature, passed).chain(parameters_of_apply(signature, passed)).next().is_some();
        if told {
            continue;
        }
        let extra = Extra { results: 0, open: passed.open || passed.partial };
        // One of several tasks may be the only one that is ever meant here.
        if others.iter().any(|other| mismatch(other, submission, passed, extra).is_none()) {
            continue;
        }
        if let Some((mismatch, checker)) = mismatch(signature, submission, passed, extra) {
            out.push(describe(submission, signature, passed, &mismatch, checker));
        }
    }
}

/// What a task gets besides the arguments that are written.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Extra {
    /// Results of other tasks, before them.
    pub results: usize,
    /// There may be more that is not known.
    pub open: bool,
}

/// What is wrong, and who says so.
pub(in crate::rules) fn mismatch(
    signature: &TaskSignature,
    submission: &Submission,
    passed: &Passed,
    extra: Extra,
) -> Option<(Mismatch, Checker)> {
    let names: Vec<&str> = passed.named.iter().filter_map(|it| it.name.as_deref()).collect();
    let given = Given { positional: extra.results + passed.positional.len(), named: &names, open: extra.open };
    let by = |checker| signature.parameters.mismatch(given, checker).map(|mismatch| (mismatch, checker));
    let sent = by(Checker::Celery).filter(|_| signature.checked && submission.method.is_checked());
    sent.or_else(|| by(Checker::Python).filter(|_| signature.runs_as_sent))
}

fn describe(
    submission: &Submission,
    signature: &TaskSignature,
    passed: &Passed,
    mismatch: &Mismatch,
    checker: Checker,
) -> Finding {
    let words = mismatch.words();
    let label = match checker {
        Checker::Celery if submission.method == Method::Retry => {
            format!("`TypeError: {}() {words}`: the retry is rejected, and the task is lost", signature.function)
        }
        Checker::Celery if submission.handed && passed.partial => {
            format!("raises `TypeError: {}() {words}` when it is called", signature.function)
        }
        Checker::Python if submission.method == Method::Apply => {
            format!("the task fails with `TypeError: {}() {words}`", signature.function)
        }
        Checker::Celery if !submission.method.sends() => {
            format!("raises `TypeError: {}() {words}` when it is started", signature.function)
        }
        Checker::Celery => format!("raises `TypeError: {}() {words}`", signature.function),
        Checker::Python => format!("the worker fails with `TypeError: {}() {words}`", signature.function),
    };
    let task = submission.task_name.as_deref().unwrap_or(&signature.function);
    let message = format!("This call does not fit the task `{}`", sent::short(task));
    let finding = Finding::new(&RULE, message, place(submission, passed, mismatch), label)
        .related(signature.at, "the task's parameters")
        .symbol(task);
    match help(signature, passed, mismatch) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The argument that is wrong, or the whole call.
fn place(submission: &Submission, passed: &Passed, mismatch: &Mismatch) -> Loc {
    let named = |name: &str| passed.named.iter().find(|it| it.name.as_deref() == Some(name)).map(|it| it.at);
    let at = match mismatch {
        Mismatch::Unexpected(name) | Mismatch::Multiple(name) => named(name),
        Mismatch::PositionalOnly(names) => names.first().and_then(|name| named(name)),
        Mismatch::Missing { .. } | Mismatch::TooMany { .. } => None,
    };
    at.unwrap_or(submission.at)
}

fn help(signature: &TaskSignature, passed: &Passed, mismatch: &Mismatch) -> Option<String> {
    match mismatch {
        Mismatch::Unexpected(name) => {
            let own = signature.parameters.positional.iter().skip(usize::from(signature.parameters.bound));
            let known = own.chain(&signature.parameters.keyword_only).map(|it| it.name.as_str());
            let free = known.filter(|known| !passed.named.iter().any(|it| it.name.as_deref() == Some(known)));
            let meant = near_miss::closest(name, free)?;
            Some(format!("Write `{meant}=`, if that is meant"))
        }
        Mismatch::Missing { names, .. } => Some(format!("Pass `{}`", names.join("`, `"))),
        _ => None,
    }
}
