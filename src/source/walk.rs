//! The walk: which files of a tree are seen, which of them are read, and reading them.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};
use rayon::prelude::*;

use super::decode::decode_vec;
use super::files::ReadError;
use super::globs::PathGlobs;
use super::{FileKind, SourceFile, Sources};

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
}

impl WalkOptions {
    pub fn new(kind: fn(&str, &str) -> Option<FileKind>) -> Self {
        Self { exclude: Vec::new(), max_size: 2 << 20, max_python_size: 8 << 20, kind }
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

/// Directories of tools and of other people's code.
const SKIPPED_DIRECTORIES: &[&str] = &[
    ".bzr",
    ".celery_lint_cache",
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

/// What stands in the top directory of a virtual environment, whatever its name.
const ENVIRONMENT_MARKS: &[&str] = &["pyvenv.cfg", "bin/activate", "Scripts/activate", "conda-meta"];

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
    if seen.paths.is_empty() && git_root.as_deref().is_some_and(|top| top != root) {
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
    paths: Vec<PathBuf>,
    /// Places that could not be listed.
    errors: Vec<(PathBuf, String)>,
}

impl Seen {
    fn extend(&mut self, other: Self) {
        self.paths.extend(other.paths);
        self.errors.extend(other.errors);
    }
}

fn walk(root: &Path, options: &WalkOptions, parents: bool) -> Seen {
    let exclude = options.exclude.clone();
    let special = Arc::new(Mutex::new(Vec::new()));
    let found = Arc::clone(&special);
    let own = special_ignore_file(root);
    let parents = parents && root.ancestors().skip(1).all(|above| special_ignore_file(above).is_none());
    let walker = WalkBuilder::new(root)
        .hidden(false)
        .parents(parents)
        .require_git(false)
        .git_global(false)
        .git_ignore(own.is_none())
        .git_exclude(own.is_none())
        .ignore(own.is_none())
        .follow_links(false)
        .filter_entry(move |entry| entry.depth() == 0 || !is_excluded(entry, &exclude, &found))
        .build_parallel();
    let all = Mutex::new(Seen::default());
    walker.visit(&mut Visitors { all: &all, options });
    let mut seen = all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let special = special.lock().map(|mut paths| std::mem::take(&mut *paths)).unwrap_or_default();
    let told = |path: PathBuf| (path, "the ignore file is no file that could be read to its end".to_owned());
    seen.errors.extend(special.into_iter().chain(own).map(told));
    seen.paths.sort();
    seen.paths.dedup();
    seen.errors.sort();
    seen
}

fn is_excluded(entry: &DirEntry, exclude: &[PathGlobs], special: &Mutex<Vec<PathBuf>>) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return is_globbed(entry.path(), exclude);
    }
    if is_skipped_directory(entry.path()) || is_globbed(entry.path(), exclude) {
        return true;
    }
    let Some(file) = special_ignore_file(entry.path()) else { return false };
    special.lock().map(|mut paths| paths.push(file)).is_ok()
}

/// A file of the directory that the walk looks into by itself and that is a pipe, a device or the like: it would be read without end.
fn special_ignore_file(directory: &Path) -> Option<PathBuf> {
    let special = |path: &PathBuf| fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
    let git = directory.join(".git");
    let mut candidates = vec![directory.join(".gitignore"), directory.join(".ignore")];
    if git.exists() {
        candidates.extend([git.join("info/exclude"), git.join("commondir"), git]);
    }
    candidates.into_iter().find(special)
}

fn is_globbed(path: &Path, exclude: &[PathGlobs]) -> bool {
    exclude.iter().any(|globs| globs.matches(path))
}

fn is_skipped_directory(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or("");
    let holds = |marks: &[&str]| marks.iter().any(|mark| path.join(mark).exists());
    SKIPPED_DIRECTORIES.contains(&name)
        || name.ends_with(".egg-info")
        || (BUILD_DIRECTORIES.contains(&name) && !holds(SOURCE_MARKS))
        || holds(ENVIRONMENT_MARKS)
}

struct Visitors<'a> {
    all: &'a Mutex<Seen>,
    options: &'a WalkOptions,
}

impl<'a> ParallelVisitorBuilder<'a> for Visitors<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        Box::new(Visitor { own: Seen::default(), all: self.all, options: self.options })
    }
}

/// Collects what one thread sees, and hands it over at the end.
struct Visitor<'a> {
    own: Seen,
    all: &'a Mutex<Seen>,
    options: &'a WalkOptions,
}

impl ParallelVisitor for Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {
                self.hidden_env_files(entry.path(), ENV_DIRECTORY_DEPTH);
            }
            Ok(entry) => self.own.paths.push(entry.into_path()),
            Err(error) => self.own.errors.extend(place_of(&error)),
        }
        WalkState::Continue
    }
}

