//! `root-worker`: see its page.

use super::common;
use crate::files::service::{Build, Service, Stage};
use crate::finding::{Finding, Severity};
use crate::project::launch::service;
use crate::project::{Launch, Project, production};
use crate::python::ValueKind;
use crate::rule::{Check, Report, Rule};
use crate::source::{FileId, FileKind, Loc, SourceFile, Text};

pub static RULE: Rule = Rule::new(include_str!("../../../rules/root-worker.md"), Check::Project(check));

/// Images that run as root unless something says otherwise.
const ROOT_IMAGES: &[&str] = &[
    "python",
    "debian",
    "ubuntu",
    "alpine",
    "pypy",
    "uv",
    "fedora",
    "rockylinux",
    "almalinux",
    "centos",
    "amazonlinux",
    "archlinux",
];

/// Words of programs and options that change the user.
const CHANGES: &[&str] = &[
    "gosu",
    "su-exec",
    "setpriv",
    "runuser",
    "setuidgid",
    "su -",
    "su ",
    "sudo -u",
    "chroot --userspec",
    "--uid",
    "supervisord",
    "start-stop-daemon",
];

fn check(project: &Project, out: &mut Report) {
    let mut told: Vec<FileId> = Vec::new();
    // What is told of once is told of the service that matters most.
    let mut services: Vec<(FileId, &Service)> = common::services(project).collect();
    services.sort_by_key(|(file, it)| (common::is_development(project, *file), common::mounts_code(project, it)));
    for (file, service) in services {
        let Some(worker) = worker(project, file, service) else { continue };
        let forced = forced(service);
        if worker.option("uid").is_some() || service::any(project, file, service, |it| it.user.is_some()) {
            continue;
        }
        let pickle = accepts_pickle(project);
        let root = build(project, file, service).and_then(|build| root_stage(project, build));
        // Without a Dockerfile to look at, only what switches a protection off says that root is meant.
        if root.is_none() && (forced.is_none() || pickle.is_none() || has_user(project, file, service)) {
            continue;
        }
        if let Some((dockerfile, _)) = root {
            if told.contains(&dockerfile) && forced.is_none() {
                continue;
            }
            told.push(dockerfile);
        }
        let evidence = Evidence { stage: root.map(|(_, stage)| stage), forced, pickle };
        finding(project, (file, service), worker, evidence).into_iter().for_each(|found| out.push(found));
    }
    containers(project, out);
}

/// The worker that the service starts, when that is all it starts.
fn worker<'p>(project: &'p Project, file: FileId, service: &Service) -> Option<&'p Launch> {
    let launches = service::launches(project, file, service);
    launches.into_iter().find(|launch| launch.command == "worker")
}

/// Where the service tells Celery that root is meant.
fn forced(service: &Service) -> Option<Loc> {
    let (name, at) = service.variables.iter().find(|(name, _)| name == "C_FORCE_ROOT")?;
    let off = service.value(name).and_then(Text::as_literal).is_some_and(|value| value.is_empty());
    (!off).then_some(*at)
}

/// Containers of Kubernetes that ask for root, or tell Celery that root is meant.
fn containers(project: &Project, out: &mut Report) {
    for (file, container) in common::containers(project) {
        let Some(worker) = worker(project, file, container).filter(|worker| worker.option("uid").is_none()) else {
            continue;
        };
        let asked = container.user.as_ref().filter(|(user, _)| user.as_literal().as_deref() == Some("0"));
        let pickle = accepts_pickle(project);
        let meant = || forced(container).filter(|_| pickle.is_some() && container.user.is_none());
        let (at, label) = match (asked, meant()) {
            (Some((_, at)), _) => (*at, "asks for root"),
            (None, Some(at)) => (at, "tells Celery that root is meant"),
            (None, None) => continue,
        };
        let (message, severity) = match pickle {
            Some(_) => ("Messages can run code as root: the worker accepts pickle", Severity::Error),
            None => ("The worker runs as root", common::severity(project, file, Severity::Warning)),
        };
        let finding = Finding::new(&RULE, message, at, label)
            .severity(severity)
            .help("Set `runAsNonRoot: true` and a `runAsUser` in `securityContext`")
            .symbol(&container.name)
            .related(worker.at, "the worker");
        out.push(match pickle {
            Some(pickle) => finding.related(pickle.at, "accepted here"),
            None => finding,
        });
    }
}

/// What the image of a service is built from, by itself or by another service of the file.
fn build<'p>(project: &'p Project, file: FileId, service: &'p Service) -> Option<&'p Build> {
    let same = |other: &&Service| match (&other.image, &service.image) {
        (Some((one, _)), Some((two, _))) => one.as_literal().is_some() && one.as_literal() == two.as_literal(),
        _ => false,
    };
    let mut others = service::all(project).filter(|(id, _)| *id == file).map(|(_, other)| other);
    service.build.as_ref().or_else(|| others.find(|other| same(other) && other.build.is_some())?.build.as_ref())
}

