//! `serializer-not-accepted`: see its page.

use super::shape;
use crate::finding::Finding;
use crate::project::{Project, Setting, production};
use crate::python::{Value, ValueKind};
use crate::rule::{Check, Report, Rule};
use crate::source::Loc;

pub static RULE: Rule = Rule::new(include_str!("../../../rules/serializer-not-accepted.md"), Check::Project(check));

/// kombu's serializers and their content types: a list of accepted ones may have either.
const SERIALIZERS: &[(&str, &[&str])] = &[
    ("json", &["json", "application/json"]),
    ("pickle", &["pickle", "application/x-python-serialize"]),
    ("yaml", &["yaml", "application/x-yaml"]),
    ("msgpack", &["msgpack", "application/x-msgpack"]),
];

fn check(project: &Project, out: &mut Report) {
    let mut seen: Vec<Loc> = Vec::new();
    for (name, accepting) in [
        ("task_serializer", &["accept_content"][..]),
        ("result_serializer", &["result_accept_content", "accept_content"][..]),
    ] {
        let Some(accepted) = accepted(project, accepting) else { continue };
        let names = [name];
        for setting in production::named(project, &names) {
            for value in shape::literals(&setting.value) {
                let (Some(serializer), Some(at)) = (value.as_literal(), value.at) else { continue };
                if !accepted.takes(&serializer) && !seen.contains(&at) && !registers(project) {
                    seen.push(at);
                    out.push(describe(setting, &serializer, at, &accepted));
                }
            }
        }
    }
}

/// Whether the project has serializers of its own, which can have any content type, also one of these.
fn registers(project: &Project) -> bool {
    let own = ["enable_insecure_serializers", "serialization.register", "registry.register", "setup_security"];
    project.sources.files.iter().any(|file| own.iter().any(|word| file.text.contains(word)))
}

/// What workers or clients accept, wherever the project says it.
struct Accepted {
    names: Vec<String>,
    at: Option<Loc>,
}

impl Accepted {
    /// Whether a serializer is accepted; one of the project's own may be.
    fn takes(&self, serializer: &str) -> bool {
        let known = SERIALIZERS.iter().find(|(name, _)| *name == serializer);
        known.is_none_or(|(_, types)| self.names.iter().any(|name| types.contains(&name.as_str())))
    }
}

/// The accepted content types of all lists together; none when one of them is not wholly known.
fn accepted(project: &Project, settings: &[&str]) -> Option<Accepted> {
    let mut found = Accepted { names: Vec::new(), at: None };
    // Loose constants and those of tests may be what the project really uses.
    for setting in project.settings.iter().filter(|setting| settings.contains(&setting.name.as_str())) {
        found.at.get_or_insert(setting.at);
        for value in setting.value.alternatives() {
            found.names.extend(listed(value)?);
        }
    }
    if found.names.is_empty() {
        found.names.push("json".to_owned());
    }
    Some(found)
}

fn listed(value: &Value) -> Option<Vec<String>> {
    match &value.kind {
        ValueKind::List { items, open: false } => items.iter().map(Value::as_literal).collect(),
        ValueKind::Text(_) | ValueKind::None => None,
        _ => None,
    }
}

fn describe(setting: &Setting, serializer: &str, at: Loc, accepted: &Accepted) -> Finding {
    let (message, label) = if setting.name == "task_serializer" {
        (
            format!("Tasks are sent as `{serializer}`, which no worker accepts"),
            "the worker refuses every message and drops it",
        )
    } else {
        (
            format!("Results are stored as `{serializer}`, which nobody accepts"),
            "reading a result raises `ContentDisallowed`",
        )
    };
    let finding = Finding::new(&RULE, message, at, label).symbol(setting.name.as_str());
    let finding = match accepted.at {
        Some(list) => finding.related(list, "what is accepted"),
        None => finding,
    };
    finding.help(if accepted.takes("json") {
        "Use `json`".to_owned()
    } else {
        format!("Use the same serializer on both sides, or add `{serializer}` to what is accepted")
    })
}
