//! Answers the questions of `tests/oracle/crontab_random.py`: one JSON object per line of standard input, one per line of
//! standard output.
//!
//! In: `{"release": "5.6", "field": "minute", "text": "*/15"}`, or
//! `{"release": "5.6", "fields": ["0", "4", "*", "*", "*"], "after": [2024, 3, 1, 0, 0]}` with the fields in the order of `crontab()`.
//! Out: `{"values": [0, 15, 30, 45]}` or `{"error": "ValueError", "message": "…"}`, or `{"next": [2024, 3, 1, 4, 0]}`.

mod common;

use celery_lint::celery::crontab::{Field, Given, Moment, make, next_run, parse};
use celery_lint::celery::release::Minor;
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    common::answer_lines(|question| answer(question).unwrap_or_else(|| json!({"error": "not understood"})))
}

fn answer(question: &Value) -> Option<Value> {
    let release: Minor = question["release"].as_str()?.parse().ok()?;
    if let Some(text) = question["text"].as_str() {
        return Some(match parse(Field::by_name(question["field"].as_str()?)?, text, release) {
            Ok(parsed) => json!({"values": parsed.times.iter().collect::<Vec<i64>>()}),
            Err(refusal) => json!({"error": refusal.exception, "message": refusal.message}),
        });
    }
    let text = |at: usize| Some(Given::Text(question["fields"][at].as_str()?.to_owned()));
    let crontab = make(&[text(0), text(1), text(2), text(3), text(4)], release);
    if let Some(refusal) = crontab.refusal {
        return Some(json!({"error": refusal.exception}));
    }
    let after: Vec<i64> = question["after"].as_array()?.iter().filter_map(Value::as_i64).collect();
    let [year, month, day, hour, minute] = after.as_slice() else { return None };
    let after = Moment { year: *year, month: *month, day: *day, hour: *hour, minute: *minute };
    let next = next_run(&crontab, after).map(|it| [it.year, it.month, it.day, it.hour, it.minute]);
    Some(json!({ "next": next }))
}
