//! Snippets: the labels of a finding drawn into the lines they stand on.
//!
//! miette draws; it gets a few masked, clipped lines per snippet instead of whole files, which keeps a snippet at the
//! same small price in a file of any size.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use crate::finding::Severity;

use super::RenderOptions;
use super::harmless::clean;
use super::view::{Shown, View};

mod cluster;
mod window;

use window::Window;

/// Draws every snippet of a finding: the primary place first, then the others in the order in which they tell the story.
pub fn draw(view: &View, shown: &Shown) -> String {
    let clusters = cluster::clusters(view, shown);
    if clusters.is_empty() {
        return bare(view.options, shown);
    }
    clusters.iter().map(|cluster| drawn(view.options, shown.severity, Window::new(view, cluster))).collect()
}

/// A finding about a whole file: the frame with its path and nothing inside.
fn bare(options: &RenderOptions, shown: &Shown) -> String {
    if shown.path.is_empty() {
        return String::new();
    }
    let characters = theme(options).characters;
    let (top, bar, bottom) = (characters.ltop, characters.hbar, characters.lbot);
    let path = clean(shown.path.as_str());
    format!("   {top}{bar}[{path}]\n   {bottom}{}\n", bar.to_string().repeat(4))
}

fn drawn(options: &RenderOptions, severity: Severity, window: Window) -> String {
    let mut theme = theme(options);
    if options.color {
        let primary = match severity {
            Severity::Error => theme.styles.error,
            Severity::Warning => theme.styles.warning,
            Severity::Note => theme.styles.advice,
        };
        let related = theme.styles.advice;
        theme.styles.link = related;
        theme.styles.highlights =
            window.labels.iter().map(|label| if label.primary { primary } else { related }).collect();
    }
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(options.width.max(20))
        .with_context_lines(1)
        .with_links(false)
        .without_syntax_highlighting();
    let mut out = String::new();
    if handler.render_report(&mut out, &Picture { window }).is_err() {
        return String::new();
    }
    // The first line is miette's own header, which says nothing here.
    out.split_once('\n')
        .map(|(_, rest)| rest.lines().map(|line| format!("{}\n", line.trim_end())).collect())
        .unwrap_or_default()
}

pub fn theme(options: &RenderOptions) -> GraphicalTheme {
    match (options.unicode, options.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    }
}

/// One snippet as miette wants it.
#[derive(Debug)]
struct Picture {
    window: Window,
}

impl fmt::Display for Picture {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Picture {}

impl Diagnostic for Picture {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.window)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.window.labels.iter().map(|label| {
            let span = (label.range.start, label.range.len());
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            if label.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

impl SourceCode for Window {
    /// The lines for drawing (asked for with context), or only the place of a label for the frame's head.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let name = self.name.clone();
        let (line, column, lines) = if before > 0 {
            (self.first_line, 0, self.line_count)
        } else {
            let label = self.labels.iter().find(|label| label.range.start == span.offset());
            let start = label.ok_or(MietteError::OutOfBounds)?.start;
            (start.line as usize - 1, start.column as usize - 1, 1)
        };
        let whole = SourceSpan::from((0, self.text.len()));
        Ok(Box::new(MietteSpanContents::new_named(name, self.text.as_bytes(), whole, line, column, lines)))
    }
}
