//! `invalid-dispatch-arguments`: see its page.

use super::sent;
use crate::celery::task_options::{find, tables};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::submission::{Container, Form, Given, Method, Passed};
use crate::project::task::TaskSignature;
use crate::project::{Project, Submission};
use crate::rule::{Check, Report, Rule};
use crate::source::{Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/invalid-dispatch-arguments.md"), Check::Project(check));

/// Options of the message that people give to `delay()`, which has none.
const OPTIONS: &[&str] =
    &["countdown", "eta", "expires", "link", "link_error", "priority", "queue", "routing_key", "task_id"];

fn check(project: &Project, out: &mut Report) {
    for (submission, passed) in sent::counted(project) {
        // `apply()` takes all that can be unpacked.
        let asked = submission.method != Method::Apply;
        if let Container::Wrong { at, kind } = passed.args
            && asked
        {
            out.push(args(project, at, kind));
        }
        if let Container::Wrong { at, kind } = passed.kwargs
            && asked
        {
            out.push(kwargs(at, kind));
        }
        let Some(signature) = sent::task(project, submission).and_then(|task| task.signature.as_ref()) else {
            continue;
        };
        for given in options_of_delay(signature, passed) {
            out.push(option(project, submission, passed, given));
        }
        for given in parameters_of_apply(signature, passed) {
            out.push(parameter(project, passed, given));
        }
    }
}

/// Options of the message among the arguments of `delay()`, which the task does not take.
pub fn options_of_delay<'p>(signature: &'p TaskSignature, passed: &'p Passed) -> impl Iterator<Item = &'p Given> {
    let own = passed.form == Form::Own && !signature.parameters.keywords;
    let is_option = move |it: &&Given| {
        let name = it.name.as_deref().unwrap_or_default();
        own && OPTIONS.contains(&name) && !takes(signature, name)
    };
    passed.named.iter().filter(is_option)
}

/// Parameters of the task among the options of `apply_async()`.
pub fn parameters_of_apply<'p>(signature: &'p TaskSignature, passed: &'p Passed) -> impl Iterator<Item = &'p Given> {
    let is_parameter = move |it: &&Given| {
        let name = it.name.as_deref().unwrap_or_default();
        let passed_too = passed.named.iter().any(|other| other.name.as_deref() == Some(name));
        takes(signature, name) && !passed_too && find(&tables().exec_options, name).is_none()
    };
    passed.options.iter().filter(is_parameter)
}

fn takes(signature: &TaskSignature, name: &str) -> bool {
    let parameters = &signature.parameters;
    let own = parameters.positional.iter().skip(usize::from(parameters.bound));
    own.chain(&parameters.keyword_only).any(|it| it.name == name)
}

fn args(project: &Project, at: Loc, kind: &str) -> Finding {
    let label = match kind {
        "str" => "every character becomes an argument of its own, or `TypeError` is raised".to_owned(),
        "int" | "float" | "bool" => format!("raises `TypeError: argument after * must be an iterable, not {kind}`"),
        _ => "raises `TypeError: task args must be a list or tuple`".to_owned(),
    };
    let finding =
        Finding::new(&RULE, format!("A `{kind}` is given as the list of arguments"), at, label).symbol("args");
    if kind == "dict" {
        return finding.help("Give keyword arguments as `kwargs=`");
    }
    let whole = matches!(kind, "str" | "int" | "float" | "bool");
    let help = if whole { "Write a tuple with one element: `(x,)`" } else { "Make it a list" };
    let written = project.sources.snippet(at);
    let fix = Fix::new("Make it a tuple", Applicability::Unsafe);
    let fix = match (whole, sent::in_parentheses(project, at)) {
        (true, true) => fix.replace(Loc::new(at.file, Span::new(at.span.end, at.span.end)), ","),
        (true, false) => fix.replace(at, format!("({written},)")),
        (false, _) => fix.replace(at, format!("list({written})")),
    };
    finding.help(help).fix(fix)
}

fn kwargs(at: Loc, kind: &str) -> Finding {
    let label = format!("raises `TypeError: argument after ** must be a mapping, not {kind}`");
    let message = format!("A `{kind}` is given as the keyword arguments");
    Finding::new(&RULE, message, at, label).symbol("kwargs").help("Give a dictionary, or the list as `args=`")
}

fn option(project: &Project, submission: &Submission, passed: &Passed, given: &Given) -> Finding {
    let name = given.name.as_deref().unwrap_or_default();
    let label = "`delay()` passes it to the task, which has no such parameter: `TypeError`";
    let message = format!("`{name}` is an option of `apply_async()`, and `delay()` takes none");
    let finding = Finding::new(&RULE, message, given.at, label)
        .symbol(name)
        .help("Use `apply_async()`, with the task's own arguments in `args=` and `kwargs=`");
    match rewritten(project, submission, passed).filter(|_| !submission.handed) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// `task.delay(a, b=1, countdown=5)` as `task.apply_async(args=(a,), kwargs={"b": 1}, countdown=5)`.
fn rewritten(project: &Project, submission: &Submission, passed: &Passed) -> Option<Fix> {
    let call = project.sources.snippet(submission.at);
    let (first, last) =
        (passed.positional.iter().chain(&passed.named).next()?, passed.positional.iter().chain(&passed.named).last()?);
    let written = |at: Loc| project.sources.snippet(at);
    let arguments = Span::new(first.at.span.start, last.at.span.end);
    let start = (arguments.start.checked_sub(submission.at.span.start)?) as usize;
    let callee = call.get(..start)?.trim_end();
    let dot = callee.strip_suffix('(')?.trim_end().strip_suffix("delay")?.len() as u32 + submission.at.span.start;
    if passed.open || written(Loc::new(submission.at.file, arguments)).contains('#') {
        return None;
    }
    let is_option = |it: &&Given| it.name.as_deref().is_some_and(|name| OPTIONS.contains(&name));
    let mut parts: Vec<String> = Vec::new();
    if !passed.positional.is_empty() {
        let items: Vec<&str> = passed.positional.iter().map(|it| written(it.value_at)).collect();
        let comma = if items.len() == 1 { "," } else { "" };
        parts.push(format!("args=({}{comma})", items.join(", ")));
    }
    let own: Vec<String> = passed
        .named
        .iter()
        .filter(|it| !is_option(it))
        .map(|it| format!("\"{}\": {}", it.name.as_deref().unwrap_or_default(), written(it.value_at)))
        .collect();
    if !own.is_empty() {
        parts.push(format!("kwargs={{{}}}", own.join(", ")));
    }
    parts.extend(passed.named.iter().filter(is_option).map(|it| written(it.at).to_owned()));
    let file = submission.at.file;
    let fix = Fix::new("Use `apply_async()`", Applicability::Unsafe)
        .replace(Loc::new(file, Span::new(dot, dot + 5)), "apply_async")
        .replace(Loc::new(file, arguments), parts.join(", "));
    Some(fix)
}

fn parameter(project: &Project, passed: &Passed, given: &Given) -> Finding {
    let name = given.name.as_deref().unwrap_or_default();
    let message = format!("`{name}` is a parameter of the task, and given as an option of the message");
    let label = "never reaches the task";
    let finding = Finding::new(&RULE, message, given.at, label)
        .symbol(name)
        .help(format!("Pass it in the dictionary `kwargs`: `kwargs={{\"{name}\": …}}`"));
    if passed.kwargs != Container::Absent || passed.open || passed.named.iter().any(|it| it.name.is_some()) {
        return finding;
    }
    let value = project.sources.snippet(given.value_at);
    let text = format!("kwargs={{\"{name}\": {value}}}");
    finding.fix(Fix::new("Pass it to the task", Applicability::Unsafe).replace(given.at, text))
}
