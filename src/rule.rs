//! What a rule is: a page (the single source of truth) and a function over one kind of thing in the project.

use crate::finding::{Confidence, Finding, Severity};
use crate::project::Project;
use crate::project::unseen::Needs;

/// A rule. Made by [`Rule::new`] from its page, so that a bad page is a compile error.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; the rule's identity everywhere.
    pub name: &'static str,
    pub area: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    pub fix: FixAvailability,
    pub status: Status,
    pub since: &'static str,
    /// The Celery releases it applies to, as a version specifier.
    pub celery: &'static str,
    pub summary: &'static str,
    /// What has to be seen whole before the rule may say that something is nowhere.
    pub needs: Needs,
    /// The page without its front matter.
    pub page: &'static str,
    pub check: Check,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixAvailability {
    Never,
    Sometimes,
    Always,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Preview,
    Stable,
    Deprecated,
}

/// The function of a rule, by what it looks at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Called once with the whole project.
    Project(fn(&Project, &mut Report)),
    /// Reported by the engine itself (broken files, comments, our own bugs).
    Engine,
}

/// Where a rule puts its findings.
#[derive(Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
}

impl Report {
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Rule {}

impl Rule {
    /// Reads the page's front matter at compile time; a missing key or an unknown value does not compile.
    pub const fn new(page: &'static str, check: Check) -> Self {
        let (front, body) = split_page(page);
        Self {
            name: value(front, "name"),
            area: value(front, "area"),
            severity: severity(value(front, "severity")),
            confidence: confidence(value(front, "confidence")),
            fix: availability(value(front, "fix")),
            status: status(value(front, "status")),
            since: value(front, "since"),
            celery: value(front, "celery"),
            summary: value(front, "summary"),
            needs: match optional(front, "needs") {
                Some(words) => Needs::of(words),
                None => Needs::NOTHING,
            },
            page: body,
            check,
        }
    }

    /// Whether the rule is on when nothing selects it.
    pub fn on_by_default(&self) -> bool {
        matches!(self.status, Status::Stable) && self.confidence >= Confidence::Medium
    }

    /// The section of the page under `## heading`, trimmed; none when the page has no such section.
    pub fn section(&self, heading: &str) -> Option<&'static str> {
        let start = self.page.find(&format!("## {heading}\n"))? + heading.len() + 4;
        let rest = &self.page[start..];
        let end = rest.match_indices("\n## ").map(|(at, _)| at).next().unwrap_or(rest.len());
        Some(rest[..end].trim())
    }
}

const fn severity(word: &str) -> Severity {
    match word.as_bytes() {
        b"note" => Severity::Note,
        b"warning" => Severity::Warning,
        b"error" => Severity::Error,
        _ => panic!("rule page: `severity` must be note, warning or error"),
    }
}

const fn confidence(word: &str) -> Confidence {
    match word.as_bytes() {
        b"low" => Confidence::Low,
        b"medium" => Confidence::Medium,
        b"high" => Confidence::High,
        _ => panic!("rule page: `confidence` must be low, medium or high"),
    }
}

const fn availability(word: &str) -> FixAvailability {
    match word.as_bytes() {
        b"never" => FixAvailability::Never,
        b"sometimes" => FixAvailability::Sometimes,
        b"always" => FixAvailability::Always,
        _ => panic!("rule page: `fix` must be never, sometimes or always"),
    }
}

const fn status(word: &str) -> Status {
    match word.as_bytes() {
        b"preview" => Status::Preview,
        b"stable" => Status::Stable,
        b"deprecated" => Status::Deprecated,
        _ => panic!("rule page: `status` must be preview, stable or deprecated"),
    }
}

/// Splits a page into the lines between its two `---` lines and what follows.
const fn split_page(page: &str) -> (&str, &str) {
    let bytes = page.as_bytes();
    if !starts_with(bytes, 0, b"---\n") {
        panic!("rule page: the first line must be `---`");
    }
    let mut at = 3;
    while at + 5 <= bytes.len() {
        if starts_with(bytes, at, b"\n---\n") {
            return (slice(page, 4, at + 1), slice(page, at + 5, bytes.len()));
        }
        at += 1;
    }
    panic!("rule page: the front matter is not closed with `---`")
}

/// The value of a key that has to be there.
const fn value(front: &'static str, key: &str) -> &'static str {
    match optional(front, key) {
        Some(value) => value,
        None => panic!(
            "rule page: a key of the front matter is missing (name, area, severity, confidence, fix, status, since, celery, summary)"
        ),
    }
}

/// The value of `key` in the front matter: the rest of its line, without surrounding blanks and double quotes.
const fn optional(front: &'static str, key: &str) -> Option<&'static str> {
    let bytes = front.as_bytes();
    let mut line = 0;
    while line < bytes.len() {
        let mut end = line;
        while end < bytes.len() && bytes[end] != b'\n' {
            end += 1;
        }
        let colon = line + key.len();
        if starts_with(bytes, line, key.as_bytes()) && colon < end && bytes[colon] == b':' {
            return Some(trimmed(front, colon + 1, end));
        }
        line = end + 1;
    }
    None
}

const fn trimmed(text: &'static str, mut start: usize, mut end: usize) -> &'static str {
    let bytes = text.as_bytes();
    while start < end && (bytes[start] == b' ' || bytes[start] == b'"') {
        start += 1;
    }
    while start < end && (bytes[end - 1] == b' ' || bytes[end - 1] == b'"') {
        end -= 1;
    }
    if start == end {
        panic!("rule page: a key of the front matter is empty");
    }
    slice(text, start, end)
}

const fn starts_with(bytes: &[u8], at: usize, prefix: &[u8]) -> bool {
    if at + prefix.len() > bytes.len() {
        return false;
    }
    let mut index = 0;
    while index < prefix.len() {
        if bytes[at + index] != prefix[index] {
            return false;
        }
        index += 1;
    }
    true
}

const fn slice(text: &str, start: usize, end: usize) -> &str {
    let (_, rest) = text.split_at(start);
    let (part, _) = rest.split_at(end - start);
    part
}
