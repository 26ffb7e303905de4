//! `full`: snippets and help, for people.
use std::io::{self, Write};

use super::paint::Paint;
use super::view::View;

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    super::concise::render(view, out)
}

pub fn statistics(_view: &View, _out: &mut dyn Write) -> io::Result<()> {
    Ok(())
}

/// `2 errors, 1 warning, 3 notes · 4 fixable with --fix · 2 suppressed, 0 not read`
pub fn write_counts(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::of(view.options);
    let summary = view.summary;
    let parts: Vec<String> = [Some(paint.bold(&summary.severities())), summary.fixes(), Some(summary.hidden())]
        .into_iter()
        .flatten()
        .collect();
    writeln!(out, "{}", parts.join(if view.options.unicode { " · " } else { " - " }))
}
