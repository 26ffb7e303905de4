//! Choosing fixes and making the new texts, in memory: nothing here touches a disk.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::finding::Finding;
use crate::source::files::{Charset, Encoding};
use crate::source::{FileKind, SourceFile, Sources, Span};

use super::edits::{Edits, Newline};
use super::{Applicability, Edit, Fix};

/// What fixes make of the files of a tree.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The directory that paths are relative to.
    pub root: PathBuf,
    /// Sorted by path.
    pub changes: Vec<Change>,
    pub applied: Vec<Applied>,
    pub skipped: Vec<Skipped>,
}

/// One file before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Relative to the root, with forward slashes.
    pub path: String,
    /// None for a file that is made.
    pub before: Option<Arc<str>>,
    pub after: Arc<str>,
    pub encoding: Encoding,
}

/// A fix that the new texts hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    pub rule: &'static str,
    /// The path of the finding.
    pub path: String,
    pub title: String,
    /// The paths of the files that it edits: it is written to all of them or to none.
    pub files: Vec<String>,
}

/// A fix that was wanted and is not among the new texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Skipped {
    pub rule: &'static str,
    pub path: String,
    pub title: String,
    pub why: Skip,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// The next round may apply it.
    #[error("it overlaps another fix")]
    Overlap,
    #[error("the file is in a charset that is never written")]
    Charset,
    #[error("it would write outside of the project")]
    Outside,
    #[error("its place is not in the file; this is a bug of celery-lint")]
    Misplaced,
    #[error("the file has a syntax error, which has to be corrected first")]
    Unparsed,
    #[error("the file could not be parsed afterwards; this is a bug of celery-lint")]
    Breaks,
}

/// Chooses the first fix of every finding that is at least `level` and makes the new texts. A fix is applied whole or not
/// at all; of fixes that overlap or touch the first in the file wins. `parses` says whether Python text has no syntax
/// error: a file that has one or would have one stays as it is.
pub fn plan(findings: &[Finding], sources: &Sources, level: Applicability, parses: fn(&str) -> bool) -> Plan {
    let mut refused = BTreeMap::new();
    loop {
        let plan = Chooser::new(sources, &refused).choose(findings, level);
        let fresh: Vec<(String, Skip)> =
            plan.changes.iter().filter_map(|change| Some((change.path.clone(), refusal(change, parses)?))).collect();
        if fresh.is_empty() {
            return plan;
        }
        refused.extend(fresh);
    }
}

/// Why a file is not changed. What stands where in one that does not parse is a guess, and nothing would tell a fix that
/// makes it worse.
fn refusal(change: &Change, parses: fn(&str) -> bool) -> Option<Skip> {
    if !change.path.ends_with(".py") {
        return None;
    }
    match change.before.as_deref() {
        Some(before) if !parses(before) => Some(Skip::Unparsed),
        _ if !parses(&change.after) => Some(Skip::Breaks),
        _ => None,
    }
}

/// The first fix that `level` allows.
fn wanted(finding: &Finding, level: Applicability) -> Option<&Fix> {
    finding.fixes.iter().find(|fix| fix.applicability >= level.max(Applicability::Unsafe) && !fix.edits.is_empty())
}

struct Chooser<'a> {
    sources: &'a Sources,
    refused: &'a BTreeMap<String, Skip>,
    files: BTreeMap<String, Edits>,
}

impl<'a> Chooser<'a> {
    fn new(sources: &'a Sources, refused: &'a BTreeMap<String, Skip>) -> Self {
        Self { sources, refused, files: BTreeMap::new() }
    }

    fn choose(mut self, findings: &[Finding], level: Applicability) -> Plan {
        let mut wanted: Vec<(&Finding, &Fix)> =
            findings.iter().filter_map(|finding| Some((finding, wanted(finding, level)?))).collect();
        wanted.sort_by_cached_key(|(_, fix)| self.position(fix));
        let (mut applied, mut skipped) = (Vec::new(), Vec::new());
        for (finding, fix) in wanted {
            let (rule, title) = (finding.rule.name, fix.title.clone());
            let path =
                finding.primary.as_ref().map_or(&*finding.path, |label| self.sources.path(label.loc.file)).to_string();
            match self.take(fix) {
                Ok(files) => applied.push(Applied { rule, path, title, files }),
                Err(why) => skipped.push(Skipped { rule, path, title, why }),
            }
        }
        let changes = std::mem::take(&mut self.files);
        let changes = changes.into_iter().map(|(path, edits)| self.change(path, &edits));
        let changes = changes.filter(|change| change.before.as_deref() != Some(&*change.after)).collect();
        Plan { root: self.sources.root.clone(), changes, applied, skipped }
    }

