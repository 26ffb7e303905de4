//! `periodic-task-overwritten`: see its page.

use super::brief;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::schedule::Origin;
use crate::project::{Project, Schedule};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/periodic-task-overwritten.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let entries = super::entries(project).filter_map(|entry| Some((entry, entry.overwritten_by?)));
    entries.for_each(|(entry, by)| {
        let finding = describe(entry, by);
        out.push(fix(project, entry, by).into_iter().fold(finding, Finding::fix));
    });
}

fn describe(entry: &Schedule, by: Loc) -> Finding {
    let (message, help) = match entry.origin {
        Origin::Periodic => (
            format!("The schedule `{}` is replaced by a later one", brief(&entry.entry)),
            "Give each a `name` of its own",
        ),
        _ => (format!("The entry `{}` is replaced by a later one", brief(&entry.entry)), "Give each a name of its own"),
    };
    Finding::new(&RULE, message, entry.at, "beat never sees this one")
        .related(by, "has the same name")
        .help(help)
        .symbol(entry.entry.as_str())
}

/// Gives the later one a name that no other has.
fn fix(project: &Project, entry: &Schedule, by: Loc) -> Option<Fix> {
    let name = entry.entry.as_str();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '));
    let free = |name: &String| !project.schedules.iter().any(|other| other.entry == *name);
    let own = (2..10).map(|number| format!("{name}-{number}")).find(free).filter(|_| plain)?;
    let written = project.sources.snippet(by);
    let fix = Fix::new(format!("Name it `{own}`"), Applicability::Unsafe);
    // The name as a text, at the one place where it stands.
    for quote in ['"', '\''] {
        let text = format!("{quote}{name}{quote}");
        let mut found = written.match_indices(&text).map(|(at, _)| at);
        let (Some(at), None) = (found.next(), found.next()) else { continue };
        if at > 0 && !written.get(..at)?.trim_end().ends_with("name=") {
            return None;
        }
        let start = by.span.start + at as u32;
        let place = Loc::new(by.file, Span::new(start, start + text.len() as u32));
        return Some(fix.replace(place, format!("{quote}{own}{quote}")));
    }
    let unnamed = entry.origin == Origin::Periodic && !written.contains("name") && written.ends_with(')');
    let room = !written.get(..written.len() - 1)?.trim_end().ends_with([',', '(']);
    let place = Loc::new(by.file, Span::new(by.span.end - 1, by.span.end - 1));
    (unnamed && room).then(|| fix.replace(place, format!(", name=\"{own}\"")))
}
