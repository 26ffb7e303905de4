//! What the rules about deployments share: which launches and services count, and how they are called.

use crate::celery::release::{Minor, Releases};
use crate::files::Word;
use crate::files::service::{Origin, Service};
use crate::finding::Severity;
use crate::project::launch::service;
use crate::project::{Launch, Project, production};
use crate::source::{FileId, FileKind, Loc, SourceFile};

/// The launches outside tests, examples and documentation.
pub fn launches(project: &Project) -> impl Iterator<Item = &Launch> {
    project.launches.iter().filter(|launch| !production::is_shown(project.sources.path(launch.at.file)))
}

/// The services of compose files outside tests, examples and documentation.
pub fn services(project: &Project) -> impl Iterator<Item = (FileId, &Service)> {
    everything(project).filter(|(_, service)| service.origin == Origin::Compose)
}

/// The containers of Kubernetes manifests outside tests, examples and documentation.
pub fn containers(project: &Project) -> impl Iterator<Item = (FileId, &Service)> {
    everything(project).filter(|(_, service)| service.origin == Origin::Kubernetes)
}

/// Both.
pub fn everything(project: &Project) -> impl Iterator<Item = (FileId, &Service)> {
    service::all(project).filter(|(file, _)| !production::is_shown(project.sources.path(*file)))
}

/// Whether a template engine writes the file: parts of it may not be there, and others may come in.
pub fn is_template(project: &Project, file: FileId) -> bool {
    let text = &project.sources.get(file).text;
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// The releases of Celery with a command line by click, as far as the project may run with them.
pub fn releases(project: &Project) -> Releases {
    project.releases.intersection(Releases::at_least(Minor(5, 0)))
}

/// Whether the name of a file says that it is for development only.
pub fn is_development(project: &Project, file: FileId) -> bool {
    let path = project.sources.path(file);
    let start = Loc::new(file, crate::source::Span::new(0, 0));
    let named = path.split('/').any(|part| {
        let words = || part.split(['.', '-', '_']);
        // Hidden directories hold what editors and agents start.
        part.starts_with('.') && part.len() > 1 || words().any(|word| matches!(word, "local" | "dev" | "override"))
    });
    named || !production::is_production(project, start)
}

/// Whether a person starts what the file starts: targets, scripts and launchers of developers.
pub fn is_by_hand(file: &SourceFile) -> bool {
    const TASKS: &[&str] = &["taskfile.", "mprocs.", "tmuxp.", "process-compose."];
    let name = file.name().to_ascii_lowercase();
    let kinds = [FileKind::Makefile, FileKind::Python, FileKind::Manifest, FileKind::Json, FileKind::Batch];
    kinds.contains(&file.kind) || TASKS.iter().any(|start| name.starts_with(start))
}

/// The severity for something that matters where others reach it: a note in files for development.
pub fn severity(project: &Project, file: FileId, usual: Severity) -> Severity {
    if is_development(project, file) { Severity::Note } else { usual }
}

/// Whether the words stand in the file one after another, each as it is written, so that they can be edited.
pub fn are_editable(project: &Project, words: &[Word]) -> bool {
    let Some(first) = words.first() else { return false };
    let file = project.sources.get(first.at.file);
    let follows = words.windows(2).all(|pair| match pair {
        [one, next] => one.at.file == next.at.file && one.at.span.end <= next.at.span.start,
        _ => true,
    });
    file.kind != FileKind::Python && follows && words.iter().all(|word| is_verbatim(project, word))
}

/// Whether the source of a word is the word, quotes aside.
fn is_verbatim(project: &Project, word: &Word) -> bool {
    let source = project.sources.snippet(word.at);
    let known = word.text.as_literal().is_none_or(|text| source.trim_matches(['"', '\'']) == text);
    known && !source.is_empty() && !source.contains('\n')
}

/// The words as texts; none when one is not known.
pub fn literals(words: &[Word]) -> Option<Vec<String>> {
    words.iter().map(|word| word.text.as_literal()).collect()
}

/// The processes of beat that a file starts.
pub fn beats(project: &Project, file: FileId) -> impl Iterator<Item = &Launch> {
    launches(project).filter(move |launch| launch.at.file == file && launch.command == "beat")
}

/// How many copies of the launch's service there are, and where that is said.
pub fn copies(project: &Project, launch: &Launch) -> Option<(u32, Loc)> {
    let own = |service: &&Service| service::is_of(launch, service);
    let service = everything(project).filter(|(file, _)| *file == launch.at.file).map(|(_, it)| it).find(own)?;
    let (text, at) = service::merged(project, launch.at.file, service).replicas?;
    Some((text.as_literal()?.parse().ok()?, at))
}

/// Whether the service runs the code of a working copy: directories of the project are mounted into it.
pub fn mounts_code(project: &Project, service: &Service) -> bool {
    let python = |source: &str| {
        let inside = if source.is_empty() { String::new() } else { format!("{source}/") };
        let mut files = project.sources.files.iter().filter(|file| file.kind == FileKind::Python);
        files.any(|file| file.path.starts_with(&inside))
    };
    service.volumes.iter().any(|(source, _)| !source.starts_with(['/', '~', '$', '{']) && python(source))
}
