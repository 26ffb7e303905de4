//! `lossy-json-argument`: see its page.

use super::{sent, serializer};
use crate::finding::Finding;
use crate::project::submission::{Given, Passed};
use crate::project::task::TaskSignature;
use crate::project::task::annotation::Expected;
use crate::project::{Project, Task};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/lossy-json-argument.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut found = Vec::new();
    for (submission, passed) in sent::counted(project) {
        let Some(task) = sent::task(project, submission) else { continue };
        // pydantic makes of the arguments what the annotations say.
        let own = |name: &str| task.options.iter().any(|(known, ..)| known == name);
        let json = serializer::of_call(passed).or_else(|| serializer::of_task(task)).unwrap_or(true);
        let Some(signature) = task.signature.as_ref().filter(|it| it.runs_as_sent && json && !own("pydantic")) else {
            continue;
        };
        found.extend(arguments(passed, signature).filter_map(|(parameter, given)| {
            let (_, expected) = signature.expected.iter().find(|(name, _)| name == parameter)?;
            (given.changed.as_ref() == Some(expected)).then(|| describe(project, task, parameter, given, expected))
        }));
    }
    if !found.is_empty() && serializer::is_json_everywhere(project) {
        out.findings.extend(found);
    }
}

/// The arguments of a call whose parameters are known.
fn arguments<'a>(passed: &'a Passed, signature: &'a TaskSignature) -> impl Iterator<Item = (&'a str, &'a Given)> {
    let parameters = signature.parameters.positional.iter().skip(usize::from(signature.parameters.bound));
    let positional = passed.positional.iter().filter(|_| !passed.partial).zip(parameters);
    let positional = positional.map(|(given, parameter)| (parameter.name.as_str(), given));
    positional.chain(passed.named.iter().filter_map(|given| Some((given.name.as_deref()?, given))))
}

fn describe(project: &Project, task: &Task, parameter: &str, given: &Given, expected: &Expected) -> Finding {
    let (what, label, help) = match expected {
        Expected::Tuple => {
            ("tuple", "arrives as a `list`".to_owned(), "Make it a tuple in the task, or annotate a list")
        }
        Expected::NumberKeys => (
            "dictionary with numbers as keys",
            "arrives with texts as keys: `\"1\"`, not `1`".to_owned(),
            "Make the keys numbers in the task, or use texts as keys",
        ),
        Expected::Member(module, class) => {
            let name = &project.modules.get(&project.sources, *module).class(*class).name;
            let label = format!("arrives as its value, not as a member of `{name}`");
            ("member of an enumeration", label, "Make it a member in the task, and annotate the value")
        }
        Expected::Mapping(kind) => {
            (*kind, "arrives as a plain `dict`".to_owned(), "Annotate a dictionary, and make it anew in the task")
        }
    };
    let message = format!("Task `{}` does not get the {what} that `{parameter}` expects", task.function);
    let message = if message.len() > 90 { format!("A task does not get the {what} that it expects") } else { message };
    let places = task.signature.as_ref().map(|it| it.places.as_slice()).unwrap_or_default();
    let finding = Finding::new(&RULE, message, given.value_at, label).symbol(parameter).help(help);
    match places.iter().find(|(name, _)| name == parameter) {
        Some((_, at)) => finding.related(*at, "the annotation says otherwise"),
        None => finding,
    }
}
