//! `github`: workflow commands, which GitHub Actions turns into annotations.

use std::io::{self, Write};

use crate::finding::Severity;

use super::harmless::clean_char;
use super::view::{Region, Shown, View};

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    for shown in view.shown() {
        writeln!(out, "{}", command(&shown))?;
    }
    Ok(())
}

fn command(shown: &Shown) -> String {
    let mut properties = Vec::new();
    if !shown.repo_path.is_empty() {
        properties.push(("file", shown.repo_path.to_string()));
    }
    if let Some(region) = shown.region {
        properties.extend(place(region));
    }
    properties.push(("title", format!("celery-lint: {}", shown.rule.name)));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", escaped_property(value))).collect();
    let help = shown.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let message = escaped(&format!("{}{help}", shown.message));
    format!("::{} {}::{message}", level(shown.severity), properties.join(","))
}

/// Columns count only within one line: GitHub refuses them on a region of several.
fn place(region: Region) -> Vec<(&'static str, String)> {
    let mut place = vec![("line", region.start.line.to_string()), ("endLine", region.end.line.to_string())];
    if region.start.line == region.end.line {
        place.push(("col", region.start.column.to_string()));
        place.push(("endColumn", region.end.column.to_string()));
    }
    place
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// As `escapeData` of actions/toolkit, without what a terminal would obey: the log of a run is shown in one.
fn escaped(text: &str) -> String {
    let line_end = |character| matches!(character, '\r' | '\n');
    let clean: String = text.chars().map(|c| if line_end(c) { c } else { clean_char(c) }).collect();
    clean.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As `escapeProperty` of actions/toolkit.
fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_value_is_escaped() {
        assert_eq!(escaped("50%: a,\r\n"), "50%25: a,%0D%0A");
        assert_eq!(escaped_property("50%: a,\r\n"), "50%25%3A a%2C%0D%0A");
    }
}
