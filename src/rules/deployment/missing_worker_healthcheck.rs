//! `missing-worker-healthcheck`: see its page.

use super::common;
use crate::finding::Finding;
use crate::project::Project;
use crate::project::launch::service;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-worker-healthcheck.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // An image may bring its own.
    let imaged = project.sources.speak_of(&["HEALTHCHECK"], |_| true);
    for (file, service) in common::services(project).filter(|_| !imaged) {
        let launches = service::launches(project, file, service);
        let Some(worker) = launches.into_iter().find(|launch| launch.command == "worker") else { continue };
        let checked = service::any(project, file, service, |it| it.health.is_some());
        if service.is_whole() && !checked && !common::is_development(project, file) {
            let message = format!("Nobody notices when the worker `{}` hangs", service.name);
            let finding = Finding::new(&RULE, message, service.at, "has no `healthcheck`")
                .related(worker.at, "the worker")
                .help("Add a `healthcheck` that runs `celery -A … inspect ping -d celery@$$HOSTNAME`");
            out.push(finding.symbol(&service.name));
        }
    }
    containers(project, out);
}

/// Containers of Kubernetes, which knows nothing of the health checks of images.
fn containers(project: &Project, out: &mut Report) {
    // Overlays and charts may add what is not seen here.
    let overlaid = project.sources.files.iter().any(|file| file.name().starts_with("kustomization."));
    for (file, container) in common::containers(project).filter(|_| !overlaid) {
        let launches = service::launches(project, file, container);
        let Some(worker) = launches.into_iter().find(|launch| launch.command == "worker") else { continue };
        let open = common::is_template(project, file) || common::is_development(project, file);
        if container.health.is_none() && !open {
            let message = format!("Nobody notices when the worker `{}` hangs", container.name);
            let finding = Finding::new(&RULE, message, container.at, "has no `livenessProbe`")
                .related(worker.at, "the worker")
                .help("Add a `livenessProbe` that runs `celery -A … inspect ping -d celery@$HOSTNAME` in a shell");
            out.push(finding.symbol(&container.name));
        }
    }
}
