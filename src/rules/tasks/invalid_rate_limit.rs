//! `invalid-rate-limit`: see its page.

use crate::celery::rate;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::rate_limit::{By, RateLimit};
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/invalid-rate-limit.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for limit in project.rate_limits.iter().filter(|it| !production::is_shown(project.sources.path(it.at.file))) {
        let Some(text) = limit.value.as_literal() else { continue };
        if let Err(refusal) = rate::per_second(&text) {
            out.push(describe(project, limit, &text, &refusal));
        }
    }
}

fn describe(project: &Project, limit: &RateLimit, text: &str, refusal: &rate::Refusal) -> Finding {
    let message = match text.len() <= 30 && !text.contains('`') {
        true => format!("`{text}` is not a rate limit"),
        false => "This is not a rate limit".to_owned(),
    };
    let error = match refusal.exception {
        "KeyError" if refusal.message.len() < 30 => format!("{}: {}", refusal.exception, refusal.message),
        exception => exception.to_owned(),
    };
    let label = match limit.by {
        By::Control => format!("workers do not apply it: `{error}`"),
        _ => format!("a worker that knows the task does not start: `{error}`"),
    };
    let finding = Finding::new(&RULE, message, limit.at, label)
        .help("Write a number, and after a slash `s`, `m` or `h`: `10/m`")
        .symbol("rate_limit");
    let written = project.sources.snippet(limit.at);
    let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    match (rate::repaired(text), quote) {
        (Some(rate), Some(quote)) if written == format!("{quote}{text}{quote}") => {
            let fix = Fix::new(format!("Write `{rate}`"), Applicability::Unsafe);
            finding.fix(fix.replace(limit.at, format!("{quote}{rate}{quote}")))
        }
        _ => finding,
    }
}
