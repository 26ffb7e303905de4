//! What the rules about calls ask of every submission.

use crate::project::submission::Passed;
use crate::project::{Project, Submission, Task, production};
use crate::source::Loc;

/// The submissions that count: not those of tests and examples, which may be wrong on purpose.
pub fn counted(project: &Project) -> impl Iterator<Item = (&Submission, &Passed)> {
    let counts = |it: &&Submission| !it.in_test && !production::is_shown(project.sources.path(it.at.file));
    project.submissions.iter().filter(counts).filter_map(|it| Some((it, it.passed.as_ref()?)))
}

/// The task that a submission surely reaches.
pub fn task<'p>(project: &'p Project, submission: &Submission) -> Option<&'p Task> {
    project.tasks.get(submission.task?).filter(|_| submission.sure)
}

/// The tasks of which a submission surely reaches one; empty when there may be others.
pub fn tasks<'p>(project: &'p Project, submission: &Submission) -> Vec<&'p Task> {
    let known = submission.sure || !submission.also.is_empty();
    let all = submission.task.iter().chain(&submission.also).filter(|_| known);
    all.filter_map(|task| project.tasks.get(*task)).collect()
}

/// The end of a long name.
pub fn short(name: &str) -> &str {
    if name.len() > 44 { name.rsplit('.').next().unwrap_or(name) } else { name }
}

/// Whether the source has parentheses right around a place: `(x)`.
pub fn in_parentheses(project: &Project, at: Loc) -> bool {
    let text = &project.sources.get(at.file).text;
    let before = text.get(..at.span.start as usize).unwrap_or_default().trim_end();
    let after = text.get(at.span.end as usize..).unwrap_or_default().trim_start();
    let own = before.strip_suffix('(').is_some_and(|rest| rest.trim_end().ends_with(['=', ',', '(']));
    own && after.starts_with(')')
}
