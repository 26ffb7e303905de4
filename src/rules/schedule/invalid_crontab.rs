//! `invalid-crontab`: see its page.

use crate::celery::crontab::{Field, Given, Oddity};
use crate::celery::release::{Minor, Releases};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::crontab::{CrontabCall, Form, Wrong};
use crate::rule::{Check, Report, Rule};
use crate::rules::configuration::releases;
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/invalid-crontab.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let Some(newest) = project.releases.newest() else { return };
    for crontab in super::crontabs(project) {
        match crontab.wrong(newest) {
            Some(wrong) => out.push(refused(project, crontab, &wrong)),
            None => steps(crontab, newest).into_iter().for_each(|finding| out.push(finding)),
        }
    }
}

fn refused(project: &Project, crontab: &CrontabCall, wrong: &Wrong) -> Finding {
    let all = Releases::matching(|release| crontab.wrong(release).is_some());
    let when = releases::suffix(project, all).unwrap_or_default();
    let error = format!("{}: {}", wrong.refusal.exception, wrong.refusal.message);
    let error = if error.contains('`') || error.len() > 90 { wrong.refusal.exception.to_owned() } else { error };
    let label = match crontab.form {
        Form::Database => "beat leaves its tasks out without a word".to_owned(),
        _ => format!("raises `{error}`{when}"),
    };
    let keyword = crontab.unexpected.iter().find(|(_, at)| *at == wrong.at);
    let message = match (crontab.form, wrong.field, keyword) {
        (_, Some(field), _) => format!("Celery refuses the `{}` of this crontab", field.name()),
        (_, _, Some((name, _))) => format!("`crontab()` takes no `{name}`"),
        (Form::FromString, ..) => "`crontab.from_string()` raises an error".to_owned(),
        _ => "`crontab()` takes five fields at most".to_owned(),
    };
    let finding = Finding::new(&RULE, message, wrong.at, label).help(help(crontab, wrong)).symbol(symbol(wrong));
    match fix(project, crontab, wrong) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn symbol(wrong: &Wrong) -> &'static str {
    wrong.field.map_or("crontab", Field::name)
}

/// Keywords that people write, and the field that is meant.
const KEYWORDS: &[(&[&str], Field)] = &[
    (&["minutes", "min"], Field::Minute),
    (&["hours"], Field::Hour),
    (&["weekday", "dow", "days_of_week"], Field::DayOfWeek),
    (&["dom", "monthday", "days_of_month"], Field::DayOfMonth),
    (&["month", "months"], Field::MonthOfYear),
];

/// The field that a keyword means.
fn meant(crontab: &CrontabCall, wrong: &Wrong) -> Option<Field> {
    let (name, _) = crontab.unexpected.iter().find(|(_, at)| *at == wrong.at)?;
    let field = KEYWORDS.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, field)| *field)?;
    crontab.given(field).is_none().then_some(field)
}

fn help(crontab: &CrontabCall, wrong: &Wrong) -> String {
    if let Some(field) = meant(crontab, wrong) {
        return format!("Use `{}`", field.name());
    }
    if is_expression(crontab) {
        return "Give the fields one by one, or use `crontab.from_string()` (Celery 5.5)".to_owned();
    }
    let zone = |(name, _): &(String, Loc)| matches!(name.as_str(), "tz" | "timezone");
    match (wrong.field, crontab.form) {
        _ if crontab.unexpected.iter().any(zone) => {
            "Set `timezone` of the app: a crontab has none of its own".to_owned()
        }
        (Some(Field::DayOfWeek), _) => "Use 0 (Sunday) to 6, or names such as `mon-fri`".to_owned(),
        (Some(field), _) => {
            let (first, last) = field.bounds();
            format!("Use numbers from {first} to {last}, ranges, `*`, and steps such as `*/2`")
        }
        (None, Form::FromString) if wrong.refusal.exception == "AttributeError" => {
            "Require Celery 5.5, or give the fields to `crontab()`".to_owned()
        }
        (None, Form::FromString) => "Write five fields with one blank between them".to_owned(),
        _ => "Use `minute`, `hour`, `day_of_week`, `day_of_month` and `month_of_year`".to_owned(),
    }
}

/// `crontab("0 5 * * *")`.
fn is_expression(crontab: &CrontabCall) -> bool {
    let alone = crontab.fields.iter().skip(1).all(Option::is_none) && crontab.unexpected.is_empty();
    let five = |given: &Given| matches!(given, Given::Text(text) if text.split(' ').count() == 5);
    crontab.form == Form::Call && alone && crontab.given(Field::Minute).is_some_and(five)
}

fn fix(project: &Project, crontab: &CrontabCall, wrong: &Wrong) -> Option<Fix> {
    if let Some(field) = meant(crontab, wrong) {
        let title = format!("Call it `{}`", field.name());
        return Some(Fix::new(title, Applicability::Unsafe).replace(wrong.at, field.name()));
    }
    let since = project.releases.oldest().is_some_and(|oldest| oldest >= Minor(5, 5));
    if !is_expression(crontab) || !since {
        return None;
    }
    let open = project.sources.snippet(crontab.at).find('(')?;
    let place = crontab.at.span.start + u32::try_from(open).ok()?;
    let at = Loc::new(crontab.at.file, Span::new(place, place));
    Some(Fix::new("Read it with `crontab.from_string`", Applicability::Unsafe).replace(at, ".from_string"))
}

/// Steps that leave one number of a range.
fn steps(crontab: &CrontabCall, release: Minor) -> Vec<Finding> {
    let Some(made) = crontab.made(release) else { return Vec::new() };
    let mut found = Vec::new();
    for (field, slot) in Field::ALL.into_iter().zip(&made.slots) {
        for odd in &slot.odd {
            let Oddity::Step { part, first, .. } = odd else { continue };
            let message = format!("The step of `{part}` is larger than its range");
            let label = format!("runs at `{}` {first} only: a step never goes over to the next round", field.name());
            let finding = Finding::new(&RULE, message, crontab.place(field), label);
            let help = format!("Write `{first}`, or use an interval such as `timedelta(minutes=90)`");
            found.push(finding.severity(Severity::Warning).help(help).symbol(field.name()));
        }
    }
    found
}