/// Whether the Dockerfile has another user than root, or may.
fn has_user(project: &Project, file: FileId, service: &Service) -> bool {
    let dockerfile = build(project, file, service).and_then(|build| project.sources.by_path(&build.dockerfile));
    let facts = dockerfile.and_then(|source| project.facts.iter().find(|(id, _)| *id == source.id));
    facts.is_some_and(|(_, facts)| facts.stages.iter().any(|stage| stage.user.is_some()))
        || changes_user(project, dockerfile.map(|source| source.id))
}

/// The stage that runs, if it surely runs as root.
fn root_stage<'p>(project: &'p Project, build: &Build) -> Option<(FileId, &'p Stage)> {
    let source = project.sources.by_path(&build.dockerfile)?;
    let (_, facts) = project.facts.iter().find(|(id, _)| *id == source.id)?;
    let by_name = |name: &str| facts.stages.iter().position(|stage| stage.name.as_deref() == Some(name));
    let mut at = match &build.target {
        Some(target) => by_name(target)?,
        None => facts.stages.len().checked_sub(1)?,
    };
    let last = facts.stages.get(at)?;
    loop {
        let stage = facts.stages.get(at)?;
        if let Some((user, _)) = &stage.user {
            let name = user.as_literal()?;
            let root = matches!(name.split(':').next(), Some("root" | "0"));
            return (root && !changes_user(project, Some(source.id))).then_some((source.id, last));
        }
        let from = stage.from.as_deref()?;
        match by_name(from).filter(|parent| *parent < at) {
            Some(parent) => at = parent,
            None => {
                let root = is_root_image(from) && !changes_user(project, Some(source.id));
                return root.then_some((source.id, last));
            }
        }
    }
}

fn is_root_image(image: &str) -> bool {
    let mut parts = image.split(['@', ':']).next().unwrap_or_default().rsplit('/');
    let name = parts.next().unwrap_or_default();
    let of_library = parts.next().is_none_or(|folder| matches!(folder, "library" | "astral-sh"));
    of_library && ROOT_IMAGES.contains(&name)
}

/// Whether a script, or the Dockerfile if one is known, has a word that may give up the rights of root.
fn changes_user(project: &Project, dockerfile: Option<FileId>) -> bool {
    let counts = |file: &&SourceFile| match file.kind {
        FileKind::Shell | FileKind::Supervisor => true,
        FileKind::Dockerfile => dockerfile.is_none_or(|own| own == file.id),
        _ => false,
    };
    let mut scripts = project.sources.files.iter().filter(counts);
    scripts.any(|file| CHANGES.iter().any(|word| file.text.contains(word)))
}

struct Evidence<'p> {
    /// The image, if it surely runs as root.
    stage: Option<&'p Stage>,
    forced: Option<Loc>,
    pickle: Option<Pickle>,
}

/// An entry of `accept_content` that lets messages run code.
#[derive(Clone, Copy)]
struct Pickle {
    at: Loc,
    /// Celery knows it by that name only.
    by_name: bool,
}

fn finding(
    project: &Project,
    (file, service): (FileId, &Service),
    worker: &Launch,
    Evidence { stage, forced, pickle }: Evidence<'_>,
) -> Option<Finding> {
    let (message, severity) = match pickle {
        Some(Pickle { by_name: true, .. }) if forced.is_none() => {
            ("The worker does not start: as root it refuses to accept pickle", Severity::Error)
        }
        Some(_) => ("Messages can run code as root: the worker accepts pickle", Severity::Error),
        None => {
            let built = stage.map_or(file, |stage| stage.at.file);
            let mounted = common::mounts_code(project, service);
            let usual = if mounted { Severity::Note } else { common::severity(project, file, Severity::Warning) };
            ("The worker runs as root", usual.min(common::severity(project, built, Severity::Warning)))
        }
    };
    let (at, label) = match (forced, stage) {
        (Some(at), _) => (at, "tells Celery that root is meant"),
        (None, stage) => (stage?.at, "nothing in this image gives up the rights of root"),
    };
    let mut finding = Finding::new(&RULE, message, at, label)
        .severity(severity)
        .help("Add a user to the Dockerfile and switch to it with `USER`, or start the worker with `--uid`")
        .symbol(&service.name)
        .related(worker.at, "the worker");
    if let Some(pickle) = pickle {
        finding = finding.related(pickle.at, "accepted here");
    }
    Some(match stage.filter(|_| forced.is_some()) {
        Some(stage) => finding.related(stage.at, "the image, with no other user"),
        None => finding,
    })
}

/// The serializer of `accept_content` that runs code.
fn accepts_pickle(project: &Project) -> Option<Pickle> {
    let mut accepted = production::named(project, &["accept_content"]);
    accepted.find_map(|setting| {
        let ValueKind::List { items, .. } = &setting.value.kind else { return None };
        items.iter().find_map(|item| {
            let name = item.as_literal()?;
            let known = matches!(name.as_str(), "pickle" | "application/x-python-serialize");
            known.then(|| Pickle { at: item.at.unwrap_or(setting.at), by_name: name == "pickle" })
        })
    })
}
