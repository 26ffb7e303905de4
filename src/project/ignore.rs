//! What git would ignore, and what it tracks.
//!
//! The answers are those of `git check-ignore --no-index` and `git ls-files`, for paths that may or may not exist. What
//! counts is what every clone has or this clone's owner said on purpose: `.gitignore` files and `.git/info/exclude`. A
//! person's own `core.excludesFile` does not count: it protects one machine, and the next person's `.env` is committed.

use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use bstr::ByteSlice;
use gix_ignore::glob::pattern::{Case, Mode as PatternMode};
use gix_ignore::glob::wildmatch::Mode;
use gix_ignore::glob::{Pattern, wildmatch};
use rustc_hash::FxHashSet;

use super::git_index;
use crate::source::witness::Kind;
use crate::source::{FileKind, Loc, SourceFile, Sources, Span, Witness};

/// A wildcard does not match a slash.
const SLASHES: Mode = Mode::NO_MATCH_SLASH_LITERAL;

/// Answers for the work tree that holds the project. Without a repository nothing is tracked; `.gitignore` files still count.
#[derive(Debug, Default)]
pub struct IgnoreRules {
    /// From the top of the work tree to the root of the run, with a trailing slash; empty when they are the same.
    prefix: String,
    git: Option<GitDir>,
    /// Ordered by directory depth, `info/exclude` first: later lists win.
    lists: Vec<List>,
    tracked: OnceLock<FxHashSet<String>>,
    witness: Witness,
}

/// Where a repository keeps its own files; the two differ in a linked work tree.
#[derive(Debug)]
pub struct GitDir {
    /// Holds `index`.
    pub own: PathBuf,
    /// Holds `info/exclude` and `config`.
    common: PathBuf,
}

/// The patterns of one file.
#[derive(Debug)]
struct List {
    /// The directory that the patterns are relative to, from the top, with a trailing slash; empty at the top.
    base: String,
    /// As messages name the file: relative to the root of the run where it lies below.
    path: String,
    rules: Vec<IgnoreLine>,
}

#[derive(Debug)]
struct IgnoreLine {
    pattern: Pattern,
    /// 1-based.
    line: u32,
    written: String,
    at: Option<Loc>,
}

/// Whether a path is ignored, and by which line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    pub ignored: bool,
    /// The line that decides, also when it is a negation; none when no line matches.
    pub by: Option<IgnoredBy>,
    /// The line matches this directory above the path (relative to the root of the run where it lies below it), not the
    /// path itself; no later line can re-include what is below.
    pub parent: Option<String>,
}

/// One line of a file of patterns.
#[derive(Debug, Clone, PartialEq)]
pub struct IgnoredBy {
    pub file: String,
    /// 1-based.
    pub line: u32,
    pub pattern: String,
    /// The line's pattern, when the file is one of the run's.
    pub at: Option<Loc>,
}

impl IgnoreRules {
    /// Collects the `.gitignore` files of the run and those above it up to the top of the work tree, and
    /// `.git/info/exclude`. Files that cannot be read are as if they were not there, as for git.
    pub fn load(sources: &Sources) -> Self {
        let witness = &sources.witness;
        let prefix = sources.git_root.as_deref().and_then(|top| prefix_of(&sources.root, top)).unwrap_or_default();
        let git = sources.git_root.as_deref().and_then(|top| GitDir::find(top, witness));
        let mut lists = Vec::new();
        if let Some(git) = &git {
            lists.extend(List::from_disk(
                &git.common.join("info/exclude"),
                ".git/info/exclude",
                String::new(),
                witness,
            ));
        }
        if let Some(top) = &sources.git_root {
            for base in above(&prefix) {
                let path = top.join(&base).join(".gitignore");
                lists.extend(List::from_disk(&path, &path.to_string_lossy(), base, witness));
            }
        }
        let mut own: Vec<&SourceFile> =
            sources.of_kind(FileKind::GitIgnore).filter(|f| f.name() == ".gitignore").collect();
        own.sort_by_key(|file| (file.path.matches('/').count(), file.path.as_str()));
        lists.extend(own.into_iter().map(|file| List::from_source(file, &prefix)));
        Self { prefix, git, lists, tracked: OnceLock::new(), witness: witness.clone() }
    }

    /// Whether git would leave the path (relative to the root of the run) out of `git add`, were it not tracked. A path
    /// below an ignored directory is ignored, whatever later lines say.
    pub fn is_ignored(&self, path: &str, is_dir: bool) -> Verdict {
        let Some(full) = self.seen_from_top(path) else { return Verdict::default() };
        for (end, _) in full.match_indices('/') {
            let parent = full.get(..end).unwrap_or("");
            if let Some(verdict) = self.decide(parent, true).filter(|verdict| verdict.ignored) {
                let shown = parent.strip_prefix(&self.prefix).unwrap_or(parent).to_owned();
                return Verdict { parent: Some(shown), ..verdict };
            }
        }
        self.decide(&full, is_dir).unwrap_or_default()
    }

    /// Whether the path (relative to the root of the run) is in git's index.
    pub fn is_tracked(&self, path: &str) -> bool {
        let tracked = self.tracked();
        tracked.is_some_and(|tracked| self.seen_from_top(path).is_some_and(|full| tracked.contains(&full)))
    }

    /// Whether git tracks other files, and surely none in that directory.
    pub fn tracks_nothing_below(&self, directory: &str) -> bool {
        let Some(tracked) = self.tracked().filter(|tracked| !tracked.is_empty()) else { return false };
        let inside =
            |full: &str| tracked.iter().any(|path| path.strip_prefix(full).is_some_and(|it| it.starts_with('/')));
        self.seen_from_top(directory).is_some_and(|full| !full.is_empty() && !inside(&full))
    }

