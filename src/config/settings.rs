//! What a run goes by: every source of configuration resolved to one answer.

use std::collections::BTreeMap;
use std::path::Path;

use crate::finding::{Finding, Severity};
use crate::rule::Rule;
use crate::source::{PathGlobs, WalkOptions};

use super::model::FailOn;
use super::selector;

/// The resolved configuration of one run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Sorted by name.
    pub rules: Vec<&'static Rule>,
    /// By rule name.
    pub severities: BTreeMap<String, Severity>,
    /// Per-rule options as the configuration states them, by rule name.
    pub options: BTreeMap<String, toml::Table>,
    pub per_file_ignores: Vec<PerFileIgnore>,
    /// Findings are reported in these paths only (relative to the root, files or directories); empty: everywhere.
    pub only: Vec<String>,
    /// The command line narrowed what runs, so that a blanket suppression may be needed by what did not run.
    pub partial: bool,
    pub fail_on: FailOn,
    pub min_severity: Severity,
    /// As written (`5.3`), instead of what the project's requirements say.
    pub target_celery: Option<String>,
    pub target_python: Option<String>,
    pub preview: bool,
    pub walk: WalkOptions,
    /// 0: as many as there are processors.
    pub threads: usize,
}

/// Rules that are off in some files.
#[derive(Debug, Clone)]
pub struct PerFileIgnore {
    pub files: PathGlobs,
    pub rules: Vec<&'static Rule>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rules: selector::enabled(&[]),
            severities: BTreeMap::new(),
            options: BTreeMap::new(),
            per_file_ignores: Vec::new(),
            only: Vec::new(),
            partial: false,
            fail_on: FailOn::Warning,
            min_severity: Severity::Note,
            target_celery: None,
            target_python: None,
            preview: false,
            walk: WalkOptions::new(crate::files::kind::CLASSIFY),
            threads: 0,
        }
    }
}

impl Settings {
    /// Only this rule (and nothing of the engine's own): for tests of one page.
    pub fn only_rule(rule: &'static Rule) -> Self {
        Self { rules: vec![rule], ..Self::default() }
    }

    pub fn is_enabled(&self, rule: &Rule) -> bool {
        self.rules.binary_search_by_key(&rule.name, |enabled| enabled.name).is_ok()
    }

    /// Whether findings of `rule` in the file are wanted.
    pub fn is_enabled_in(&self, rule: &Rule, root: &Path, path: &str) -> bool {
        self.is_enabled(rule) && !self.per_file_ignores.iter().any(|ignore| ignore.covers(rule, &root.join(path)))
    }

    pub fn severity_of(&self, finding: &Finding) -> Severity {
        self.severities.get(finding.rule.name).copied().unwrap_or(finding.severity)
    }

    /// Whether findings in the file are reported.
    pub fn reports(&self, path: &str) -> bool {
        let inside = |only: &String| {
            only.is_empty()
                || path.strip_prefix(only.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.only.is_empty() || self.only.iter().any(inside)
    }
}

impl PerFileIgnore {
    fn covers(&self, rule: &Rule, path: &Path) -> bool {
        self.rules.contains(&rule) && self.files.matches(path)
    }
}
