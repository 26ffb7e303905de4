//! `missing-env-key`: see its page.

use super::sample;
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::environment::coverage::{Undocumented, undocumented};
use crate::project::{EnvTemplate, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-env-key.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for key in undocumented(project) {
        if let Some(template) = key.template {
            out.push(describe(project, &key, template));
        }
    }
}

fn describe(project: &Project, key: &Undocumented, template: &EnvTemplate) -> Finding {
    let file = short(project.sources.path(template.file));
    let message = format!("`{}` is read but `{file}` does not document it", key.name);
    let mut finding = Finding::new(&RULE, message, key.at(), words(key))
        .severity(severity(key))
        .related(end_of(project, template), "documents other keys, up to here");
    if key.reads[0].named_at != key.at() {
        finding = finding.related(key.reads[0].named_at, "the name comes from here");
    }
    if let Some(at) = key.deployed {
        finding = finding.related(at, "has a fixed value here");
    }
    finding
        .help(format!("Add `{}` to `{file}`, with a value that shows what belongs there", key.name))
        .fix(fix(project, key, template))
        .symbol(key.name)
}

/// The gravest when Celery cannot connect without it, the least when the code does well without it.
fn severity(key: &Undocumented) -> Severity {
    match (key.is_required(), key.connects) {
        (true, true) => Severity::Error,
        (true, false) => Severity::Warning,
        (false, _) => Severity::Note,
    }
}

fn words(key: &Undocumented) -> String {
    let how = key.reads[0].how;
    match (key.is_required(), key.connects) {
        (true, true) => format!("Celery's connection needs it ({how})"),
        (true, false) => format!("has no default ({how})"),
        (false, _) if key.deployed.is_some() => format!("the deployment sets it ({how})"),
        (false, _) => format!("has a default ({how})"),
    }
}

fn fix(project: &Project, key: &Undocumented, template: &EnvTemplate) -> Fix {
    let file = short(project.sources.path(template.file));
    // An env file that is in use is no mere documentation.
    let applicability = if template.live { Applicability::Unsafe } else { Applicability::Safe };
    let text = format!("\n{}", sample::lines(project, key));
    Fix::new(format!("Add `{}` to `{file}`", key.name), applicability).append(template.file, text)
}

/// The last key of the template, or its beginning when it has none.
fn end_of(project: &Project, template: &EnvTemplate) -> Loc {
    let last = template.keys.iter().map(|(_, at)| *at).max();
    last.unwrap_or_else(|| {
        let source = project.sources.get(template.file);
        let first = source.lines().line_span(0, &source.text);
        let line = source.slice(first).trim_end().len() as u32;
        Loc::new(template.file, Span::new(first.start, first.start + line))
    })
}

/// A path for messages: its name alone when the whole would be too long.
fn short(path: &str) -> &str {
    if path.len() <= 32 { path } else { path.rsplit('/').next().unwrap_or(path) }
}
