//! `blocking-result-in-endpoint`: see its page.

use crate::finding::{Finding, Severity};
use crate::project::endpoint::{Does, Way};
use crate::project::requests::{self, Read};
use crate::project::result_use::UseKind;
use crate::project::{Project, production};
use crate::python::ir::{Block, ExprKind, Module, StmtKind};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/blocking-result-in-endpoint.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // Results of tasks that run at once are there already.
    if project.result_uses.is_empty() || production::runs_eagerly(project) {
        return;
    }
    let mut seen: Vec<Loc> = Vec::new();
    for read in requests::read(project) {
        let waits = read.act.way != Way::Handed && read.used.ignore != Some(true) && !seen.contains(&read.act.at);
        let Some(wait) = waits.then(|| wait(project, &read)).flatten() else { continue };
        seen.push(read.act.at);
        out.push(describe(project, &read, wait));
    }
}

/// How long somebody waits.
enum Wait {
    /// Until the task is done.
    Open,
    /// At most as long as a `timeout` says.
    Bounded,
    /// In a loop that sleeps.
    Polls,
}

fn wait(project: &Project, read: &Read) -> Option<Wait> {
    let (module, function) = requests::function_of(project, read.act);
    if !read.used.waits() {
        return polls(module, &function.body, read.used.at.span, 0).then_some(Wait::Polls);
    }
    let call = module.exprs.iter().find_map(|expr| match &expr.kind {
        ExprKind::Call(call) if Some(expr.span) == read.used.call.map(|at| at.span) => Some(call),
        _ => None,
    })?;
    let timeout = call.keyword("timeout").or_else(|| call.positional().next()).map(|it| &module.expr(it.value).kind);
    if call.has_splat() || matches!(timeout, Some(ExprKind::Int(0) | ExprKind::Float(0.0))) || is_checked(project, read)
    {
        return None;
    }
    let bounded = !matches!(timeout, None | Some(ExprKind::None));
    // A health check that goes through a worker has to wait for it; and who looks a result up may give it a moment.
    let asks = read.endpoint.does.contains(&Does::PingsCelery);
    let looks = read.act.way == Way::Plain && matches!(read.used.kind, UseKind::ById { .. });
    (!(bounded && (asks || looks))).then_some(if bounded { Wait::Bounded } else { Wait::Open })
}

/// Whether the function asks whether the result is there: a loop that does so is told by its own test.
fn is_checked(project: &Project, read: &Read) -> bool {
    const ASKING: &[&str] = &["failed", "ready", "state", "status", "successful"];
    let by_id = matches!(read.used.kind, UseKind::ById { .. });
    let asks = |used: &crate::project::ResultUse| {
        ASKING.contains(&used.word.as_str())
            && (used.module, used.function) == (read.used.module, read.used.function)
            && (by_id || used.at < read.used.at)
    };
    project.result_uses.iter().any(asks) && (by_id || !requests::text_of(project, read.act).contains("sleep"))
}

/// Whether a place is in the test of a `while` loop that sleeps between two looks.
fn polls(module: &Module, block: &Block, at: Span, depth: u32) -> bool {
    let Some(stmt) = block.iter().find(|stmt| stmt.span.contains(at)).filter(|_| depth < 32) else { return false };
    if let StmtKind::While { test, .. } = stmt.kind
        && module.span(test).contains(at)
    {
        return module.calls.iter().any(|fact| {
            let callee = module.call(fact.call).and_then(|call| module.dotted(call.func));
            stmt.span.contains(module.span(fact.call))
                && !fact.context.awaited
                && callee.is_some_and(|name| matches!(name.as_str(), "time.sleep" | "sleep"))
        });
    }
    stmt.blocks().into_iter().any(|block| polls(module, block, at, depth + 1))
}

fn describe(project: &Project, read: &Read, wait: Wait) -> Finding {
    let on_loop = read.act.way == Way::Loop;
    let route = requests::route(read.endpoint);
    let message = format!("{route} waits for the result of a task");
    let message =
        if message.chars().count() > 90 { "A request waits for the result of a task".to_owned() } else { message };
    let label = match (&wait, on_loop) {
        (Wait::Polls, true) => "blocks the event loop, and with it every other request, until the task is done",
        (Wait::Polls, false) => "asks again and again until the task is done",
        (Wait::Open, true) => "blocks the event loop, and with it every other request, for as long as the task takes",
        (Wait::Bounded, true) => "blocks the event loop, and with it every other request, until the timeout",
        (Wait::Open, false) => "holds the request for as long as the task takes, and for ever when no worker runs",
        (Wait::Bounded, false) => "holds the request until the task is done, or the timeout is over",
    };
    let severity = match wait {
        _ if on_loop => Severity::Error,
        Wait::Bounded => Severity::Note,
        _ => Severity::Warning,
    };
    let finding = Finding::new(&RULE, message, read.used.call.unwrap_or(read.used.at), label).severity(severity);
    let finding = match read.endpoint.handler_at {
        Some(at) if !requests::is_in_handler(project, read.endpoint, read.act) => {
            finding.related(at, "this handler gets there by its calls")
        }
        _ => finding,
    };
    finding
        .help("Answer with status 202 and the id of the task, and let the client ask another endpoint for the result")
        .symbol(&read.endpoint.route)
}
