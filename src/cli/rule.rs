//! `celery-lint rule`: a rule's page, or the list of all rules.

use std::io::{self, Write};

use super::args::{DocumentFormat, RuleArgs};
use super::error::CliError;
use super::terminal::Colors;
use super::{Exit, to_stdout};
use crate::config::selector::{AREAS, similar};
use crate::report::write_json;
use crate::rule::{FixAvailability, Rule, Status};
use crate::rules;

pub fn run(args: &RuleArgs) -> Result<Exit, CliError> {
    let paint = Paint { color: Colors::of(args.output.color).out };
    let json = args.output.output_format == DocumentFormat::Json;
    match &args.name {
        None if json => to_stdout(|out| write_json(out, &rules::all().into_iter().map(view).collect::<Vec<_>>())),
        None => to_stdout(|out| write_list(out, paint)),
        Some(name) => {
            let rule = rules::by_name(name).ok_or_else(|| unknown(name))?;
            if json {
                to_stdout(|out| write_json(out, &view(rule)))
            } else {
                to_stdout(|out| write_page(out, rule, paint))
            }
        }
    }?;
    Ok(Exit::Clean)
}

fn unknown(name: &str) -> CliError {
    let known = similar(name, rules::all().into_iter().map(|rule| rule.name));
    let help = match known {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`celery-lint rule --all` shows every rule".to_owned(),
    };
    CliError::Usage { message: format!("`{name}` is not a rule"), help }
}

/// A rule for machines: the front matter of its page, and the page.
#[derive(serde::Serialize)]
struct RuleView {
    name: &'static str,
    area: &'static str,
    summary: &'static str,
    severity: &'static str,
    confidence: String,
    fix: &'static str,
    status: &'static str,
    default: bool,
    since: &'static str,
    celery: &'static str,
    /// What has to be seen whole: without it nothing is told.
    needs: Vec<&'static str>,
    page: &'static str,
}

fn view(rule: &'static Rule) -> RuleView {
    RuleView {
        name: rule.name,
        area: rule.area,
        summary: rule.summary,
        severity: severity(rule),
        confidence: format!("{:?}", rule.confidence).to_lowercase(),
        fix: match rule.fix {
            FixAvailability::Never => "never",
            FixAvailability::Sometimes => "sometimes",
            FixAvailability::Always => "always",
        },
        status: status(rule),
        default: rule.on_by_default(),
        since: rule.since,
        celery: rule.celery,
        needs: rule.needs.words(),
        page: rule.page.trim_start(),
    }
}

fn severity(rule: &Rule) -> &'static str {
    use crate::finding::Severity;
    match rule.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn status(rule: &Rule) -> &'static str {
    match rule.status {
        Status::Preview => "preview",
        Status::Stable => "stable",
        Status::Deprecated => "deprecated",
    }
}

fn write_list(out: &mut dyn Write, paint: Paint) -> io::Result<()> {
    let all = rules::all();
    let width = all.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut first = true;
    for area in AREAS {
        let rules: Vec<&Rule> = all.iter().copied().filter(|rule| rule.area == *area).collect();
        if rules.is_empty() {
            continue;
        }
        if !std::mem::take(&mut first) {
            writeln!(out)?;
        }
        writeln!(out, "{}", paint.heading(area))?;
        for rule in rules {
            let name = paint.code(&format!("{:width$}", rule.name));
            let remark = if rule.on_by_default() { "" } else { " (off by default)" };
            writeln!(out, "  {name}  {:7}  {}{remark}", severity(rule), rule.summary)?;
        }
    }
    Ok(())
}

fn write_page(out: &mut dyn Write, rule: &Rule, paint: Paint) -> io::Result<()> {
    let fix = match rule.fix {
        FixAvailability::Never => "no fix",
        FixAvailability::Sometimes => "fixable in part",
        FixAvailability::Always => "fixable",
    };
    writeln!(out, "{}", paint.heading(rule.name))?;
    writeln!(out, "{}", rule.summary)?;
    writeln!(
        out,
        "{} · {} · {fix} · {} since {} · Celery {}",
        rule.area,
        severity(rule),
        status(rule),
        rule.since,
        rule.celery
    )?;
    if !rule.needs.is_empty() {
        writeln!(out, "silent where any of these could not be read: {}", rule.needs.words().join(", "))?;
    }
    write_markdown(out, rule.page, paint)
}

/// Markdown for a terminal: headings and code stand out, and sections without text are left out.
fn write_markdown(out: &mut dyn Write, page: &str, paint: Paint) -> io::Result<()> {
    let mut heading: Vec<&str> = Vec::new();
    let mut in_code = false;
    let mut blank = true;
    for line in page.lines() {
        if let Some(info) = line.strip_prefix("```").or_else(|| line.strip_prefix("~~~")) {
            in_code = !in_code;
            if in_code {
                flush(out, &mut heading, paint)?;
                writeln!(out, "\n    {}", paint.dim(&caption(info)))?;
            }
            blank = false;
        } else if in_code {
            writeln!(out, "    {}", paint.code(line))?;
        } else if line.starts_with('#') {
            let level = line.bytes().take_while(|byte| *byte == b'#').count();
            heading.retain(|above| above.bytes().take_while(|byte| *byte == b'#').count() < level);
            heading.push(line);
        } else if line.trim().is_empty() {
            blank = true;
        } else {
            flush(out, &mut heading, paint)?;
            if blank {
                writeln!(out)?;
            }
            writeln!(out, "{}", paint.inline(line))?;
            blank = false;
        }
    }
    Ok(())
}

fn flush(out: &mut dyn Write, heading: &mut Vec<&str>, paint: Paint) -> io::Result<()> {
    heading.drain(..).try_for_each(|line| writeln!(out, "\n{}", paint.heading(line.trim_start_matches('#').trim())))
}

/// What a fence says about its block, in words: `python bad file=shop/tasks.py` is "bad: shop/tasks.py".
fn caption(info: &str) -> String {
    let words: Vec<&str> = info.split_whitespace().collect();
    let kind = ["bad", "good", "fixed"].into_iter().find(|kind| words.contains(kind));
    let file = words.iter().find_map(|word| word.strip_prefix("file="));
    match (kind, file) {
        (Some(kind), Some(file)) => format!("{kind}: {file}"),
        (Some(kind), None) => format!("{kind}:"),
        (None, Some(file)) => file.to_owned(),
        (None, None) => words.first().map(|language| (*language).to_owned()).unwrap_or_default(),
    }
}

/// A little colour.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn wrap(self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn heading(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn code(self, text: &str) -> String {
        self.wrap("36", text)
    }

    fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Colours what stands between backticks, and drops those.
    fn inline(self, text: &str) -> String {
        if !self.color || text.matches('`').count() % 2 == 1 {
            return text.to_owned();
        }
        let parts = text.split('`').enumerate();
        parts.map(|(index, part)| if index % 2 == 1 { self.code(part) } else { part.to_owned() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(page: &str, color: bool) -> String {
        let mut out = Vec::new();
        write_markdown(&mut out, page, Paint { color }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pages_read_well_without_markup() {
        let page =
            "## Why\n\nIt is `bad`.\n\n## Examples\n\n### One\n```python bad file=a.py\nx = 1\n```\n## See also\n";
        assert_eq!(render(page, false), "\nWhy\n\nIt is `bad`.\n\nExamples\n\nOne\n\n    bad: a.py\n    x = 1\n");
    }

    #[test]
    fn code_is_coloured_in_a_terminal() {
        assert_eq!(render("a `b` c\n", true), "\na \x1b[36mb\x1b[0m c\n");
    }
}
