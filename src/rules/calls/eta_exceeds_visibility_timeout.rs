//! `eta-exceeds-visibility-timeout`: see its page.

use crate::finding::Finding;
use crate::project::broker::{self, Visibility};
use crate::project::delay::Delay;
use crate::project::{Project, duration, production};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/eta-exceeds-visibility-timeout.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let own = |delay: &&Delay| !production::is_shown(project.sources.path(delay.at.file));
    let delays: Vec<(f64, Loc, &Delay)> =
        project.delays.iter().filter(own).filter_map(|delay| length(delay).map(|(it, at)| (it, at, delay))).collect();
    // Most projects wait for less than any broker does.
    if delays.is_empty() || production::runs_eagerly(project) {
        return;
    }
    let Some(visibility) = broker::visibility(project) else { return };
    for (seconds, at, delay) in delays {
        if seconds >= visibility.seconds {
            out.push(describe(delay, seconds, at, &visibility));
        }
    }
}

/// The delay in seconds, and where it stands. Celery takes `countdown` when both are given.
fn length(delay: &Delay) -> Option<(f64, Loc)> {
    delay.countdown.or_else(|| delay.eta.as_ref().and_then(|eta| Some((eta.ahead?, eta.at))))
}

fn describe(delay: &Delay, seconds: f64, at: Loc, visibility: &Visibility) -> Finding {
    let (own, limit) = (duration::words(seconds), duration::words(visibility.seconds));
    let message = format!("A delay of {own} reaches the broker's visibility timeout of {limit}");
    let what = if delay.retry { "retries" } else { "runs" };
    let broker = if visibility.scheme == "sqs" { "SQS" } else { "Redis" };
    let label = format!("{broker} hands the waiting message to other workers too, and the task {what} more than once");
    let finding = Finding::new(&RULE, message, at, label).symbol("visibility_timeout");
    let finding = match visibility.at {
        Some(at) => finding.related(at, "the visibility timeout"),
        None => finding,
    };
    finding
        .help("Set `visibility_timeout` in `broker_transport_options` above the longest delay, or wait in another way")
}
