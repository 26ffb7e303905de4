//! `missing-env-file`: see its page.

use super::common;
use crate::files::EnvFileRef;
use crate::finding::Finding;
use crate::project::launch::service;
use crate::project::{Project, production};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/missing-env-file.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    if !project.uses_celery {
        return;
    }
    let mut told: Vec<(String, Finding)> = Vec::new();
    for (file, reference) in references(project) {
        let Some(path) = missing(project, file, reference) else { continue };
        match told.iter_mut().find(|(known, _)| *known == path) {
            Some((_, finding)) if finding.related.len() < 5 => {
                finding.related.push(crate::finding::Label { loc: reference.at, text: "and here".to_owned() })
            }
            Some(_) => {}
            None => {
                let message = format!("`{path}` is needed to start, and nothing says what belongs into it");
                let finding = Finding::new(&RULE, message, reference.at, "compose refuses to start without it")
                    .help(format!("Commit a template such as `{path}.example` that lists its variables"))
                    .symbol(&path);
                told.push((path, finding));
            }
        }
    }
    told.into_iter().for_each(|(_, finding)| out.push(finding));
}

/// The env files that services need.
fn references(project: &Project) -> impl Iterator<Item = (FileId, &EnvFileRef)> {
    let compose = |file: FileId| project.sources.get(file).kind == FileKind::Compose;
    let counted = project.facts.iter().filter(move |(file, _)| {
        compose(*file) && !production::is_shown(project.sources.path(*file)) && !common::is_development(project, *file)
    });
    counted
        .flat_map(|(file, facts)| facts.env_file_refs.iter().map(|reference| (*file, reference)))
        .filter(|(_, reference)| reference.required)
}

/// The path of a file that is not there and that nothing documents.
fn missing(project: &Project, file: FileId, reference: &EnvFileRef) -> Option<String> {
    let path = service::env_file_path(project, file, reference)?;
    let known = project.env_files.iter().find(|known| known.path == path)?;
    let exists = known.file.is_some() || project.sources.seen.binary_search(&path).is_ok();
    let documented = !project.env_templates.is_empty() || is_made(project, &path);
    (!exists && !documented).then_some(path)
}

/// Whether a script writes such a file, or copies one that is there.
fn is_made(project: &Project, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let scripts = project.sources.files.iter().filter(|file| {
        matches!(
            file.kind,
            FileKind::Shell
                | FileKind::Makefile
                | FileKind::Ci
                | FileKind::Python
                | FileKind::Dockerfile
                | FileKind::Toml
        )
    });
    let makes = |line: &str| {
        let writes = [">", "touch", "tee", "write", "open(", "generate"].iter().any(|word| line.contains(word));
        let copied = ["cp ", "copy", "mv "].iter().any(|word| line.contains(word));
        let source = || {
            line.split([' ', '"', '\'', ',', '(']).any(|word| {
                let word = word.trim_start_matches("./");
                word != name
                    && word.contains("env")
                    && project.sources.seen.iter().any(|seen| !word.is_empty() && seen.ends_with(word))
            })
        };
        names(line, name) && (writes || copied && source())
    };
    scripts.into_iter().any(|file| file.text.contains(name) && file.text.lines().any(makes))
}

/// Whether the name stands in the line as a word of its own.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let after = line.get(at + name.len()..).unwrap_or_default();
        !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'))
    })
}
