//! `worker-embedded-beat`: see its page.

use super::common;
use crate::finding::{Finding, Severity};
use crate::project::{Launch, Project};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/worker-embedded-beat.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for launch in common::launches(project).filter(|launch| counts(project, launch)) {
        let Some(beat) = launch.option("beat") else { continue };
        let finding =
            Finding::new(&RULE, "The worker runs beat too", beat.at, "each copy of this worker is another beat")
                .help("Start beat as a process of its own with `celery beat`")
                .symbol(launch.service.as_deref().unwrap_or(&launch.command));
        let own = common::beats(project, launch.at.file).find(|other| other.app == launch.app);
        let copies = common::copies(project, launch).filter(|(count, _)| *count > 1);
        out.push(match (own, copies) {
            (Some(other), _) => finding.severity(Severity::Error).related(other.at, "beat runs here as well"),
            (None, Some((_, at))) => finding.severity(Severity::Error).related(at, "as often as this says"),
            (None, None) => finding,
        });
    }
}

/// A worker of a deployment: no command for developers.
fn counts(project: &Project, launch: &Launch) -> bool {
    let started_by_hand = common::is_by_hand(project.sources.get(launch.at.file));
    let copied = common::services(project)
        .filter(|(file, service)| *file == launch.at.file && launch.service.as_deref() == Some(service.name.as_str()))
        .all(|(_, service)| !common::mounts_code(project, service));
    launch.command == "worker" && copied && !started_by_hand && !common::is_development(project, launch.at.file)
}
