//! Services of a deployment: the ones that files of one directory make together, and the launches that each of them reaches.

use super::Launch;
use crate::files::service::{Exposure, Origin, Port, Service};
use crate::files::{EnvFileRef, Word};
use crate::project::Project;
use crate::project::environment::env_files;
use crate::source::{FileId, FileKind, Loc};

/// Every service of the project's compose files, and every container of its Kubernetes manifests, with its file.
pub fn all(project: &Project) -> impl Iterator<Item = (FileId, &Service)> {
    project.facts.iter().flat_map(|(file, facts)| facts.services.iter().map(|service| (*file, service)))
}

/// The services that may add to this one: of the same name in an override that compose reads by itself, those that it extends, and, when
/// it is an override itself, those of the same name in other files of its directory.
pub fn related<'p>(project: &'p Project, file: FileId, service: &'p Service) -> Vec<(FileId, &'p Service)> {
    let own = project.sources.get(file);
    let joins = |other: &(FileId, &Service)| {
        let there = project.sources.get(other.0);
        if other.0 == file && std::ptr::eq(other.1, service) {
            return false;
        }
        if other.1.origin != service.origin {
            return false;
        }
        let named = other.1.name == service.name && there.dir() == own.dir() && other.0 != file;
        let extended = service.extends.as_ref().is_some_and(|extends| {
            extends.service == other.1.name && extends.file.as_deref().unwrap_or(&own.path) == there.path
        });
        extended || named && (!service.is_whole() || there.name().contains("override"))
    };
    all(project).filter(joins).collect()
}

/// The path of an env file that a file names, from the root of the run. None when it lies outside, or is not known.
pub fn env_file_path(project: &Project, file: FileId, reference: &EnvFileRef) -> Option<String> {
    env_files::inside(&env_files::resolve(&project.sources, file, reference)?)
}

/// How many services may extend one another.
const MAX_EXTENDS: usize = 16;

/// The service with what it extends, and with what an override that compose reads by itself adds to it.
pub fn merged(project: &Project, file: FileId, service: &Service) -> Service {
    let own = with_bases(project, file, service, 0);
    match override_of(project, file).and_then(|other| named(project, other, &service.name).map(|it| (other, it))) {
        Some((other, over)) => with_bases(project, other, over, 0).over(&own),
        None => own,
    }
}

fn with_bases(project: &Project, file: FileId, service: &Service, depth: usize) -> Service {
    let base = service.extends.as_ref().filter(|_| depth < MAX_EXTENDS).and_then(|extends| {
        let there = extends.file.as_deref().map_or(Some(file), |path| Some(project.sources.by_path(path)?.id))?;
        let base = named(project, there, &extends.service).filter(|base| !std::ptr::eq(*base, service))?;
        Some(with_bases(project, there, base, depth + 1))
    });
    match base {
        Some(base) => service.clone().over(&base),
        None => service.clone(),
    }
}

fn named<'p>(project: &'p Project, file: FileId, name: &str) -> Option<&'p Service> {
    all(project).find(|(there, service)| *there == file && service.name == name).map(|(_, service)| service)
}

/// `compose.override.yaml` for `compose.yaml`.
fn override_of(project: &Project, file: FileId) -> Option<FileId> {
    let source = project.sources.get(file);
    let (stem, _) = source.name().rsplit_once('.').filter(|(stem, _)| matches!(*stem, "compose" | "docker-compose"))?;
    let directory = source.dir();
    let path = |ending: &str| match directory {
        "" => format!("{stem}.override.{ending}"),
        directory => format!("{directory}/{stem}.override.{ending}"),
    };
    ["yml", "yaml"].iter().find_map(|ending| Some(project.sources.by_path(&path(ending))?.id))
}

/// Whether the service, or one that adds to it, has something.
pub fn any(project: &Project, file: FileId, service: &Service, has: impl Fn(&Service) -> bool) -> bool {
    has(service) || related(project, file, service).into_iter().any(|(_, other)| has(other))
}

/// The launches of a service: those in its command, and those in a script or a target of a Makefile that it runs.
pub fn launches<'p>(project: &'p Project, file: FileId, service: &Service) -> Vec<&'p Launch> {
    let own = |launch: &&Launch| launch.at.file == file && is_of(launch, service);
    let found: Vec<&Launch> = project.launches.iter().filter(own).collect();
    if !found.is_empty() {
        return found;
    }
    let runs = |launch: &&Launch| is_run_by(project, launch, service);
    project.launches.iter().filter(runs).collect()
}

/// Whether the launch belongs to the service, in the file that both stand in. Containers of several pods may share a name.
pub fn is_of(launch: &Launch, service: &Service) -> bool {
    match service.origin {
        Origin::Compose => launch.service.as_deref() == Some(service.name.as_str()),
        Origin::Kubernetes => service.extent.file == launch.at.file && service.extent.span.contains(launch.at.span),
    }
}

/// The ports of the service that others reach: those that it publishes itself; of a container those that a load balancer or,
/// for what is `web`, an ingress leads to.
pub fn published(project: &Project, file: FileId, service: &Service, web: bool) -> Vec<Port> {
    if service.origin == Origin::Compose {
        return service.ports.clone();
    }
    let directory = project.sources.get(file).dir();
    let near = |other: FileId| project.sources.get(other).dir() == directory;
    let facts = || project.facts.iter().filter(|(other, _)| near(*other)).map(|(_, facts)| facts);
    let leads = |it: &&Exposure| it.selector.iter().all(|label| service.labels.contains(label));
    let mut found = Vec::new();
    for exposure in facts().flat_map(|facts| &facts.exposures).filter(leads) {
        let mut ingresses = facts().flat_map(|facts| &facts.ingresses).filter(|(name, _)| *name == exposure.service);
        let ingress = ingresses.next().filter(|_| web).map(|(_, at)| *at);
        if exposure.public || ingress.is_some() {
            let port = |(port, at): &(u16, Loc)| Port::of_container(*port, ingress.unwrap_or(*at));
            found.extend(exposure.ports.iter().map(port));
        }
    }
    found
}

/// Whether the command of the service names the script, or the target of a Makefile, in which the launch stands.
fn is_run_by(project: &Project, launch: &Launch, service: &Service) -> bool {
    let source = project.sources.get(launch.at.file);
    let words = || service.entrypoint.iter().chain(&service.command);
    match source.kind {
        FileKind::Shell => words().any(|word| names_script(word, &source.path)),
        FileKind::Makefile => {
            let made = words().any(|word| word.text.as_literal().is_some_and(|word| word == "make"));
            let target = target_of(&source.text, launch.at.span.start as usize);
            made && target.is_some_and(|target| words().any(|word| word.text.as_literal().as_deref() == Some(target)))
        }
        _ => false,
    }
}

/// `/start-flower` for `…/flower/start`, `/app/scripts/worker.sh` for `scripts/worker.sh`.
fn names_script(word: &Word, path: &str) -> bool {
    let Some(written) = word.text.as_literal() else { return false };
    let last = written.rsplit('/').next().unwrap_or_default();
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if last.is_empty() || (!written.contains('/') && !last.contains('.')) {
        return false;
    }
    let copied = last.strip_prefix(name).and_then(|rest| rest.strip_prefix(['-', '_']));
    last == name && (name.contains('.') || name != "start") || copied.is_some_and(|rest| rest.ends_with(folder))
}

/// The target in whose recipe a place of a Makefile stands.
fn target_of(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let line = before.lines().rfind(|line| !line.starts_with(['\t', ' ', '#']) && line.contains(':'))?;
    line.split(':').next().map(str::trim)
}
