//! `concurrency-in-compose-and-settings`: see its page.

use super::common;
use crate::finding::Finding;
use crate::project::{Project, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/concurrency-in-compose-and-settings.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let mut settings = production::named(project, &["worker_concurrency"]);
    let known = settings.find_map(|setting| match setting.value.kind {
        ValueKind::Int(number) => Some((setting, number)),
        _ => None,
    });
    let Some((setting, number)) = known else { return };
    for launch in common::launches(project).filter(|launch| launch.command == "worker") {
        let Some(option) = launch.option("concurrency") else { continue };
        let given = option.value.as_ref().and_then(|value| value.as_literal()?.parse::<i64>().ok());
        if let Some(given) = given.filter(|given| *given != number && !common::is_development(project, launch.at.file))
        {
            let message = format!("`{}` makes {given} processes, `worker_concurrency` says {number}", option.written);
            let finding = Finding::new(&RULE, message, option.value_at, "the command line wins")
                .related(setting.at, "has no effect for this worker")
                .help("Say it in one place");
            out.push(finding.symbol(launch.service.as_deref().unwrap_or("worker")));
        }
    }
}
