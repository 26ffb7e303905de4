//! `concise`: one line per finding, `path:line:col: severity[rule] message`.

use std::io::{self, Write};

use super::full::{statistics, write_counts};
use super::harmless::clean;
use super::paint::Paint;
use super::view::View;

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::of(view.options);
    for shown in view.shown() {
        let place = shown.region.map(|region| format!(":{}:{}", region.start.line, region.start.column));
        writeln!(
            out,
            "{}{}: {}[{}] {}",
            paint.bold(&clean(if shown.path.is_empty() { "celery-lint" } else { shown.path.as_str() })),
            place.unwrap_or_default(),
            paint.severity(shown.severity, shown.severity.word()),
            paint.rule(shown.rule),
            clean(shown.message.as_str()),
        )?;
    }
    statistics(view, out)?;
    if !view.options.quiet {
        write_counts(view, out)?;
    }
    Ok(())
}
