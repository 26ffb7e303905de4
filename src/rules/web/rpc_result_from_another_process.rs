//! `rpc-result-from-another-process`: see its page.

use crate::finding::Finding;
use crate::project::result_use::UseKind;
use crate::project::{Does, Endpoint, Project, ResultBackend, ResultUse, result_backend};
use crate::python::ir::{Function, Scope};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, Loc};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/rpc-result-from-another-process.md"), Check::Project(check));

/// What starts several processes of a web application.
const SERVERS: &[&str] = &["gunicorn", "--workers", "uwsgi", "mod_wsgi", "WEB_CONCURRENCY"];

fn check(project: &Project, out: &mut Report) {
    let reads =
        |endpoint: &&Endpoint| endpoint.does.iter().any(|it| matches!(it, Does::ReadsStatus | Does::ReturnsResult));
    let endpoints: Vec<&Endpoint> = project.endpoints.iter().filter(reads).collect();
    if endpoints.is_empty() {
        return;
    }
    let several = has_several_processes(project);
    let mut found: Vec<(Loc, &ResultUse)> = Vec::new();
    for used in &project.result_uses {
        let UseKind::ById { made_at } = used.kind else { continue };
        let seen = found.iter().any(|(at, _)| *at == made_at);
        if !seen && is_asked(project, used, &endpoints, several) {
            found.push((made_at, used));
        }
    }
    if found.is_empty() {
        return;
    }
    let Some(backends) = result_backend::surely(project) else { return };
    let is_rpc = |backend: &ResultBackend| backend.scheme.as_deref() == Some("rpc");
    if let Some(backend) = backends.first().filter(|_| backends.iter().all(is_rpc)) {
        found.into_iter().for_each(|(at, used)| out.push(describe(at, used, backend)));
    }
}

/// Whether an endpoint asks for the result, in a thread or process that need not be the one that sent the task: one event
/// loop in one process sends and reads itself.
fn is_asked(project: &Project, used: &ResultUse, endpoints: &[&Endpoint], several: bool) -> bool {
    let module = project.modules.get(&project.sources, used.module);
    let Some(function) = used.function.map(|id| module.function(id)) else { return false };
    let name = match function.parent {
        Scope::Class(class) => format!("{}.{}", module.class(class).name, function.name),
        _ => function.name.to_string(),
    };
    let handles = |endpoint: &&&Endpoint| endpoint.handler.as_deref().is_some_and(|it| is_named(it, &name, function));
    let own = endpoints.iter().any(|endpoint| handles(&endpoint));
    own && (several || !function.is_async)
}

/// Whether a handler is that function, or the class that has it.
fn is_named(handler: &str, name: &str, function: &Function) -> bool {
    handler == name
        || handler == &*function.name
        || name.strip_prefix(handler).is_some_and(|rest| rest.starts_with('.'))
}

fn has_several_processes(project: &Project) -> bool {
    project.sources.speak_of(SERVERS, |file| {
        !matches!(file.kind, FileKind::Python | FileKind::Requirements | FileKind::Manifest | FileKind::Lock)
    })
}

fn describe(at: Loc, used: &ResultUse, backend: &ResultBackend) -> Finding {
    let happens = if used.waits() {
        "in every process but the one that sent the task, this waits for ever"
    } else {
        "in every process but the one that sent the task, the state stays `PENDING`"
    };
    let finding = Finding::new(&RULE, "A result of `rpc://` is read by its id, in another request", at, happens);
    let finding = match backend.at {
        Some(at) => finding.related(at, "sends each result to the process that sent the task, and to no other"),
        None => finding,
    };
    finding.help("Use a backend that keeps results for everybody, such as Redis or a database").symbol("rpc")
}
