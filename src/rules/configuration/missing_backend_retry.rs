//! `missing-backend-retry`: see its page.

use crate::celery::release::{Minor, Releases};
use crate::finding::Finding;
use crate::project::result_use::UseKind;
use crate::project::{Project, Setting, production, result_backend};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::FileKind;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-backend-retry.md"), Check::Project(check));

const REDIS: &[&str] = &["redis", "rediss", "sentinel"];
/// The release since which the Redis backend says which errors it may retry (celery/backends/redis.py, `exception_safe_to_retry`).
const RETRIES: Minor = Minor(5, 5);

fn check(project: &Project, out: &mut Report) {
    let Some(backends) = result_backend::surely(project) else { return };
    let is_redis = |scheme: &Option<String>| scheme.as_deref().is_some_and(|scheme| REDIS.contains(&scheme));
    let Some(backend) = backends.first().filter(|_| backends.iter().all(|it| is_redis(&it.scheme))) else { return };
    let mut set = production::named(project, &["result_backend_always_retry"]).peekable();
    if set.peek().is_some() {
        set.filter_map(|setting| without_effect(project, setting)).for_each(|finding| out.push(finding));
        return;
    }
    let used = project.result_uses.iter().find(|used| used.kind != UseKind::Chord);
    let new = Releases::at_least(RETRIES).intersection(project.releases) == project.releases;
    let told =
        project.sources.of_kind(FileKind::Python).any(|file| file.text.to_ascii_lowercase().contains("always_retry"));
    if let (Some(used), Some(at), true, false) = (used, backend.at, new, told) {
        let label = "storing and reading a result fails at once when Redis cannot be reached";
        let finding = Finding::new(&RULE, "The result backend is never tried again", at, label);
        let happens = match used.waits() {
            true => "the result that it waits for may never be stored",
            false => "raises `redis.exceptions.ConnectionError` then",
        };
        let finding = finding.related(used.at, happens);
        let help =
            "Set `result_backend_always_retry` and a `result_backend_max_retries`, which has no limit by default";
        out.push(finding.help(help).symbol("result_backend_always_retry"));
    }
}

/// `result_backend_always_retry = True` where the Redis backend does not know about it yet.
fn without_effect(project: &Project, setting: &Setting) -> Option<Finding> {
    let at = setting.value.at.unwrap_or(setting.at);
    let on = matches!(setting.value.kind, ValueKind::Bool(true));
    let old = Releases::at_least(RETRIES).intersection(project.releases).is_empty();
    if !on || !old || !production::is_production(project, at) {
        return None;
    }
    let message = format!("`{}` does nothing for Redis before Celery 5.5", setting.written);
    let finding = Finding::new(&RULE, message, at, "an operation that fails is not tried again");
    Some(finding.help("Require `celery>=5.5`").symbol(setting.name.as_str()))
}
