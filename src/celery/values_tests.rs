//! Values of settings against the answers of the real packages.

use serde_json::Value;

use super::super::settings;
use super::*;

fn fact(name: &str) -> &'static SettingFact {
    settings::lookup(name).unwrap()
}

/// The shape of the Python expressions of the table. None where more than the shape decides.
fn shape(source: &str) -> Option<Shape<'_>> {
    let text = source.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|text| !text.contains('"'));
    Some(match source {
        "None" => Shape::None,
        "True" => Shape::Bool(true),
        _ if text.is_some() => Shape::Str(text.unwrap()),
        _ if source.starts_with("timedelta(") => Shape::Timedelta,
        _ => match (source.parse(), source.parse()) {
            (Ok(number), _) => Shape::Int(number),
            (_, Ok(number)) => Shape::Float(number),
            _ => return None,
        },
    })
}

/// Whether the real package did not do its work.
fn failed(row: &Value) -> bool {
    let said = |field: &str| row[field].as_str().unwrap_or_default();
    let error = |text: &str| text.starts_with("exits") || text.contains(": ");
    row.get("send").is_some()
        || error(said("worker"))
        || error(said("beat"))
        || row["state"] != "SUCCESS" && row["eager"] != true
}

/// Values that fail without their shape telling it, or for reasons beyond the setting's kind.
fn depends_on_more(setting: &str) -> bool {
    const OTHER: &[&str] = &[
        // Serializers, compressions and exchange types can be registered; these names are checked by rules of their own.
        "task_serializer",
        "result_serializer",
        "task_compression",
        "result_compression",
        "task_default_exchange_type",
        // Modules, classes and URLs.
        "include",
        "imports",
        "worker_pool",
        "worker_autoscaler",
        "worker_consumer",
        "beat_scheduler",
        "result_backend",
        "broker_url",
        "task_routes",
        "task_annotations",
        "worker_log_format",
        // Depends on the release of billiard, or on when the process of the pool ends.
        "worker_max_memory_per_child",
        "task_time_limit",
        "task_soft_time_limit",
    ];
    OTHER.contains(&setting)
}

#[test]
fn what_we_call_wrong_fails_in_the_real_packages_and_the_rest_works() {
    let tables: Value = serde_json::from_str(include_str!("../../fixtures/facts/setting_values.json")).unwrap();
    let (mut checked, mut disagreements) = (0, Vec::new());
    for table in tables.as_array().unwrap() {
        let release: Minor = table["release"].as_str().unwrap().parse().unwrap();
        for row in table["cases"].as_array().unwrap() {
            let (name, source) = (row["setting"].as_str().unwrap(), row["value"].as_str().unwrap());
            let Some(shape) = shape(source) else { continue };
            if !fact(name).declared_in(release) {
                continue;
            }
            let wrong = matches!(verdict(fact(name), shape, release), Verdict::Wrong { .. });
            let meaning = is_plain_bool(fact(name));
            // The task of the table is over before the worker adds anything to a time.
            let is_late = name.ends_with("_time_limit") && matches!(shape, Shape::Str(_));
            if wrong && !meaning && !is_late && !failed(row) || !wrong && failed(row) && !depends_on_more(name) {
                disagreements.push(format!("{name}={source} on {release}, we say {wrong}: {row}"));
            }
            checked += 1;
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    assert!(checked > 200, "{checked} answers");
}

#[test]
fn every_row_names_settings() {
    for row in ROWS {
        for name in row.settings {
            assert_eq!(fact(name).name, *name);
        }
    }
    assert_eq!(include_str!("data/timezones.txt").lines().count(), 598);
}

#[test]
fn a_text_is_no_truth_value() {
    let eager = fact("task_always_eager");
    let on = Verdict::Wrong { happens: "the setting is on: any text that is not empty counts as true" };
    let cases = [("False", on), ("0", on), ("off", on), ("True", Verdict::Coerced), ("", Verdict::Coerced)];
    for (text, expected) in cases {
        assert_eq!(verdict(eager, Shape::Str(text), Minor(5, 7)), expected, "{text:?}");
    }
    assert_eq!(verdict(eager, Shape::Bool(false), Minor(5, 7)), Verdict::Ok);
    assert_eq!(verdict(fact("broker_use_ssl"), Shape::Str("False"), Minor(5, 7)), Verdict::Ok);
}

#[test]
fn what_is_not_known_to_fail_is_ok() {
    let cases = [
        ("task_serializer", Shape::Str("my-own")),
        ("accept_content", Shape::Other),
        ("worker_log_format", Shape::Str("%(message)s")),
        ("timezone", Shape::Str("europe/oslo")),
        ("timezone", Shape::Other),
        ("task_default_rate_limit", Shape::Str("1_000/m")),
        ("worker_redirect_stdouts_level", Shape::Str("warn")),
        ("redis_max_connections", Shape::Str("ten")),
        ("worker_pool_start_method", Shape::Str("fork")),
    ];
    for (name, shape) in cases {
        assert_eq!(verdict(fact(name), shape, Minor::NEWEST), Verdict::Ok, "{name} {shape:?}");
    }
    assert_eq!(wrong_in(fact("broker_pool_limit"), Shape::Str("10")), Releases::at_least(SEEN));
    assert_eq!(verdict(fact("result_expires"), Shape::Str("3600"), Minor::NEWEST), Verdict::Coerced);
}

#[test]
fn facts_say_what_is_expected() {
    let expires = expects(fact("result_expires"));
    assert_eq!(expires.kinds, ["int", "float", "timedelta", "none"]);
    let method = expects(fact("worker_pool_start_method"));
    assert_eq!((method.names, method.names_enforced), (&["fork".to_owned(), "spawn".to_owned()][..], true));
    let priority = expects(fact("task_default_priority"));
    assert_eq!((priority.min, priority.max, priority.bounds_enforced), (Some(0), Some(255), false));
}
