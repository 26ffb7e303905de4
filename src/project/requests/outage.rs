//! How long sending a task takes while the broker does not answer, and how it ends: as measured with Celery 5.2 to 5.7 and
//! the releases of kombu that go with them.

use super::super::{Project, production};
use crate::project::result_backend;
use crate::python::{Value, ValueKind};

/// What `retry_over_time` of kombu is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// None for no end.
    pub max_retries: Option<u32>,
    pub start: f64,
    pub step: f64,
    pub max: f64,
}

impl Policy {
    /// `task_publish_retry_policy` where nobody sets it.
    pub const DEFAULT: Self = Self { max_retries: Some(3), start: 0.0, step: 0.2, max: 1.0 };
    /// What holds without a policy: `retry=False`, keys that a policy does not have, and kombu before 5.5 whatever the policy says.
    pub const CONNECTION: Self = Self { max_retries: None, start: 2.0, step: 2.0, max: 30.0 };
}

/// `broker_connection_timeout`.
pub const TIMEOUT: f64 = 4.0;

/// The seconds until the last attempt has failed, each of which fails at once.
pub fn seconds(policy: Policy, timeout: f64) -> f64 {
    let (mut waited, mut retries, mut interval) = (0.0, 0, policy.start);
    while policy.max_retries.is_none_or(|max| retries < max) && waited <= timeout && retries < 1_000 {
        waited += interval.min(policy.max);
        interval = (interval + policy.step).min(policy.max.max(policy.start));
        retries += 1;
    }
    waited
}

/// How a request ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outage {
    /// Seconds, at least and at most, by the release of kombu.
    pub seconds: (f64, f64),
    /// The result backend is a Redis server, which is asked first.
    pub redis_results: bool,
}

/// The time for which Celery tries to subscribe to the result in Redis before it sends the task: 20 attempts, a second apart.
const REDIS_RESULTS: f64 = 19.0;

/// What the settings of the project say; none where they are not known.
pub fn of(project: &Project) -> Option<Outage> {
    let configurations = result_backend::known(project)?;
    let release = project.releases.newest()?;
    let mut all: Option<Outage> = None;
    for configuration in configurations {
        let value = |name: &str| {
            let entry = configuration.found(release, name)?;
            project.settings.get(entry.setting?).map(|setting| &setting.value)
        };
        let timeout = match value("broker_connection_timeout") {
            None => TIMEOUT,
            Some(value) => value.as_number()?,
        };
        let retries = match value("task_publish_retry").map(|value| &value.kind) {
            None | Some(ValueKind::Bool(true)) => true,
            Some(ValueKind::Bool(false)) => false,
            Some(_) => return None,
        };
        let policy = match value("task_publish_retry_policy") {
            _ if !retries => Policy::CONNECTION,
            None => Policy::DEFAULT,
            Some(value) => of_value(value)?,
        };
        let (new, old) = (seconds(policy, timeout), seconds(Policy::CONNECTION, timeout));
        let own = (new.min(old), new.max(old));
        let known = all.get_or_insert(Outage { seconds: own, redis_results: false });
        known.seconds = (known.seconds.0.min(own.0), known.seconds.1.max(own.1));
    }
    let mut outage = all?;
    outage.redis_results = has_redis_results(project);
    Some(outage)
}

/// Whether every result backend is Redis, and no task or setting turns results off.
fn has_redis_results(project: &Project) -> bool {
    let redis = |scheme: &str| matches!(scheme, "redis" | "rediss");
    let ignored =
        production::named(project, &["task_ignore_result", "result_backend_transport_options"]).next().is_some();
    let backends = result_backend::surely(project);
    !ignored
        && backends.is_some_and(|all| !all.is_empty() && all.iter().all(|it| it.scheme.as_deref().is_some_and(redis)))
}

fn of_value(value: &Value) -> Option<Policy> {
    let ValueKind::Dict(dict) = &value.kind else { return None };
    if dict.open {
        return None;
    }
    let number = |key: &str, default: f64| dict.get(key).map_or(Some(default), Value::as_number);
    let max_retries = match dict.get("max_retries").map(|value| &value.kind) {
        None | Some(ValueKind::None) => None,
        Some(ValueKind::Int(count)) => Some(u32::try_from(*count).ok()?),
        Some(_) => return None,
    };
    let base = Policy::CONNECTION;
    Some(Policy {
        max_retries,
        start: number("interval_start", base.start)?,
        step: number("interval_step", base.step)?,
        max: number("interval_max", base.max)?,
    })
}

impl Outage {
    /// "waits 0.6 to 6 s, then raises …"
    pub fn describe(&self) -> String {
        let number = |seconds: f64| format!("{}", (seconds * 10.0).round() / 10.0);
        let (least, most) = self.seconds;
        if self.redis_results {
            return format!("waits {} s when Redis is down, then the request fails", number(REDIS_RESULTS));
        }
        let time =
            if (most - least).abs() < 0.1 { number(most) } else { format!("{} to {}", number(least), number(most)) };
        format!("waits {time} s, then raises `kombu.exceptions.OperationalError`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured with a broker that refuses the connection; kombu 5.5 to 5.7, Celery 5.2 to 5.7, Redis and RabbitMQ alike.
    #[test]
    fn the_time_is_what_was_measured() {
        let own = |max_retries, start, step, max| Policy { max_retries, start, step, max };
        let measured = [
            (Policy::DEFAULT, 4.0, 0.62),
            (Policy::CONNECTION, 4.0, 6.03),
            (own(Some(10), 0.0, 0.5, 1.0), 4.0, 4.54),
            (own(Some(10), 2.0, 2.0, 30.0), 4.0, 6.03),
            (own(Some(1), 2.0, 0.2, 1.0), 4.0, 1.03),
            (Policy::DEFAULT, 1.0, 0.62),
            (Policy::CONNECTION, 1.0, 2.02),
        ];
        for (policy, timeout, expected) in measured {
            let told = seconds(policy, timeout);
            assert!((told - expected).abs() < 0.1, "{policy:?} {timeout}: {told}, measured {expected}");
        }
    }
}
