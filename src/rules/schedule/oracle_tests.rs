//! The tables of calls and entries that the real packages were asked about, through our own model of the source.

use serde_json::Value as Json;

use super::beat_entry_malformed::{is_complete, keys};
use crate::celery::beat::{self, Stage};
use crate::celery::crontab::Field;
use crate::celery::release::{ALL, Minor};
use crate::project::Project;
use crate::project::schedule::made;
use crate::python::ValueKind;
use crate::source::{FileKind, SourceFile, Sources};

const HEAD: &str = "from datetime import timedelta\nfrom celery import Celery, beat\n\
                    from celery.schedules import crontab, schedule, solar, maybe_schedule\napp = Celery('shop')\n";

fn project(text: &str) -> Project {
    let file = SourceFile::new("shop/tasks.py", FileKind::Python, format!("{HEAD}{text}"));
    Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default())
}

fn releases() -> impl Iterator<Item = Minor> {
    ALL.into_iter().filter(|release| *release >= Minor(4, 4))
}

#[test]
fn every_crontab_of_the_table_agrees_in_every_release() {
    let table: Json = serde_json::from_str(include_str!("../../../fixtures/facts/schedule_calls.json")).unwrap();
    let mut compared = 0;
    for row in table["cases"].as_array().unwrap() {
        let source = row["source"].as_str().unwrap();
        if !source.starts_with("crontab") {
            continue;
        }
        let project = project(&format!("made = {source}\n"));
        let [call] = project.crontabs.as_slice() else { panic!("{source}") };
        for release in releases() {
            let expected = row["differs"].get(release.to_string()).unwrap_or(row);
            let made = call.made(release);
            let error = call.wrong(release).map(|it| it.refusal.exception);
            let error = error.or_else(|| Some(made.as_ref()?.refusal.as_ref()?.exception));
            assert_eq!(expected["error"].as_str(), error, "{release} {source}");
            let values = expected.get("values").unwrap_or(&row["values"]);
            for (field, slot) in Field::ALL.into_iter().zip(made.iter().flat_map(|made| &made.slots)) {
                let Some(times) = slot.times.filter(|_| error.is_none() && values.is_object()) else { continue };
                // Python's True is 1.
                let number = |value: &Json| value.as_i64().or(value.as_bool().map(i64::from));
                let expected: Vec<Option<i64>> = values[field.name()].as_array().unwrap().iter().map(number).collect();
                assert_eq!(expected, times.iter().map(Some).collect::<Vec<_>>(), "{release} {source}");
            }
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn every_other_schedule_of_the_table_agrees() {
    let table: Json = serde_json::from_str(include_str!("../../../fixtures/facts/schedule_calls.json")).unwrap();
    let mut compared = 0;
    for row in table["cases"].as_array().unwrap() {
        let source = row["source"].as_str().unwrap();
        if source.starts_with("crontab") {
            continue;
        }
        // An entry's schedule goes through `maybe_schedule`.
        let written = source.strip_prefix("maybe_schedule(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(source);
        let project = project(&format!("app.conf.beat_schedule = {{'x': {{'task': 't', 'schedule': {written}}}}}\n"));
        let ValueKind::Dict(dict) = &project.schedules[0].value.as_ref().unwrap().kind else { panic!("{source}") };
        let made = made::refused(dict.get("schedule").unwrap());
        let failure = beat::entry(&keys(dict), is_complete(dict), Minor::NEWEST).map(|failure| failure.exception);
        assert_eq!(row["error"].as_str(), made.or(failure), "{source}");
        compared += 1;
    }
    assert!(compared > 35, "{compared}");
}

#[test]
fn every_entry_of_the_table_agrees_in_every_release() {
    let table: Json = serde_json::from_str(include_str!("../../../fixtures/facts/beat_entries.json")).unwrap();
    let mut compared = 0;
    for row in table["cases"].as_array().unwrap() {
        let source = row["entry"].as_str().unwrap();
        let project = project(&format!("app.conf.beat_schedule = {{'x': {source}}}\n"));
        let Some(entry) = project.schedules.first().and_then(|it| it.value.as_ref()) else {
            // An entry that is None is how a project removes one; the model leaves it out.
            assert_eq!(source, "None");
            continue;
        };
        for release in releases() {
            let expected = row["differs"].get(release.to_string()).unwrap_or(row);
            let failure = match &entry.kind {
                ValueKind::Dict(dict) => beat::entry(&keys(dict), is_complete(dict), release),
                _ => beat::whole(super::beat_entry_malformed::kind(entry)),
            };
            let passed = match failure.as_ref().map(|failure| failure.stage) {
                Some(Stage::Load) => 0,
                Some(Stage::Heap) => 1,
                Some(Stage::Send) => 2,
                None => 3,
            };
            assert_eq!(expected["stage_ok"].as_array().unwrap().len(), passed, "{release} {source}");
            assert_eq!(expected["error"].as_str(), failure.as_ref().map(|it| it.exception), "{release} {source}");
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared}");
}
