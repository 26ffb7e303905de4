//! The calendar: whether a day can ever come, and when a crontab runs next.

use super::{Crontab, Field, Times};

/// Days of the months, February with its leap day.
const DAYS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// How long a search may go: a 29 February on a given weekday comes within 40 years.
const MAX_DAYS: u32 = 366 * 41;

/// A minute on the schedule's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
}

/// Whether none of the days comes in any of the months.
pub(super) fn never(days: Times, months: Times) -> bool {
    !months.iter().any(|month| days.iter().any(|day| day <= longest(month)))
}

fn longest(month: i64) -> i64 {
    usize::try_from(month - 1).ok().and_then(|at| DAYS.get(at).copied()).unwrap_or(0)
}

/// The first minute after `after` at which it runs; none when a field is not known or it never runs.
pub fn next_run(crontab: &Crontab, after: Moment) -> Option<Moment> {
    let of = |field: Field| crontab.slots.get(field as usize).and_then(|slot| slot.times);
    let (minutes, hours) = (of(Field::Minute)?, of(Field::Hour)?);
    let (weekdays, days, months) = (of(Field::DayOfWeek)?, of(Field::DayOfMonth)?, of(Field::MonthOfYear)?);
    if crontab.never || crontab.empty.is_some() {
        return None;
    }
    let mut date = (after.year, after.month, after.day);
    for passed in 0..MAX_DAYS {
        let (year, month, day) = date;
        if months.contains(month) && days.contains(day) && weekdays.contains(weekday(year, month, day)) {
            let times = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| (hour, minute)));
            let later = times.into_iter().find(|time| passed > 0 || *time > (after.hour, after.minute));
            if let Some((hour, minute)) = later {
                return Some(Moment { year, month, day, hour, minute });
            }
        }
        date = tomorrow(date);
    }
    None
}

fn tomorrow((year, month, day): (i64, i64, i64)) -> (i64, i64, i64) {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = if month == 2 && !leap { 28 } else { longest(month) };
    match (day < last, month < 12) {
        (true, _) => (year, month, day + 1),
        (false, true) => (year, month + 1, 1),
        (false, false) => (year + 1, 1, 1),
    }
}

/// Sunday is 0 (Zeller's congruence in the form of Tomohiko Sakamoto).
fn weekday(year: i64, month: i64, day: i64) -> i64 {
    const SHIFTS: [i64; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    let shift = usize::try_from(month - 1).ok().and_then(|at| SHIFTS.get(at)).unwrap_or(&0);
    (year + year / 4 - year / 100 + year / 400 + shift + day).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::super::{Given, make};
    use super::*;
    use crate::celery::release::Minor;

    fn next(fields: [&str; 5], after: (i64, i64, i64, i64, i64)) -> Option<(i64, i64, i64, i64, i64)> {
        let crontab = make(&fields.map(|field| Some(Given::Text(field.to_owned()))), Minor::NEWEST);
        let (year, month, day, hour, minute) = after;
        let found = next_run(&crontab, Moment { year, month, day, hour, minute })?;
        Some((found.year, found.month, found.day, found.hour, found.minute))
    }

    #[test]
    fn the_next_run_is_found_over_days_months_and_leap_years() {
        assert_eq!(next(["*/15", "*", "*", "*", "*"], (2024, 1, 31, 23, 50)), Some((2024, 2, 1, 0, 0)));
        assert_eq!(next(["0", "4", "mon", "*", "*"], (2024, 3, 4, 4, 0)), Some((2024, 3, 11, 4, 0)));
        assert_eq!(next(["0", "0", "*", "29", "2"], (2023, 1, 1, 0, 0)), Some((2024, 2, 29, 0, 0)));
        assert_eq!(next(["0", "0", "*", "31", "4,6"], (2023, 1, 1, 0, 0)), None);
        // Day of month and day of week must both hold, unlike in cron.
        assert_eq!(next(["0", "0", "mon", "1", "*"], (2024, 3, 20, 0, 0)), Some((2024, 4, 1, 0, 0)));
    }
}
