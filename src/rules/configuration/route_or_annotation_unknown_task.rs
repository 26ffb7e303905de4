//! `route-or-annotation-unknown-task`: see its page.

use strsim::osa_distance;

use super::taken;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::routing::{FoundTask, RoutedName};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/route-or-annotation-unknown-task.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut tasks = project.tasks.iter().filter(|task| !task.in_test).peekable();
    // A task whose name is not known may have any.
    if tasks.peek().is_none() || tasks.any(|task| task.name.is_none()) {
        return;
    }
    let mut seen: Vec<Loc> = Vec::new();
    for routed in &project.routing.names {
        let Some(meant) = unknown(project, routed) else { continue };
        if !seen.contains(&routed.at) && taken::is_taken(project, routed.setting) && !is_given(project, &routed.name) {
            seen.push(routed.at);
            out.push(finding(project, routed, meant));
        }
    }
}

/// The name that was meant, if one is known; none when there may be such a task.
fn unknown(project: &Project, routed: &RoutedName) -> Option<Option<String>> {
    match routed.found {
        FoundTask::Possible => None,
        FoundTask::Elsewhere(task) => {
            let meant = project.tasks.get(task)?.name.clone()?;
            // An explicit name may be anything; and the directory that names begin from may be another than it seems.
            let same = meant.split('.').next() == routed.name.split('.').next();
            (meant != routed.name).then_some(Some(meant).filter(|_| same))
        }
        FoundTask::NoFunction => Some(nearest(project, &routed.name)),
        // A service of its own may have names like these; one that is nearly that of a task is meant for it.
        FoundTask::NoModule => nearest(project, &routed.name).map(Some),
    }
}

/// The one task whose name is nearly the same, or whose function is, in another module of the same package.
fn nearest(project: &Project, name: &str) -> Option<String> {
    let names = || project.tasks.iter().filter(|task| !task.in_test).filter_map(|task| task.name.as_deref());
    let (top, last) = (name.split('.').next()?, name.rsplit('.').next()?);
    let near = |known: &&str| osa_distance(known, name) <= 2 && name.len() >= 8;
    let moved = |known: &&str| known.rsplit('.').next() == Some(last) && known.split('.').next() == Some(top);
    let only = |mut found: Vec<&str>| {
        found.sort_unstable();
        found.dedup();
        if let [one] = found.as_slice() { Some((*one).to_owned()) } else { None }
    };
    only(names().filter(near).collect()).or_else(|| only(names().filter(moved).collect()))
}

/// Whether code gives the name to a task: `name="shop.confirm"`.
fn is_given(project: &Project, name: &str) -> bool {
    project.sources.of_kind(FileKind::Python).any(|file| {
        memchr::memmem::find_iter(file.text.as_bytes(), name.as_bytes()).any(|start| {
            let before = file.text.get(..start).unwrap_or_default();
            let before = before.trim_end_matches(['"', '\'', ' ']);
            before.ends_with('=') && before.trim_end_matches(['=', ' ']).ends_with("name")
        })
    })
}

fn finding(project: &Project, routed: &RoutedName, meant: Option<String>) -> Finding {
    let routes = project.settings.get(routed.setting).is_some_and(|setting| setting.name == "task_routes");
    let what = if routes { "this route is never taken" } else { "this annotation changes nothing" };
    let finding = Finding::new(&RULE, format!("No task is named `{}`", routed.name), routed.at, what);
    let finding = finding.symbol(&routed.name);
    let Some(meant) = meant else { return finding.help("Write the name of a task, or remove the entry") };
    let written = project.sources.snippet(routed.at);
    let whole = written.get(1..written.len().saturating_sub(1)) == Some(routed.name.as_str());
    let task = project.tasks.iter().find(|task| task.name.as_deref() == Some(&meant));
    let finding = finding.help(format!("Write `{meant}`"));
    let finding = match task {
        Some(task) => finding.related(task.name_at, format!("this task is `{meant}`")),
        None => finding,
    };
    if !whole {
        return finding;
    }
    let quote = written.get(..1).unwrap_or("\"");
    let fix = Fix::new(format!("Name `{meant}`"), Applicability::Unsafe);
    finding.fix(fix.replace(routed.at, format!("{quote}{meant}{quote}")))
}
