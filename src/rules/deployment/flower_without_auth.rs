//! `flower-without-auth`: see its page.

use super::common;
use crate::files::service::{Origin, Port, Service};
use crate::files::{FileFacts, Role};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::launch::service;
use crate::project::{Launch, Project};
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind, Loc, Span};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/flower-without-auth.md"), Check::Project(check));

fn check(project: &Project, out: &mut Report) {
    let configured = project.sources.files.iter().any(|file| file.name() == "flowerconfig.py");
    if configured {
        return;
    }
    for (file, service) in common::everything(project) {
        let launches = flower(project, file, service);
        let image = service.image_name().is_some_and(|name| name == "flower");
        if launches.is_empty() && !(image && service.entrypoint.is_empty()) {
            continue;
        }
        let port = launches.iter().find_map(|launch| port_of(launch)).unwrap_or(5555);
        let published = service::published(project, file, service, true);
        let published = published.iter().find(|it| it.is_public() && it.holds(port));
        let asks = launches.iter().any(|launch| asks(launch))
            || service::any(project, file, service, |it| is_guarded(project, it))
            || image
                && common::literals(&service.command)
                    .is_none_or(|words| words.iter().any(|word| word.contains("auth")));
        if let Some(port) = published.filter(|_| !asks) {
            out.push(finding(project, file, service, port, launches.first().copied()));
        }
    }
}

/// The launches of Flower that the service makes; none if it also makes others that are not understood.
fn flower<'p>(project: &'p Project, file: FileId, service: &Service) -> Vec<&'p Launch> {
    let all = service::launches(project, file, service);
    all.into_iter().filter(|launch| launch.command == "flower").collect()
}

fn port_of(launch: &Launch) -> Option<u16> {
    launch.option("port")?.value.as_ref()?.as_literal()?.parse().ok()
}

/// Whether options ask for a password, or may.
fn asks(launch: &Launch) -> bool {
    launch.words.iter().any(|word| match word.text.as_literal() {
        Some(word) => word.contains("auth") || word.contains("--conf") || word.contains("oauth"),
        None => {
            let first = word.text.pieces.first();
            let spoken = matches!(first, Some(crate::source::Piece::Literal { text, .. }) if text.starts_with("--"));
            let joined = spoken && word.text.pieces.len() > 1;
            let says = project_says_auth(word);
            says || !joined && !launch.options.iter().any(|option| option.value_at == word.at)
        }
    })
}

fn project_says_auth(word: &crate::files::Word) -> bool {
    word.text.pieces.iter().any(|piece| match piece {
        crate::source::Piece::Literal { text, .. } => text.contains("auth") || text.contains("--conf"),
        _ => false,
    })
}

/// Whether variables, a proxy or files that are not seen may ask for a password.
fn is_guarded(project: &Project, service: &Service) -> bool {
    let named = |name: &str| name.starts_with("FLOWER_") && (name.contains("AUTH") || name.contains("CONF"));
    let proxied = service.labels.iter().any(|label| label.to_ascii_lowercase().contains("auth"));
    service.sets(named) || proxied || service.has_env_file && env_files_may_say(project, named)
}

/// Whether env files and templates speak of it, or there are none that show what is in them.
fn env_files_may_say(project: &Project, named: impl Fn(&str) -> bool) -> bool {
    let kinds = |file: FileId| matches!(project.sources.get(file).kind, FileKind::Env | FileKind::EnvTemplate);
    let mut files = project.facts.iter().filter(|(file, _)| kinds(*file)).peekable();
    let says = |facts: &FileFacts| facts.entries.iter().any(|it| it.role == Role::Environment && named(it.key()));
    files.peek().is_none() || files.any(|(_, facts)| says(facts))
}

fn finding(project: &Project, file: FileId, service: &Service, port: &Port, launch: Option<&Launch>) -> Finding {
    let message = "Flower is published to every network and asks nobody for a password";
    let label = "whoever opens it sees the arguments of tasks, and can stop workers";
    let mut finding = Finding::new(&RULE, message, port.at, label)
        .severity(common::severity(project, file, Severity::Warning))
        .help(match service.origin {
            Origin::Compose => "Set `FLOWER_BASIC_AUTH` to `user:password`, or publish it on `127.0.0.1` only",
            Origin::Kubernetes => "Set `FLOWER_BASIC_AUTH` to `user:password`, or use a `Service` of type `ClusterIP`",
        })
        .symbol(&service.name);
    if let Some(launch) = launch.filter(|launch| launch.at.file != file || launch.at.span.start < port.at.span.start) {
        finding = finding.related(launch.at, "starts without `--basic-auth`");
    }
    match fix(project, service) {
        Some(fix) => finding.fix(fix),
        None => finding,
    }
}

/// Adds the variable to `environment:`, which is made when there is none.
fn fix(project: &Project, service: &Service) -> Option<Fix> {
    let first = service.first.filter(|first| is_below(service, *first))?;
    let place = match service.variables.first() {
        Some((_, at)) if service.variables.iter().all(|(_, at)| is_below(service, *at)) => *at,
        Some(_) => return None,
        None => first,
    };
    let file = project.sources.get(place.file);
    let before = file.text.get(..place.span.start as usize)?;
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let indent = before.get(line..)?;
    let value = "${FLOWER_BASIC_AUTH:?user:password}";
    let text = match indent.trim() {
        "" if service.variables.is_empty() => {
            format!("{indent}environment:\n{indent}  FLOWER_BASIC_AUTH: {value}\n")
        }
        "" => format!("{indent}FLOWER_BASIC_AUTH: {value}\n"),
        "-" | "- \"" | "- '" => {
            let indent = indent.trim_end_matches(['"', '\'']);
            format!("{indent}FLOWER_BASIC_AUTH={value}\n")
        }
        _ => return None,
    };
    let at = Loc::new(place.file, Span::new(line as u32, line as u32));
    Some(Fix::new("Ask for a user and a password", Applicability::Unsafe).replace(at, text))
}

/// Whether a place belongs to the service itself, and to no anchor before it.
fn is_below(service: &Service, at: Loc) -> bool {
    at.file == service.at.file && at.span.start > service.at.span.end
}
