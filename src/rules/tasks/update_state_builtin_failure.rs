//! `update-state-builtin-failure`: see its page.

use super::asked::asked;
use crate::celery::release::{Minor, Releases};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::task::body::StateUpdate;
use crate::project::task::detail::TaskDetail;
use crate::project::{Project, Task};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/update-state-builtin-failure.md"), Check::Project(check));

/// States whose result is the description of an error.
const EXCEPTION_STATES: &[&str] = &["FAILURE", "RETRY", "REVOKED"];

fn check(project: &Project, out: &mut Report) {
    for (_, task, detail) in asked(project) {
        for update in &detail.body.updates {
            let state = state(&update.state);
            let state = state.filter(|state| EXCEPTION_STATES.contains(&state.as_str()) && lacks_type(update));
            out.findings.extend(state.map(|state| {
                let finding = describe(project, task, update, &state);
                fix(project, detail, update).into_iter().fold(finding, Finding::fix)
            }));
        }
    }
}

/// `"FAILURE"`, `states.FAILURE`
fn state(value: &Value) -> Option<String> {
    let named = value.external().and_then(|path| path.strip_prefix("celery.states.")).map(str::to_owned);
    named.or_else(|| value.as_literal())
}

/// Whether `meta` surely says something, and not the class of the error.
fn lacks_type(update: &StateUpdate) -> bool {
    match update.meta.as_ref().map(|meta| &meta.kind) {
        Some(ValueKind::Dict(dict)) => {
            let closed = !dict.open && dict.entries.iter().all(|(key, _)| key.as_literal().is_some());
            update.literal && closed && !dict.entries.is_empty() && dict.get("exc_type").is_none()
        }
        Some(ValueKind::Text(text)) => text.as_literal().is_some_and(|text| !text.is_empty()),
        _ => false,
    }
}

fn describe(project: &Project, task: &Task, update: &StateUpdate, state: &str) -> Finding {
    let message = format!("Task `{}` sets the state {state} without the error", task.function);
    let old = project.releases.intersection(Releases::at_least(Minor(5, 2))).is_empty();
    let text = matches!(update.meta.as_ref().map(|meta| &meta.kind), Some(ValueKind::Text(_)));
    let label = match () {
        () if text => "reading the state of the task raises an error of its own: this is not a description of one",
        () if old => "reading the state of the task raises `KeyError: 'exc_type'`",
        () => {
            "reading the state of the task raises `ValueError: Exception information must include the exception type`"
        }
    };
    let finding = Finding::new(&RULE, message, update.meta_at.unwrap_or(update.at), label);
    let finding = match update.state_at {
        Some(at) => finding.related(at, "Celery takes the result of a task in this state for an error"),
        None => finding,
    };
    finding
        .symbol(&task.function)
        .help("Raise the error, or add `exc_type` and `exc_message` to `meta`, or use a state name of your own")
}

/// Describes the error of the handler in which the state is set.
fn fix(project: &Project, detail: &TaskDetail, update: &StateUpdate) -> Option<Fix> {
    let handlers = detail.body.attempts.iter().flat_map(|attempt| &attempt.handlers);
    let around = handlers.filter(|handler| handler.whole.span.contains(update.at.span));
    let error = around.min_by_key(|handler| handler.whole.span.len())?.name.as_deref()?;
    let meta = update.meta_at.filter(|_| update.literal)?;
    let open = meta.span.start;
    project.sources.snippet(meta).strip_prefix('{')?;
    let place = Loc::new(meta.file, Span::new(open + 1, open + 1));
    let described = format!("\"exc_type\": type({error}).__name__, \"exc_message\": str({error}), ");
    Some(Fix::new("Describe the error", Applicability::Unsafe).replace(place, described))
}
