//! Which queues the workers of a project read, where all of that is known.

use super::common;
use crate::project::queues::{Queue, Queues};
use crate::project::{Launch, Project, production};
use crate::source::{FileKind, SourceFile};

/// Code that reads queues, or tells workers to, in ways that are not followed.
const OTHER_READERS: &[&str] = &[
    "add_consumer",
    "consume_from",
    "worker_direct",
    "ConsumerMixin",
    ".Worker(",
    "worker_init",
    "setup_defaults",
    "start_worker",
    "select_add",
    "bootsteps",
    "task_queue_max_priority_from",
];

/// The workers, and the names of all queues that they read. None when there are no workers of a deployment, or something is
/// not known.
pub fn read<'p>(project: &'p Project, queues: &Queues) -> Option<(Vec<&'p Launch>, Vec<String>)> {
    let python = project.sources.files.iter().filter(|file| file.kind == FileKind::Python);
    let mut production_code = python.filter(|file| !production::is_shown(&file.path));
    if production_code.any(|file| OTHER_READERS.iter().any(|word| file.text.contains(word))) {
        return None;
    }
    if project.sources.files.iter().any(|file| is_open(project, file)) {
        return None;
    }
    let starts = |launch: &&Launch| matches!(launch.command.as_str(), "worker" | "multi" | "");
    let workers: Vec<&Launch> = project.launches.iter().filter(starts).collect();
    let deployed = workers.iter().any(|launch| is_deployed(project, launch));
    if !deployed || workers.iter().any(|launch| !is_known(launch) || is_of_manage(project, launch)) {
        return None;
    }
    let mut names = Vec::new();
    for queue in workers.iter().flat_map(|launch| queues.of_worker(launch)) {
        match queue {
            Queue::Named(name) => names.push(name),
            Queue::Computed => return None,
        }
    }
    names.sort();
    names.dedup();
    Some((workers, names))
}

/// Whether a file may start workers with what others give it: charts, releases of charts, Terraform, Celery's own init scripts
/// (whose options stand in `/etc/default/celeryd`).
fn is_open(project: &Project, file: &SourceFile) -> bool {
    const OTHERS: &[&str] = &["kind: HelmRelease", "kind: HelmChart", "kind: Application", "kind: ScaledJob"];
    match file.kind {
        FileKind::Kubernetes if file.text.contains("celery") => {
            common::is_template(project, file.id) || OTHERS.iter().any(|kind| file.text.contains(kind))
        }
        FileKind::Shell => file.text.contains("CELERYD_OPTS"),
        _ => file.path.ends_with(".tf") && file.text.contains("celery"),
    }
}

/// A worker that is no developer's own.
fn is_deployed(project: &Project, launch: &Launch) -> bool {
    let file = project.sources.get(launch.at.file);
    !common::is_by_hand(file)
        && file.kind != FileKind::Ci
        && !production::is_shown(&file.path)
        && !common::is_development(project, launch.at.file)
}

/// `manage.py celery` is djcelery's, or a command that the project made: what it reads is not said.
fn is_of_manage(project: &Project, launch: &Launch) -> bool {
    let text = &project.sources.get(launch.at.file).text;
    let before = text.get(..launch.at.span.start as usize).unwrap_or_default();
    let word = before.trim_end().rsplit([' ', '\n', '"', '\'', '=']).next().unwrap_or_default();
    ["manage.py", "-server", "-manage", "-admin"].iter().any(|end| word.ends_with(end))
}

/// Whether every word that may be an option is known.
fn is_known(launch: &Launch) -> bool {
    let value = |word: &crate::files::Word| launch.options.iter().any(|option| option.value_at == word.at);
    let known = launch.words.iter().all(|word| word.text.as_literal().is_some() || value(word));
    known && launch.command == "worker" && !launch.is_open("queues") && !launch.is_open("exclude-queues")
}
