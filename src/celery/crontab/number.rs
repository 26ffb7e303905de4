//! Numbers and names as Python and Celery read them.

use super::Field;

/// The first digits of the scripts that Python's `int()` knows; nine more follow each.
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Python's `int(text)`; a number that is too large for any field stays too large.
pub(in crate::celery) fn int(text: &str) -> Option<i64> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || ('\x1c'..='\x1f').contains(&c));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut number: i64 = 0;
    let mut after_digit = false;
    for c in digits.chars() {
        if c == '_' && after_digit {
            after_digit = false;
            continue;
        }
        number = number.saturating_mul(10).saturating_add(digit(c)?);
        after_digit = true;
    }
    after_digit.then_some(if negative { -number } else { number })
}

pub(in crate::celery) fn digit(c: char) -> Option<i64> {
    let code = u32::from(c);
    let zero = ZEROS.iter().rfind(|zero| **zero <= code)?;
    (code - zero < 10).then(|| i64::from(code - zero))
}

/// What the first three letters name, and its number.
pub(super) fn named(text: &str) -> Option<(Field, i64)> {
    let short: String = text.chars().take(3).flat_map(char::to_lowercase).collect();
    let month = || MONTHS.iter().position(|name| *name == short).map(|at| (Field::MonthOfYear, at as i64 + 1));
    let day = || DAYS.iter().position(|name| *name == short).map(|at| (Field::DayOfWeek, at as i64));
    month().or_else(day)
}

/// Python's `repr` of a text, as far as error messages need it.
pub(super) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if c == quote => shown.extend(['\\', c]),
            _ => shown.push(c),
        }
    }
    shown.push(quote);
    shown
}
