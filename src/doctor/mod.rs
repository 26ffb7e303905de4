//! `celery-lint doctor`: what a worker would find at its broker and its result backend.
//!
//! [`plan`] asks the model and the environment which connections the apps of a project would make; [`run`] makes them, one
//! thread for each, with bounded time. This is the only part of the program that opens connections, and only [`run`] does.

pub mod address;
mod amqp;
pub mod check;
mod encrypt;
pub mod environment;
mod local;
mod options;
pub mod plan;
mod postgres;
pub mod probe;
mod redis;
pub mod report;
mod resolve;
mod tls;
mod wire;

use std::path::Path;
use std::thread;
use std::time::Duration;

use check::{Check, Outcome};
use plan::{Plan, Target};
use probe::Probe;
use wire::Limits;

/// What came of a target: nothing when it was not asked.
pub type Checks = Vec<Check>;

/// Connections at a time, at most.
const AT_ONCE: usize = 8;

/// Tests every target of a plan, in its order.
pub fn run(plan: &Plan, timeout: Duration) -> Vec<Checks> {
    let mut all = Vec::new();
    for part in plan.targets.chunks(AT_ONCE) {
        let done: Vec<Checks> = thread::scope(|scope| {
            let threads: Vec<_> = part.iter().map(|target| scope.spawn(|| test(target, &plan.root, timeout))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| vec![our_bug()])).collect()
        });
        all.extend(done);
    }
    all
}

/// What is known without asking.
pub fn known(plan: &Plan) -> Vec<Checks> {
    let ended = |target: &Target| match &target.probe {
        Probe::Ended(check) => vec![(**check).clone()],
        _ => Vec::new(),
    };
    plan.targets.iter().map(ended).collect()
}

fn test(target: &Target, root: &Path, timeout: Duration) -> Checks {
    let limits = Limits::new(timeout);
    let mut checks = Vec::new();
    match &target.probe {
        Probe::Redis(server) => server.test(limits, &target.hider, &mut checks),
        Probe::Sentinel(sentinels) => sentinels.test(limits, &target.hider, &mut checks),
        Probe::Amqp(server) => server.test(limits, &target.hider, &mut checks),
        Probe::Postgres(server) => server.test(limits, &target.hider, &mut checks),
        Probe::MySql(endpoint) => local::mysql(endpoint, limits, &mut checks),
        Probe::Sqlite(path) => local::sqlite(path.as_ref(), root, target.role, &mut checks),
        Probe::Reach { endpoint, name } => local::reach(endpoint, name, limits, &mut checks),
        Probe::Ended(check) => checks.push((**check).clone()),
    }
    for check in &mut checks {
        let words = [Some(&mut check.found), check.worker.as_mut(), check.help.as_mut()];
        words.into_iter().flatten().for_each(|words| target.hider.net(words));
    }
    checks
}

fn our_bug() -> Check {
    Check::untested(check::Step::Connect, "the doctor itself failed here; report it to the project")
}

/// What all checks together come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Healthy,
    /// A worker would fail.
    Ill,
    /// Nothing failed, and something that matters is not known.
    Unknown,
}

/// The worst of all.
pub fn verdict(plan: &Plan, all: &[Checks]) -> Verdict {
    let any = |outcome: Outcome| all.iter().flatten().any(|check| check.outcome == outcome);
    let unknown = plan.targets.iter().any(|target| target.url.is_none());
    if any(Outcome::Failed) {
        Verdict::Ill
    } else if unknown || plan.left_out > 0 || !any(Outcome::Ok) {
        Verdict::Unknown
    } else {
        Verdict::Healthy
    }
}
