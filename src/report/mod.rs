//! One file per output format.

use std::io::{self, Write};
use std::time::Duration;

use crate::finding::Finding;
use crate::project::Project;

/// How findings are written.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    clap::ValueEnum,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// Source snippets with labels, for people
    #[default]
    Full,
    /// One line per finding, for people and editors
    Concise,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub workflow commands (annotations)
    Github,
    /// GitLab code quality report
    Gitlab,
    /// JUnit XML
    Junit,
}

impl OutputFormat {
    /// Whether people read it, so that it may carry a summary, colours and links.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise)
    }
}

/// Everything a format may show.
#[derive(Debug, Clone, Copy)]
pub struct RenderInput<'a> {
    pub project: &'a Project,
    /// Sorted by path, position and rule.
    pub findings: &'a [Finding],
    pub summary: &'a Summary,
    pub options: RenderOptions,
}

/// How a person's terminal looks.
#[derive(Debug, Clone, Copy)]
pub struct RenderOptions {
    pub color: bool,
    /// Whether the terminal shows hyperlinks.
    pub links: bool,
    /// In columns.
    pub width: usize,
    /// Only findings, no summary.
    pub quiet: bool,
}

/// What the last lines of a run say.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Files that were read.
    pub files: usize,
    /// Those of them that touch Celery.
    pub celery_files: usize,
    pub unreadable: usize,
    pub elapsed: Duration,
    /// Findings that a comment suppressed.
    pub suppressed: usize,
    /// Findings below `--min-severity`.
    pub hidden: usize,
    /// Findings with a safe fix, and those with an unsafe one only.
    pub fixable: usize,
    pub unsafe_fixable: usize,
    /// Findings that this run fixed.
    pub fixed: usize,
}

/// Writes a report.
///
/// # Errors
/// When `out` cannot be written to.
pub fn render(_format: OutputFormat, input: &RenderInput<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in input.findings {
        let place = match &finding.primary {
            Some(label) => {
                let position = input.project.sources.position(label.loc);
                format!("{}:{}:{}", finding.path, position.line, position.column)
            }
            None => finding.path.clone(),
        };
        let severity = format!("{:?}", finding.severity).to_lowercase();
        writeln!(out, "{place}: {severity}[{}] {}", finding.rule.name, finding.message)?;
    }
    Ok(())
}
