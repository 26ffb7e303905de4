//! What requests do with Celery: the places that routes reach, joined with the tasks that are sent and the results that are read
//! there.

pub mod awaited;
pub mod current;
pub mod handlers;
pub mod lookup;
pub mod outage;
pub mod returned;

use rustc_hash::FxHashMap;

use super::endpoint::{Act, ActKind, Way};
use super::production::is_shown;
use super::submission::Method;
use super::{Endpoint, Project, ResultUse, Submission};
use crate::python::Module;
use crate::python::ir::{Function, Scope};
use crate::source::Loc;

/// A task that a request surely sends.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'p> {
    pub endpoint: &'p Endpoint,
    pub act: &'p Act,
    pub submission: &'p Submission,
}

/// A result that a request reads.
#[derive(Debug, Clone, Copy)]
pub struct Read<'p> {
    pub endpoint: &'p Endpoint,
    pub act: &'p Act,
    pub used: &'p ResultUse,
}

/// The places of a kind outside examples, with their routes, in order of their place; one for each route that gets there.
pub fn acts(project: &Project, kind: ActKind) -> Vec<(&Endpoint, &Act)> {
    let of = |endpoint| acts_of(endpoint, kind).map(move |act| (endpoint, act));
    let mut found: Vec<(&Endpoint, &Act)> = project.endpoints.iter().flat_map(of).collect();
    found.retain(|(_, act)| !is_shown(project.sources.path(act.at.file)));
    found.sort_by_key(|(_, act)| (act.at, act.guarded, act.way));
    found
}

fn acts_of(endpoint: &Endpoint, kind: ActKind) -> impl Iterator<Item = &Act> {
    endpoint.acts.iter().filter(move |act| act.kind == kind)
}

/// What requests surely send.
pub fn sent(project: &Project) -> Vec<Sent<'_>> {
    let submission = |act: &Act| {
        let index = project.submissions.binary_search_by(|it| it.at.cmp(&act.at)).ok()?;
        project.submissions.get(index).filter(|it| is_sure(it))
    };
    let found = acts(project, ActKind::Sends).into_iter();
    found.filter_map(|(endpoint, act)| Some(Sent { endpoint, act, submission: submission(act)? })).collect()
}

/// Whether a call surely sends a message, here and now.
fn is_sure(submission: &Submission) -> bool {
    let known = submission.task.is_some() || matches!(submission.method, Method::Canvas);
    let now = submission.method.sends() && !matches!(submission.method, Method::OnCommit | Method::Retry);
    known && now && !submission.handed && !submission.in_test
}

/// What requests read of results, by the call of a method or by the attribute.
pub fn read(project: &Project) -> Vec<Read<'_>> {
    let by_place: FxHashMap<Loc, &ResultUse> =
        project.result_uses.iter().map(|used| (used.call.unwrap_or(used.at), used)).collect();
    let found = acts(project, ActKind::Reads).into_iter();
    found.filter_map(|(endpoint, act)| Some(Read { endpoint, act, used: *by_place.get(&act.at)? })).collect()
}

/// The module of a place, and the function that runs there.
pub fn function_of<'p>(project: &'p Project, act: &Act) -> (&'p Module, &'p Function) {
    let module = project.modules.get(&project.sources, act.module);
    (module, module.function(act.function))
}

/// The text of the function that runs at a place.
pub fn text_of<'p>(project: &'p Project, act: &Act) -> &'p str {
    let (module, function) = function_of(project, act);
    project.sources.snippet(Loc::new(module.file, function.span))
}

/// Whether a place stands in what answers the route itself: its function, or a method of its class.
pub fn is_in_handler(project: &Project, endpoint: &Endpoint, act: &Act) -> bool {
    let (module, function) = function_of(project, act);
    let of_class = match function.parent {
        Scope::Class(class) => endpoint.handler_at == Some(Loc::new(module.file, module.class(class).span)),
        _ => false,
    };
    of_class || endpoint.function == Some((act.module, act.function))
}

/// `POST /reports`, for people.
pub fn route(endpoint: &Endpoint) -> String {
    match endpoint.method.as_str() {
        "ANY" => format!("`{}`", endpoint.route),
        method => format!("`{method} {}`", endpoint.route),
    }
}

/// Whether the framework runs a plain function of a request in a thread of a pool.
pub fn runs_in_thread(endpoint: &Endpoint, way: Way) -> bool {
    way == Way::Plain && matches!(endpoint.framework, "FastAPI" | "Starlette")
}
