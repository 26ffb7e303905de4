//! Suppression comments: which findings they silence, and which of them silence nothing.

use crate::config::Settings;
use crate::config::selector::similar;
use crate::finding::{Finding, Label};
use crate::fix::{Applicability, Fix};
use crate::rule::Rule;
use crate::rules;
use crate::rules::files::unused_suppression;
use crate::source::{FileId, Loc, SourceFile, Sources, Span};

pub mod comment;

use comment::{Scope, Suppression};

/// Findings by what the comments say about them.
#[derive(Debug, Default)]
pub struct Sorted {
    pub kept: Vec<Finding>,
    pub suppressed: Vec<Finding>,
}

/// Parts `findings` by the project's comments (file and span each, from the marker to the end of the line), and adds a
/// finding for each name in a comment that silences nothing although its rule ran.
pub fn apply(sources: &Sources, comments: &[(FileId, Span)], findings: Vec<Finding>, settings: &Settings) -> Sorted {
    let mut all: Vec<Tracked> = comments
        .iter()
        .flat_map(|(file, span)| comment::parse(sources.get(*file), *span))
        .map(|suppression| Tracked::new(suppression, sources))
        .collect();
    let mut sorted = Sorted::default();
    part(findings, &mut all, sources, &mut sorted);
    let unused: Vec<Finding> = all.iter().flat_map(|tracked| tracked.unused(sources, settings)).collect();
    part(unused, &mut all, sources, &mut sorted);
    sorted
}

fn part(findings: Vec<Finding>, all: &mut [Tracked], sources: &Sources, sorted: &mut Sorted) {
    for finding in findings {
        let mut silenced = false;
        for tracked in all.iter_mut().filter(|tracked| tracked.covers(&finding, sources)) {
            silenced |= tracked.takes(finding.rule);
        }
        if silenced { sorted.suppressed.push(finding) } else { sorted.kept.push(finding) }
    }
}

/// A suppression and what it has silenced so far.
struct Tracked {
    suppression: Suppression,
    path: String,
    /// One per name; a single one for a comment without names.
    used: Vec<bool>,
}

impl Tracked {
    fn new(suppression: Suppression, sources: &Sources) -> Self {
        let used = vec![false; suppression.names.as_ref().map_or(1, Vec::len)];
        Self { path: sources.path(suppression.at.file).to_owned(), suppression, used }
    }

    /// A comment stands for any label of a finding; one for a whole file only for findings that are about that file.
    fn covers(&self, finding: &Finding, sources: &Sources) -> bool {
        match self.suppression.scope {
            Scope::Unknown => false,
            Scope::File => finding.path == self.path,
            Scope::Lines { first, last } => finding.labels().any(|label| self.touches(label, first, last, sources)),
        }
    }

    fn touches(&self, label: &Label, first: usize, last: usize, sources: &Sources) -> bool {
        if label.loc.file != self.suppression.at.file {
            return false;
        }
        let lines = sources.get(label.loc.file).lines();
        let end = label.loc.span.end.saturating_sub(1).max(label.loc.span.start);
        lines.line_of(label.loc.span.start) <= last && first <= lines.line_of(end)
    }

    /// Whether the comment names the rule; remembers that it was needed.
    fn takes(&mut self, rule: &Rule) -> bool {
        let Some(names) = &self.suppression.names else {
            // A blanket comment would silence the finding about itself.
            let silences = rule != &unused_suppression::RULE;
            self.used[0] |= silences;
            return silences;
        };
        let mut named = false;
        for (used, (name, _)) in self.used.iter_mut().zip(names) {
            if name == rule.name {
                (*used, named) = (true, true);
            }
        }
        named
    }

