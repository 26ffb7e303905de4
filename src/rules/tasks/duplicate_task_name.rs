//! `duplicate-task-name`: see its page.

use rustc_hash::FxHashMap;

use crate::finding::Finding;
use crate::project::{Project, Task, production};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/duplicate-task-name.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let apps = project.apps.iter().filter(|app| !app.in_test).count();
    let mut seen: FxHashMap<&str, &Task> = FxHashMap::default();
    let counted = project.tasks.iter().filter(|task| {
        let shown = task.in_test || production::is_shown(project.sources.path(task.at.file));
        !shown && task.definition.is_some() && task.is_certain
    });
    for task in counted {
        let Some(name) = task.name.as_deref() else { continue };
        let Some(first) = seen.get(name) else {
            seen.insert(name, task);
            continue;
        };
        if first.definition != task.definition && meet(first, task, apps) {
            out.push(describe(task, first, name));
        }
    }
}

/// Whether both are surely registered with the same app: functions of one file, or names that are given explicitly in a
/// project with one app. Other files may belong to programs of their own.
fn meet(first: &Task, second: &Task, apps: usize) -> bool {
    let named = |task: &Task| task.options.iter().any(|(name, ..)| name == "name");
    let same_file = first.at.file == second.at.file;
    let one_app = apps <= 1;
    let meets = if same_file { one_app || first.shared } else { one_app && named(first) && named(second) };
    meets && first.shared == second.shared
}

fn describe(task: &Task, first: &Task, name: &str) -> Finding {
    let label = "one of the two functions is dropped: calls of both run the same one";
    Finding::new(
        &RULE,
        format!("Two tasks have the name `{}`", crate::rules::calls::sent::short(name)),
        task.name_at,
        label,
    )
    .related(first.name_at, "the other one")
    .symbol(name)
    .help("Give one of them another name")
}
