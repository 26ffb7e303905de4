//! `ambiguous-env-value`: see its page.

use crate::files::dotenv::Dialect;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::environment::{Cause, EnvConflict};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/ambiguous-env-value.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    for conflict in &project.env_conflicts {
        out.push(describe(project, conflict));
    }
}

fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::PythonDotenv => "python-dotenv",
        Dialect::DjangoEnviron => "django-environ",
        Dialect::Decouple => "python-decouple",
        Dialect::Compose => "compose",
        Dialect::Shell => "the shell",
    }
}

fn describe(project: &Project, conflict: &EnvConflict) -> Finding {
    let [first, other] = conflict.readers.map(|reader| name(reader.dialect));
    let message = format!("{first} and {other} read `{}` differently", conflict.key);
    let mut chars = message.chars();
    let message = chars.next().map(|start| start.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default();
    let mut finding = Finding::new(&RULE, message, conflict.value_at, what(conflict.cause))
        .symbol(&conflict.key)
        .help(help(conflict));
    for reader in conflict.readers {
        finding = finding.related(reader.at, format!("{} reads it for this", name(reader.dialect)));
    }
    match fix(project, conflict) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

fn what(cause: Cause) -> &'static str {
    match cause {
        Cause::Dollar => "a `$` begins a variable for one of them, and stays as it is for the other",
        Cause::Comment => "what follows the value is a comment for one of them, and a part of it for the other",
        Cause::Backslash => "the backslash goes away for one of them, and stays for the other",
        Cause::Signs => "the value ends for one of them at a blank or a sign that runs commands",
        Cause::Form => "one of them does not read an assignment that is written in this way",
    }
}

fn help(conflict: &EnvConflict) -> &'static str {
    match conflict.cause {
        _ if conflict.single_quotes_help => "Put the value between single quotes, which all readers take as it is",
        Cause::Dollar => "Write the variable as `${NAME}`, or a dollar sign in a way that both readers take for one",
        Cause::Comment => "Move the comment to a line of its own",
        Cause::Backslash | Cause::Signs => "Put the value between quotes, or take the sign out of it",
        Cause::Form => "Write `KEY=value` on one line, without blanks",
    }
}

/// Single quotes around the value, or in the place of double ones. The value itself is not touched.
fn fix(project: &Project, conflict: &EnvConflict) -> Option<Fix> {
    let (raw, value) = (conflict.raw_at, conflict.value_at);
    let file = project.sources.get(raw.file);
    let part = |start: u32, end: u32| {
        let at = Loc::new(raw.file, Span::new(start, end));
        file.text.get(start as usize..end as usize).map(|text| (at, text))
    };
    let quoted = raw.span.start < value.span.start;
    let fix = Fix::new("Put it between single quotes", Applicability::Unsafe);
    if !conflict.single_quotes_help {
        return None;
    }
    if quoted {
        let (before, _) = part(raw.span.start, value.span.start)?;
        let (after, _) = part(value.span.end, raw.span.end)?;
        return Some(fix.replace(before, "'").replace(after, "'"));
    }
    // The `=` in front is kept: an edit replaces something.
    let (equals, sign) = part(value.span.start.checked_sub(1)?, value.span.start)?;
    let end = Loc::new(raw.file, Span::new(value.span.end, value.span.end));
    Some(fix.replace(equals, format!("{sign}'")).replace(end, "'"))
}
