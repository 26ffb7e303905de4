//! The command lines that the real click application of each release was given.

use serde_json::Value as Json;

use super::command;
use super::parse::{Given, Value, parse};
use crate::celery::release::Minor;

#[test]
fn every_command_line_is_read_as_the_real_application_reads_it() {
    let table: Json = serde_json::from_str(include_str!("../../../fixtures/facts/cli_parse.json")).unwrap();
    let releases: Vec<&str> = table["compared"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
    let cases = table["cases"].as_array().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let fact = command(case["command"].as_str().unwrap()).unwrap();
        let words: Vec<Given> =
            case["args"].as_array().unwrap().iter().filter_map(Json::as_str).map(Given::known).collect();
        for release in &releases {
            let expected = case["differs"].get(release).unwrap_or(case);
            let minor: Minor = release.parse().unwrap();
            let ours = match parse(fact, &words, minor) {
                Ok(parsed) => {
                    wrong.extend((*release == "5.7").then(|| options(case, &parsed.options)).flatten());
                    None
                }
                Err(refusal) => Some(refusal.error),
            };
            if ours != expected["error"].as_str() {
                wrong.push(format!("{release} {case}: {ours:?}"));
            }
        }
    }
    assert_eq!((cases.len(), wrong), (103, Vec::new()));
}

/// The values that the newest release reads, as far as it keeps them.
fn options(case: &Json, ours: &[(String, Value)]) -> Option<String> {
    let params = case["params"].as_object()?;
    let wrong = ours.iter().find(|(name, value)| {
        let Some(real) = params.get(&name.replace('-', "_")) else { return false };
        let texts =
            |list: &Vec<Json>| list.iter().map(|it| it.as_str().unwrap_or("?")).collect::<Vec<&str>>().join(",");
        match (value, real) {
            (Value::Flag(flag), real) => real.as_bool() != Some(*flag),
            (Value::Text(ours), Json::Array(list)) if name != "autoscale" && name != "args" => *ours != texts(list),
            (Value::Text(ours), Json::Number(number)) if name != "loglevel" => {
                ours.parse::<f64>().ok() != number.as_f64()
            }
            (Value::Text(ours), Json::String(real)) => ours != real,
            _ => false,
        }
    });
    wrong.map(|wrong| format!("{case}: {wrong:?}"))
}

#[test]
fn what_is_not_known_is_accepted() {
    let worker = command("worker").unwrap();
    let read = |words: &[&str]| {
        let given = |word: &&str| match word.split_once('$') {
            Some((text, _)) => Given { text: text.to_owned(), whole: false },
            None => Given::known(word),
        };
        let words: Vec<Given> = words.iter().map(given).collect();
        parse(worker, &words, Minor(5, 7)).map_err(|refusal| (refusal.error, refusal.option))
    };
    for words in [&["-c", "$N"][..], &["-c$N"], &["--concurrency=$N"], &["$OPTIONS"], &["--$WHAT"], &["-$WHAT"]] {
        assert!(read(words).is_ok(), "{words:?}");
    }
    assert_eq!(read(&["-l", "$LEVEL", "-Ax"]).unwrap_err(), ("NoSuchOption", "-A".to_owned()));
}
