//! `invalid-setting-value`: see its page.

use super::{releases, shape, url_objects};
use crate::celery::release::{Minor, Releases};
use crate::celery::settings::{self, SettingFact};
use crate::celery::values::{Expectation, Shape, Verdict, expects, verdict, wrong_in};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::{Project, Setting, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/invalid-setting-value.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    url_objects::check(project, &RULE, out);
    let mut seen: Vec<Loc> = Vec::new();
    for setting in production::settings(project) {
        let Some(fact) = settings::lookup(&setting.name) else { continue };
        for value in shape::literals(&setting.value) {
            let Some(at) = value.at.filter(|at| !seen.contains(at)) else { continue };
            if may_be_converted(setting, fact, value) {
                continue;
            }
            let finding = shape::with(project, value, |shape| describe(project, setting, fact, shape, at));
            if let Some(finding) = finding {
                seen.push(at);
                out.push(finding);
            }
        }
    }
}

/// A text that another rule speaks of, or the default of an environment read that something turns into a number or a list.
fn may_be_converted(setting: &Setting, fact: &SettingFact, value: &Value) -> bool {
    let text = matches!(value.kind, ValueKind::Text(_));
    let read = setting.value.alternatives().iter().any(|way| match &way.kind {
        ValueKind::Env(env) => env.default.iter().flat_map(Value::alternatives).any(|default| default == value),
        _ => false,
    });
    let plain = expects(fact).kinds.iter().all(|kind| matches!(*kind, "string" | "none"));
    text && (setting.name.ends_with("accept_content") || read && !plain)
}

fn describe(project: &Project, setting: &Setting, fact: &SettingFact, shape: Shape<'_>, at: Loc) -> Option<Finding> {
    let wrong = wrong_in(fact, shape);
    let when = releases::suffix(project, wrong)?;
    let happens = happens(fact, shape, wrong.intersection(project.releases))?;
    let message = match shown(project, fact, at) {
        Some(value) => format!("`{}` cannot be `{value}`", setting.written),
        None => format!("`{}` has a value that does not work", setting.written),
    };
    let mut finding = Finding::new(&RULE, message, at, format!("{happens}{when}")).symbol(setting.name.as_str());
    if !(setting.at.file == at.file && project.sources.line(setting.at) == project.sources.line(at)) {
        finding = finding.related(setting.at, "becomes the setting here");
    }
    let finding = finding.help(help(fact));
    Some(match fix(fact, shape, at) {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

fn happens(fact: &SettingFact, shape: Shape<'_>, releases: Releases) -> Option<&'static str> {
    let newest: Minor = releases.newest()?;
    match verdict(fact, shape, newest) {
        Verdict::Wrong { happens } => Some(happens),
        Verdict::Ok | Verdict::Coerced => None,
    }
}

/// The value as written, when it is short and cannot be a secret.
fn shown<'p>(project: &'p Project, fact: &SettingFact, at: Loc) -> Option<&'p str> {
    let source = project.sources.snippet(at);
    let open = !matches!(fact.name.as_str(), "broker_url" | "result_backend" | "broker_transport_options");
    (open && source.len() <= 24 && !source.contains(['\n', '`'])).then_some(source)
}

fn help(fact: &SettingFact) -> String {
    let Expectation { kinds, names, names_enforced, min, max, .. } = expects(fact);
    match fact.name.as_str() {
        "timezone" => return "Use a name from the time zone database, such as `Europe/Berlin`".to_owned(),
        "task_default_rate_limit" => return "Write a number, perhaps with `/s`, `/m` or `/h`: `10/m`".to_owned(),
        "task_queues" => return "List `kombu.Queue` objects".to_owned(),
        _ => {}
    }
    if names_enforced && !names.is_empty() {
        return format!("Use {}", alternatives(names.iter().map(|name| format!("`{name}`")).collect()));
    }
    let mut words: Vec<String> = kinds.iter().filter_map(|kind| word(kind)).map(str::to_owned).collect();
    words.dedup();
    let bounds = match (min, max) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        _ => String::new(),
    };
    if words.is_empty() {
        "See the documentation of the setting".to_owned()
    } else {
        format!("Use {}{bounds}", alternatives(words))
    }
}

fn word(kind: &str) -> Option<&'static str> {
    const WORDS: &[(&str, &str)] = &[
        ("bool", "`True` or `False`"),
        ("int", "a whole number"),
        ("float", "a number of seconds"),
        ("string", "a text"),
        ("none", "`None`"),
        ("list", "a list"),
        ("tuple", "a tuple"),
        ("dict", "a dictionary"),
        ("timedelta", "a `timedelta`"),
    ];
    WORDS.iter().find(|(name, _)| *name == kind).map(|(_, word)| *word)
}

fn alternatives(mut words: Vec<String>) -> String {
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} or {last}", words.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// A number or a truth value in quotes loses its quotes.
fn fix(fact: &SettingFact, shape: Shape<'_>, at: Loc) -> Option<Fix> {
    let Shape::Str(text) = shape else { return None };
    let kinds = expects(fact).kinds;
    let number = kinds.iter().any(|kind| matches!(*kind, "int" | "float")) && text.parse::<u32>().is_ok();
    if number && wrong_in(fact, Shape::Int(text.parse().ok()?)).is_empty() {
        return Some(Fix::new("Make it a number", Applicability::Safe).replace(at, text));
    }
    // Turns something off that was on: what was meant, and yet another behaviour.
    (fact.kind == "bool" && text.eq_ignore_ascii_case("false"))
        .then(|| Fix::new("Make it a truth value", Applicability::Unsafe).replace(at, "False"))
}
