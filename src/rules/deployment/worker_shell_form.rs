//! `worker-shell-form`: see its page.

use super::common;
use crate::files::Command;
use crate::files::service::Service;
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::project::launch::service;
use crate::project::{Launch, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind, Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/worker-shell-form.md"), Check::Project(check));

/// Images whose `sh` is dash, which stays when it starts its last command.
const DASH: &[&str] = &["python", "debian", "ubuntu", "pypy"];
/// Programs that hand signals to all processes of the container.
const FORWARD: &[&str] = &["dumb-init", "tini -g", "tini\", \"-g", "s6-overlay", "supervisord"];

fn check(project: &Project, out: &mut Report) {
    if project.sources.speak_of(FORWARD, |file| file.kind != FileKind::Python) {
        return;
    }
    for launch in common::launches(project).filter(|launch| launch.command == "worker") {
        let source = project.sources.get(launch.at.file);
        let shell = match source.kind {
            FileKind::Dockerfile => is_shell_form(&source.text, launch.at) && is_dash(project, launch.at.file),
            FileKind::Compose => common::services(project).any(|(file, it)| runs_dash(project, file, it, launch)),
            _ => false,
        };
        let Some(at) = start(project, launch).filter(|_| shell) else { continue };
        let message = "The shell keeps the signal to stop, the worker is killed";
        let finding = Finding::new(&RULE, message, launch.at, "is a child of `sh`, which hands no signals on")
            .help("Start it with `exec`, or as a list of words without a shell")
            .symbol(launch.service.as_deref().unwrap_or("worker"));
        let here = Loc::new(at.file, Span::new(at.span.start, at.span.start));
        out.push(finding.fix(Fix::new("Start it with `exec`", Applicability::Unsafe).replace(here, "exec ")));
    }
}

/// Where the command begins that the launch is a part of, when that is the last one of the script and stands for itself.
fn start(project: &Project, launch: &Launch) -> Option<Loc> {
    let (_, facts) = project.facts.iter().find(|(file, _)| *file == launch.at.file)?;
    let around = |command: &&Command| {
        let shell = command.words.first().and_then(|word| word.text.as_literal()).is_some_and(|word| is_sh(&word));
        command.at.file == launch.at.file && command.at.span.contains(launch.at.span) && !shell
    };
    let command = facts.commands.iter().filter(around).min_by_key(|command| command.at.span.len())?;
    let replaced = command.words.first().and_then(|word| word.text.as_literal()).is_some_and(|word| word == "exec");
    let text = &project.sources.get(launch.at.file).text;
    let before = text.get(..command.at.span.start as usize)?;
    let after = text.get(command.at.span.end as usize..)?.lines().next().unwrap_or_default();
    let after = after.split(" #").next().unwrap_or_default();
    // Nothing follows, and nothing such as `VAR=x` stands before it in the same command.
    let last = after.trim().trim_end_matches(['"', '\'', ']', ' ']).is_empty();
    let first = before.trim_end_matches(' ').ends_with(['"', '\'', ';', '&'])
        || before.trim_end().ends_with("CMD")
        || before.trim_end().ends_with("ENTRYPOINT");
    (!replaced && last && first).then_some(command.at)
}

fn is_sh(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "dash"))
}

/// `CMD celery …` and `ENTRYPOINT celery …`, which Docker gives to `/bin/sh -c`.
fn is_shell_form(text: &str, at: Loc) -> bool {
    let before = text.get(..at.span.start as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    let form = line.strip_prefix("CMD ").or_else(|| line.strip_prefix("ENTRYPOINT "));
    form.is_some_and(|rest| !rest.trim_start().starts_with('[')) && !text.contains("\nSHELL ")
}

/// Whether the service runs the launch with `sh -c` in an image whose `sh` is known.
fn runs_dash(project: &Project, file: FileId, service: &Service, launch: &Launch) -> bool {
    let own = file == launch.at.file && launch.service.as_deref() == Some(service.name.as_str());
    let words = if service.entrypoint.is_empty() { &service.command } else { &service.entrypoint };
    let shell = words.first().and_then(|word| word.text.as_literal()).is_some_and(|word| is_sh(&word));
    let dockerfile = service.build.as_ref().and_then(|build| project.sources.by_path(&build.dockerfile));
    let development = common::is_development(project, file);
    own && shell
        && !development
        && dockerfile.is_some_and(|dockerfile| is_dash(project, dockerfile.id))
        && !service::any(project, file, service, |it| {
            it.is_whole() && !it.entrypoint.is_empty() && it.name != service.name
        })
}

/// Whether every stage of a Dockerfile starts from an image with dash, and none brings an entry point.
fn is_dash(project: &Project, file: FileId) -> bool {
    let Some((_, facts)) = project.facts.iter().find(|(id, _)| *id == file) else { return false };
    let named = |name: &str| facts.stages.iter().any(|stage| stage.name.as_deref() == Some(name));
    let known = |image: &str| {
        let (name, tag) = image.split_once(':').unwrap_or((image, ""));
        DASH.contains(&name.trim_start_matches("docker.io/library/")) && !tag.contains("alpine")
    };
    let all = facts.stages.iter().all(|stage| stage.from.as_deref().is_some_and(|from| named(from) || known(from)));
    all && !facts.stages.is_empty()
}
