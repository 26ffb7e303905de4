//! The whole story: link, check, suppress, sort.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::config::Settings;
use crate::finding::Finding;
use crate::project::Project;
use crate::rule::{Check, Report, Rule};
use crate::rules::files::internal_error;
use crate::source::Sources;
use crate::suppress;

mod broken;
mod drill;

pub use broken::failures;

use crate::isolate::{THREAD_NAME, isolated};

/// Bytes of stack per thread: deeply nested sources recurse deeply.
const STACK_SIZE: usize = 16 << 20;

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    pub project: Project,
    /// What to report, sorted by path, position and rule.
    pub findings: Vec<Finding>,
    /// Findings that comments silenced, in the same order.
    pub suppressed: Vec<Finding>,
    /// How many findings are below the severity that is shown; they still count for the status.
    pub hidden: usize,
    /// How many findings are not told, because something that was not seen could explain them.
    pub left_out: usize,
    pub status: Status,
    /// The time since the sources were read.
    pub elapsed: Duration,
}

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub enum Status {
    /// Nothing at or above the gate.
    #[default]
    Clean,
    Findings,
    /// A bug of ours, or nothing at all could be read.
    Failed,
}

/// Lints a tree that was read. The same sources give the same outcome, whatever the thread count and the order of files.
pub fn lint(sources: Sources, settings: &Settings) -> Outcome {
    with_threads(settings, || run(sources, settings))
}

/// Only the model of a tree. The error says where in our source a bug of ours is.
pub fn link(sources: Sources, settings: &Settings) -> Result<Project, String> {
    with_threads(settings, || isolated(|| Project::link(sources, settings)))
}

/// Does work that may recurse deeply on a thread with a large stack.
pub fn with_threads<T: Send>(settings: &Settings, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(STACK_SIZE)
        .num_threads(settings.threads)
        .thread_name(|index| format!("{THREAD_NAME}{index}"))
        .build();
    match pool {
        Ok(pool) => pool.install(work),
        // Without threads of our own the work is done on this one.
        Err(_) => work(),
    }
}

fn run(sources: Sources, settings: &Settings) -> Outcome {
    let start = Instant::now();
    let root = sources.root.clone();
    let (project, mut findings) = match isolated(|| Project::link(sources, settings)) {
        Ok(project) => (project, Vec::new()),
        Err(place) => (Project::default(), vec![our_bug(&format!("Linking the project failed at {place}"), ".")]),
    };
    if project.is_foreign {
        // Nothing to do with Celery: whatever a rule could say of it is not our business.
        let elapsed = start.elapsed();
        findings.extend(broken::failures(&project));
        return Outcome {
            status: status(&project, &findings, settings),
            project,
            findings,
            elapsed,
            ..Outcome::default()
        };
    }
    let rules: Vec<&'static Rule> = settings.rules.iter().copied().chain(drill::rule()).collect();
    findings.par_extend(rules.par_iter().flat_map_iter(|rule| check(rule, &project)));
    findings.extend(broken::files(&project));
    for finding in &mut findings {
        if let Some(label) = &finding.primary {
            finding.path = project.sources.path(label.loc.file).to_owned();
        }
    }
    findings.retain(|finding| is_own(finding) || settings.is_enabled_in(finding.rule, &root, &finding.path));
    let suppress::Sorted { kept, mut suppressed } =
        suppress::apply(&project.sources, &project.comments, findings, settings);
    let mut findings = kept;
    findings.retain(|finding| is_own(finding) || settings.reports(&finding.path));
    let told = findings.len();
    findings.retain(|finding| !is_explained(&project, finding));
    let left_out = told - findings.len();
    suppressed.retain(|finding| settings.reports(&finding.path));
    for finding in &mut findings {
        finding.severity = settings.severity_of(finding);
    }
    let status = status(&project, &findings, settings);
    let all = findings.len();
    findings.retain(|finding| finding.severity >= settings.min_severity);
    sort(&mut findings);
    sort(&mut suppressed);
    let hidden = all - findings.len();
    Outcome { hidden, left_out, project, findings, suppressed, status, elapsed: start.elapsed() }
}

/// Runs one rule; a bug in it costs one finding.
fn check(rule: &'static Rule, project: &Project) -> Vec<Finding> {
    let Check::Project(check) = rule.check else { return Vec::new() };
    let mut report = Report::default();
    let work = || {
        check(project, &mut report);
        report.findings
    };
    match isolated(|| project.clock.time(rule.name, work)) {
        Ok(findings) => findings,
        Err(place) => vec![our_bug(&format!("The rule `{}` failed at {place}", rule.name), ".").symbol(rule.name)],
    }
}

/// Whether a part of the project that was not seen could explain a finding away.
fn is_explained(project: &Project, finding: &Finding) -> bool {
    let needs = finding.rule.needs;
    !needs.is_empty() && project.unseen.explains(&project.sources, needs, &finding.symbol).is_some()
}

fn our_bug(message: &str, path: &str) -> Finding {
    Finding::on_path(&internal_error::RULE, message, path).help("Report it to the project with the lines that cause it")
}

/// Whether the finding is about a bug of ours: nothing turns it off.
fn is_own(finding: &Finding) -> bool {
    finding.rule == &internal_error::RULE
}

fn status(project: &Project, findings: &[Finding], settings: &Settings) -> Status {
    let nothing_read = project.sources.files.is_empty() && !project.sources.unreadable.is_empty();
    if nothing_read || findings.iter().any(is_own) {
        Status::Failed
    } else if findings.iter().any(|finding| settings.fail_on.includes(finding.severity)) {
        Status::Findings
    } else {
        Status::Clean
    }
}

fn sort(findings: &mut [Finding]) {
    let place = |finding: &Finding| finding.primary.as_ref().map(|label| label.loc);
    findings.sort_by(|a, b| {
        let first = (&a.path, place(a), a.rule.name, &a.message);
        first.cmp(&(&b.path, place(b), b.rule.name, &b.message))
    });
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod unseen_tests;
