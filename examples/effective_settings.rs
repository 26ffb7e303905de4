//! Answers what our model makes of a configuration, for `tests/oracle/settings_random.py`: one JSON object per line of
//! standard input, one per line of standard output.
//!
//! In: `{"release": "5.6", "namespace": null, "given": [["object", "CELERY"], ["key", "CELERY_BROKER_URL", false], …], "read": ["broker_url"]}`;
//! a third element that is true says that the value is `None`.
//! Out: `{"renames": [["old", "new"], …]}` when Celery refuses it, else `{"found": {"broker_url": 1}, "outcomes": ["NotAKey", …]}`, where
//! a number is a place in the list, `null` the default, and `"missing"` an unknown name without a value.

mod common;

use celery_lint::celery::configuration::{Found, Given, Key, Outcome, configure};
use serde_json::{Map, Value, json};

fn main() -> std::io::Result<()> {
    common::answer_lines(|question| answer(question).unwrap_or_else(|| json!({"error": "not understood"})))
}

fn answer(question: &Value) -> Option<Value> {
    let release = question["release"].as_str()?.parse().ok()?;
    let given: Vec<Given<'_>> = question["given"].as_array()?.iter().map(given).collect::<Option<_>>()?;
    let configuration = match configure(release, question["namespace"].as_str(), &given) {
        Ok(configuration) => configuration,
        Err(mixed) => {
            let renames: Vec<Value> = mixed.renames.iter().map(|rename| json!([rename.written, rename.to])).collect();
            return Some(json!({ "renames": renames }));
        }
    };
    let names = question["read"].as_array()?.iter().filter_map(Value::as_str);
    let found: Map<String, Value> = names.map(|name| (name.to_owned(), found(configuration.lookup(name)))).collect();
    let outcomes: Vec<Value> = configuration.outcomes().iter().map(outcome).collect();
    Some(json!({ "found": found, "outcomes": outcomes }))
}

fn given(entry: &Value) -> Option<Given<'_>> {
    let text = entry[1].as_str();
    let key = || Some(Key { written: text?, none: entry[2] == true });
    Some(match entry[0].as_str()? {
        "argument" => Given::Argument(key()?),
        "change" => Given::Change(key()?),
        "key" => Given::Key(key()?),
        "object" => Given::Object { namespace: text },
        "defaults" => Given::Defaults,
        "read" => Given::Read,
        "environment" => Given::Environment(text?),
        _ => return None,
    })
}

fn found(found: Found) -> Value {
    match found {
        Found::Given(at) => json!(at),
        Found::Default => Value::Null,
        Found::Missing => json!("missing"),
    }
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Effective(setting) => json!(["effective", setting.name]),
        Outcome::Shadowed { setting, by } => json!(["shadowed", setting.name, by]),
        Outcome::Ignored { why, meant } => json!(["ignored", format!("{why:?}"), meant.map(|fact| &fact.name)]),
        Outcome::NotAKey => json!(["not a key"]),
    }
}