    fn unused(&self, sources: &Sources, settings: &Settings) -> Vec<Finding> {
        if !settings.is_enabled_in(&unused_suppression::RULE, &sources.root, &self.path) {
            return Vec::new();
        }
        let (at, list) = (self.suppression.at, self.suppression.list);
        if self.suppression.scope == Scope::Unknown {
            return self.misspelt(sources, Loc::new(at.file, list));
        }
        let Some(names) = &self.suppression.names else {
            let silent = self.used[0] || settings.partial;
            return if silent {
                Vec::new()
            } else {
                vec![self.finding("The comment suppresses nothing", at, sources, &[])]
            };
        };
        if names.is_empty() {
            return vec![self.finding("The comment names no rule", at, sources, &[])];
        }
        let reasons: Vec<Option<Reason>> =
            names.iter().zip(&self.used).map(|((name, _), used)| self.reason(name, *used, sources, settings)).collect();
        let keep: Vec<&str> =
            names.iter().zip(&reasons).filter(|(_, reason)| reason.is_none()).map(|((name, _), _)| &**name).collect();
        let found =
            names.iter().zip(&reasons).filter_map(|((name, span), reason)| Some((name, span, reason.as_ref()?)));
        found.map(|(name, span, reason)| self.named(name, Loc::new(at.file, *span), reason, sources, &keep)).collect()
    }

    fn reason(&self, name: &str, used: bool, sources: &Sources, settings: &Settings) -> Option<Reason> {
        match rules::by_name(name) {
            None => Some(Reason::NoRule),
            // Only the second pass can tell; a name for it is never wrong.
            Some(rule) if rule == &unused_suppression::RULE => None,
            Some(rule) => (!used && settings.is_enabled_in(rule, &sources.root, &self.path)).then_some(Reason::Unused),
        }
    }

    fn named(&self, name: &str, at: Loc, reason: &Reason, sources: &Sources, keep: &[&str]) -> Finding {
        match reason {
            Reason::Unused => self.finding(&format!("`{name}` suppresses nothing here"), at, sources, keep),
            Reason::NoRule => {
                let known = similar(name, rules::all().into_iter().map(|rule| rule.name));
                let mut finding = self.finding(&format!("`{}` is not a rule", short(name)), at, sources, keep);
                if let Some(known) = known {
                    finding.help = Some(format!("Write `{known}` if that is the rule you mean, or remove the name"));
                }
                finding
            }
        }
    }

    fn misspelt(&self, sources: &Sources, at: Loc) -> Vec<Finding> {
        let word = sources.snippet(at);
        if word.is_empty() || similar(word, ["ignore", "ignore-file"]).is_none() {
            return Vec::new();
        }
        let message = format!("`{}` is not a suppression", short(word));
        let mut finding = self.finding(&message, at, sources, &[]);
        finding.help = Some("Write `ignore[rule]` or `ignore-file[rule]`, or remove the comment".to_owned());
        vec![finding]
    }

    /// The finding and its fix: the names in `keep` stay; without any the whole comment goes.
    fn finding(&self, message: &str, at: Loc, sources: &Sources, keep: &[&str]) -> Finding {
        let file = sources.get(at.file);
        let fix = if keep.is_empty() {
            Fix::new("Remove the comment", Applicability::Safe).replace(removal(file, self.suppression.at), "")
        } else {
            Fix::new("Remove the name", Applicability::Safe)
                .replace(Loc::new(at.file, self.suppression.list), keep.join(", "))
        };
        let help = if keep.is_empty() { "Remove the comment" } else { "Remove the name" };
        let mut finding = Finding::new(&unused_suppression::RULE, message, at, "").help(help).fix(fix).symbol(message);
        finding.path.clone_from(&self.path);
        finding
    }
}

/// Why a name in a comment is not right.
enum Reason {
    Unused,
    NoRule,
}

/// A name from a comment as a message may show it.
fn short(name: &str) -> String {
    if name.chars().count() <= 40 { name.to_owned() } else { name.chars().take(39).chain(['…']).collect() }
}

/// What to delete so that no trace of the comment stays: the blanks before it, or its whole line.
fn removal(file: &SourceFile, comment: Loc) -> Loc {
    let line = file.lines().line_span(file.lines().line_of(comment.span.start), &file.text);
    let before = file.slice(Span::new(line.start, comment.span.start));
    let after = file.slice(Span::new(comment.span.end, line.end));
    let span = if !after.trim().is_empty() {
        let blanks = after.len() - after.trim_start_matches([' ', '\t']).len();
        Span::new(comment.span.start, comment.span.end + blanks as u32)
    } else if before.trim().is_empty() {
        line
    } else {
        Span::new(line.start + before.trim_end().len() as u32, comment.span.end)
    };
    Loc::new(comment.file, span)
}

#[cfg(test)]
mod tests;
