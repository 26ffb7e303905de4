//! Which tasks the rules of this area ask about: those outside tests and examples, with what is known of each.

use crate::project::launch::Launch;
use crate::project::production::{self, is_shown};
use crate::project::task::detail::TaskDetail;
use crate::project::{Project, Task};
use crate::python::ValueKind;
use crate::source::FileKind;

/// The tasks with their places in `Project::tasks`.
pub fn asked(project: &Project) -> impl Iterator<Item = (usize, &Task, &TaskDetail)> {
    let all = project.tasks.iter().zip(&project.task_details).enumerate();
    // `.semgrep/` and the like hold examples for other tools.
    let hidden = |path: &str| path.split('/').any(|part| part.starts_with('.'));
    let counts = move |task: &Task| {
        let path = project.sources.path(task.at.file);
        !task.in_test && !is_shown(path) && !hidden(path)
    };
    all.filter(move |(_, (task, _))| counts(task)).map(|(index, (task, detail))| (index, task, detail))
}

/// Whether the apps may make tasks of another class than Celery's, with options and ways of its own.
pub fn has_own_task_class(project: &Project) -> bool {
    project.task_class.has_base || builds_tracer(project)
}

/// Whether the class of all tasks may do something with the coroutine or generator that a function gives.
pub fn may_use_results(project: &Project) -> bool {
    project.task_class.own_result || builds_tracer(project)
}

/// Whether the project changes how workers run tasks.
fn builds_tracer(project: &Project) -> bool {
    project.sources.speak_of(&["build_tracer"], |file| file.kind == FileKind::Python && !is_shown(&file.path))
}

/// Packages with pools that run coroutines.
const ASYNC_POOLS: &[&str] = &["celery-aio-pool", "celery-pool-asyncio", "celery-asyncio", "aio-celery", "celery-aio"];

/// Whether workers may run coroutines: by a pool of another package, or one that nobody knows.
pub fn may_run_coroutines(project: &Project) -> bool {
    let listed = project.dependencies.iter().any(|it| {
        let name = it.name.replace('_', "-").to_ascii_lowercase();
        ASYNC_POOLS.contains(&name.as_str())
    });
    listed || pools(project).iter().any(|pool| !KNOWN_POOLS.contains(&pool.as_str())) || names_custom_pool(project)
}

const KNOWN_POOLS: &[&str] = &["prefork", "processes", "solo", "threads", "gevent", "eventlet"];

fn names_custom_pool(project: &Project) -> bool {
    project.sources.speak_of(&["CELERY_CUSTOM_WORKER_POOL", "celery_aio_pool", "celery_pool_asyncio"], |_| true)
}

/// Whether some worker runs its tasks as green threads, where a task may wait for another.
pub fn has_green_pool(project: &Project) -> bool {
    pools(project).iter().any(|pool| matches!(pool.as_str(), "gevent" | "eventlet" | ""))
}

/// Whether soft time limits are raised: only in pools of processes.
pub fn has_time_limits(project: &Project) -> bool {
    pools(project).iter().all(|pool| matches!(pool.as_str(), "prefork" | "processes"))
}

/// The pools that command lines and settings name; an empty name for one that is not known.
fn pools(project: &Project) -> Vec<String> {
    let option = |launch: &Launch| {
        let value = launch.option("pool")?.value.as_ref()?;
        Some(value.known().unwrap_or_default())
    };
    let launched = project.launches.iter().filter_map(option);
    let settings = production::named(project, &["worker_pool"]).flat_map(|setting| setting.value.alternatives());
    let set = settings.map(|value| match &value.kind {
        ValueKind::None => "prefork".to_owned(),
        _ => value.as_literal().unwrap_or_default(),
    });
    launched.chain(set).map(|pool| pool.to_ascii_lowercase()).collect()
}
