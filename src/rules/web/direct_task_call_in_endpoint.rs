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
        let own = requests::is_in_handler(project, endpoint, act);
        if act.way != Way::Handed && own && !seen.contains(&act.at) {
            seen.push(act.at);
            out.push(describe(project, endpoint, act));
        }
    }
}

fn describe(project: &Project, endpoint: &Endpoint, act: &Act) -> Finding {
    let call = project.sources.snippet(act.at);
    let name = call.split('(').next().unwrap_or_default().trim();
    Finding::new(&RULE, format!("Task `{name}` runs inside the request"), act.at, "runs here and now, in no worker")
        .help(format!("Send it with `{name}.delay(…)`, or move what both need to a plain function"))
        .symbol(&endpoint.route)
}
