//! What a renderer may see of a run: findings with masked texts, places as lines and columns, paths from two roots.

use crate::finding::{Finding, Label, Severity};
use crate::fix::{Applicability, Edit, Fix};
use crate::project::unseen::Unseen;
use crate::rule::Rule;
use crate::source::span::LineIndex;
use crate::source::{FileId, Loc, Position, SourceFile, Sources, Span};

use super::mask::{Mask, Masked, MaskedText};
use super::{RenderInput, RenderOptions, Summary};

/// A place in lines and columns: 1-based, in code points, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    pub start: Position,
    pub end: Position,
}

/// A finding with everything that is text masked.
#[derive(Debug)]
pub struct Shown {
    pub rule: &'static Rule,
    pub severity: Severity,
    pub message: Masked,
    /// Relative to the root of the run; empty when the finding is about no file.
    pub path: Masked,
    /// Relative to the top of the git work tree (or the root of the run without one).
    pub repo_path: Masked,
    pub region: Option<Region>,
    /// The primary label first.
    pub labels: Vec<ShownLabel>,
    pub help: Option<Masked>,
    pub fixes: Vec<ShownFix>,
    pub symbol: Masked,
    /// A comment silences it.
    pub suppressed: bool,
}

#[derive(Debug)]
pub struct ShownLabel {
    pub at: Loc,
    pub path: Masked,
    pub repo_path: Masked,
    pub region: Region,
    pub text: Masked,
    pub primary: bool,
}

#[derive(Debug)]
pub struct ShownFix {
    pub title: Masked,
    pub applicability: Applicability,
    pub edits: Vec<ShownEdit>,
    /// An edit writes a secret: its text is masked here, and so of no use to a program.
    pub masked: bool,
}

#[derive(Debug)]
pub struct ShownEdit {
    pub path: Masked,
    pub repo_path: Masked,
    /// What is replaced; the end of the file for text that is appended, none for a new file.
    pub region: Option<Region>,
    pub kind: EditKind,
    pub text: Masked,
    /// The file it appends to does not end with a line end.
    pub unfinished: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EditKind {
    Replace,
    Append,
    Create,
}

/// The whole run as renderers see it.
pub struct View<'a> {
    sources: &'a Sources,
    unseen: &'a Unseen,
    mask: &'a Mask<'a>,
    findings: &'a [Finding],
    suppressed: &'a [Finding],
    /// Where the root of the run lies below the top of the work tree, with a trailing slash; else empty.
    prefix: String,
    pub summary: &'a Summary,
    pub options: &'a RenderOptions,
}

