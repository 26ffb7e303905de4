//! `direct-task-call-in-endpoint`: see its page.

use crate::finding::Finding;
use crate::project::Project;
use crate::project::endpoint::{Act, ActKind, Endpoint, Way};
use crate::project::requests;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/direct-task-call-in-endpoint.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for (endpoint, act) in requests::acts(project, ActKind::Calls) {
        let own = endpoint.function == Some((act.module, act.function)) || is_method_of(project, endpoint, act);
        if act.way != Way::Handed && own && !seen.contains(&act.at) {
            seen.push(act.at);
            out.push(describe(project, endpoint, act));
        }
    }
}

/// Whether a place stands in a method of the class that answers.
fn is_method_of(project: &Project, endpoint: &Endpoint, act: &Act) -> bool {
    let (module, _) = requests::function_of(project, act);
    let class = module
        .classes
        .iter()
        .find(|class| endpoint.handler_at.is_some_and(|at| at.file == module.file && at.span == class.span));
    class.is_some_and(|class| class.span.contains(act.at.span))
}

fn describe(project: &Project, endpoint: &Endpoint, act: &Act) -> Finding {
    let call = project.sources.snippet(act.at);
    let name = call.split('(').next().unwrap_or_default().trim();
    Finding::new(&RULE, format!("Task `{name}` runs inside the request"), act.at, "runs here and now, in no worker")
        .help(format!("Send it with `{name}.delay(…)`, or move what both need to a plain function"))
        .symbol(&endpoint.route)
}
