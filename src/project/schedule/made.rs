//! Schedules that raise an error when they are made: `schedule(…)` and `solar(…)`. Crontabs have a place of their own.

use crate::python::{Args, Made, Value, ValueKind};

const EVENTS: &[&str] = &[
    "dawn_astronomical",
    "dawn_nautical",
    "dawn_civil",
    "sunrise",
    "solar_noon",
    "sunset",
    "dusk_civil",
    "dusk_nautical",
    "dusk_astronomical",
];

/// The class of the exception that making a schedule raises; none when it can be made or is not known.
pub fn refused(value: &Value) -> Option<&'static str> {
    let made: &Made = value.made()?;
    if made.args.open {
        return None;
    }
    match made.callee.as_str() {
        "celery.schedules.schedule" => of_interval(&made.args),
        "celery.schedules.solar" => of_solar(&made.args),
        _ => None,
    }
}

/// `schedule(run_every, relative, nowfun, app)`.
fn of_interval(args: &Args) -> Option<&'static str> {
    if !takes(args, 4, &["run_every", "relative", "nowfun", "app"]) {
        return Some("TypeError");
    }
    match args.get(0, "run_every").map(|it| &it.kind) {
        None | Some(ValueKind::None | ValueKind::Text(_)) => Some("AttributeError"),
        Some(_) => None,
    }
}

/// `solar(event, lat, lon, **kwargs)`.
fn of_solar(args: &Args) -> Option<&'static str> {
    if !takes(args, 3, &["event", "lat", "lon", "nowfun", "app"]) {
        return Some("TypeError");
    }
    let (Some(event), Some(lat), Some(lon)) = (args.get(0, "event"), args.get(1, "lat"), args.get(2, "lon")) else {
        return Some("TypeError");
    };
    if event.as_literal().is_some_and(|event| !EVENTS.contains(&event.as_str())) {
        return Some("ValueError");
    }
    [(lat, 90.0), (lon, 180.0)].into_iter().find_map(|(value, most)| match value.kind {
        ValueKind::Text(_) | ValueKind::None => Some("TypeError"),
        ValueKind::Int(degrees) => ((degrees as f64).abs() > most).then_some("ValueError"),
        ValueKind::Float(degrees) => (degrees.abs() > most).then_some("ValueError"),
        _ => None,
    })
}

/// Whether a call takes these arguments, by their number and names.
fn takes(args: &Args, most: usize, names: &[&str]) -> bool {
    args.positional.len() <= most && args.named.iter().all(|(name, _, _)| names.contains(&name.as_str()))
}
