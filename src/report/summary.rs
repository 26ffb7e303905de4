//! What a run looked at and what it found, in two lines: silence is only worth something when one can see what was read.

use std::time::Duration;

use rustc_hash::FxHashSet;

use crate::finding::{Finding, Severity};
use crate::fix::Applicability;
use crate::project::Project;

/// Counts of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Files in which something of Celery stands.
    pub celery_files: usize,
    pub elapsed: Duration,
    /// Findings that a comment hides.
    pub suppressed: usize,
    /// Findings that `--fix` repairs.
    pub fixable: usize,
    /// Findings that only `--unsafe-fixes` repairs.
    pub unsafe_fixable: usize,
    /// Files that matter and could not be read.
    pub not_read: usize,
    /// Findings that are not told, because something that was not seen could explain them.
    pub left_out: usize,
    pub understood: Understood,
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
}

/// How much of the project the model holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Understood {
    pub apps: usize,
    pub tasks: usize,
    pub calls: usize,
    pub schedules: usize,
    pub workers: usize,
    pub environment_keys: usize,
}

impl Summary {
    pub fn of(project: &Project, findings: &[Finding], elapsed: Duration, suppressed: usize) -> Self {
        let of_severity = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        let best = |finding: &Finding| finding.fixes.iter().map(|fix| fix.applicability).max();
        let fixable = |level| findings.iter().filter(|finding| best(finding) == Some(level)).count();
        Self {
            files: project.sources.files.len(),
            celery_files: celery_files(project),
            elapsed,
            suppressed,
            fixable: fixable(Applicability::Safe),
            unsafe_fixable: fixable(Applicability::Unsafe),
            not_read: project.sources.unreadable.len(),
            left_out: 0,
            understood: Understood::of(project),
            errors: of_severity(Severity::Error),
            warnings: of_severity(Severity::Warning),
            notes: of_severity(Severity::Note),
        }
    }

    /// `Understood 1 app, 23 tasks, …`
    pub fn understood_line(&self) -> String {
        let it = &self.understood;
        format!(
            "Understood {}, {}, {}, {}, {}, {} ({}, {} Celery, {:.2} s)",
            counted(it.apps, "app"),
            counted(it.tasks, "task"),
            counted(it.calls, "call"),
            counted(it.schedules, "schedule"),
            counted(it.workers, "worker"),
            counted(it.environment_keys, "environment key"),
            counted(self.files, "file"),
            if self.celery_files == 1 { "1 touches".to_string() } else { format!("{} touch", self.celery_files) },
            self.elapsed.as_secs_f64(),
        )
    }

    /// `4 fixable with --fix, 1 more with --unsafe-fixes`; none when nothing is.
    pub fn fixes(&self) -> Option<String> {
        match (self.fixable, self.unsafe_fixable) {
            (0, 0) => None,
            (0, more) => Some(format!("{more} fixable with --fix --unsafe-fixes")),
            (safe, 0) => Some(format!("{safe} fixable with --fix")),
            (safe, more) => Some(format!("{safe} fixable with --fix, {more} more with --unsafe-fixes")),
        }
    }

    /// `2 suppressed, 0 not read`
    pub fn hidden(&self) -> String {
        format!("{} suppressed, {} not read", self.suppressed, self.not_read)
    }
}

impl Understood {
    fn of(project: &Project) -> Self {
        let keys: FxHashSet<&str> =
            project.env_reads.iter().filter_map(|read| read.key.names.first()).map(String::as_str).collect();
        Self {
            apps: project.apps.len(),
            tasks: project.tasks.len(),
            calls: project.submissions.len(),
            schedules: project.schedules.len(),
            workers: project.launches.iter().filter(|launch| launch.command == "worker").count(),
            environment_keys: keys.len(),
        }
    }
}

fn celery_files(project: &Project) -> usize {
    let places = (project.apps.iter().map(|app| app.at))
        .chain(project.settings.iter().map(|setting| setting.at))
        .chain(project.tasks.iter().map(|task| task.at))
        .chain(project.submissions.iter().map(|submission| submission.at))
        .chain(project.schedules.iter().map(|schedule| schedule.at))
        .chain(project.launches.iter().map(|launch| launch.at));
    places.map(|at| at.file).collect::<FxHashSet<_>>().len()
}

/// `1 app`, `2 apps`, `1 match`, `2 matches`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_agree_in_number() {
        let understood = Understood { apps: 1, tasks: 23, calls: 41, schedules: 6, workers: 3, environment_keys: 9 };
        let mut summary = Summary {
            files: 412,
            celery_files: 38,
            elapsed: Duration::from_millis(41),
            suppressed: 2,
            fixable: 4,
            unsafe_fixable: 1,
            understood,
            errors: 2,
            warnings: 1,
            notes: 3,
            ..Summary::default()
        };
        assert_eq!(
            summary.understood_line(),
            "Understood 1 app, 23 tasks, 41 calls, 6 schedules, 3 workers, 9 environment keys \
             (412 files, 38 touch Celery, 0.04 s)"
        );
        assert_eq!(summary.fixes().unwrap(), "4 fixable with --fix, 1 more with --unsafe-fixes");
        assert_eq!(summary.hidden(), "2 suppressed, 0 not read");
        summary.celery_files = 1;
        assert!(summary.understood_line().contains("1 touches Celery"));
    }

    #[test]
    fn a_clean_empty_run_has_its_lines_too() {
        let summary = Summary::of(&Project::default(), &[], Duration::ZERO, 0);
        assert_eq!(summary.fixes(), None);
        assert!(summary.understood_line().starts_with("Understood 0 apps, 0 tasks"));
    }
}
