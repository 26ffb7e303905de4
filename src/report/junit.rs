//! `junit`: JUnit XML, one test suite per file and one failed test case per finding.

use std::io::{self, Write};

use super::harmless::clean_char;
use super::view::{Shown, View};

pub fn render(view: &View, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<Shown> = view.shown().collect();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let failures = all.len();
    // A file without any test case is an error for some readers: a clean run is one test that passed.
    let tests = failures.max(1);
    writeln!(out, "<testsuites name=\"celery-lint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")?;
    if all.is_empty() {
        writeln!(out, "  <testsuite name=\"celery-lint\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">")?;
        writeln!(out, "    <testcase name=\"no findings\" classname=\"celery-lint\"/>")?;
        writeln!(out, "  </testsuite>")?;
    }
    for suite in all.chunk_by(|left, right| left.path == right.path) {
        write_suite(suite, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn write_suite(suite: &[Shown], out: &mut dyn Write) -> io::Result<()> {
    let path = suite.first().map_or("", |shown| shown.path.as_str());
    let path = escaped(if path.is_empty() { "." } else { path });
    let count = suite.len();
    writeln!(out, "  <testsuite name=\"{path}\" tests=\"{count}\" failures=\"{count}\" errors=\"0\" skipped=\"0\">")?;
    for shown in suite {
        write_case(shown, &path, out)?;
    }
    writeln!(out, "  </testsuite>")
}

fn write_case(shown: &Shown, path: &str, out: &mut dyn Write) -> io::Result<()> {
    let place = shown.region.map(|region| format!(":{}:{}", region.start.line, region.start.column));
    let place = place.unwrap_or_default();
    let line = shown.region.map(|region| format!(" line=\"{}\"", region.start.line)).unwrap_or_default();
    let (rule, severity, message) = (shown.rule.name, shown.severity.word(), escaped(shown.message.as_str()));
    writeln!(out, "    <testcase name=\"{rule}{place}\" classname=\"{path}\" file=\"{path}\"{line}>")?;
    write!(
        out,
        "      <failure type=\"{severity}\" message=\"{message}\">{path}{place}: {severity}[{rule}] {message}"
    )?;
    if let Some(help) = &shown.help {
        write!(out, "\nhelp: {}", escaped(help.as_str()))?;
    }
    writeln!(out, "</failure>\n    </testcase>")
}

/// Escapes what XML reads as its own; characters that XML 1.0 cannot hold at all, and those that a
/// terminal would obey, become `�`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", character as u32)),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(clean_char(character)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_specials_are_escaped_and_forbidden_characters_replaced() {
        assert_eq!(escaped("<a & \"b\">\n\u{1b}"), "&lt;a &amp; &quot;b&quot;&gt;&#10;\u{fffd}");
    }
}
