//! Output: one file per format. A renderer sees a [`view::View`], whose texts are masked, and never the project itself.

use std::io::{self, Write};

use crate::finding::Finding;
use crate::project::Project;

mod concise;
mod full;
mod github;
mod gitlab;
mod harmless;
mod identity;
mod json;
mod junit;
pub mod mask;
mod paint;
mod sarif;
mod snippet;
mod summary;
mod view;
pub mod wrap;

pub use full::understood_lines;
pub use harmless::{clean, clean_lines, is_drawn, is_obeyed, write_json, write_json_line};
pub use mask::Mask;
pub use paint::rule_url;
pub use summary::{Summary, Understood};

/// What the findings are written as.
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
#[serde(rename_all = "kebab-case")]
pub enum OutputFormat {
    /// Snippets and help, for people
    #[default]
    Full,
    /// One line per finding
    Concise,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
    /// SARIF 2.1.0, for GitHub code scanning and editors
    Sarif,
    /// GitHub workflow commands, which become annotations
    Github,
    /// GitLab Code Quality report
    Gitlab,
    /// JUnit XML
    Junit,
}

/// How the output looks. The default is plain: no colour, 80 columns.
#[derive(Debug, Clone)]
pub struct RenderOptions {
    pub color: bool,
    /// Rule names are terminal hyperlinks (OSC 8).
    pub links: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The terminal shows Unicode; else drawings are ASCII.
    pub unicode: bool,
    /// Count findings by rule at the end (full and concise).
    pub statistics: bool,
    /// No summary lines (full and concise).
    pub quiet: bool,
    /// Also write the findings that comments silence, marked as such (JSON and SARIF).
    pub show_suppressed: bool,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            color: false,
            links: false,
            width: 80,
            unicode: true,
            statistics: false,
            quiet: false,
            show_suppressed: false,
        }
    }
}

/// What a renderer draws. Findings come sorted.
#[derive(Debug)]
pub struct RenderInput<'a> {
    pub project: &'a Project,
    pub findings: &'a [Finding],
    pub summary: &'a Summary,
    pub options: RenderOptions,
}

type Renderer = fn(&view::View, &mut dyn Write) -> io::Result<()>;

static RENDERERS: &[(OutputFormat, Renderer)] = &[
    (OutputFormat::Full, full::render),
    (OutputFormat::Concise, concise::render),
    (OutputFormat::Json, json::render),
    (OutputFormat::Jsonl, json::render_lines),
    (OutputFormat::Sarif, sarif::render),
    (OutputFormat::Github, github::render),
    (OutputFormat::Gitlab, gitlab::render),
    (OutputFormat::Junit, junit::render),
];

/// Writes the findings in one format; no secret of the project is among the bytes.
pub fn render(format: OutputFormat, input: &RenderInput, out: &mut dyn Write) -> io::Result<()> {
    render_with_suppressed(format, input, &[], out)
}

/// [`render`], also given the findings that comments silence: they are written when the options ask for it.
pub fn render_with_suppressed(
    format: OutputFormat,
    input: &RenderInput,
    suppressed: &[Finding],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mask = Mask::new(input.project);
    let view = view::View::new(input, suppressed, &mask);
    let mut out = mask::MaskWriter::new(&mask, out);
    for (_, renderer) in RENDERERS.iter().filter(|(known, _)| *known == format) {
        renderer(&view, &mut out)?;
    }
    out.finish()
}
