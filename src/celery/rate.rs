//! Rate limits (`celery/utils/time.py`, `rate`): a number, and after a slash `s`, `m` or `h`.

/// The error that a rate limit raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The class of the exception.
    pub exception: &'static str,
    pub message: String,
}

/// How many tasks a second a text allows.
///
/// # Errors
/// When Celery raises an error.
pub fn per_second(text: &str) -> Result<f64, Refusal> {
    if text.is_empty() {
        return Ok(0.0);
    }
    let (number, unit) = text.split_once('/').unwrap_or((text, ""));
    // Celery divides an hourly rate twice.
    let (minutes, hours) = match unit {
        "" | "s" => (1.0, 1.0),
        "m" => (60.0, 1.0),
        "h" => (60.0, 60.0),
        _ => return Err(Refusal { exception: "KeyError", message: format!("'{unit}'") }),
    };
    match float(number) {
        Some(number) => Ok(number / minutes / hours),
        None => {
            Err(Refusal { exception: "ValueError", message: format!("could not convert string to float: '{number}'") })
        }
    }
}

/// Python's `float(text)`.
fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    let bytes = text.as_bytes();
    // An underscore stands between two digits or nowhere.
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let odd =
        bytes.iter().enumerate().any(|(at, byte)| *byte == b'_' && !(digit(at.checked_sub(1)) && digit(Some(at + 1))));
    if odd { None } else { text.replace('_', "").parse().ok() }
}

/// A rate that was surely meant: `10/minute` is `10/m`. None when there is no such rate.
pub fn repaired(text: &str) -> Option<String> {
    const UNITS: &[(&[&str], &str)] = &[
        (&["s", "sec", "secs", "second", "seconds"], "s"),
        (&["m", "min", "mins", "minute", "minutes"], "m"),
        (&["h", "hr", "hrs", "hour", "hours"], "h"),
    ];
    let text = text.trim();
    let (number, unit) = text.split_once('/').or_else(|| text.split_once(" per "))?;
    let unit = unit.trim().to_ascii_lowercase();
    let (_, short) = UNITS.iter().find(|(names, _)| names.contains(&unit.as_str()))?;
    let number = number.trim();
    number.parse::<f64>().ok().map(|_| format!("{number}/{short}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_row_of_the_table_agrees() {
        let table: Value = serde_json::from_str(include_str!("../../fixtures/facts/rate_limits.json")).unwrap();
        let mut texts = 0;
        for row in table["cases"].as_array().unwrap() {
            // Numbers, None and truth values are taken as they are.
            let Some(text) = row["value"].as_str().unwrap().strip_prefix('\'') else { continue };
            texts += 1;
            let found = per_second(text.trim_end_matches('\''));
            match found {
                Ok(rate) => assert_eq!(Some(rate), row["per_second"].as_f64(), "{row}"),
                Err(error) => assert_eq!(
                    (row["error"].as_str(), row["message"].as_str()),
                    (Some(error.exception), Some(&*error.message)),
                    "{row}"
                ),
            }
        }
        assert!(texts > 15);
    }

    #[test]
    fn a_rate_is_repaired_only_when_its_meaning_is_plain() {
        let cases = [
            ("10/minute", Some("10/m")),
            ("10 / s", Some("10/s")),
            ("5 per hour", Some("5/h")),
            ("10/S", Some("10/s")),
            ("10/d", None),
            ("ten/m", None),
        ];
        for (text, expected) in cases {
            assert_eq!(repaired(text).as_deref(), expected, "{text}");
        }
    }
}
