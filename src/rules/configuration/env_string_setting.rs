//! `env-string-setting`: see its page.

use super::{direct, releases};
use crate::celery::settings::{self, SettingFact};
use crate::celery::values::{Shape, Verdict, expects, verdict, wrong_in};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::{Project, Setting, production};
use crate::python::EnvValue;
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/env-string-setting.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for setting in production::settings(project) {
        let Some(wanted) = settings::lookup(&setting.name).and_then(Wanted::of) else { continue };
        for value in setting.value.alternatives() {
            let Some((env, at)) = direct::text_read(project, setting, value) else { continue };
            if !seen.contains(&at) {
                seen.push(at);
                out.push(describe(project, setting, &wanted, env, at));
            }
        }
    }
}

/// What a setting wants instead of a text, and a text that somebody would write for it.
struct Wanted {
    fact: &'static SettingFact,
    what: &'static str,
    sample: &'static str,
}

impl Wanted {
    fn of(fact: &'static SettingFact) -> Option<Self> {
        let kinds = expects(fact).kinds;
        let has = |kind: &str| kinds.contains(&kind);
        // A setting that takes a text as well may be meant to have one; of the pool's size, only `auto` is such a text.
        let only = |kinds: &[&str]| expects(fact).kinds.iter().all(|kind| kinds.contains(kind));
        if has("bool") && only(&["bool", "none"]) {
            Some(Self { fact, what: "a truth value", sample: "False" })
        } else if (has("int") || has("float"))
            && (only(&["int", "float", "none", "timedelta", "bool", "crontab"]) || fact.name == "worker_concurrency")
        {
            Some(Self { fact, what: "a number", sample: "1" })
        } else {
            None
        }
    }
}

fn describe(project: &Project, setting: &Setting, wanted: &Wanted, env: &EnvValue, at: Loc) -> Finding {
    let (label, severity) = consequence(project, wanted);
    let message = format!("`{}` is a text, where Celery expects {}", setting.written, wanted.what);
    let mut finding = Finding::new(&RULE, message, at, label).severity(severity).symbol(setting.name.as_str());
    if !(setting.at.file == at.file && project.sources.line(setting.at) == project.sources.line(at)) {
        finding = finding.related(setting.at, "becomes the setting here");
    }
    let help =
        if wanted.sample == "1" { "Convert it with `int(…)`" } else { "Compare it with the texts that mean yes" };
    let finding =
        finding.help(format!("{help}: variables of the environment are texts, and Celery does not convert them"));
    match fix(project, wanted, env, at) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// What a text does to the setting, and how bad that is.
fn consequence(project: &Project, wanted: &Wanted) -> (String, Severity) {
    if wanted.sample == "False" {
        return ("`False` in the environment turns it on: any text counts as true".to_owned(), Severity::Warning);
    }
    let range = project.releases;
    let wrong = wrong_in(wanted.fact, Shape::Str(wanted.sample));
    let happens =
        wrong.intersection(range).newest().map(|release| verdict(wanted.fact, Shape::Str(wanted.sample), release));
    match (happens, releases::suffix(project, wrong)) {
        (Some(Verdict::Wrong { happens }), Some(when)) => (format!("{happens}{when}"), Severity::Error),
        _ => ("a text whenever the variable is set".to_owned(), Severity::Note),
    }
}

/// `int(…)` around a read that has a default or stops when the variable is missing; `int(None)` would fail.
fn fix(project: &Project, wanted: &Wanted, env: &EnvValue, at: Loc) -> Option<Fix> {
    let source = project.sources.snippet(at);
    let text = project.sources.get(at.file).text.get(at.span.end as usize..).unwrap_or_default().trim_start();
    let sure = source.ends_with(']') || env.default.as_ref().is_some_and(|default| default.as_literal().is_some());
    (wanted.sample == "1" && sure && env.how == "os.environ" && !text.starts_with("or "))
        .then(|| Fix::new("Convert it to a number", Applicability::Unsafe).replace(at, format!("int({source})")))
}