    /// The paths in git's index, from the top of the work tree. None without a repository.
    fn tracked(&self) -> Option<&FxHashSet<String>> {
        let git = self.git.as_ref()?;
        Some(self.tracked.get_or_init(|| git_index::tracked(&git.own, &git.common, &self.witness)))
    }

    pub fn has_repository(&self) -> bool {
        self.git.is_some()
    }

    /// What the last matching line says about this very path.
    fn decide(&self, full: &str, is_dir: bool) -> Option<Verdict> {
        self.lists.iter().rev().find_map(|list| {
            let relative = full.strip_prefix(&list.base).filter(|relative| !relative.is_empty())?;
            let line = list.rules.iter().rev().find(|line| line.matches(relative, is_dir))?;
            let by = IgnoredBy { file: list.path.clone(), line: line.line, pattern: line.written.clone(), at: line.at };
            Some(Verdict { ignored: !line.pattern.is_negative(), by: Some(by), parent: None })
        })
    }

    /// A path of the run, seen from the top of the work tree; none when it leaves it.
    fn seen_from_top(&self, path: &str) -> Option<String> {
        normalise(&format!("{}{path}", self.prefix)).filter(|full| !full.is_empty())
    }
}

impl IgnoreLine {
    fn matches(&self, relative: &str, is_dir: bool) -> bool {
        let mode = self.pattern.mode;
        let by_name = mode.contains(PatternMode::NO_SUB_DIR) && !mode.contains(PatternMode::ABSOLUTE);
        if !by_name && let Some(wildcard) = self.pattern.first_wildcard_pos.filter(|at| *at > 0) {
            return self.matches_after(wildcard, relative, is_dir);
        }
        let name = relative.rfind('/').map(|slash| slash + 1);
        self.pattern.matches_repo_relative_path(relative.into(), name, Some(is_dir), Case::Sensitive, SLASHES)
    }

    /// Git compares a path pattern's characters before the first wildcard as they are and globs the rest alone, so that
    /// `a**/b` means `a`, then `**/b`. The glob crate would see one `*` there.
    fn matches_after(&self, wildcard: usize, relative: &str, is_dir: bool) -> bool {
        let (start, rest) = self.pattern.text.split_at(wildcard);
        let Some(path) = relative.as_bytes().strip_prefix(start) else { return false };
        let fits = is_dir || !self.pattern.mode.contains(PatternMode::MUST_BE_DIR);
        fits && wildmatch(rest.as_bstr(), path.as_bstr(), SLASHES)
    }
}

impl List {
    fn from_source(file: &SourceFile, prefix: &str) -> Self {
        let base = if file.dir().is_empty() { prefix.to_owned() } else { format!("{prefix}{}/", file.dir()) };
        let mut rules = parse(&file.text);
        for rule in &mut rules {
            let line = file.lines().line_span(rule.line as usize - 1, &file.text);
            let shown = file.slice(line).trim_end();
            rule.at = Some(Loc::new(file.id, Span::new(line.start, line.start + shown.len() as u32)));
        }
        Self { base, path: file.path.clone(), rules }
    }

    fn from_disk(path: &Path, shown: &str, base: String, witness: &Witness) -> Option<Self> {
        let bytes = witness.read(path).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Some(Self { base, path: shown.to_owned(), rules: parse(text) })
    }
}

fn parse(text: &str) -> Vec<IgnoreLine> {
    let lines: Vec<&str> = text.split('\n').collect();
    gix_ignore::parse(text.as_bytes(), false)
        .map(|(pattern, line, _)| {
            let written = lines.get(line - 1).map_or("", |line| line.trim_end());
            IgnoreLine { pattern, line: line as u32, written: written.to_owned(), at: None }
        })
        .collect()
}

/// Every directory above the run's root, from the top (`""`), each with a trailing slash.
fn above(prefix: &str) -> Vec<String> {
    let ends = prefix.match_indices('/').map(|(at, _)| at + 1);
    let mut dirs: Vec<String> =
        std::iter::once(0).chain(ends).filter_map(|end| prefix.get(..end)).map(str::to_owned).collect();
    dirs.pop();
    dirs
}

/// The way from the top of the work tree to the root of the run.
fn prefix_of(root: &Path, top: &Path) -> Option<String> {
    let (root, top) = (canonical(root), canonical(top));
    let parts: Vec<String> = root
        .strip_prefix(&top)
        .ok()?
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    Some(parts.iter().map(|part| format!("{part}/")).collect())
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Resolves `.` and `..`; none when the path leaves its start.
fn normalise(path: &str) -> Option<String> {
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
    Some(parts.join("/"))
}

impl GitDir {
    /// `.git` is a directory, or in linked work trees and submodules a file that names one.
    pub fn find(top: &Path, witness: &Witness) -> Option<Self> {
        let dot_git = top.join(".git");
        let own = if witness.kind(&dot_git) == Some(Kind::Directory) {
            dot_git
        } else {
            let text = witness.read_to_string(&dot_git).ok()?;
            top.join(text.strip_prefix("gitdir:")?.trim())
        };
        let common = match witness.read_to_string(&own.join("commondir")) {
            Ok(named) => own.join(named.trim()),
            Err(_) => own.clone(),
        };
        // A path that climbs is fine for the system, but only one that leads somewhere is a repository.
        own.components().any(|part| matches!(part, Component::Normal(_))).then_some(Self { own, common })
    }
}

#[cfg(test)]
#[path = "ignore_tests.rs"]
mod tests;
