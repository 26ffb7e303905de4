//! `beat-unknown-task`: see its page.

use rustc_hash::FxHashSet;

use crate::project::task_name::NameTarget;
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};
use crate::rules::tasks::unknown_name::UnknownName;
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/beat-unknown-task.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if !project.tasks.iter().any(|task| !task.in_test) {
        return;
    }
    let mut seen: FxHashSet<Loc> = FxHashSet::default();
    for entry in super::entries(project) {
        let (Some(name), Some(target), Some(at)) = (&entry.task, entry.leads_to, entry.task_at) else { continue };
        if seen.contains(&at) || !is_asked(project, name) {
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
            let otherwise = "No worker knows the task of this entry";
            let help = "Name a task that is registered, or remove the entry";
            let unknown = UnknownName { rule: &RULE, name, at, target, meant, otherwise, help, looked_up: false };
            out.push(unknown.finding(project));
        }
    }
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
