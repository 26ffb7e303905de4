//! Findings as SARIF results: locations, fingerprints, fixes.

use std::cmp::Reverse;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::line_hash::line_hashes;
use super::log::{
    ArtifactChange, ArtifactLocation, Content, Fingerprints, Location, PhysicalLocation, Region, Replacement, SarifFix,
    SarifResult, Suppression, Text,
};
use super::{FileId, FxHashMap, Masked, Place, Position, Rule, Shown, View, encode, identity, sentence};
use crate::fix::Applicability;
use crate::report::view::{EditKind, ShownEdit, ShownFix, ShownLabel};

/// What a path keeps: the unreserved characters and the slash. A colon would make a scheme of the first part.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The line hashes of the files that were asked for.
type Hashes = FxHashMap<FileId, Vec<String>>;

/// The findings that are listed: all that have a file, and of too many the most severe, in their order.
pub fn kept(view: &View, most: usize) -> Vec<usize> {
    let mut by_severity: Vec<(usize, _)> = view.rules().map(|(_, severity)| severity).enumerate().collect();
    by_severity.sort_by_key(|&(_, severity)| Reverse(severity));
    by_severity.truncate(most);
    by_severity.sort_by_key(|&(index, _)| index);
    by_severity.into_iter().map(|(index, _)| index).collect()
}

