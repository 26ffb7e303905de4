//! The table of experiments with the real packages (`fixtures/facts/settings_detection.json`), row by row and release by
//! release.

use serde_json::{Map, Value};

use super::*;
use crate::celery::release::ALL;

struct Case<'a> {
    given: Vec<Given<'a>>,
    /// The value of each given key, at the same place.
    values: Vec<Value>,
    namespace: Option<&'a str>,
}

fn pairs<'a>(row: &'a Value, field: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    row[field].as_object().into_iter().flat_map(Map::iter).map(|(key, value)| (key.as_str(), value))
}

fn case(row: &Value) -> Case<'_> {
    let mut case = Case { given: Vec::new(), values: Vec::new(), namespace: row["namespace"].as_str() };
    let mut push = |given, value: &Value| {
        case.given.push(given);
        case.values.push(value.clone());
    };
    pairs(row, "init").for_each(|(key, value)| push(Given::Argument(key.into()), value));
    if row["conf"].as_object().is_some_and(|conf| !conf.is_empty()) {
        push(Given::Object { namespace: row["namespace"].as_str() }, &Value::Null);
        pairs(row, "conf").for_each(|(key, value)| push(Given::Key(key.into()), value));
    }
    pairs(row, "env").for_each(|(key, value)| push(Given::Environment(key), value));
    pairs(row, "update").for_each(|(key, value)| push(Given::Change(key.into()), value));
    case
}

/// Python's `repr` of the few values that the table holds.
fn shown(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let items: Vec<String> = map.iter().map(|(key, value)| format!("'{key}': {value}")).collect();
            Value::from(format!("{{{}}}", items.join(", ")))
        }
        other => other.clone(),
    }
}

fn check(id: &str, release: Minor, row: &Value, expected: &Value) {
    let case = case(row);
    let configuration = match configure(release, case.namespace, &case.given) {
        Err(mixed) => {
            assert_eq!(expected["ok"], false, "{id} on {release}: we refuse it");
            let renames: Vec<String> =
                mixed.renames.iter().map(|rename| format!("{:<36} -> {}", rename.written, rename.to)).collect();
            assert_eq!(Value::from(renames), row["renames"], "{id} on {release}");
            return;
        }
        Ok(configuration) => configuration,
    };
    assert_eq!(expected["ok"], true, "{id} on {release}: Celery refuses it");
    for (setting, value) in pairs(expected, "got") {
        match configuration.lookup(setting) {
            Found::Given(at) => assert_eq!(&shown(&case.values[at]), value, "{id} on {release}: {setting}"),
            Found::Missing => assert_eq!(value, "!AttributeError", "{id} on {release}: {setting}"),
            Found::Default => {
                assert!(
                    case.values.iter().all(|given| shown(given) != *value || given.is_null()),
                    "{id} on {release}: {setting} is {value}"
                );
            }
        }
    }
}

#[test]
fn every_experiment_ends_as_in_the_real_package() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/settings_detection.json")).unwrap();
    let releases: Vec<Minor> =
        table["compared"].as_array().unwrap().iter().map(|minor| minor.as_str().unwrap().parse().unwrap()).collect();
    let rows = table["cases"].as_array().unwrap();
    assert_eq!((rows.len(), releases.as_slice()), (49, &ALL[4..]));
    for row in rows {
        for release in &releases {
            let other = row["differs"].get(release.to_string());
            check(row["id"].as_str().unwrap(), *release, row, other.unwrap_or(row));
        }
    }
}