impl Visitor<'_> {
    /// Git ignores most `.env` files, yet what they hold matters: they are seen in every directory that is walked.
    fn hidden_env_files(&mut self, directory: &Path, depth: usize) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(file_type) = entry.file_type() else { continue };
            let (name, path) = (entry.file_name(), entry.path());
            if file_type.is_dir() {
                let envs = ENV_DIRECTORIES.iter().any(|known| name == *known) && !is_skipped_directory(&path);
                if depth > 0 && (envs || depth < ENV_DIRECTORY_DEPTH) && !is_globbed(&path, &self.options.exclude) {
                    self.hidden_env_files(&path, depth - 1);
                }
            } else if self.options.is_env_or_ignore(&slashed(&path)) && !is_globbed(&path, &self.options.exclude) {
                self.own.paths.push(path);
            }
        }
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        if let Ok(mut all) = self.all.lock() {
            all.extend(std::mem::take(&mut self.own));
        }
    }
}

/// The path of a walk error; errors about the patterns of ignore files have none and do not stop the walk.
fn place_of(error: &ignore::Error) -> Option<(PathBuf, String)> {
    match error {
        ignore::Error::WithPath { path, err } if err.io_error().is_some() => Some((path.clone(), err.to_string())),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => place_of(err),
        _ => None,
    }
}

/// The path as text with forward slashes; bytes that are not UTF-8 become replacement characters.
fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

fn read(root: PathBuf, git_root: Option<PathBuf>, seen: Seen, options: &WalkOptions) -> Sources {
    let relative = |path: &Path| slashed(path.strip_prefix(&root).unwrap_or(path));
    let read: Vec<(String, Option<Outcome>)> = seen
        .paths
        .par_iter()
        .map(|path| {
            let name = relative(path);
            let file = read_file(path, &name, options);
            (name, file)
        })
        .collect();
    let mut unreadable: Vec<(String, ReadError)> =
        seen.errors.iter().map(|(path, error)| (relative(path), unlisted(path, error.clone()))).collect();
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
    sources
}

/// An error of the walk. An ignore file that is none hides its whole directory.
fn unlisted(path: &Path, error: String) -> ReadError {
    let whole = path.is_dir() || special_ignore_file(path.parent().unwrap_or(path)).is_some_and(|it| it == path);
    if whole { ReadError::Unlisted(error) } else { ReadError::Io(error) }
}

/// A file, or why it was not read with what can be made out of it.
type Outcome = Result<SourceFile, (ReadError, Option<String>)>;

/// Reads one file; none when its text shows that it has no kind.
fn read_file(path: &Path, name: &str, options: &WalkOptions) -> Option<Outcome> {
    let by_name = options.by_name(name);
    let script = by_name.is_none() && options.may_be_script(name);
    if by_name.is_none() && !script {
        return None;
    }
    let io = |error: std::io::Error| ReadError::Io(error.to_string());
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        // Links, sockets and the like: seen, never read.
        Ok(_) => return None,
        Err(error) => return Some(Err((io(error), None))),
    };
    let limit = if by_name == Some(FileKind::Python) { options.max_python_size } else { options.max_size };
    if metadata.len() > limit {
        return by_name.map(|_| Err((ReadError::TooLarge { size: metadata.len(), limit }, None)));
    }
    let bytes = match bytes_of(path, metadata.len(), limit, script) {
        Ok(bytes) => bytes?,
        Err(error) => return Some(Err((io(error), None))),
    };
    let decoded = match decode_vec(bytes, by_name.unwrap_or(FileKind::Yaml)) {
        Ok(decoded) => decoded,
        Err(error) => return by_name.map(|_| Err((error, torn(path, limit)))),
    };
    let kind = (options.kind)(name, &decoded.text)?;
    let mut file = SourceFile::new(name, kind, decoded.text);
    file.encoding = decoded.encoding;
    Some(Ok(file))
}

/// What can be made out of bytes that are no text. Those of UTF-16 are every other one zero.
fn torn(path: &Path, limit: u64) -> Option<String> {
    let bytes = bytes_of(path, 0, limit, false).ok().flatten()?;
    Some(String::from_utf8_lossy(&bytes).replace('\0', ""))
}

/// How files without an extension begin that may be read: scripts, and Dockerfiles under a name of their own.
const BEGINNINGS: &[&[u8]] = &[b"#!", b"# ", b"#\n", b"#s", b"FR", b"AR", b"se", b"ex"];

/// At most `limit` bytes, should the file grow while it is read. A name without an extension is a script, a Dockerfile or
/// nothing: the rest of a large binary is never read.
fn bytes_of(path: &Path, size: u64, limit: u64, script: bool) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    if script {
        file.by_ref().take(2).read_to_end(&mut bytes)?;
        if !BEGINNINGS.contains(&bytes.as_slice()) {
            return Ok(None);
        }
    }
    // One byte more, so that the end is seen without another allocation.
    bytes.reserve_exact(usize::try_from(size).unwrap_or(0).saturating_add(1));
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests;
