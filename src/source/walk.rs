//! The walk: which files of a tree are seen, which of them are read, and reading them.

mod file;
mod ignored;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::files::ReadError;
use super::globs::PathGlobs;
use super::witness::{Digest, Saw, Stamp, digest_of_parts};
use super::{FileKind, Sources, Witness};
use file::Outcome;
use ignored::IgnoreChain;

/// What the walk leaves out, and how much of a file it reads.
#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// The configuration's `exclude` and `extend-exclude`, each relative to its file.
    pub exclude: Vec<PathGlobs>,
    /// Bytes; a larger file is unreadable.
    pub max_size: u64,
    pub max_python_size: u64,
    /// What a file is, by its path (relative, forward slashes) and the beginning of its text; none: it is not read.
    pub kind: fn(&str, &str) -> Option<FileKind>,
    /// Notes what is looked at.
    pub witness: Witness,
}

impl WalkOptions {
    pub fn new(kind: fn(&str, &str) -> Option<FileKind>) -> Self {
        Self { exclude: Vec::new(), max_size: 2 << 20, max_python_size: 8 << 20, kind, witness: Witness::default() }
    }

    /// The kind that the name alone tells.
    fn by_name(&self, path: &str) -> Option<FileKind> {
        (self.kind)(path, "")
    }

    /// Whether the file would be read if it were a script.
    fn may_be_script(&self, path: &str) -> bool {
        (self.kind)(path, "#!/bin/sh\n").is_some()
    }

    fn is_env_or_ignore(&self, path: &str) -> bool {
        matches!(self.by_name(path), Some(FileKind::Env | FileKind::EnvTemplate | FileKind::GitIgnore))
    }
}

/// Why there is nothing to lint.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read the directory `{}`: {error}", path.display())]
    Root { path: PathBuf, error: std::io::Error },
}

/// Where we keep what a later run can use.
pub const CACHE_DIRECTORY: &str = ".celery_lint_cache";

/// Directories of tools and of other people's code. Sorted.
const SKIPPED_DIRECTORIES: &[&str] = &[
    ".bzr",
    CACHE_DIRECTORY,
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".idea",
    ".ipynb_checkpoints",
    ".jj",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".terraform",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "bower_components",
    "dist-packages",
    "node_modules",
    "site-packages",
    "venv",
];

/// Names that build tools write into, unless they hold one of [`SOURCE_MARKS`].
const BUILD_DIRECTORIES: &[&str] = &["_build", "build", "dist"];
const SOURCE_MARKS: &[&str] = &["__init__.py", "Dockerfile"];

/// What the caches of all kinds of tools hold (<https://bford.info/cachedir/>).
pub const CACHE_MARK: &str = "CACHEDIR.TAG";

/// What stands in the top directory of a virtual environment or of a cache, whatever its name.
const ENVIRONMENT_MARKS: &[&str] = &["pyvenv.cfg", "bin/activate", "Scripts/activate", "conda-meta", CACHE_MARK];

/// Directories of env files, read even where git ignores them (to a small depth).
const ENV_DIRECTORIES: &[&str] = &[".env", ".envs", "env", "envs"];
const ENV_DIRECTORY_DEPTH: usize = 3;

/// Walks `root` (a directory) and reads every file of a known kind.
///
/// # Errors
/// When `root` itself cannot be listed; everything below it that cannot be read is in [`Sources::unreadable`].
pub fn load(root: &Path, options: &WalkOptions) -> Result<Sources, LoadError> {
    let failed = |error| LoadError::Root { path: root.to_path_buf(), error };
    let root = fs::canonicalize(root).map_err(failed)?;
    fs::read_dir(&root).map_err(failed)?;
    let git_root = git_root(&root);
    // Inside a repository the ignore files above the root count, unless they hide the root itself: it was asked for.
    let mut seen = walk(&root, options, git_root.is_some());
    if seen.found.is_empty() && git_root.as_deref().is_some_and(|top| top != root) {
        seen = walk(&root, options, false);
    }
    Ok(read(root, git_root, seen, options))
}

