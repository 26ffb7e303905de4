//! `missing-progress-reporting`: see its page.

use crate::finding::Finding;
use crate::project::requests::{self, Sent};
use crate::project::task::Definition;
use crate::project::{Project, Task, production};
use crate::python::ir::{Block, StmtKind};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, SourceFile};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-progress-reporting.md"), Check::Project(check));

/// What tells how far a task is.
const TELLING: &[&str] = &["update_state", "progress", "Progress", "send_event", "set_meta", "channel_layer"];

fn check(project: &Project, out: &mut Report) {
    if !project.web.iter().any(|web| web.has_status) {
        return;
    }
    let python = |file: &SourceFile| file.kind == FileKind::Python && !production::is_shown(&file.path);
    if project.sources.speak_of(TELLING, python) {
        return;
    }
    let mut tasks: Vec<usize> = requests::sent(project).iter().filter_map(|sent: &Sent| sent.submission.task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    let long = |index: &usize| takes_long(project, *index);
    let found = tasks.iter().filter(|index| long(index)).filter_map(|index| project.tasks.get(*index));
    out.findings.extend(found.map(describe));
}

/// Whether a task works through something step by step, and each step waits for something.
fn takes_long(project: &Project, index: usize) -> bool {
    let Some(Definition::Function(id, function)) = project.tasks.get(index).and_then(|task| task.definition) else {
        return false;
    };
    let module = project.modules.get(&project.sources, id);
    let sleeps = project.task_details.get(index).into_iter().flat_map(|it| &it.body.sleeps).map(|(at, _)| *at);
    let waits = project.task_waits.iter().filter(|it| it.task == index).map(|it| it.at);
    let body = &module.function(function).body;
    sleeps.chain(waits).any(|at| at.file == module.file && in_loop(body, at.span, 0))
}

fn in_loop(block: &Block, at: crate::source::Span, depth: u32) -> bool {
    let Some(stmt) = block.iter().find(|stmt| stmt.span.contains(at)).filter(|_| depth < 32) else { return false };
    matches!(stmt.kind, StmtKind::For { .. }) || stmt.blocks().into_iter().any(|block| in_loop(block, at, depth + 1))
}

fn describe(task: &Task) -> Finding {
    let label = "works through something step by step, and is `STARTED` or `PENDING` until it is done";
    Finding::new(&RULE, format!("Task `{}` never tells how far it is", task.function), task.name_at, label)
        .help("Tell it with `self.update_state(state=\"PROGRESS\", meta={\"current\": …, \"total\": …})` (`bind=True`)")
        .symbol(&task.function)
}
