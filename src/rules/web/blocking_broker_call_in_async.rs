//! `blocking-broker-call-in-async`: see its page.

use crate::finding::Finding;
use crate::project::endpoint::{Act, ActKind, Endpoint, Way};
use crate::project::requests::{self, Sent};
use crate::project::{Project, production};
use crate::python::ir::ExprKind;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/blocking-broker-call-in-async.md"), Check::Project(check));

/// Methods of `app.control` and of what `inspect()` gives that wait for the answers of workers.
const ASKING: &[&str] = &[
    "active",
    "active_queues",
    "broadcast",
    "conf",
    "ping",
    "query_task",
    "registered",
    "report",
    "reserved",
    "revoked",
    "scheduled",
    "stats",
];

fn check(project: &Project, out: &mut Report) {
    let asked = requests::acts(project, ActKind::Asks);
    let mut seen: Vec<Loc> = Vec::new();
    for (endpoint, act) in asked.into_iter().filter(|(_, act)| act.way == Way::Loop) {
        if !seen.contains(&act.at) && asks_workers(project, act) {
            seen.push(act.at);
            out.push(asks(endpoint, act));
        }
    }
    if !production::runs_eagerly(project) {
        let mut sent: Vec<Sent> = requests::sent(project);
        sent.retain(|sent| sent.act.way == Way::Loop);
        sent.dedup_by_key(|sent| sent.act.at);
        out.findings.extend(sent.first().map(|first| sends(first, sent.len())));
    }
}

/// Whether a call is one that waits for the answers of workers, not of another client of the broker, and not awaited itself.
fn asks_workers(project: &Project, act: &Act) -> bool {
    let (module, _) = requests::function_of(project, act);
    let fact = module.calls.iter().find(|fact| module.span(fact.call) == act.at.span);
    let Some(call) = fact.filter(|fact| !fact.context.awaited).and_then(|fact| module.call(fact.call)) else {
        return false;
    };
    let ExprKind::Attribute { attr, .. } = &module.expr(call.func).kind else { return false };
    let text = project.sources.snippet(act.at);
    let clear = text.contains("control") || text.contains("inspect") || !matches!(&**attr, "ping");
    ASKING.contains(&&**attr) && clear
}

fn asks(endpoint: &Endpoint, act: &Act) -> Finding {
    let label = "blocks the event loop while it waits for the workers: one second, or the `timeout`";
    Finding::new(&RULE, "Workers are asked on the event loop", act.at, label)
        .help("Ask in a thread (`await asyncio.to_thread(…)`), or make the handler a plain `def`")
        .symbol(&endpoint.route)
}

fn sends(first: &Sent, places: usize) -> Finding {
    let message = match places {
        1 => "A task is sent on the event loop".to_owned(),
        count => format!("Tasks are sent on the event loop ({count} places)"),
    };
    let label = "blocks the event loop until the broker has the message, for seconds when it does not answer";
    Finding::new(&RULE, message, first.act.at, label)
        .help("Send it in a thread (`await asyncio.to_thread(task.delay, …)`), or make the handler a plain `def`")
        .symbol("send")
}
