//! `orm-object-argument`: see its page.

use std::cell::LazyCell;

use super::{sent, serializer};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::submission::kinds::What;
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/orm-object-argument.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let json = LazyCell::new(|| serializer::is_json_everywhere(project));
    for (submission, passed) in sent::counted(project) {
        let tasks = sent::tasks(project, submission);
        let Some(task) = tasks.first().filter(|_| tasks.iter().all(|task| task.signature.is_some())) else { continue };
        if !submission.method.is_written() {
            continue;
        }
        let own = serializer::of_call(passed).or_else(|| serializer::of_task(task));
        for given in passed.positional.iter().chain(&passed.named) {
            let Some(kind) = given.refused.as_ref().filter(|kind| kind.what == What::Row) else { continue };
            let label = match own.unwrap_or_else(|| *json) {
                true => "raises `EncodeError`: JSON holds no such objects",
                false => "the task gets a copy, which is old by the time it runs",
            };
            let written = project.sources.snippet(kind.at);
            let finding = Finding::new(&RULE, "A task is sent with an object of the database", kind.at, label)
                .symbol(given.name.as_deref().unwrap_or(written))
                .help("Pass the primary key, and let the task load the object");
            let is_name = written.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
            let fix =
                || Fix::new("Pass the primary key", Applicability::Unsafe).replace(kind.at, format!("{written}.pk"));
            out.push(if is_name { finding.fix(fix()) } else { finding });
        }
    }
}