/// The directory at or above `path` that holds `.git` (a directory, or the file that worktrees and submodules have).
pub fn git_root(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|directory| directory.join(".git").exists()).map(Path::to_path_buf)
}

#[derive(Default)]
struct Seen {
    found: Vec<Found>,
    /// Places that could not be listed, and ignore files that are none: what lies there is not known.
    errors: Vec<(PathBuf, String)>,
}

/// Something that is no directory.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    path: PathBuf,
    /// Not a link, a socket or the like.
    is_file: bool,
}

/// One run through a tree: every directory is listed once, in parallel, and what its list tells is asked of nothing else.
struct Walk<'w> {
    options: &'w WalkOptions,
    seen: Mutex<Seen>,
}

fn walk(root: &Path, options: &WalkOptions, parents: bool) -> Seen {
    let walk = Walk { options, seen: Mutex::default() };
    let above = parents.then(|| ignored::above(root, &options.witness)).flatten();
    rayon::scope(|scope| walk.directory(scope, root.to_path_buf(), above, true));
    let mut seen = walk.seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    seen.found.par_sort_unstable();
    seen.found.dedup_by(|a, b| a.path == b.path);
    seen.errors.sort();
    seen
}

/// What stands in a directory.
struct Entry {
    name: OsString,
    kind: fs::FileType,
}

fn list(directory: &Path, witness: &Witness) -> std::io::Result<Vec<Entry>> {
    let stamp = if witness.is_watching() { Some(Stamp::of(&fs::metadata(directory)?)) } else { None };
    let entries = fs::read_dir(directory)?;
    let entry = |entry: fs::DirEntry| Some(Entry { kind: entry.file_type().ok()?, name: entry.file_name() });
    let entries: Vec<Entry> = entries.map_while(Result::ok).filter_map(entry).collect();
    if let Some(stamp) = stamp {
        witness.note(directory, Saw::Listing { stamp, digest: digest_of_entries(&entries) });
    }
    Ok(entries)
}

/// A digest of what stands in a directory; none when it cannot be listed. Our own cache does not count.
pub fn listing(directory: &Path) -> Option<Digest> {
    list(directory, &Witness::default()).ok().map(|entries| digest_of_entries(&entries))
}

fn digest_of_entries(entries: &[Entry]) -> Digest {
    let kind = |kind: fs::FileType| match () {
        () if kind.is_dir() => b"d",
        () if kind.is_file() => b"f",
        () => b"o",
    };
    let mut entries: Vec<_> = entries.iter().filter(|entry| entry.name != CACHE_DIRECTORY).collect();
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    digest_of_parts(entries.iter().flat_map(|entry| [kind(entry.kind).as_slice(), entry.name.as_encoded_bytes()]))
}

