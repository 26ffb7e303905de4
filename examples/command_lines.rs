//! Answers the questions of `tests/oracle/cli_random.py`: one JSON object per line of standard input, one per line of standard output.
//!
//! In: `{"release": "5.6", "command": "worker", "args": ["-c", "4"]}`
//! Out: `{"options": {"concurrency": "4"}, "rest": []}` or `{"error": "BadParameter"}`.

mod common;

use celery_lint::celery::cli;
use celery_lint::celery::cli::parse::{Given, Value as Kept, parse};
use serde_json::{Map, Value, json};

fn main() -> std::io::Result<()> {
    common::answer_lines(|question| answer(question).unwrap_or_else(|| json!({"error": "not understood"})))
}

fn answer(question: &Value) -> Option<Value> {
    let release = question["release"].as_str()?.parse().ok()?;
    let fact = cli::command(question["command"].as_str()?)?;
    let words: Vec<Given> = question["args"].as_array()?.iter().filter_map(Value::as_str).map(Given::known).collect();
    Some(match parse(fact, &words, release) {
        Ok(parsed) => {
            let value = |kept: &Kept| match kept {
                Kept::Flag(flag) => json!(flag),
                Kept::Text(text) => json!(text),
                Kept::Unknown => Value::Null,
            };
            let options: Map<String, Value> =
                parsed.options.iter().map(|(name, kept)| (name.clone(), value(kept))).collect();
            let rest: Vec<&str> = parsed.positional.iter().filter_map(|at| question["args"][*at].as_str()).collect();
            json!({ "options": options, "rest": rest })
        }
        Err(refusal) => json!({ "error": refusal.error }),
    })
}
