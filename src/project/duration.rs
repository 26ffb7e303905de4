//! Lengths of time as Python writes them: a number of seconds, or a `timedelta`.

use crate::python::{Made, Value, ValueKind};

/// The arguments of `timedelta`, in their order, with their seconds.
const UNITS: &[(&str, f64)] = &[
    ("days", 86_400.0),
    ("seconds", 1.0),
    ("microseconds", 1e-6),
    ("milliseconds", 1e-3),
    ("minutes", 60.0),
    ("hours", 3_600.0),
    ("weeks", 604_800.0),
];

/// The seconds of a number or of a `timedelta` whose arguments are all known.
pub fn seconds(value: &Value) -> Option<f64> {
    match &value.kind {
        ValueKind::Made(made) if made.callee == "datetime.timedelta" => of_timedelta(made),
        _ => value.as_number(),
    }
}

/// The seconds of `timedelta(…)`.
pub fn of_timedelta(made: &Made) -> Option<f64> {
    if made.args.open || made.args.positional.len() > UNITS.len() {
        return None;
    }
    let positional = made.args.positional.iter().zip(UNITS).map(|(value, (_, unit))| Some(value.as_number()? * unit));
    let named = made.args.named.iter().map(|(name, value, _)| {
        let (_, unit) = UNITS.iter().find(|(known, _)| known == name)?;
        Some(value.as_number()? * unit)
    });
    positional.chain(named).sum()
}

/// Seconds in words: `90 seconds`, `2 hours`, `1.5 days`.
pub fn words(seconds: f64) -> String {
    const STEPS: &[(f64, &str)] = &[(86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute")];
    let step = STEPS.iter().find(|(unit, _)| seconds >= *unit && (seconds / unit * 10.0).fract().abs() < 1e-9);
    let (number, unit) = step.map_or((seconds, "second"), |(unit, name)| (seconds / unit, *name));
    format!("{number} {unit}{}", if number == 1.0 { "" } else { "s" })
}
