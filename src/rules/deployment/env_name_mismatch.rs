//! `env-name-mismatch`: see its page.

use super::common;
use crate::files::{Entry, Role};
use crate::finding::Finding;
use crate::project::launch::service;
use crate::project::{EnvRead, Project};
use crate::rule::{Check, Report, Rule};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/env-name-mismatch.md"), Check::Project(check));

/// Names that projects give to the same thing. Celery itself reads `CELERY_BROKER_URL` and `CELERY_RESULT_BACKEND`, so that
/// these have an effect whatever the code reads.
const ALIKE: &[&[&str]] = &[
    &["BROKER_URL", "CELERY_BROKER", "CELERY_BROKER_URI", "CELERYBROKER_URL", "CELERY_BROKER_URL", "BROKER"],
    &[
        "RESULT_BACKEND",
        "CELERY_BACKEND",
        "CELERY_BACKEND_URL",
        "CELERY_RESULT_BACKEND_URL",
        "CELERY_RESULT_URL",
        "RESULT_BACKEND_URL",
        "CELERY_RESULT_BACKEND",
    ],
];
const OF_CELERY: &[&str] =
    &["CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL"];

fn check(project: &Project, out: &mut Report) {
    if !project.env_open.is_empty() {
        return;
    }
    for (file, service) in common::everything(project).filter(|(file, _)| !common::is_template(project, *file)) {
        let celery = !service::launches(project, file, service).is_empty();
        if !celery || service::any(project, file, service, |it| it.has_env_file) || service.extends.is_some() {
            continue;
        }
        for (name, at) in &service.variables {
            let Some(alike) = ALIKE.iter().find(|names| names.contains(&name.as_str())) else { continue };
            let is_read = project.env_reads.iter().any(|read| read.key.accepts(name)) || is_spoken_of(project, name);
            if is_read || OF_CELERY.contains(&name.as_str()) {
                continue;
            }
            let meant = project.env_reads.iter().find(|read| read.connects && !read.in_test && is_meant(read, alike));
            let set = |read: &EnvRead| service.sets(|name| read.key.accepts(name)) || is_set(project, read);
            if let Some(read) = meant.filter(|read| !set(read)) {
                let wanted = read.key.name();
                let message = format!("`{name}` is set, the code reads `{wanted}`");
                let finding =
                    Finding::new(&RULE, message, *at, "nothing reads it").related(read.at, "reads another name");
                out.push(finding.help(format!("Call it `{wanted}`")).symbol(name));
            }
        }
    }
}

fn is_meant(read: &EnvRead, alike: &[&str]) -> bool {
    alike.contains(&read.key.name())
}

/// Whether a Dockerfile or script gives the variable a value.
fn is_set(project: &Project, read: &EnvRead) -> bool {
    let mut entries = project.facts.iter().flat_map(|(_, facts)| &facts.entries);
    let sets =
        |entry: &Entry| entry.role == Role::Environment && entry.path.len() == 1 && read.key.accepts(entry.key());
    entries.any(|entry| !entry.commented && sets(entry)) || project.env_written.contains(read.key.name())
}

/// Whether code or a script has the name in some other way.
fn is_spoken_of(project: &Project, name: &str) -> bool {
    use crate::source::FileKind;
    let code = project
        .sources
        .files
        .iter()
        .filter(|file| matches!(file.kind, FileKind::Python | FileKind::Shell | FileKind::Dockerfile));
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.into_iter().any(|file| {
        file.text.match_indices(name).any(|(at, _)| {
            let before = file.text.get(..at).unwrap_or_default();
            let after = file.text.get(at + name.len()..).unwrap_or_default();
            !before.ends_with(part) && !after.starts_with(part)
        })
    })
}
