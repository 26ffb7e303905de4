//! Celery's crontab fields (`celery/schedules.py`, `crontab_parser`): which numbers a text stands for in a release, or why it
//! is refused, and what is odd about a text that Celery accepts.
//!
//! The patterns of the real parser are not anchored at their end. So it drops what follows a range or a step that it
//! understood, and a text that is surely wrong runs at times that nobody asked for.

mod dates;
pub(in crate::celery) mod number;
#[cfg(test)]
mod oracle_tests;
mod schedule;

pub use dates::{Moment, next_run};
pub use schedule::{Crontab, Given, Slot, from_string, make};

use super::release::Minor;

/// The fields, in the order of `crontab()`'s arguments, which is not that of cron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Minute,
    Hour,
    DayOfWeek,
    DayOfMonth,
    MonthOfYear,
}

impl Field {
    /// As `crontab()` takes them.
    pub const ALL: [Field; 5] = [Field::Minute, Field::Hour, Field::DayOfWeek, Field::DayOfMonth, Field::MonthOfYear];
    /// As cron and `crontab.from_string` take them.
    pub const CRON: [Field; 5] = [Field::Minute, Field::Hour, Field::DayOfMonth, Field::MonthOfYear, Field::DayOfWeek];

    pub const fn name(self) -> &'static str {
        match self {
            Field::Minute => "minute",
            Field::Hour => "hour",
            Field::DayOfWeek => "day_of_week",
            Field::DayOfMonth => "day_of_month",
            Field::MonthOfYear => "month_of_year",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The first and the last number of the field.
    pub const fn bounds(self) -> (i64, i64) {
        match self {
            Field::Minute => (0, 59),
            Field::Hour => (0, 23),
            Field::DayOfWeek => (0, 6),
            Field::DayOfMonth => (1, 31),
            Field::MonthOfYear => (1, 12),
        }
    }
}

/// The numbers at which a field lets a schedule run, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times(u64);

impl Times {
    /// Every number of the field.
    pub fn all(field: Field) -> Self {
        let (first, last) = field.bounds();
        Self::of(first..=last)
    }

    /// Numbers that no field has are left out.
    pub fn of(numbers: impl IntoIterator<Item = i64>) -> Self {
        let bit = |number: i64| u32::try_from(number).ok().and_then(|at| 1u64.checked_shl(at)).unwrap_or(0);
        Times(numbers.into_iter().fold(0, |bits, number| bits | bit(number)))
    }

    pub fn contains(self, number: i64) -> bool {
        self.0 & Self::of([number]).0 != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = i64> {
        (0..64).filter(move |number| self.contains(*number))
    }
}

/// The error that Celery raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The class of the exception.
    pub exception: &'static str,
    pub message: String,
}

impl Refusal {
    fn value(message: impl Into<String>) -> Self {
        Self { exception: "ValueError", message: message.into() }
    }

    fn parse(message: &str) -> Self {
        Self { exception: "ParseException", message: message.to_owned() }
    }

    fn type_error(message: impl Into<String>) -> Self {
        Self { exception: "TypeError", message: message.into() }
    }
}

/// What Celery accepts and surely nobody meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// The rest of a part has no effect: `part` is all of it, `kept` what counts.
    Tail { part: String, kept: String },
    /// The name of a weekday or month stands in another field, and counts as a number there.
    Name { name: String, of: Field, counts_as: i64 },
    /// The step is larger than the range: only the first number is left.
    Step { part: String, step: i64, first: i64 },
}

/// An accepted text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    pub times: Times,
    pub odd: Vec<Oddity>,
}

/// Reads the text of one field as a release of Celery does.
///
/// # Errors
/// When that release raises an error.
pub fn parse(field: Field, text: &str, release: Minor) -> Result<Parsed, Refusal> {
    let mut parser = Parser { field, release, parsed: Parsed::default() };
    for part in text.split(',') {
        if part.is_empty() {
            return Err(Refusal::parse("empty part"));
        }
        parser.part(part)?;
    }
    Ok(parser.parsed)
}

struct Parser {
    field: Field,
    release: Minor,
    parsed: Parsed,
}

/// What a part of the list is, before its numbers are read.
struct Shape<'p> {
    /// None for `*`.
    range: Option<(&'p str, &'p str)>,
    /// Some when there is a `/`; the text behind it may be empty.
    step: Option<&'p str>,
    /// What is left.
    tail: &'p str,
}

