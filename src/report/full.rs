//! `full`: what a person reads. The message and the rule's name, snippets, help, and two lines about the whole run.

use std::collections::BTreeMap;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::finding::Severity;

use super::harmless::clean;
use super::mask::Masked;
use super::paint::Paint;
use super::summary::counted;
use super::view::{Shown, View};
use super::wrap::wrapped;
use super::{RenderOptions, Summary, snippet};

/// Text wider than this is hard to read, however wide the terminal is.
const WIDEST: usize = 100;
/// A message narrower than this does not share its line with the rule's name.
const NARROWEST: usize = 34;

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    for shown in view.shown() {
        write_header(view, &shown, out)?;
        out.write_all(snippet::draw(view, &shown).as_bytes())?;
        write_footer(view, &shown, out)?;
        writeln!(out)?;
    }
    statistics(view, out)?;
    if view.options.quiet {
        return Ok(());
    }
    out.write_all(understood_lines(view.summary, view.options).as_bytes())?;
    write_counts(view, out)
}

/// The lines *Understood …*: all that depends on how long the run took.
pub fn understood_lines(summary: &Summary, options: &RenderOptions) -> String {
    let paint = Paint::of(options);
    wrapped(&summary.understood_line(), options.width).iter().map(|line| format!("{}\n", paint.dim(line))).collect()
}

/// `  × message               rule-name`
fn write_header(view: &View, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::of(view.options);
    let characters = snippet::theme(view.options).characters;
    let icon = match shown.severity {
        Severity::Error => characters.error,
        Severity::Warning => characters.warning,
        Severity::Note => characters.advice,
    };
    let width = view.options.width.min(WIDEST);
    let name = shown.rule.name;
    let beside = width.saturating_sub(4 + 2 + name.len());
    let shares = beside >= NARROWEST;
    let room = if shares { beside } else { width.saturating_sub(4).max(16) };
    for (index, line) in wrapped(&clean(shown.message.as_str()), room).iter().enumerate() {
        let icon = if index == 0 { paint.severity(shown.severity, &icon) } else { " ".to_string() };
        let gap = " ".repeat(room.saturating_sub(line.width()) + 2);
        let name = if shares && index == 0 { format!("{gap}{}", paint.rule(shown.rule)) } else { String::new() };
        writeln!(out, "  {icon} {}{name}", paint.bold(line))?;
    }
    if !shares {
        writeln!(out, "    {}", paint.rule(shown.rule))?;
    }
    Ok(())
}

fn write_footer(view: &View, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::of(view.options);
    let room = view.options.width.min(WIDEST).saturating_sub(9).max(16);
    if let Some(help) = &shown.help {
        for (index, line) in wrapped(&clean(help.as_str()), room).iter().enumerate() {
            let head = if index == 0 { paint.help("help:") } else { " ".repeat(5) };
            writeln!(out, "   {head} {line}")?;
        }
    }
    writeln!(out, "   {}", paint.dim(&format!("docs: celery-lint rule {}", shown.rule.name)))
}

/// How many findings each rule has, most first.
pub fn statistics(view: &View, out: &mut dyn Write) -> io::Result<()> {
    if !view.options.statistics || view.len() == 0 {
        return Ok(());
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (rule, _) in view.rules() {
        *counts.entry(rule.name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
    for (name, count) in counts {
        writeln!(out, "{count:>6}  {name}")?;
    }
    writeln!(out)
}

/// `2 errors, 1 warning, 3 notes · 4 fixable with --fix, 1 more with --unsafe-fixes · 2 suppressed, 0 not read`
pub fn write_counts(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint::of(view.options);
    let summary = view.summary;
    let worst =
        [(summary.errors, Severity::Error), (summary.warnings, Severity::Warning), (summary.notes, Severity::Note)];
    let (plain, painted): (Vec<String>, Vec<String>) = worst
        .map(|(count, severity)| {
            let words = counted(count, severity.word());
            let painted = if count == 0 { words.clone() } else { paint.severity(severity, &words) };
            (words, painted)
        })
        .into_iter()
        .unzip();
    let between = if view.options.unicode { " · " } else { " - " };
    let mut column = plain.join(", ").width();
    write!(out, "{}", painted.join(", "))?;
    for part in summary.fixes().into_iter().chain([summary.hidden()]) {
        column += between.width() + part.width();
        if column > view.options.width {
            column = part.width();
            write!(out, "\n{part}")?;
        } else {
            write!(out, "{between}{part}")?;
        }
    }
    writeln!(out)?;
    write_unseen(view, out)
}

/// So many paths are named.
const NAMED: usize = 4;

/// `Not seen: all of `jobs`, a part of `shop/a.py` and 3 more; 1 finding that they could explain is left out`
fn write_unseen(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let parts = view.unseen();
    let more = parts.len().saturating_sub(NAMED);
    let name = |(words, path): (&str, Masked)| format!("{words} `{}`", clean(path.as_str())).trim_start().to_owned();
    let named: Vec<String> = parts.take(NAMED).map(name).collect();
    if named.is_empty() {
        return Ok(());
    }
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let left_out = match view.summary.left_out {
        0 => String::new(),
        1 => "; 1 finding that this could explain is left out".to_owned(),
        count => format!("; {count} findings that this could explain are left out"),
    };
    for line in wrapped(&format!("Not seen: {}{rest}{left_out}", named.join(", ")), view.options.width) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
