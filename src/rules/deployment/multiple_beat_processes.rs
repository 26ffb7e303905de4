//! `multiple-beat-processes`: see its page.

use super::common;
use crate::finding::Finding;
use crate::project::{Launch, Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/multiple-beat-processes.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if production::named(project, &["beat_scheduler"])
        .next()
        .is_some_and(|it| !is_plain(it.value.as_literal().as_deref()))
    {
        return;
    }
    let mut files: Vec<FileId> = common::launches(project).map(|launch| launch.at.file).collect();
    files.dedup();
    for file in files {
        // What one of these files starts runs together.
        let together = match project.sources.get(file).kind {
            FileKind::Compose | FileKind::Procfile | FileKind::Supervisor => true,
            FileKind::Kubernetes => !common::is_template(project, file),
            _ => false,
        };
        if !together {
            continue;
        }
        let beats: Vec<&Launch> = common::beats(project, file).filter(|launch| is_plain_beat(launch)).collect();
        for (at, launch) in beats.iter().enumerate() {
            let same = |other: &&&Launch| other.app == launch.app && other.service != launch.service;
            let first = beats.iter().take(at).find(same);
            let copies = common::copies(project, launch).filter(|(count, _)| *count > 1);
            let other =
                first.map(|other| (other.at, "the first one")).or(copies.map(|(_, at)| (at, "as often as this says")));
            if let Some((place, label)) = other.filter(|_| launch.app.is_some()) {
                let message = "Beat runs more than once, and each sends every periodic task";
                let finding = Finding::new(&RULE, message, launch.at, "another beat with the same schedule")
                    .related(place, label)
                    .help("Keep one process of beat, or use a scheduler that takes a lock, such as `redbeat`");
                out.push(finding.symbol(launch.service.as_deref().unwrap_or("beat")));
            }
        }
    }
}

/// Without a scheduler of its own, which may take a lock.
fn is_plain_beat(launch: &Launch) -> bool {
    let scheduler = launch.option("scheduler");
    let named = scheduler.map(|it| it.value.as_ref().and_then(crate::source::Text::as_literal));
    let known = named.as_ref().is_none_or(|name| is_plain(name.as_deref()));
    known && launch.words.iter().all(|word| word.text.as_literal().is_some_and(|word| !word.contains("redbeat")))
}

fn is_plain(scheduler: Option<&str>) -> bool {
    scheduler.is_some_and(|name| {
        ["PersistentScheduler", "DatabaseScheduler", "celery.beat:Scheduler"].iter().any(|known| name.ends_with(known))
            || name == "django"
    })
}
