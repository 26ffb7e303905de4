//! The table of files that were read: text, kind and line index of each. Everything else points into it by `FileId`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::Witness;
use super::span::{LineIndex, Loc, Position, Span};

/// The index of a file in [`Sources`]. Files are sorted by path, so ids are stable for one tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// What a file is, decided by its name (and, for YAML, by what stands at its top level).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    Python,
    /// A file that sets environment variables: `.env`, `.env.production`, `prod.env`, `.flaskenv`, `.envrc` …
    Env,
    /// A file that documents them: `.env.example`, `sample.env`, `.env.dev-sample` …
    EnvTemplate,
    GitIgnore,
    Compose,
    Dockerfile,
    Procfile,
    Systemd,
    Supervisor,
    Kubernetes,
    /// GitHub, GitLab and other CI definitions.
    Ci,
    Shell,
    /// Scripts of Windows: `.cmd`, `.bat`, `.ps1`.
    Batch,
    Makefile,
    Requirements,
    /// `pyproject.toml`, `Pipfile`, `setup.cfg`, `setup.py` is Python.
    Manifest,
    Lock,
    Toml,
    Yaml,
    Json,
    Ini,
    /// `redis.conf`, `rabbitmq.conf`, `*.tf`, `.properties` … : lines of keys and values.
    Conf,
}

/// One file that was read and decoded.
#[derive(Debug)]
pub struct SourceFile {
    pub id: FileId,
    /// Relative to the root of the run, with forward slashes.
    pub path: String,
    pub kind: FileKind,
    /// Decoded text: no byte order mark, line ends as they are in the file.
    pub text: String,
    /// What the bytes were, so that a fix can write them back.
    pub encoding: Encoding,
    lines: OnceLock<LineIndex>,
}

/// How a file's bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Encoding {
    pub charset: Charset,
    /// The file starts with a byte order mark.
    pub bom: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    #[default]
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Another charset that the file names (a PEP 263 cookie); such a file is read, never written.
    Other(&'static encoding_rs::Encoding),
}

/// Why a file could not be read. Each is a finding (`unreadable-file`).
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    #[error("{0}")]
    Io(String),
    /// A directory: what it holds is not known at all.
    #[error("{0}")]
    Unlisted(String),
    #[error("the file is {size} bytes long, over the limit of {limit}")]
    TooLarge { size: u64, limit: u64 },
    #[error("the bytes at offset {offset} are not {charset}")]
    NotText { offset: usize, charset: String },
    #[error("the file names the encoding `{0}`, which is not known")]
    UnknownEncoding(String),
}

/// All files of one run.
#[derive(Debug, Default)]
pub struct Sources {
    /// The directory that paths are relative to (absolute).
    pub root: PathBuf,
    /// The top of the git work tree that holds `root`, if any (absolute).
    pub git_root: Option<PathBuf>,
    pub files: Vec<SourceFile>,
    /// Files that matter but could not be read.
    pub unreadable: Vec<(String, ReadError)>,
    /// What can be made out of those that are no text, by path: enough to look for words in, and for nothing else.
    pub torn: Vec<(String, String)>,
    /// Every path the walk saw (also of kinds that are not read), sorted, relative to `root`.
    pub seen: Vec<String>,
    /// Notes what else of the disk is looked at.
    pub witness: Witness,
    by_path: FxHashMap<String, FileId>,
}

impl Sources {
    /// Takes files in any order; sorts them by path and numbers them.
    pub fn new(root: PathBuf, git_root: Option<PathBuf>, mut files: Vec<SourceFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut by_path = FxHashMap::default();
        for (index, file) in files.iter_mut().enumerate() {
            file.id = FileId(index as u32);
            by_path.insert(file.path.clone(), file.id);
        }
        Self { root, git_root, files, by_path, ..Self::default() }
    }

    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    pub fn by_path(&self, path: &str) -> Option<&SourceFile> {
        self.by_path.get(path).map(|id| self.get(*id))
    }

    pub fn of_kind(&self, kind: FileKind) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(move |file| file.kind == kind)
    }

    /// Whether one of the words stands anywhere in a file that counts.
    pub fn speak_of(&self, words: &[&str], counts: impl Fn(&SourceFile) -> bool) -> bool {
        let holds =
            |file: &SourceFile, word: &&str| memchr::memmem::find(file.text.as_bytes(), word.as_bytes()).is_some();
        self.files.iter().any(|file| counts(file) && words.iter().any(|word| holds(file, word)))
    }

    pub fn path(&self, id: FileId) -> &str {
        &self.get(id).path
    }

    pub fn snippet(&self, loc: Loc) -> &str {
        self.get(loc.file).slice(loc.span)
    }

    pub fn position(&self, loc: Loc) -> Position {
        self.get(loc.file).position(loc.span.start)
    }

    /// 1-based line of a place.
    pub fn line(&self, loc: Loc) -> u32 {
        self.get(loc.file).lines().line_of(loc.span.start) as u32 + 1
    }

    pub fn absolute(&self, id: FileId) -> PathBuf {
        self.root.join(Path::new(self.path(id)))
    }
}

impl SourceFile {
    pub fn new(path: impl Into<String>, kind: FileKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { id: FileId(0), path: path.into(), kind, text, encoding: Encoding::default(), lines: OnceLock::new() }
    }

    /// Where its lines begin; worked out for files that something is said of.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// The text of a span; empty when the span does not lie on character boundaries inside the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    pub fn position(&self, offset: u32) -> Position {
        self.lines().position(offset, &self.text)
    }

    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The directory part of the path, without a trailing slash; empty at the root.
    pub fn dir(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(dir, _)| dir)
    }
}
