//! A whole `crontab(…)`: its five fields, what a release refuses, and whether it can ever run.

use super::{Field, Oddity, Refusal, Times, dates, parse};
use crate::celery::release::Minor;

/// The value of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    Text(String),
    /// A whole number or a truth value, which Python takes for one.
    Int(i64),
    /// Anything that can be iterated over and holds whole numbers; a dictionary gives its keys.
    Ints(Vec<i64>),
    /// Anything that can be iterated over and holds a text.
    Texts,
    Float,
    None,
    Unknown,
}

/// One field as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slot {
    /// None when the value is not known.
    pub times: Option<Times>,
    pub odd: Vec<Oddity>,
    pub refusal: Option<Refusal>,
}

/// What a release makes of the five arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crontab {
    /// In the order of [`Field::ALL`]; a field that is not given runs at every number.
    pub slots: [Slot; 5],
    /// The days never come: February has no 30th.
    pub never: bool,
    /// A field is an empty list: the crontab can be made, and beat fails when it asks for the next time.
    pub empty: Option<Field>,
    /// The first error that making it raises.
    pub refusal: Option<Refusal>,
}

/// Makes a crontab of arguments in the order of [`Field::ALL`]; a missing one counts as `*`.
pub fn make(given: &[Option<Given>; 5], release: Minor) -> Crontab {
    let slots = Field::ALL.map(|field| {
        let argument = given.get(field as usize).and_then(Option::as_ref);
        argument
            .map_or_else(|| Slot { times: Some(Times::all(field)), ..Slot::default() }, |it| slot(field, it, release))
    });
    // Celery looks at the hour before the minute.
    let order = [Field::Hour, Field::Minute, Field::DayOfWeek, Field::DayOfMonth, Field::MonthOfYear];
    let refusal = order.iter().find_map(|field| slots.get(*field as usize)?.refusal.clone());
    let of = |field: Field| slots.get(field as usize).and_then(|slot| slot.times);
    let empty = Field::ALL.into_iter().find(|field| of(*field).is_some_and(Times::is_empty));
    let never = match (of(Field::DayOfMonth), of(Field::MonthOfYear)) {
        (Some(days), Some(months)) => empty.is_none() && refusal.is_none() && dates::never(days, months),
        _ => false,
    };
    let dayless = never || matches!(empty, Some(Field::DayOfMonth | Field::MonthOfYear));
    let refusal = refusal.or_else(|| {
        (dayless && release >= Minor(5, 7))
            .then(|| Refusal::value("Invalid crontab: the day never occurs in the month."))
    });
    Crontab { slots, never, empty, refusal }
}

fn slot(field: Field, given: &Given, release: Minor) -> Slot {
    let refused = |refusal| Slot { refusal: Some(refusal), ..Slot::default() };
    match given {
        Given::Unknown => Slot::default(),
        Given::Int(number) => numbers(field, &[*number]),
        Given::Ints(given) => numbers(field, given),
        Given::Texts => refused(Refusal::type_error("'>=' not supported between instances of 'str' and 'int'")),
        Given::Float => refused(not_a_cronspec("float")),
        Given::None => refused(not_a_cronspec("NoneType")),
        Given::Text(text) => match parse(field, text, release) {
            Ok(parsed) => Slot { times: Some(parsed.times), odd: parsed.odd, refusal: None },
            Err(refusal) => refused(refusal),
        },
    }
}

fn numbers(field: Field, given: &[i64]) -> Slot {
    let (first, last) = field.bounds();
    match given.iter().find(|number| !(first..=last).contains(*number)) {
        Some(wrong) => {
            let message = format!("Invalid crontab pattern. Valid range is {first}-{last}. '{wrong}' was found.");
            Slot { refusal: Some(Refusal::value(message)), ..Slot::default() }
        }
        None => Slot { times: Some(Times::of(given.iter().copied())), ..Slot::default() },
    }
}

fn not_a_cronspec(kind: &str) -> Refusal {
    Refusal::type_error(format!(
        "Argument cronspec needs to be of any of the following types: int, str, or an iterable type. <class '{kind}'> was given."
    ))
}

/// The arguments that `crontab.from_string` makes of an expression: five fields in cron's order, one blank apart.
///
/// # Errors
/// When it raises an error; before Celery 5.5 it always does.
pub fn from_string(text: &str, release: Minor) -> Result<[Option<Given>; 5], Refusal> {
    if release < Minor(5, 5) {
        let message = "type object 'crontab' has no attribute 'from_string'".to_owned();
        return Err(Refusal { exception: "AttributeError", message });
    }
    let fields: Vec<&str> = text.split(' ').collect();
    let [minute, hour, day_of_month, month, day_of_week] = fields.as_slice() else {
        return Err(Refusal::value(match fields.len() {
            few @ 0..5 => format!("not enough values to unpack (expected 5, got {few})"),
            _ => "too many values to unpack (expected 5)".to_owned(),
        }));
    };
    Ok([minute, hour, day_of_week, day_of_month, month].map(|field| Some(Given::Text((*field).to_owned()))))
}
