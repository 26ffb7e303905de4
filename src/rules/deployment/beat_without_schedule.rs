//! `beat-without-schedule`: see its page.

use super::common;
use crate::finding::Finding;
use crate::project::{Launch, Project, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileKind, SourceFile};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/beat-without-schedule.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if has_schedule(project) || may_clean_up(project) {
        return;
    }
    let empty = production::named(project, &["beat_schedule"]).next();
    for launch in common::launches(project).filter(|launch| starts_beat(launch)) {
        let message = "Beat starts here, and nothing is ever scheduled";
        let mut finding = Finding::new(&RULE, message, launch.at, "sends nothing")
            .help("Define `beat_schedule` or call `add_periodic_task`, or do not start beat")
            .symbol(&launch.command);
        if let Some(setting) = empty {
            finding = finding.related(setting.at, "the schedule has no entries");
        }
        out.push(finding);
    }
}

/// Beat deletes old results by itself where the backend does not.
fn may_clean_up(project: &Project) -> bool {
    const KEPT: &[&str] =
        &["db+", "django-db", "mongodb", "database://", "s3://", "file://", "cassandra", "elasticsearch"];
    let shown = |file: &SourceFile| !production::is_shown(&file.path);
    let code = |file: &SourceFile| {
        matches!(file.kind, FileKind::Python | FileKind::Env | FileKind::EnvTemplate | FileKind::Compose)
    };
    project.sources.speak_of(KEPT, |file| shown(file) && code(file))
}

/// Whether it starts beat with the scheduler that knows the configuration only.
fn starts_beat(launch: &Launch) -> bool {
    let beat = launch.command == "beat" || launch.command == "worker" && launch.option("beat").is_some();
    let default = launch.option("scheduler").is_none() && launch.option("config").is_none();
    // Options that are not known may name a scheduler.
    beat && default && !launch.words.iter().any(|word| word.text.as_literal().is_none() && !is_value(launch, word))
}

fn is_value(launch: &Launch, word: &crate::files::Word) -> bool {
    launch.options.iter().any(|option| option.value_at == word.at)
}

/// Whether anything is scheduled, or may be: an entry, a scheduler of another kind, a word about schedules that the model does
/// not explain.
fn has_schedule(project: &Project) -> bool {
    let scheduled =
        project.schedules.iter().any(|it| !crate::project::link::is_test_path(project.sources.path(it.at.file)));
    let set = |name: &'static [&str]| project.settings.iter().any(|setting| name.contains(&setting.name.as_str()));
    let filled = project.settings.iter().any(|it| it.name == "beat_schedule" && !is_empty(&it.value));
    let known = project.settings.iter().filter(|it| it.name == "beat_schedule").count();
    let apps = known > 0 || project.apps.iter().any(|app| !app.in_test);
    scheduled || filled || set(&["beat_scheduler"]) || !apps || mentions(project, known)
}

fn is_empty(value: &Value) -> bool {
    value.alternatives().iter().all(|value| match &value.kind {
        ValueKind::Dict(dict) => dict.entries.is_empty() && !dict.open,
        ValueKind::None => true,
        _ => false,
    })
}

/// Whether code speaks of schedules more often than it sets an empty one.
fn mentions(project: &Project, known: usize) -> bool {
    const SCHEDULES: &[&str] = &["add_periodic_task", "periodic_task", "redbeat", "beat_dburi", "beat_scheduler"];
    let python = project.sources.files.iter().filter(|file| matches!(file.kind, FileKind::Python | FileKind::Toml));
    let mut named = 0;
    for file in python.filter(|file| !production::is_shown(&file.path)) {
        for line in lines(file) {
            if SCHEDULES.iter().any(|word| line.contains(word)) {
                return true;
            }
            named += usize::from(line.contains("beat_schedule") || line.contains("beatschedule"));
        }
    }
    named > known
}

/// The lines of code that may matter, in lower case.
fn lines(file: &SourceFile) -> impl Iterator<Item = String> {
    let speaks = ["beat", "periodic", "Beat", "BEAT", "Periodic"].iter().any(|word| file.text.contains(word));
    let lines = file.text.lines().filter(move |_| speaks).map(str::trim);
    lines.filter(|line| !line.starts_with('#')).map(str::to_lowercase)
}
