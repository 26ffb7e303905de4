//! A fix that lets `on_commit` send a task: `task.delay(1)` as `partial(task.delay, 1)`.

use crate::fix::Fix;
use crate::project::Project;
use crate::project::transaction::Sent;
use crate::python::ir::BindingKind;
use crate::rules::tasks::import_line;
use crate::source::Loc;

/// The text of the `partial(…)`, and how the file names `partial`.
pub fn partial(project: &Project, sent: Sent) -> Option<(String, &'static str)> {
    let (call, callee) = (project.sources.snippet(sent.at), project.sources.snippet(sent.callee));
    let arguments = call.strip_prefix(callee)?.strip_prefix('(')?.strip_suffix(')')?;
    let name = name(project, sent.at);
    let arguments = arguments.trim_start();
    let text =
        if arguments.is_empty() { format!("{name}({callee})") } else { format!("{name}({callee}, {arguments})") };
    Some((text, name))
}

/// `functools.partial` where the file imports `functools`.
fn name(project: &Project, at: Loc) -> &'static str {
    let module = crate::project::production::module(project, at);
    let bound = module.and_then(|module| module.scope.names.get("functools"));
    let imported = bound.is_some_and(|all| {
        all.iter().all(|it| matches!(&it.kind, BindingKind::Import(module) if &*module.name == "functools"))
    });
    if imported { "functools.partial" } else { "partial" }
}

/// The fix with the import that it needs; none when the name has another meaning.
pub fn with_import(project: &Project, fix: Fix, at: Loc, name: &str) -> Option<Fix> {
    match name {
        "partial" => import_line::with(project, fix, at.file, "partial", "from functools import partial"),
        _ => Some(fix),
    }
}
