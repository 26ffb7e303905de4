//! `beat-unknown-task`: see its page.

use rustc_hash::FxHashSet;

use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task_name::NameTarget;
use crate::project::{Project, Schedule, Task, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/beat-unknown-task.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if !project.tasks.iter().any(|task| !task.in_test) {
        return;
    }
    let mut seen: FxHashSet<Loc> = FxHashSet::default();
    for entry in super::entries(project) {
        let (Some(name), Some(target), Some(at)) = (&entry.task, entry.leads_to, entry.task_at) else { continue };
        if seen.contains(&at) || !is_asked(project, name) || may_be_unseen(project, name) {
            continue;
        }
        let meant = meant(project, name, target);
        let certain = match target {
            NameTarget::NoModule | NameTarget::NoName | NameTarget::NotATask | NameTarget::Renamed(_) => true,
            NameTarget::Bare | NameTarget::Foreign => meant.is_some(),
            NameTarget::Possible => false,
        };
        if certain {
            seen.insert(at);
            out.push(describe(project, entry, name, target, meant));
        }
    }
}

/// Whether a file that was not understood may register it.
pub(in crate::rules) fn may_be_unseen(project: &Project, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let broken = project.incomplete.iter().map(|file| project.sources.get(*file));
    let mut broken = broken.filter(|file| file.kind == FileKind::Python && !production::is_shown(&file.path));
    broken.any(|file| file.text.contains(last))
}

/// Names of Celery's own tasks are not asked about.
pub(in crate::rules) fn is_asked(project: &Project, name: &str) -> bool {
    let top = name.split('.').next().unwrap_or_default();
    let installed = project.dependencies.iter().any(|it| it.name.replace('-', "_").eq_ignore_ascii_case(top));
    !name.is_empty() && top != "celery" && !installed
}

/// The one task that was surely meant.
pub(in crate::rules) fn meant<'p>(project: &'p Project, name: &str, target: NameTarget) -> Option<&'p Task> {
    if let NameTarget::Renamed(index) = target {
        return project.tasks.get(index).filter(|task| task.name.is_some());
    }
    let mut found: Vec<&Task> = project
        .tasks
        .iter()
        .filter(|task| !task.in_test && task.name.as_deref().is_some_and(|known| is_near(known, name, target)))
        .collect();
    found.dedup_by(|a, b| a.name == b.name);
    match found.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// Whether a name that nobody registers may be a slip for a known one: the same function in another module, or a spelling.
fn is_near(known: &str, name: &str, target: NameTarget) -> bool {
    let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<String>>();
    let (own, other) = (parts(known), parts(name));
    let same_function = own.last() == other.last();
    if same_function && !matches!(target, NameTarget::Foreign) {
        return true;
    }
    // One part of the name is spelled another way.
    let differing: Vec<(&String, &String)> = own.iter().zip(&other).filter(|(a, b)| a != b).collect();
    match differing.as_slice() {
        [(a, b)] if own.len() == other.len() => {
            let length = a.chars().count().min(b.chars().count());
            length >= 4 && strsim::osa_distance(a, b) <= if length < 8 { 1 } else { 2 }
        }
        _ => false,
    }
}

fn describe(project: &Project, entry: &Schedule, name: &str, target: NameTarget, meant: Option<&Task>) -> Finding {
    let at = entry.task_at.unwrap_or(entry.at);
    let message = match name.len() {
        0..=60 if !name.contains(|c: char| c.is_control() || c == '`') => format!("No worker knows the task `{name}`"),
        _ => "No worker knows the task of this entry".to_owned(),
    };
    let label = match target {
        NameTarget::NoModule => "the project has no such module: workers discard the message",
        NameTarget::NoName => "its module has no such task: workers discard the message",
        NameTarget::NotATask => "that function is not a task: workers discard the message",
        _ => "no task is registered under this name: workers discard the message",
    };
    let finding = Finding::new(&RULE, message, at, label).symbol(name);
    let Some((task, known)) = meant.and_then(|task| Some((task, task.name.as_deref()?))) else {
        return finding.help("Name a task that is registered, or remove the entry");
    };
    let finding = finding.related(task.name_at, format!("is registered as `{known}`")).help(format!("Use `{known}`"));
    match fix(project, at, name, known) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Replaces the name where it is written as one text.
pub(in crate::rules) fn fix(project: &Project, at: Loc, name: &str, known: &str) -> Option<Fix> {
    let written = project.sources.snippet(at);
    let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    (written == format!("{quote}{name}{quote}")).then_some(())?;
    Some(Fix::new(format!("Use `{known}`"), Applicability::Unsafe).replace(at, format!("{quote}{known}{quote}")))
}
