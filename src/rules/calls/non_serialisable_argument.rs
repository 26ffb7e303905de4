//! `non-serialisable-argument`: see its page.

use super::{sent, serializer};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::dependency::is_kombu_before;
use crate::project::submission::Given;
use crate::project::submission::kinds::{BYTES_SINCE, Kind, What};
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/non-serialisable-argument.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    // What serializers there are is in the whole text of the project: it is asked for last.
    let mut found = Vec::new();
    let old = is_kombu_before(project, BYTES_SINCE);
    for (submission, passed) in sent::counted(project) {
        let tasks = sent::tasks(project, submission);
        let json = |task: &&Task| {
            serializer::of_call(passed).or_else(|| serializer::of_task(task)).unwrap_or(true)
                // A base class of its own, or a decorator that is not understood, may turn the arguments into something else.
                && task.signature.is_some()
        };
        if tasks.is_empty() || !tasks.iter().all(json) || !submission.method.is_written() {
            continue;
        }
        for given in passed.positional.iter().chain(&passed.named) {
            let counts = |kind: &&Kind| kind.what != What::Row && (old || kind.what != What::Bytes);
            if let Some(kind) = given.refused.as_ref().filter(counts) {
                found.push(describe(project, given, kind));
            }
        }
    }
    if !found.is_empty() && serializer::is_json_everywhere(project) {
        out.findings.extend(found);
    }
}

fn describe(project: &Project, given: &Given, kind: &Kind) -> Finding {
    let (message, label) = match kind.what {
        What::Key => (
            format!("A task cannot be sent with a `{}` as a key", kind.name),
            format!("raises `EncodeError: keys must be str, int, float, bool or None, not {}`", kind.name),
        ),
        _ => (
            format!("A task cannot be sent with a `{}`", kind.name),
            format!("raises `EncodeError: Object of type {} is not JSON serializable`", kind.name),
        ),
    };
    let finding = Finding::new(&RULE, message, kind.at, label).symbol(given.name.as_deref().unwrap_or(&kind.name));
    let written = project.sources.snippet(kind.at);
    let unsafe_fix = |title: &str, text: String| Fix::new(title, Applicability::Unsafe).replace(kind.at, text);
    match kind.what {
        What::Several if kind.name == "generator" => finding.help("Pass a list"),
        What::Several => finding.help("Pass a list").fix(unsafe_fix("Make it a list", format!("list({written})"))),
        What::Duration => finding
            .help("Pass the seconds: `.total_seconds()`")
            .fix(unsafe_fix("Pass the seconds", format!("{written}.total_seconds()"))),
        What::Model => finding
            .help("Pass what it holds: `.model_dump(mode=\"json\")`")
            .fix(unsafe_fix("Pass what it holds", format!("{written}.model_dump(mode=\"json\")"))),
        What::EnumMember => {
            finding.help("Pass its value").fix(unsafe_fix("Pass its value", format!("{written}.value")))
        }
        What::Bytes => finding.help("Pass text, or install kombu 5.3 or later"),
        What::Key => finding.help("Use texts as keys"),
        What::Row | What::Other => finding.help("Pass texts, numbers, lists and dictionaries"),
    }
}
