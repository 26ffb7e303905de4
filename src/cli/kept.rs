//! What a run printed, taken apart so that a later run can print it again.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::args::CheckArgs;
use super::error::CliError;
use super::output::Output;
use super::target::Target;
use crate::cache::{Cache, Question};
use crate::config::Resolved;
use crate::drill;
use crate::engine::Status;
use crate::report::{RenderOptions, Summary, is_drawn, understood_lines};
use crate::source::walk::git_root;

/// What the command said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: Status,
    pub summary: Summary,
    /// One for each output of the command line, in its order.
    pub reports: Vec<Report>,
    /// Lines on standard error.
    pub notes: Vec<String>,
}

/// One report; what it says of the time the run took is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    before: Vec<u8>,
    /// The lines *Understood …* stand here.
    has_time: bool,
    after: Vec<u8>,
}

impl Report {
    /// Takes a report apart; none when it would not be the same again.
    pub fn of(written: &[u8], summary: &Summary, options: &RenderOptions) -> Option<Self> {
        if !is_drawn(written) {
            return None;
        }
        let lines = understood_lines(summary, options);
        let at = memchr::memmem::rfind(written, lines.as_bytes());
        match at {
            Some(at) if !options.quiet => {
                let after = written[at + lines.len()..].to_vec();
                Some(Self { before: written[..at].to_vec(), has_time: true, after })
            }
            _ => Some(Self { before: written.to_vec(), has_time: false, after: Vec::new() }),
        }
    }

    /// The report with the time of this run; none when it is no report of ours.
    pub fn written(&self, summary: &Summary, options: &RenderOptions) -> Option<Vec<u8>> {
        let lines = if self.has_time { understood_lines(summary, options) } else { String::new() };
        let written = [self.before.as_slice(), lines.as_bytes(), &self.after].concat();
        is_drawn(&written).then_some(written)
    }
}

impl Answer {
    /// Whether the command would have changed nothing, so that what it said is all there is to it.
    pub fn is_all(summary: &Summary, args: &CheckArgs) -> bool {
        let fixable = summary.fixable + if args.unsafe_fixes { summary.unsafe_fixable } else { 0 };
        !(args.fix || args.diff) || fixable == 0
    }
}

/// Where the answer to a command line is kept; none when the cache is not wanted or not ours.
pub fn place(
    args: &CheckArgs,
    target: &Target,
    resolved: &Resolved,
    outputs: &[(RenderOptions, Output)],
) -> Option<Cache> {
    if args.files.no_cache || drill::is_on() {
        return None;
    }
    let git_root = git_root(&target.root);
    let question = question(args, target, resolved, git_root.as_deref(), outputs).ok()?;
    Cache::of(&target.root, git_root.as_deref(), &question)
}

fn question(
    args: &CheckArgs,
    target: &Target,
    resolved: &Resolved,
    git_root: Option<&Path>,
    outputs: &[(RenderOptions, Output)],
) -> io::Result<Question> {
    let below = git_root.and_then(|top| target.root.strip_prefix(top).ok());
    let (rules, exclude, quiet) = (&args.rules, &args.files.exclude, args.output.quiet);
    let selected =
        (&rules.select, &rules.ignore, &rules.extend_select, rules.preview, rules.fail_on, rules.min_severity);
    let mut question = Question::new()
        .with(format!("{below:?} {:?} {selected:?} {exclude:?} {quiet}", target.only))
        .with(format!("{outputs:?}"));
    for file in &resolved.files {
        let path = file.strip_prefix(&target.root).unwrap_or(file);
        question = question.with(path.as_os_str().as_encoded_bytes()).with(fs::read(file)?);
    }
    Ok(question)
}

/// Says again what an earlier run said; none when that cannot be done.
///
/// # Errors
/// When a report cannot be written.
pub fn tell(answer: &Answer, outputs: &[(RenderOptions, Output)]) -> Option<Result<(), CliError>> {
    if answer.reports.len() != outputs.len() {
        return None;
    }
    let pairs = answer.reports.iter().zip(outputs);
    let written: Option<Vec<Vec<u8>>> =
        pairs.map(|(report, (options, _))| report.written(&answer.summary, options)).collect();
    let deliver = |((_, output), bytes): (&(RenderOptions, Output), Vec<u8>)| output.deliver(&bytes);
    let told = outputs.iter().zip(written?).try_for_each(deliver);
    Some(told.inspect(|()| answer.notes.iter().for_each(|line| super::note(line))))
}