impl<'w> Walk<'w> {
    fn directory<'s>(
        &'s self,
        scope: &rayon::Scope<'s>,
        path: PathBuf,
        above: Option<Arc<IgnoreChain>>,
        is_root: bool,
    ) {
        let entries = match list(&path, self.witness()) {
            Ok(entries) => entries,
            Err(error) => return self.note(Seen { errors: vec![(path, error.to_string())], ..Seen::default() }),
        };
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        if !is_root && is_of_tools(&path, &has, self.witness()) {
            return;
        }
        let mut own = Seen::default();
        let ignored = match ignored::special(&path, &has, self.witness()) {
            Some(file) => {
                own.errors.push((file, "the ignore file is no file that could be read to its end".to_owned()));
                if !is_root {
                    return self.note(own);
                }
                None
            }
            None => ignored::in_directory(&path, &has, above, self.witness()),
        };
        let is_ignored =
            |path: &Path, is_dir: bool| ignored.as_deref().is_some_and(|ignored| ignored.ignores(path, is_dir));
        for Entry { name, kind } in entries {
            let entry = path.join(&name);
            if is_globbed(&entry, &self.options.exclude) {
                continue;
            }
            if !kind.is_dir() {
                // Git ignores most `.env` files, yet what they hold matters: they are seen wherever they lie.
                if !is_ignored(&entry, false) || self.options.is_env_or_ignore(&slashed(&entry)) {
                    own.found.push(Found { path: entry, is_file: kind.is_file() });
                }
                continue;
            }
            if is_skipped_name(&name) {
                continue;
            }
            if ENV_DIRECTORIES.iter().any(|known| name == *known) {
                self.env_directory(&entry, ENV_DIRECTORY_DEPTH - 1, &mut own);
            }
            if !is_ignored(&entry, true) {
                let ignored = ignored.clone();
                scope.spawn(move |scope| self.directory(scope, entry, ignored, false));
            }
        }
        self.note(own);
    }

    fn witness(&self) -> &Witness {
        &self.options.witness
    }

    fn note(&self, own: Seen) {
        if let Ok(mut seen) = self.seen.lock() {
            seen.found.extend(own.found);
            seen.errors.extend(own.errors);
        }
    }

    /// The env files of a directory that is meant for them, which git mostly ignores as a whole.
    fn env_directory(&self, directory: &Path, depth: usize, own: &mut Seen) {
        let Ok(entries) = list(directory, self.witness()) else { return self.witness().spoil() };
        if is_of_tools(directory, &|name| entries.iter().any(|entry| entry.name == name), self.witness()) {
            return;
        }
        for Entry { name, kind } in entries {
            let entry = directory.join(&name);
            if is_globbed(&entry, &self.options.exclude) {
                continue;
            }
            if kind.is_dir() {
                if depth > 0 && !is_skipped_name(&name) {
                    self.env_directory(&entry, depth - 1, own);
                }
            } else if self.options.is_env_or_ignore(&slashed(&entry)) {
                own.found.push(Found { path: entry, is_file: kind.is_file() });
            }
        }
    }
}

fn is_globbed(path: &Path, exclude: &[PathGlobs]) -> bool {
    exclude.iter().any(|globs| globs.matches(path))
}

fn is_skipped_name(name: &OsStr) -> bool {
    let name = name.to_str().unwrap_or("");
    SKIPPED_DIRECTORIES.binary_search(&name).is_ok() || name.ends_with(".egg-info")
}

/// Whether what a directory holds shows that tools wrote it: a virtual environment, what a build made.
fn is_of_tools(path: &Path, has: &dyn Fn(&str) -> bool, witness: &Witness) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or("");
    let holds = |mark: &&str| match mark.split_once('/') {
        Some((directory, _)) => has(directory) && witness.kind(&path.join(mark)).is_some(),
        None => has(mark),
    };
    (BUILD_DIRECTORIES.contains(&name) && !SOURCE_MARKS.iter().any(holds)) || ENVIRONMENT_MARKS.iter().any(holds)
}

/// The path as text with forward slashes; bytes that are not UTF-8 become replacement characters.
fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

fn read(root: PathBuf, git_root: Option<PathBuf>, seen: Seen, options: &WalkOptions) -> Sources {
    let relative = |path: &Path| slashed(path.strip_prefix(&root).unwrap_or(path));
    let read: Vec<(String, Option<Outcome>)> = seen
        .found
        .par_iter()
        .map(|found| {
            let name = relative(&found.path);
            let file = if found.is_file { file::read(&found.path, &name, options) } else { None };
            (name, file)
        })
        .collect();
    if !seen.errors.is_empty() {
        options.witness.spoil();
    }
    let mut unreadable: Vec<(String, ReadError)> =
        seen.errors.iter().map(|(path, error)| (relative(path), ReadError::Unlisted(error.clone()))).collect();
    let (mut files, mut names, mut torn) = (Vec::new(), Vec::new(), Vec::new());
    for (name, file) in read {
        match file {
            Some(Ok(file)) => files.push(file),
            Some(Err((error, text))) => {
                torn.extend(text.map(|text| (name.clone(), text)));
                unreadable.push((name.clone(), error));
            }
            None => {}
        }
        names.push(name);
    }
    let mut sources = Sources::new(root, git_root, files);
    unreadable.sort_by(|a, b| a.0.cmp(&b.0));
    names.sort();
    torn.sort();
    sources.unreadable = unreadable;
    sources.torn = torn;
    sources.seen = names;
    sources.witness = options.witness.clone();
    sources
}

#[cfg(test)]
mod tests;
