//! `invalid-apply-option`: see its page.

use super::sent;
use crate::celery::names::{self, NameKind};
use crate::celery::near_miss;
use crate::celery::task_options::{find, tables};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::submission::kinds::is_duration;
use crate::project::submission::{Form, Given, Method, Passed};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/invalid-apply-option.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for (submission, passed) in sent::counted(project) {
        let asked = submission.method.sends() && submission.method != Method::Retry;
        if passed.form == Form::Own || !asked {
            continue;
        }
        for given in &passed.options {
            let name = given.name.as_deref().unwrap_or_default();
            if let Some((label, help)) = wrong(project, name, &given.value) {
                let message = format!("Celery cannot use this value of `{name}`");
                out.push(Finding::new(&RULE, message, given.at, label).symbol(name).help(help));
            }
        }
        out.findings.extend(both(passed));
        let parameters = sent::task(project, submission).and_then(|task| task.signature.as_ref());
        let is_parameter = |name: &str| parameters.is_some_and(|it| it.places.iter().any(|(known, _)| known == name));
        out.findings.extend(passed.options.iter().filter_map(|it| misspelt(passed, it, &is_parameter)));
    }
}

/// What a value does, and what to write instead.
fn wrong(project: &Project, name: &str, value: &Value) -> Option<(String, &'static str)> {
    let duration = is_duration(value);
    let number = matches!(value.kind, ValueKind::Int(_) | ValueKind::Float(_));
    let text = value.as_literal();
    let registered = |kind| text.as_deref().is_some_and(|text| names::find(kind, text).is_some()) || registers(project);
    Some(match name {
        "countdown" if duration => (raises("timedelta"), "Give seconds: `timedelta(…).total_seconds()`"),
        "countdown" if text.is_some() => (raises("str"), "Give a number of seconds"),
        "expires" if duration => (raises("timedelta"), "Give seconds, or the moment as a `datetime`"),
        "expires" if matches!(value.kind, ValueKind::Int(seconds) if seconds < 0) => {
            ("the task has expired before it is sent, and is revoked".to_owned(), "Give seconds from now")
        }
        "eta" if duration => {
            (no_attribute("datetime.timedelta"), "Give the moment as a `datetime`, or the delay as `countdown`")
        }
        "eta" if number => {
            (no_attribute(type_name(value)), "Give the moment as a `datetime`, or the delay as `countdown`")
        }
        "queue" if matches!(value.kind, ValueKind::Int(_)) => {
            ("raises `AttributeError: 'int' object has no attribute 'startswith'`".to_owned(), "Give the queue's name")
        }
        "serializer" if text.is_some() && !registered(NameKind::Serializers) && !registered(NameKind::ContentTypes) => {
            let shown = text.unwrap_or_default();
            (format!("raises `SerializerNotInstalled: No encoder installed for {shown}`"), "Use `json`")
        }
        "compression"
            if text.is_some() && !registered(NameKind::Compressions) && !registered(NameKind::CompressionTypes) =>
        {
            (format!("raises `KeyError: '{}'`", text.unwrap_or_default()), "Use `gzip`")
        }
        "headers" if matches!(value.kind, ValueKind::List { .. }) => {
            ("raises `TypeError`: headers are a dictionary".to_owned(), "Give a dictionary")
        }
        _ => return None,
    })
}

/// Whether the project has serializers or compressions of its own.
fn registers(project: &Project) -> bool {
    project.sources.files.iter().any(|file| {
        ["serialization.register", "registry.register", "compression.register", "setup_security"]
            .iter()
            .any(|word| file.text.contains(word))
    })
}

fn raises(kind: &str) -> String {
    let kind = if kind == "timedelta" { "datetime.timedelta" } else { kind };
    format!("raises `TypeError: '<' not supported between instances of '{kind}' and 'int'`")
}

fn no_attribute(kind: &str) -> String {
    format!("raises `AttributeError: '{kind}' object has no attribute 'isoformat'`")
}

fn type_name(value: &Value) -> &'static str {
    if matches!(value.kind, ValueKind::Int(_)) { "int" } else { "float" }
}

/// `countdown` and `eta` together: the countdown wins.
fn both(passed: &Passed) -> Option<Finding> {
    let given = |name: &str| {
        let found = passed.options.iter().find(|it| it.name.as_deref() == Some(name))?;
        let is_set = !matches!(found.value.kind, ValueKind::None | ValueKind::Unknown);
        is_set.then_some(found)
    };
    let (countdown, eta) = (given("countdown")?, given("eta")?);
    let number = matches!(countdown.value.kind, ValueKind::Int(_) | ValueKind::Float(_));
    number.then(|| {
        Finding::new(&RULE, "`eta` is ignored, because `countdown` is given too", eta.at, "has no effect")
            .severity(Severity::Warning)
            .related(countdown.at, "this one wins")
            .symbol("eta")
            .help("Give one of them")
    })
}

/// An unknown option that is nearly a known one. It goes into the message, and nothing reads it.
fn misspelt(passed: &Passed, given: &Given, is_parameter: &dyn Fn(&str) -> bool) -> Option<Finding> {
    let name = given.name.as_deref()?;
    let options = &tables().exec_options;
    if find(options, name).is_some() || is_parameter(name) {
        return None;
    }
    let given_too = |known: &str| passed.options.iter().any(|it| it.name.as_deref() == Some(known));
    let public = options.iter().filter(|it| !it.internal).map(|it| it.name.as_str());
    let meant = near_miss::closest(name, public).filter(|meant| !given_too(meant))?;
    let start = given.at.span.start;
    let at = Loc::new(given.at.file, Span::new(start, start + name.len() as u32));
    let finding =
        Finding::new(&RULE, format!("`{name}` is no option of a message, and has no effect"), given.at, "is ignored")
            .severity(Severity::Warning)
            .symbol(name)
            .help(format!("Write `{meant}`"));
    Some(finding.fix(Fix::new(format!("Rename it to `{meant}`"), Applicability::Unsafe).replace(at, meant)))
}
