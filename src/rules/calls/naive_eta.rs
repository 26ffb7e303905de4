//! `naive-eta`: see its page.

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::delay::{Clock, Eta};
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/naive-eta.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let own = project.delays.iter().filter(|delay| !production::is_shown(project.sources.path(delay.at.file)));
    let local: Vec<&Eta> = own.filter_map(|delay| delay.eta.as_ref()).filter(|eta| eta.clock == Clock::Local).collect();
    if local.is_empty() || runs_in_utc(project) {
        return;
    }
    local.into_iter().for_each(|eta| out.push(describe(eta)));
}

/// Whether Django or the deployment sets the clock of the processes to UTC.
fn runs_in_utc(project: &Project) -> bool {
    let says = |text: &str| {
        text.lines().any(|line| {
            let zone = line.trim_start().strip_prefix("TIME_ZONE").or_else(|| {
                let (_, after) = line
                    .split_once("TZ")
                    .filter(|(before, _)| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))?;
                Some(after)
            });
            zone.is_some_and(|zone| zone.contains("UTC"))
        })
    };
    let files = project.sources.files.iter().filter(|file| file.kind != FileKind::Lock);
    files.into_iter().any(|file| says(&file.text))
}

fn describe(eta: &Eta) -> Finding {
    let message = "The `eta` is local time, and Celery takes it for UTC";
    let label = "a time without a time zone counts as UTC: the task runs early or late by the offset";
    let end = Loc::new(eta.clock_at.file, Span::new(eta.clock_at.span.end, eta.clock_at.span.end));
    let fix = Fix::new("Give the time its zone", Applicability::Unsafe).replace(end, ".astimezone()");
    Finding::new(&RULE, message, eta.clock_at, label)
        .help("Use `datetime.now(timezone.utc)`, or a `countdown` in seconds")
        .symbol("eta")
        .fix(fix)
}
