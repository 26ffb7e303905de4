//! What the doctor says: a table for people, or JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::Checks;
use super::check::{Check, Outcome};
use super::plan::{Plan, Target};
use super::probe::Role;
use crate::report::wrap::wrapped;
use crate::report::{clean, write_json};

/// How it is written.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub color: bool,
    /// Columns.
    pub width: usize,
    pub unicode: bool,
    /// The servers were asked.
    pub connected: bool,
}

/// Columns of the sign and the word before what was found.
const MARGIN: usize = 17;

/// The table: a block for each target.
///
/// # Errors
/// When it cannot be written.
pub fn text(out: &mut dyn Write, plan: &Plan, all: &[Checks], style: Style) -> io::Result<()> {
    for (target, checks) in plan.targets.iter().zip(all) {
        title(out, target, style)?;
        if !target.from.is_empty() {
            row(out, style, "  from", &target.from.join(", by "))?;
        }
        if let Some(server) = target.probe.server() {
            row(out, style, "  server", &target.hider.text(&server))?;
        }
        let steps = target.probe.steps();
        if !style.connected && !steps.is_empty() {
            let words: Vec<&str> = steps.iter().map(|step| step.word()).collect();
            row(out, style, "  would test", &words.join(", "))?;
        }
        for check in checks {
            result(out, check, style)?;
        }
        writeln!(out)?;
    }
    summary(out, plan, all, style)
}

fn title(out: &mut dyn Write, target: &Target, style: Style) -> io::Result<()> {
    let part = target.part.map_or(String::new(), |(at, of)| format!(" {at} of {of}"));
    let apps = if target.apps.is_empty() { String::new() } else { format!(" of {}", target.apps.join(", ")) };
    let words = format!("{}{part}{apps}", target.role.words());
    writeln!(out, "{}", style.paint("1", &clean(&words)))?;
    match &target.url {
        Some(url) => row(out, style, "  URL", url),
        None => Ok(()),
    }
}

fn result(out: &mut dyn Write, check: &Check, style: Style) -> io::Result<()> {
    let (unicode, ascii, code) = match check.outcome {
        Outcome::Ok => ("✓", "+", "32"),
        Outcome::Warning => ("!", "!", "1;33"),
        Outcome::Failed => ("×", "x", "1;31"),
        Outcome::Untested => ("?", "?", "1;36"),
    };
    let sign = if style.unicode { unicode } else { ascii };
    let head = format!("{} {}", style.paint(code, sign), check.step.word());
    let pad = " ".repeat(MARGIN.saturating_sub(2 + check.step.word().len()));
    block(out, style, &format!("{head}{pad}"), &check.found)?;
    if let Some(worker) = &check.worker {
        row(out, style, "    a worker", worker)?;
    }
    if let Some(help) = &check.help {
        row(out, style, &style.paint("36", "    help"), help)?;
    }
    Ok(())
}

fn summary(out: &mut dyn Write, plan: &Plan, all: &[Checks], style: Style) -> io::Result<()> {
    let count = |outcome: Outcome| all.iter().flatten().filter(|check| check.outcome == outcome).count();
    let connections = plan.targets.len();
    if plan.left_out > 0 {
        writeln!(out, "{} more are left out", plan.left_out)?;
    }
    let noun = if connections == 1 { "connection" } else { "connections" };
    if !style.connected {
        return writeln!(out, "{connections} {noun} found; nothing was opened: `--connect` tests them");
    }
    let line = format!(
        "{connections} {noun}: {} passed, {} failed, {} to know about, {} not tested",
        count(Outcome::Ok),
        count(Outcome::Failed),
        count(Outcome::Warning),
        count(Outcome::Untested)
    );
    wrapped(&line, style.width).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// A word and what is to be said to it; in little room the latter stands below.
fn row(out: &mut dyn Write, style: Style, word: &str, text: &str) -> io::Result<()> {
    let length = unicode_width::UnicodeWidthStr::width(plain(word).as_str());
    let pad = " ".repeat(MARGIN.saturating_sub(length));
    block(out, style, &format!("{word}{pad}"), text)
}

fn block(out: &mut dyn Write, style: Style, head: &str, text: &str) -> io::Result<()> {
    let (indent, first) = if style.width < 60 { (6, false) } else { (MARGIN, true) };
    let lines = wrapped(&clean(text), style.width.saturating_sub(indent).max(20));
    if !first {
        writeln!(out, "{}", head.trim_end())?;
    }
    for (at, line) in lines.iter().enumerate() {
        let before = if at == 0 && first { head.to_owned() } else { " ".repeat(indent) };
        writeln!(out, "{}", format!("{before}{line}").trim_end())?;
    }
    Ok(())
}

/// The text without colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or(part, |(_, rest)| rest))
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    connected: bool,
    connections: Vec<Connection<'a>>,
}

#[derive(Serialize)]
struct Connection<'a> {
    role: Role,
    apps: &'a [String],
    from: &'a [String],
    url: Option<&'a str>,
    /// Which of several it is, from 1, and of how many.
    part: Option<(usize, usize)>,
    server: Option<String>,
    tests: Vec<super::check::Step>,
    checks: &'a [Check],
}

/// The same as JSON.
///
/// # Errors
/// When it cannot be written.
pub fn json(out: &mut dyn Write, plan: &Plan, all: &[Checks], connected: bool) -> io::Result<()> {
    let connection = |(target, checks): (&'_ Target, &'_ Checks)| {
        (target.probe.server().map(|it| target.hider.text(&it)), target.probe.steps(), checks.len())
    };
    let extras: Vec<_> = plan.targets.iter().zip(all).map(connection).collect();
    let connections =
        plan.targets.iter().zip(all).zip(extras).map(|((target, checks), (server, tests, _))| Connection {
            role: target.role,
            apps: &target.apps,
            from: &target.from,
            url: target.url.as_deref(),
            part: target.part,
            server,
            tests,
            checks,
        });
    write_json(out, &Document { connected, connections: connections.collect() })
}
