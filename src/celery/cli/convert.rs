//! What the values of options become: whether click's types and Celery's own accept a text.

use crate::celery::crontab::number::{digit, int};
use crate::celery::release::Minor;

/// Why a value is refused, by the exception that click or Celery raises.
pub type Raised = &'static str;

const BAD: Raised = "BadParameter";

/// Whether a value is accepted.
pub fn convert(kind: &str, choices: &[String], option: &str, text: &str, release: Minor) -> Result<(), Raised> {
    let accepted = match kind {
        "integer" => int(text).is_some(),
        "float" => float(text),
        "choice" if option == "loglevel" => choices.contains(&text.to_uppercase()),
        "choice" => choices.iter().any(|choice| choice == text),
        "pool" => return pool(choices, text, release),
        "<min workers>, <max workers>" => return autoscale(text),
        "hostname" => return hostname(text),
        "json" | "json array" | "json object" => json(kind, text),
        "boolean" => boolean(text),
        // Numbers by a function of Celery's own.
        "text" if option == "concurrency" => text == "auto" || int(text).is_some_and(|number| number >= 0),
        _ => true,
    };
    if accepted { Ok(()) } else { Err(BAD) }
}

/// Python's `float(text)`.
fn float(text: &str) -> bool {
    let decimal = |c: char| digit(c).and_then(|digit| char::from_digit(digit as u32, 10)).unwrap_or(c);
    let text: String = text.trim().chars().map(decimal).collect();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text).to_ascii_lowercase();
    if matches!(unsigned.as_str(), "inf" | "infinity" | "nan") {
        return true;
    }
    let bytes = unsigned.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let joined = |at: usize| digit(at.checked_sub(1)) && digit(Some(at + 1));
    let placed = bytes.iter().enumerate().all(|(at, byte)| *byte != b'_' || joined(at));
    let plain = bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-' | b'_'));
    let signed = unsigned.starts_with(['+', '-']);
    plain && placed && !signed && unsigned.replace('_', "").parse::<f64>().is_ok()
}

/// click's words for true and false.
fn boolean(text: &str) -> bool {
    const WORDS: &[&str] = &["1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off", ""];
    WORDS.contains(&text.trim().to_ascii_lowercase().as_str())
}

/// Pools that are known by name; Celery 5.0 imports others. `custom` stands for a class that a variable names.
fn pool(choices: &[String], text: &str, release: Minor) -> Result<(), Raised> {
    const ALL: &[&str] = &["prefork", "eventlet", "gevent", "solo", "processes", "threads"];
    if release == Minor(5, 0) {
        return if ALL.contains(&text) { Ok(()) } else { Err("ModuleNotFoundError") };
    }
    match choices.iter().any(|choice| choice == text) {
        true if text == "custom" => Err("ModuleNotFoundError"),
        true => Ok(()),
        false => Err(BAD),
    }
}

fn autoscale(text: &str) -> Result<(), Raised> {
    let parts: Vec<&str> = text.split(',').collect();
    match parts.as_slice() {
        [one] => int(one).map(drop).ok_or(BAD),
        [_, _] if parts.iter().all(|part| int(part).is_some()) => Ok(()),
        // Its own message fails.
        [_, _] => Err("AttributeError"),
        _ => Err(BAD),
    }
}

/// `name@host` with `%h`, `%n`, `%d`, `%i` and `%I`.
fn hostname(text: &str) -> Result<(), Raised> {
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            continue;
        }
        let next = signs.clone().next();
        if let Some(key) = next.filter(|key| key.is_alphanumeric() || *key == '_') {
            signs.next();
            if !"hndiI".contains(key) {
                return Err("ValueError");
            }
        }
    }
    Ok(())
}

fn json(kind: &str, text: &str) -> bool {
    let value = serde_json::from_str::<serde_json::Value>(text);
    value.is_ok_and(|value| match kind {
        "json array" => value.is_array(),
        "json object" => value.is_object(),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_python() {
        let table = [
            ("1.5", true),
            ("-.5", true),
            ("5.", true),
            ("1e3", true),
            ("1_000", true),
            ("1__0", false),
            ("_1", false),
            ("nan", true),
            ("", false),
            ("10s", false),
            ("0x10", false),
            ("1,5", false),
            ("+-1", false),
        ];
        for (text, expected) in table {
            assert_eq!(float(text), expected, "{text}");
        }
    }
}