    /// The place of the first edit: fixes that only append come last.
    fn position(&self, fix: &Fix) -> (usize, Option<(u32, u32)>) {
        let places = fix.edits.iter().filter_map(|edit| match edit {
            Edit::Replace { at, .. } => Some((at.file.0, at.span.start)),
            Edit::Append { .. } | Edit::Create { .. } => None,
        });
        let first = places.min();
        (usize::from(first.is_none()), first)
    }

    /// Adds a fix to the edits of its files, or nothing of it.
    fn take(&mut self, fix: &Fix) -> Result<Vec<String>, Skip> {
        let mut own: BTreeMap<String, Edits> = BTreeMap::new();
        for edit in &fix.edits {
            let path = self.path(edit)?;
            let edits = own.entry(path).or_default();
            match edit {
                Edit::Replace { at, text } => edits.replace(at.span, text)?,
                Edit::Append { text, .. } | Edit::Create { text, .. } => edits.append(text),
            }
        }
        if own.iter().any(|(path, edits)| self.files.get(path).is_some_and(|taken| taken.conflicts(edits))) {
            return Err(Skip::Overlap);
        }
        let paths = own.keys().cloned().collect();
        for (path, edits) in own {
            self.files.entry(path).or_default().merge(edits);
        }
        Ok(paths)
    }

    /// The path that an edit writes, when it may be written.
    fn path(&self, edit: &Edit) -> Result<String, Skip> {
        let (path, file, span) = match edit {
            Edit::Replace { at, .. } => (self.sources.path(at.file), Some(self.sources.get(at.file)), at.span),
            Edit::Append { file, .. } => (self.sources.path(*file), Some(self.sources.get(*file)), Span::default()),
            Edit::Create { path, .. } => (path.as_str(), self.sources.by_path(path), Span::default()),
        };
        if !stays_inside(path) {
            return Err(Skip::Outside);
        }
        if file.is_some_and(|file| matches!(file.encoding.charset, Charset::Other(_))) {
            return Err(Skip::Charset);
        }
        if file.is_some_and(|file| file.text.get(span.range()).is_none()) {
            return Err(Skip::Misplaced);
        }
        self.refused.get(path).map_or_else(|| Ok(path.to_string()), |why| Err(*why))
    }

    fn change(&self, path: String, edits: &Edits) -> Change {
        let file = self.sources.by_path(&path);
        let before = file.map(|file| Arc::from(file.text.as_str()));
        let text = before.as_deref().unwrap_or("");
        let after = edits.applied(text, Newline::of(text));
        Change { before, after: after.into(), encoding: file.map(|file| file.encoding).unwrap_or_default(), path }
    }
}

/// Whether a path is relative and never goes up.
pub(super) fn stays_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

impl Plan {
    /// The tree as it would be: the same files, with the new texts and with the files that are made. `kind` says what a
    /// made file is; one without a kind is not read.
    pub fn sources(&self, sources: &Sources, kind: impl Fn(&str, &str) -> Option<FileKind>) -> Sources {
        let mut after: BTreeMap<&str, &Change> =
            self.changes.iter().map(|change| (change.path.as_str(), change)).collect();
        let mut files: Vec<SourceFile> = Vec::with_capacity(sources.files.len() + after.len());
        for file in &sources.files {
            let text = after.remove(file.path.as_str()).map_or(file.text.as_str(), |change| &change.after);
            files.push(with_text(&file.path, file.kind, text, file.encoding));
        }
        let mut seen = sources.seen.clone();
        for (path, change) in after {
            if let Some(kind) = kind(path, &change.after) {
                files.push(with_text(path, kind, &change.after, change.encoding));
            }
            seen.push(path.to_string());
        }
        seen.sort_unstable();
        seen.dedup();
        let mut all = Sources::new(sources.root.clone(), sources.git_root.clone(), files);
        all.unreadable = sources.unreadable.clone();
        all.seen = seen;
        all
    }

    /// Takes a plan made for the tree that this one leaves.
    pub(super) fn absorb(&mut self, next: Self) {
        for change in next.changes {
            match self.changes.iter_mut().find(|known| known.path == change.path) {
                Some(known) => known.after = change.after,
                None => self.changes.push(change),
            }
        }
        self.changes.sort_by(|left, right| left.path.cmp(&right.path));
        self.root = next.root;
        self.applied.extend(next.applied);
    }
}

fn with_text(path: &str, kind: FileKind, text: &str, encoding: Encoding) -> SourceFile {
    let mut file = SourceFile::new(path, kind, text);
    file.encoding = encoding;
    file
}