impl<'a> View<'a> {
    pub fn new(input: &'a RenderInput<'a>, suppressed: &'a [Finding], mask: &'a Mask<'a>) -> Self {
        Self {
            sources: &input.project.sources,
            unseen: &input.project.unseen,
            mask,
            findings: input.findings,
            suppressed: if input.options.show_suppressed { suppressed } else { &[] },
            prefix: prefix(&input.project.sources),
            summary: input.summary,
            options: &input.options,
        }
    }

    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Findings in the order they were given.
    pub fn shown(&self) -> impl Iterator<Item = Shown> + '_ {
        self.findings.iter().map(|finding| self.show(finding, false))
    }

    /// The findings that comments silence, when they are asked for.
    pub fn shown_suppressed(&self) -> impl Iterator<Item = Shown> + '_ {
        self.suppressed.iter().map(|finding| self.show(finding, true))
    }

    pub fn rules(&self) -> impl Iterator<Item = (&'static Rule, Severity)> + '_ {
        self.findings.iter().map(|finding| (finding.rule, finding.severity))
    }

    pub fn suppressed_rules(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        self.suppressed.iter().map(|finding| finding.rule)
    }

    pub fn show_at(&self, index: usize) -> Option<Shown> {
        self.findings.get(index).map(|finding| self.show(finding, false))
    }

    fn show(&self, finding: &Finding, suppressed: bool) -> Shown {
        let labels: Vec<ShownLabel> =
            finding.labels().enumerate().map(|(index, label)| self.label(label, index == 0)).collect();
        let path = finding.primary.as_ref().map_or(finding.path.as_str(), |label| self.sources.path(label.loc.file));
        // A finding about the whole run is about no file.
        let path = if path == "." { "" } else { path };
        Shown {
            rule: finding.rule,
            severity: finding.severity,
            message: self.mask.text(&finding.message),
            path: self.mask.text(path),
            repo_path: self.repo_path(path),
            region: finding.primary.as_ref().map(|label| self.region(label.loc)),
            labels: if finding.primary.is_some() { labels } else { unprimed(labels) },
            help: finding.help.as_ref().map(|help| self.mask.text(help)),
            fixes: finding.fixes.iter().map(|fix| self.fix(fix)).collect(),
            symbol: self.mask.text(&finding.symbol),
            suppressed,
        }
    }

    fn label(&self, label: &Label, primary: bool) -> ShownLabel {
        let path = self.sources.path(label.loc.file);
        ShownLabel {
            at: label.loc,
            path: self.mask.text(path),
            repo_path: self.repo_path(path),
            region: self.region(label.loc),
            text: self.mask.text(&label.text),
            primary,
        }
    }

    fn fix(&self, fix: &Fix) -> ShownFix {
        let texts = fix.edits.iter().map(|edit| match edit {
            Edit::Replace { text, .. } | Edit::Append { text, .. } | Edit::Create { text, .. } => text,
        });
        ShownFix {
            title: self.mask.text(&fix.title),
            applicability: fix.applicability,
            masked: texts.into_iter().any(|text| self.mask.hides(text)),
            edits: fix.edits.iter().map(|edit| self.edit(edit)).collect(),
        }
    }

    fn edit(&self, edit: &Edit) -> ShownEdit {
        let (path, region, kind, text) = match edit {
            Edit::Replace { at, text } => (self.sources.path(at.file), Some(self.region(*at)), EditKind::Replace, text),
            Edit::Append { file, text } => (self.sources.path(*file), Some(self.end_of(*file)), EditKind::Append, text),
            Edit::Create { path, text } => (path.as_str(), None, EditKind::Create, text),
        };
        let unfinished = match edit {
            Edit::Append { file, .. } => {
                let before = &self.sources.get(*file).text;
                !before.is_empty() && !before.ends_with(['\n', '\r'])
            }
            Edit::Replace { .. } | Edit::Create { .. } => false,
        };
        let (path, repo_path) = (self.mask.text(path), self.repo_path(path));
        ShownEdit { path, repo_path, region, kind, text: self.mask.text(text), unfinished }
    }

    fn end_of(&self, file: FileId) -> Region {
        let end = self.sources.get(file).text.len();
        self.region(Loc::new(file, Span::of(end, end)))
    }

    fn repo_path(&self, path: &str) -> Masked {
        if path.is_empty() { Masked::default() } else { self.mask.text(&format!("{}{path}", self.prefix)) }
    }

    pub fn region(&self, at: Loc) -> Region {
        let file = self.sources.get(at.file);
        let start = at.span.start.min(file.text.len() as u32);
        let end = at.span.end.clamp(start, file.text.len() as u32);
        Region { start: file.position(start), end: file.position(end) }
    }

    /// Files that could not be read, with the reason.
    pub fn unreadable(&self) -> impl Iterator<Item = (Masked, Masked)> + '_ {
        let unreadable = self.sources.unreadable.iter();
        unreadable.map(|(path, error)| (self.repo_path(path), self.mask.text(&error.to_string())))
    }

    /// What was not seen, or not whole, in words, and where.
    pub fn unseen(&self) -> impl ExactSizeIterator<Item = (&'static str, Masked)> + '_ {
        self.unseen.parts.iter().map(|part| (part.words(), self.mask.text(&part.path)))
    }

    /// The lines of a file, as numbers only.
    pub fn lines(&self, file: FileId) -> &LineIndex {
        self.sources.get(file).lines()
    }

    /// The bytes of a 0-based line without its line end.
    pub fn line_span(&self, file: FileId, line: usize) -> Span {
        let source = self.sources.get(file);
        let span = source.lines().line_span(line, &source.text);
        let text = source.slice(span);
        Span::new(span.start, span.start + text.trim_end_matches(['\n', '\r']).len() as u32)
    }

    /// The largest character boundaries around a span, clamped to the file.
    pub fn on_boundaries(&self, at: Loc) -> Span {
        let text = &self.sources.get(at.file).text;
        Span::of(text.floor_char_boundary(at.span.start as usize), text.floor_char_boundary(at.span.end as usize))
    }

    /// Masked text of a place.
    pub fn window(&self, at: Loc) -> MaskedText {
        self.mask.window(at)
    }

    /// For [`super::sarif`], which hashes a file's text as GitHub does: nothing of it is printed.
    pub(super) fn to_hash(&self, file: FileId) -> &SourceFile {
        self.sources.get(file)
    }
}

fn unprimed(mut labels: Vec<ShownLabel>) -> Vec<ShownLabel> {
    labels.iter_mut().for_each(|label| label.primary = false);
    labels
}

fn prefix(sources: &Sources) -> String {
    let Some(top) = &sources.git_root else { return String::new() };
    let inner = sources.root.strip_prefix(top).map(std::path::Path::to_path_buf).or_else(|_| {
        // The two may name one directory through different links.
        let real = |path: &std::path::Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        real(&sources.root).strip_prefix(real(top)).map(std::path::Path::to_path_buf)
    });
    let parts = inner.unwrap_or_default();
    parts.components().map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect()
}
