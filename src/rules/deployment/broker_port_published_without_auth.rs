//! `broker-port-published-without-auth`: see its page.

use super::common;
use crate::files::Entry;
use crate::files::service::{Origin, Port, Service};
use crate::finding::{Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::launch::service;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, Loc, Span};

pub static RULE: Rule =
    Rule::new(include_str!("../../../rules/broker-port-published-without-auth.md"), Check::Project(check));

/// A kind of broker, by the names of its images.
struct Kind {
    name: &'static str,
    images: &'static [&'static str],
    ports: &'static [u16],
    /// What URLs of it begin with.
    schemes: &'static [&'static str],
}

const KINDS: &[Kind] = &[
    Kind { name: "Redis", images: &["redis", "valkey", "keydb"], ports: &[6379], schemes: &["redis://", "rediss://"] },
    Kind {
        name: "RabbitMQ",
        images: &["rabbitmq"],
        ports: &[5672, 15672],
        schemes: &["amqp://", "rabbitmq", "pyamqp"],
    },
];

fn check(project: &Project, out: &mut Report) {
    if !project.uses_celery {
        return;
    }
    for (file, service) in common::everything(project) {
        let Some(kind) = kind(service).or_else(|| added_to(project, file, service)) else { continue };
        let published = service::published(project, file, service, false);
        let published: Vec<&Port> =
            published.iter().filter(|it| it.is_public() && kind.ports.iter().any(|port| it.holds(*port))).collect();
        let Some((first, others)) = published.split_first() else { continue };
        let open = !service::any(project, file, service, |it| may_ask(project, file, it, kind));
        if open && project.sources.speak_of(kind.schemes, |file| !crate::project::link::is_test_path(&file.path)) {
            out.push(finding(project, (file, service), kind, first, others));
        }
    }
}

fn kind(service: &Service) -> Option<&'static Kind> {
    let name = service.image_name()?;
    let name = name.trim_end_matches("-stack").trim_end_matches("-server");
    KINDS.iter().find(|kind| kind.images.contains(&name)).filter(|_| !service.built && !service.host_network)
}

/// What an override adds ports to.
fn added_to(project: &Project, file: FileId, service: &Service) -> Option<&'static Kind> {
    let others = service::related(project, file, service).into_iter().filter(|_| !service.is_whole());
    let kinds: Vec<Option<&Kind>> = others.filter(|(_, it)| it.is_whole()).map(|(_, it)| kind(it)).collect();
    let first = kinds.first().copied().flatten()?;
    kinds.iter().all(|kind| kind.is_some_and(|kind| kind.name == first.name)).then_some(first)
}

/// Whether the service may ask for a password, by its command, its variables or files that are mounted.
fn may_ask(project: &Project, file: FileId, service: &Service, kind: &Kind) -> bool {
    // Files hold what is not seen; directories hold data.
    let configured = service.volumes.iter().any(|(source, target)| {
        let mounts = [".conf", ".acl", ".json", ".config", ".sh"]
            .iter()
            .any(|end| target.ends_with(end) || source.ends_with(end));
        mounts || target.contains("/etc/") || target.contains("conf")
    });
    let says = |name: &str| {
        ["PASS", "AUTH", "REQUIREPASS", "_ARGS", "ACL"].iter().any(|word| name.to_uppercase().contains(word))
    };
    configured
        || match kind.name {
            "Redis" => service.sets(says) || service.has_env_file && is_bitnami(service) || !is_plain_server(service),
            _ => {
                has_own_user(project, file, service)
                    || service.has_env_file
                    || !service.command.is_empty()
                    || !service.entrypoint.is_empty()
            }
        }
}

fn is_bitnami(service: &Service) -> bool {
    service.image_text().is_some_and(|image| image.contains("bitnami"))
}

/// Whether the server starts with options that are known, none of which asks for a password.
fn is_plain_server(service: &Service) -> bool {
    let mut words = service.command.clone();
    match service.origin {
        Origin::Compose if !service.entrypoint.is_empty() => return false,
        Origin::Compose => {}
        // `command` and `args`
        Origin::Kubernetes => words.splice(0..0, service.entrypoint.clone()).for_each(drop),
    }
    let Some(words) = common::literals(&words) else { return false };
    let asks = ["requirepass", "aclfile", "user", "protected-mode", "bind", "tls", ".conf", "port", ".sh", " -c"];
    let server = words.first().is_none_or(|first| first.ends_with("-server") || first.starts_with("--"));
    server && !words.iter().any(|word| asks.iter().any(|asks| word.contains(asks)))
}

/// Whether the service gives the first user another password than the one that everybody knows.
fn has_own_user(project: &Project, file: FileId, service: &Service) -> bool {
    let says = |name: &str| {
        name.starts_with("RABBITMQ_")
            && ["PASS", "ERLANG_ARGS", "DEFINITIONS", "CONFIG_FILE"].iter().any(|word| name.contains(word))
    };
    let facts = project.facts.iter().find(|(id, _)| *id == file).map(|(_, facts)| facts);
    let entries = facts.into_iter().flat_map(|facts| &facts.entries);
    let given: Vec<&(String, Loc)> = service.variables.iter().filter(|(name, _)| says(name)).collect();
    let value = |name: &str| {
        let named = |entry: &&Entry| entry.key() == name && entry.path.contains(&service.name);
        entries.clone().find(named).and_then(|entry| entry.value.as_literal())
    };
    given.iter().any(|(name, _)| value(name).as_deref() != Some("guest"))
}

fn finding(
    project: &Project,
    (file, service): (FileId, &Service),
    kind: &Kind,
    first: &Port,
    others: &[&Port],
) -> Finding {
    let message = format!("{} is published to every network without a password of its own", kind.name);
    let label = "whoever reaches the host can send tasks to the workers";
    let finding = Finding::new(&RULE, message, first.at, label)
        .severity(common::severity(project, file, Severity::Warning))
        .help(match service.origin {
            Origin::Compose => "Publish it on `127.0.0.1` only, or do not publish it: containers reach it by its name",
            Origin::Kubernetes => "Use a `Service` of type `ClusterIP`: pods reach it by its name",
        })
        .symbol(&service.name);
    let finding = others.iter().fold(finding, |finding, port| finding.related(port.at, "and here"));
    let all: Vec<&Port> = std::iter::once(first).chain(others.iter().copied()).collect();
    let Some(places) = all.iter().map(|port| place(project, port)).collect::<Option<Vec<Loc>>>() else {
        return finding;
    };
    let fix = Fix::new("Publish it on `127.0.0.1` only", Applicability::Unsafe);
    finding.fix(places.into_iter().fold(fix, |fix, at| {
        let text = if at.span.is_empty() { "127.0.0.1:" } else { "127.0.0.1" };
        fix.replace(at, text)
    }))
}

/// Where the address goes: before the ports, or in the place of the one that means every network.
fn place(project: &Project, port: &Port) -> Option<Loc> {
    let (file, start) = (port.at.file, port.at.span.start);
    if port.short {
        return Some(Loc::new(file, Span::new(start, start)));
    }
    let all = "0.0.0.0";
    let written = project.sources.snippet(port.at).starts_with("0.0.0.0:");
    written.then(|| Loc::new(file, Span::new(start, start + all.len() as u32)))
}