impl Parser {
    fn part(&mut self, part: &str) -> Result<(), Refusal> {
        let Some(shape) = shape(part) else {
            let number = self.number(part)?;
            self.parsed.times.0 |= Times::of([number]).0;
            self.note_name_tail(part);
            return Ok(());
        };
        if shape.step.is_some_and(str::is_empty) {
            return Err(Refusal::parse("empty filter"));
        }
        let numbers = match shape.range {
            Some((from, to)) => self.range(from, to)?,
            None => (self.field.bounds().0..=self.field.bounds().1).collect(),
        };
        let numbers = match shape.step {
            Some(step) => self.every(numbers, step, part)?,
            None => numbers,
        };
        self.parsed.times.0 |= Times::of(numbers).0;
        if !shape.tail.trim().is_empty() {
            let kept = part.strip_suffix(shape.tail).unwrap_or_default();
            self.parsed.odd.push(Oddity::Tail { part: part.to_owned(), kept: kept.to_owned() });
        }
        Ok(())
    }

    /// `fri-mon` wraps around.
    fn range(&mut self, from: &str, to: &str) -> Result<Vec<i64>, Refusal> {
        let (first, last) = self.field.bounds();
        let (from, to) = (self.number(from)?, self.number(to)?);
        Ok(if to < from { (from..=last).chain(first..=to).collect() } else { (from..=to).collect() })
    }

    fn every(&mut self, numbers: Vec<i64>, written: &str, part: &str) -> Result<Vec<i64>, Refusal> {
        let step = number::int(written).ok_or_else(|| {
            Refusal::value(format!("invalid literal for int() with base 10: {}", number::repr(written)))
        })?;
        if step == 0 {
            return Err(Refusal::value("slice step cannot be zero"));
        }
        if let Some(first) = numbers.first().filter(|_| step > numbers.len() as i64) {
            self.parsed.odd.push(Oddity::Step { part: part.to_owned(), step, first: *first });
        }
        Ok(numbers.into_iter().step_by(usize::try_from(step).unwrap_or(usize::MAX)).collect())
    }

    fn number(&mut self, text: &str) -> Result<i64, Refusal> {
        if text.starts_with('-') {
            return Err(Refusal::parse("negative numbers not supported"));
        }
        let found = match number::int(text) {
            Some(number) => number,
            None => self.named(text)?,
        };
        let (first, last) = self.field.bounds();
        if found > last {
            return Err(Refusal::value(format!("Invalid end range: {found} > {last}.")));
        }
        if found < first {
            return Err(Refusal::value(format!("Invalid beginning range: {found} < {first}.")));
        }
        Ok(found)
    }

    fn named(&mut self, text: &str) -> Result<i64, Refusal> {
        let months = self.release >= Minor(5, 5);
        let (of, number) = number::named(text)
            .filter(|(of, _)| months || *of == Field::DayOfWeek)
            .ok_or_else(|| Refusal::value(format!("Invalid weekday literal {}.", number::repr(text))))?;
        if of != self.field {
            self.parsed.odd.push(Oddity::Name { name: text.to_owned(), of, counts_as: number });
        }
        Ok(number)
    }

    /// Only the first three letters of a name count: `mon#2` is every Monday, and `friL` every Friday.
    fn note_name_tail(&mut self, part: &str) {
        let rest = number::int(part).is_none().then(|| part.char_indices().nth(3)).flatten();
        let Some(rest) = rest.and_then(|(at, _)| part.get(at..)) else { return };
        if rest.eq_ignore_ascii_case("l") || !rest.trim().chars().all(char::is_alphabetic) {
            let kept = part.strip_suffix(rest).unwrap_or_default().to_owned();
            self.parsed.odd.push(Oddity::Tail { part: part.to_owned(), kept });
        }
    }
}

/// The four patterns of the parser, in its order: `a-b/step`, `a-b`, `*/step`, `*`.
fn shape(part: &str) -> Option<Shape<'_>> {
    if let Some(rest) = part.strip_prefix('*') {
        if let Some(behind) = rest.strip_prefix('/') {
            let (step, tail) = word(behind);
            return Some(Shape { range: None, step: Some(step), tail });
        }
        return matches!(rest, "" | "\n").then_some(Shape { range: None, step: None, tail: "" });
    }
    let (from, rest) = word(part);
    let (to, rest) = word(rest.strip_prefix('-')?);
    if from.is_empty() || to.is_empty() {
        return None;
    }
    let range = Some((from, to));
    Some(match rest.strip_prefix('/') {
        Some(behind) => {
            let (step, tail) = word(behind);
            Shape { range, step: Some(step), tail }
        }
        None => Shape { range, step: None, tail: rest },
    })
}

/// The longest beginning that `\w*` matches, and the rest.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.split_at(end)
}
