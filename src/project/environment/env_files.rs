//! Env files: those that exist, and those that something names and nobody has made yet.

use std::collections::BTreeMap;

use super::EnvFile;
use crate::files::kind::by_name;
use crate::files::{EnvFileRef, FileFacts};
use crate::project::IgnoreRules;
use crate::project::link::is_test_path;
use crate::source::{FileId, FileKind, Loc, Sources};

/// Whether an env file is for tests, by its place or name (`.env-test`, `ci.env`, `env_file_app_ci`, `tests/.env`): no worker
/// that matters runs with it.
pub fn is_of_tests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    is_test_path(path) || words.any(|word| ["test", "tests", "testing", "ci"].contains(&word))
}

/// Whether an env file is there to be committed: for tests, or one that cookiecutter-django makes for everybody's own machine.
pub fn is_shared(path: &str) -> bool {
    is_of_tests(path) || format!("/{path}").contains("/.envs/.local/")
}

/// The env files of a project, by path: those that exist, and those that something names and nobody has made yet.
/// `loaded` are paths (relative to the root of the run) that Python code loads, each with the place that says so.
pub fn env_files(
    sources: &Sources,
    facts: &[(FileId, FileFacts)],
    ignore: &IgnoreRules,
    loaded: Vec<(String, Loc)>,
) -> Vec<EnvFile> {
    let mut found: BTreeMap<String, (Option<FileId>, Option<Loc>)> = BTreeMap::new();
    for file in sources.of_kind(FileKind::Env) {
        found.insert(file.path.clone(), (Some(file.id), None));
    }
    let named = facts.iter().flat_map(|(file, facts)| {
        facts.env_file_refs.iter().filter_map(|reference| Some((resolve(sources, *file, reference)?, reference.at)))
    });
    for (path, at) in loaded.into_iter().chain(named) {
        let Some(path) = inside(&path).filter(|path| may_be_made(sources, path)) else { continue };
        if is_of_platform(&path) && !found.contains_key(&path) {
            continue;
        }
        found.entry(path).or_insert((None, None)).1.get_or_insert(at);
    }
    let verdict = |(path, (file, named_at)): (String, _)| EnvFile {
        ignored: ignore.is_ignored(&path, false).ignored,
        tracked: ignore.is_tracked(&path),
        path,
        file,
        named_at,
    };
    found.into_iter().map(verdict).collect()
}

/// What runs with the root as its working directory, wherever it stands.
const RUN_AT_ROOT: &[FileKind] = &[FileKind::Shell, FileKind::Makefile, FileKind::Procfile, FileKind::Ci];

/// The path of a reference from the root of the run: relative to the file that names it, or to the root where only there
/// such a file exists and the file that names it is run from there.
pub(in crate::project) fn resolve(sources: &Sources, file: FileId, reference: &EnvFileRef) -> Option<String> {
    let written = reference.path.known().filter(|path| !path.is_empty())?;
    if written.starts_with(['/', '~', '%']) || written.contains(['$', '*', '{', '\\']) {
        return None;
    }
    let naming = sources.get(file);
    let beside = inside(&format!("{}/{written}", naming.dir()))?;
    let at_root = inside(&written).filter(|_| RUN_AT_ROOT.contains(&naming.kind));
    let exists = |path: &str| sources.by_path(path).is_some();
    Some(at_root.filter(|path| exists(path) && !exists(&beside)).unwrap_or(beside))
}

/// Resolves `.` and `..`; none when the path leaves the run or names nothing.
pub(in crate::project) fn inside(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| !path.is_empty())
}

/// Portainer writes a stack's variables into `stack.env` on its own disk; no checkout ever holds it.
fn is_of_platform(path: &str) -> bool {
    path.rsplit('/').next() == Some("stack.env")
}

/// Whether a file of that path is one that sets variables: no template, and no directory of that name stands there.
fn may_be_made(sources: &Sources, path: &str) -> bool {
    let directory = format!("{path}/");
    let below = sources.seen.partition_point(|seen| seen.as_str() < directory.as_str());
    by_name(path) == Some(FileKind::Env) && !sources.seen.get(below).is_some_and(|seen| seen.starts_with(&directory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, Span, Text};

    fn paths(files: &[&str], references: &[(&str, &str)]) -> Vec<(String, bool, bool)> {
        let files: Vec<SourceFile> =
            files.iter().map(|path| SourceFile::new(*path, by_name(path).unwrap_or(FileKind::Yaml), "K=1\n")).collect();
        let mut sources = Sources::new("/project".into(), None, files);
        sources.seen = sources.files.iter().map(|file| file.path.clone()).collect();
        let at = Loc::new(FileId(0), Span::new(0, 1));
        let facts = references.iter().map(|(from, path)| {
            let path = Text::literal(*path, at);
            let reference = EnvFileRef { path, at, required: true, service: None };
            let facts = FileFacts { env_file_refs: vec![reference], ..FileFacts::default() };
            (sources.by_path(from).unwrap().id, facts)
        });
        let facts: Vec<_> = facts.collect();
        let found = env_files(&sources, &facts, &IgnoreRules::load(&sources), vec![("./.env.local".into(), at)]);
        found.into_iter().map(|file| (file.path, file.file.is_some(), file.named_at.is_some())).collect()
    }

    #[test]
    fn existing_and_named_files_are_found_once() {
        let files = [
            ".env",
            "deploy/compose.yml",
            "deploy/.env",
            "x/run.sh",
            "stage.env",
            ".env.example",
            "x/.env/.dev-sample",
            "x/c.yml",
        ];
        let references = [
            ("deploy/compose.yml", ".env"),
            ("deploy/compose.yml", "../prod.env"),
            ("deploy/compose.yml", "../.env.example"),
            ("deploy/compose.yml", "/etc/celery.env"),
            ("deploy/compose.yml", "../../.env"),
            ("x/c.yml", ".env"),
            ("x/c.yml", "${STAGE}.env"),
            ("x/run.sh", "stage.env"),
            ("deploy/compose.yml", "stack.env"),
        ];
        let expected = [
            (".env", true, false),
            (".env.local", false, true),
            ("deploy/.env", true, true),
            ("prod.env", false, true),
            ("stage.env", true, true),
        ];
        assert_eq!(paths(&files, &references), expected.map(|(path, file, named)| (path.to_owned(), file, named)));
    }
}