pub fn results(view: &View, kept: &[usize], rules: &[&'static Rule]) -> Vec<SarifResult> {
    let mut hashes = Hashes::default();
    let shown = kept.iter().filter_map(|&index| view.show_at(index)).chain(view.shown_suppressed());
    shown.filter_map(|shown| result(view, shown, rules, &mut hashes)).collect()
}

/// None for a finding without a file: it stands among the notifications.
fn result(view: &View, shown: Shown, rules: &[&'static Rule], hashes: &mut Hashes) -> Option<SarifResult> {
    let location = location_of(&shown.repo_path, shown.region)?;
    let related: Vec<&ShownLabel> = shown.labels.iter().filter(|label| !label.primary).collect();
    Some(SarifResult {
        rule_id: shown.rule.name,
        rule_index: rules.iter().position(|rule| *rule == shown.rule)?,
        level: shown.severity.word(),
        message: Text::masked(message(&shown, &related)),
        locations: [location],
        related_locations: related
            .iter()
            .enumerate()
            .filter_map(|(index, label)| related_location(index, label))
            .collect(),
        partial_fingerprints: Fingerprints { line: line_hash(view, &shown, hashes), identity: identity(&shown) },
        fixes: shown.fixes.iter().filter_map(fix).collect(),
        suppressions: shown.suppressed.then_some(Suppression { kind: "inSource" }).into_iter().collect(),
    })
}

/// The finding's message as a sentence, then a link to every related location.
fn message(shown: &Shown, related: &[&ShownLabel]) -> Masked {
    let sentence = sentence(&shown.message);
    if related.is_empty() {
        return sentence;
    }
    let links: Vec<Masked> = related.iter().enumerate().map(|(index, label)| link(index, label)).collect();
    Masked::join(&[sentence.map(unlinked), Masked::join(&links, ", ")], " ")
}

/// `[words](id)`; a label without words is named by its place.
fn link(index: usize, label: &ShownLabel) -> Masked {
    let line = Masked::number(label.region.start.line as usize);
    let place = Masked::join(&[label.path.clone(), line], ":");
    let words = if label.text.is_empty() { place } else { label.text.clone() };
    Masked::join(&["[".into(), words.map(bracketless), "](".into(), Masked::number(index + 1), ")".into()], "")
}

/// SARIF wants literal brackets of a link's words escaped.
fn bracketless(words: &str) -> String {
    words.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// Escapes brackets only where they would be read as a link.
fn unlinked(sentence: &str) -> String {
    if sentence.contains("](") { bracketless(sentence) } else { sentence.to_string() }
}

fn related_location(index: usize, label: &ShownLabel) -> Option<Location> {
    let mut location = location_of(&label.repo_path, Some(label.region))?;
    location.id = Some(index + 1);
    location.message = (!label.text.is_empty()).then(|| Text::masked(label.text.clone()));
    Some(location)
}

/// A place in a file; without a region the start of the file, because GitHub wants all four numbers.
pub fn location_of(path: &Masked, region: Option<Place>) -> Option<Location> {
    let physical_location = PhysicalLocation { artifact_location: artifact(path)?, region: numbers(region) };
    Some(Location { id: None, physical_location, message: None })
}

/// The path as a relative URI; none for the empty path.
fn artifact(path: &Masked) -> Option<ArtifactLocation> {
    let uri = path.map(|path| utf8_percent_encode(path, PATH).to_string());
    (!uri.is_empty()).then_some(ArtifactLocation { uri })
}

fn numbers(region: Option<Place>) -> Region {
    let first = Position { line: 1, column: 1 };
    let region = region.unwrap_or(Place { start: first, end: first });
    Region {
        start_line: region.start.line,
        start_column: region.start.column,
        end_line: region.end.line,
        end_column: region.end.column,
    }
}

/// GitHub's own fingerprint of the line, from the bytes that stand in the file (a hash tells nothing of them).
fn line_hash(view: &View, shown: &Shown, hashes: &mut Hashes) -> Option<String> {
    let (region, label) = (shown.region?, shown.labels.first()?);
    let of_file = hashes.entry(label.at.file).or_insert_with(|| {
        let file = view.to_hash(label.at.file);
        line_hashes(&String::from_utf8_lossy(&encode::as_on_disk(&file.text, file.encoding)))
    });
    of_file.get(region.start.line as usize - 1).cloned()
}

/// None for a fix that is only shown, and for one that would write a secret: masked text is no use to a program.
fn fix(fix: &ShownFix) -> Option<SarifFix> {
    if fix.masked || fix.edits.is_empty() || fix.applicability == Applicability::DisplayOnly {
        return None;
    }
    let mut changes: Vec<ArtifactChange> = Vec::new();
    for edit in &fix.edits {
        let artifact_location = artifact(&edit.repo_path)?;
        match changes.iter_mut().find(|change| change.artifact_location.uri == artifact_location.uri) {
            Some(change) => change.replacements.push(replacement(edit)),
            None => changes.push(ArtifactChange { artifact_location, replacements: vec![replacement(edit)] }),
        }
    }
    let unsafe_words = if fix.applicability == Applicability::Unsafe { " (may change behaviour)" } else { "" };
    let description = Text::masked(Masked::join(&[fix.title.clone(), unsafe_words.into()], ""));
    Some(SarifFix { description, artifact_changes: changes })
}

fn replacement(edit: &ShownEdit) -> Replacement {
    let before = if edit.unfinished { "\n" } else { "" };
    let after = if edit.kind != EditKind::Replace && !edit.text.as_str().ends_with('\n') { "\n" } else { "" };
    let text = Masked::join(&[before.into(), edit.text.clone(), after.into()], "");
    Replacement { deleted_region: numbers(edit.region), inserted_content: Content { text } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_uris() {
        let uri = |path: &'static str| artifact(&path.into()).unwrap().uri.to_string();
        assert_eq!(uri("my shop/täsks#1.py"), "my%20shop/t%C3%A4sks%231.py");
        assert_eq!(uri("a:b/[id]%.py"), "a%3Ab/%5Bid%5D%25.py");
        assert!(artifact(&Masked::default()).is_none());
    }

    #[test]
    fn brackets_are_escaped_where_they_would_be_links() {
        assert_eq!(unlinked("`conf[0]` is set"), "`conf[0]` is set");
        assert_eq!(unlinked("[a](1) \\"), "\\[a\\](1) \\\\");
    }
}
