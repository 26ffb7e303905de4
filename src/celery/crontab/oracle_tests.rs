//! The tables of what the real packages make of fields (`fixtures/facts/crontab_cases_dev.json`), row by row and release by
//! release; and what is odd about fields that they accept.

use serde_json::Value;

use super::*;
use crate::celery::release::ALL;

#[test]
fn every_field_of_the_table_agrees_in_every_release() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/crontab_cases_dev.json")).unwrap();
    let mut compared = 0;
    for row in table["cases"].as_array().unwrap() {
        let field = Field::by_name(row["field"].as_str().unwrap()).unwrap();
        for release in ALL.into_iter().filter(|release| *release >= Minor(4, 4)) {
            let expected = row["differs"].get(release.to_string()).unwrap_or(row);
            match parse(field, row["expr"].as_str().unwrap(), release) {
                Ok(parsed) => {
                    assert_eq!(expected["ok"], true, "{release} {row}");
                    let values: Vec<Value> = parsed.times.iter().map(Value::from).collect();
                    assert_eq!(
                        expected.get("values").unwrap_or(&row["values"]),
                        &Value::from(values),
                        "{release} {row}"
                    );
                }
                Err(refusal) => {
                    assert_eq!(expected["error"], refusal.exception, "{release} {row}");
                    // The words are those of the newest release.
                    if let Some(message) = expected.get("message").filter(|_| release == Minor::NEWEST) {
                        assert_eq!(*message, refusal.message, "{release} {row}");
                    }
                }
            }
            compared += 1;
        }
    }
    assert_eq!(compared, table["count"].as_u64().unwrap() * 9);
}

fn odd(field: Field, text: &str) -> Vec<Oddity> {
    parse(field, text, Minor::NEWEST).unwrap().odd
}

#[test]
fn what_is_dropped_is_told() {
    let dropped = [
        (Field::Minute, "*/2.5", "*/2.5", "*/2"),
        (Field::Minute, "0,1-2-3", "1-2-3", "1-2"),
        (Field::Hour, "1-5 / 2", "1-5 / 2", "1-5"),
        (Field::DayOfWeek, "mon#2", "mon#2", "mon"),
        (Field::DayOfWeek, "friL", "friL", "fri"),
    ];
    for (field, text, part, kept) in dropped {
        let expected = Oddity::Tail { part: part.to_owned(), kept: kept.to_owned() };
        assert_eq!(odd(field, text), [expected], "{text}");
    }
    for text in ["mon", "mondays", "thurs", "1-5 ", "*/2", "MON-FRI"] {
        assert_eq!(odd(Field::DayOfWeek, text), [], "{text}");
    }
}

#[test]
fn names_of_other_fields_and_large_steps_are_told() {
    let name = |name: &str, of, counts_as| [Oddity::Name { name: name.to_owned(), of, counts_as }];
    assert_eq!(odd(Field::Minute, "mon"), name("mon", Field::DayOfWeek, 1));
    assert_eq!(odd(Field::DayOfWeek, "feb"), name("feb", Field::MonthOfYear, 2));
    assert_eq!(odd(Field::MonthOfYear, "feb"), []);
    let step = Oddity::Step { part: "*/90".to_owned(), step: 90, first: 0 };
    assert_eq!(odd(Field::Minute, "*/90"), [step]);
    assert_eq!(odd(Field::Minute, "*/60"), []);
}
