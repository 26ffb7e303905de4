//! Masking: the only way from the text of a project to an output, so that no credential is ever printed.
//!
//! Two things are hidden, character for character: the places where a secret stands, and every other occurrence of its
//! value in any of its [`spelling`]s. Renderers never look at [`SourceFile::text`](crate::source::SourceFile) themselves:
//! they ask for masked views, and what they make of messages and paths is [`Masked`], which only [`Mask`] can make.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::{Project, Secret};
use crate::source::{FileId, Loc, Sources, Span};

mod env_file;
mod spelling;
mod words;
mod writer;

use env_file::EnvValue;
pub use writer::MaskWriter;

/// What stands for one character of a secret.
pub const BULLET: char = '•';

/// Text that holds no secret of the project. Only [`Mask`] makes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Masked(String);

impl Masked {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn number(number: usize) -> Self {
        Self(number.to_string())
    }

    /// Escapes or shortens; a plain function cannot bring in other text of the project.
    pub fn map(&self, change: fn(&str) -> String) -> Self {
        Self(change(&self.0))
    }

    /// Masked parts and our own words put together stay masked.
    pub fn join(parts: &[Self], between: &'static str) -> Self {
        Self(parts.iter().map(Self::as_str).collect::<Vec<_>>().join(between))
    }
}

impl From<&'static str> for Masked {
    /// Our own words hold no secret of a project.
    fn from(own: &'static str) -> Self {
        Self(own.to_string())
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Part of a file with its secrets hidden. Columns are those of the file; byte offsets are not (a bullet is 3 bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedText {
    pub text: String,
    /// The byte offset in the file of every character of `text`.
    offsets: Vec<u32>,
}

impl MaskedText {
    /// Every character with the byte offset at which it (or what it hides) stands in the file.
    pub fn chars(&self) -> impl Iterator<Item = (u32, char)> + '_ {
        self.offsets.iter().copied().zip(self.text.chars())
    }
}

/// Knows every secret of a project: where it stands and how its value may be spelled.
#[derive(Debug)]
pub struct Mask<'a> {
    sources: &'a Sources,
    /// Places of secrets, sorted and merged.
    places: FxHashMap<FileId, Vec<Span>>,
    values: Option<AhoCorasick>,
    /// Values that are too short or too well known to hide wherever they occur: only where a password stands.
    words: Option<AhoCorasick>,
    /// Spellings so odd that they can be no part of an output's own syntax: the last net, over raw bytes.
    net: Option<AhoCorasick>,
    hidden: RefCell<FxHashMap<FileId, Rc<Vec<Range<usize>>>>>,
}

impl<'a> Mask<'a> {
    pub fn new(project: &'a Project) -> Self {
        Self::of(&project.sources, &project.secrets, &env_file::values(project))
    }

    fn of(sources: &'a Sources, secrets: &[Secret], values: &[EnvValue]) -> Self {
        let mut places: FxHashMap<FileId, Vec<Range<usize>>> = FxHashMap::default();
        for at in secrets.iter().flat_map(|secret| &secret.at).chain(values.iter().flat_map(|value| &value.at)) {
            places.entry(at.file).or_default().push(at.span.range());
        }
        let places = places
            .into_iter()
            .map(|(file, spans)| (file, merged(spans).into_iter().map(|span| Span::of(span.start, span.end)).collect()))
            .collect();
        let Patterns { words, mut spelled } = Patterns::of(sources, secrets);
        spelled.extend(values.iter().filter_map(|value| value.text.as_deref()).flat_map(spelling::spellings));
        let net: Vec<&String> = spelled.iter().filter(|pattern| spelling::is_odd(pattern)).collect();
        let (net, words, values) = (automaton(&net), automaton(&words), automaton(&spelled));
        Self { sources, places, values, words, net, hidden: RefCell::default() }
    }

    /// Whether the mask is that of this project, so that it knows the places in its files.
    pub fn is_of(&self, project: &Project) -> bool {
        std::ptr::eq(self.sources, &project.sources)
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.values.is_none() && self.words.is_none()
    }

    /// Any text (a message, a path, a diff) with every occurrence of a secret's value hidden.
    pub fn text(&self, text: &str) -> Masked {
        Masked(hide(text, &self.occurrences(text)))
    }

    /// Any document (the model, as `inspect` prints it) as JSON with every text in it masked; keys are ours and stay.
    ///
    /// # Errors
    /// When the document cannot be JSON (a map whose keys are no strings).
    pub fn document(&self, document: &impl serde::Serialize) -> serde_json::Result<serde_json::Value> {
        let mut value = serde_json::to_value(document)?;
        self.mask_value(&mut value);
        Ok(value)
    }

    fn mask_value(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = self.text(text).0,
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.mask_value(item)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| self.mask_value(field)),
            _ => {}
        }
    }

    /// Whether hiding would change the text.
    pub fn hides(&self, text: &str) -> bool {
        !self.occurrences(text).is_empty()
    }

    /// The whole text of a file, masked.
    pub fn source(&self, file: FileId) -> MaskedText {
        self.window(Loc::new(file, Span::of(0, self.sources.get(file).text.len())))
    }

    /// The text of a place, masked. A window that is not on character boundaries inside the file is empty.
    pub fn window(&self, at: Loc) -> MaskedText {
        let text = self.sources.get(at.file).text.as_str();
        let range = at.span.range();
        let hidden = self.hidden(at.file);
        let mut next = hidden.partition_point(|span| span.end <= range.start);
        let mut out = String::with_capacity(range.len());
        let mut offsets = Vec::with_capacity(range.len() + 1);
        for (index, character) in text.get(range.clone()).unwrap_or("").char_indices() {
            let at = range.start + index;
            while hidden.get(next).is_some_and(|span| span.end <= at) {
                next += 1;
            }
            let inside = hidden.get(next).is_some_and(|span| span.start < at + character.len_utf8());
            out.push(masked_char(character, inside));
            offsets.push(at as u32);
        }
        MaskedText { text: out, offsets }
    }

    /// What of a file is hidden: places of secrets and occurrences of their values, sorted and merged.
    fn hidden(&self, file: FileId) -> Rc<Vec<Range<usize>>> {
        if let Some(known) = self.hidden.borrow().get(&file) {
            return Rc::clone(known);
        }
        let mut spans: Vec<_> = self.places.get(&file).into_iter().flatten().map(|span| span.range()).collect();
        spans.extend(self.occurrences(&self.sources.get(file).text));
        let spans = Rc::new(merged(spans));
        self.hidden.borrow_mut().insert(file, Rc::clone(&spans));
        spans
    }

    /// Every range of `text` that spells a value; overlapping occurrences are all found, so that no tail stays visible.
    fn occurrences(&self, text: &str) -> Vec<Range<usize>> {
        let values =
            self.values.iter().flat_map(|values| values.find_overlapping_iter(text)).map(|found| found.range());
        let words = self.words.iter().flat_map(|words| words.find_overlapping_iter(text)).map(|found| found.range());
        merged(values.chain(words.filter(|word| words::is_password(text, word))).collect())
    }
}

/// The bullet for a hidden character; line ends stay, so that lines and columns do.
fn masked_char(character: char, inside: bool) -> char {
    if inside && !matches!(character, '\n' | '\r') { BULLET } else { character }
}

fn hide(text: &str, hidden: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for span in hidden {
        out.push_str(&text[done..span.start]);
        out.extend(text[span.clone()].chars().map(|character| masked_char(character, true)));
        done = span.end;
    }
    out.push_str(&text[done..]);
    out
}

fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(spans.len());
    for span in spans {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

/// What to look for.
#[derive(Default)]
struct Patterns {
    words: BTreeSet<String>,
    spelled: BTreeSet<String>,
}

impl Patterns {
    fn of(sources: &Sources, secrets: &[Secret]) -> Self {
        let mut patterns = Self::default();
        let names = names(sources);
        for secret in secrets {
            for value in std::iter::once(secret.value.as_str()).chain(as_written(sources, secret)) {
                let plain = value.chars().count() < 4 || words::is_well_known(value) || is_name(&names, value);
                match plain {
                    true if value.is_empty() => {}
                    true => drop(patterns.words.insert(value.to_string())),
                    false => patterns.spelled.extend(spelling::spellings(value)),
                }
            }
        }
        patterns
    }
}

/// Names of the project's own directories. As a password such a name (`shop:shop@db`) is hidden where passwords stand;
/// everywhere else it is in every path and every task's name.
fn names(sources: &Sources) -> FxHashSet<&str> {
    sources.files.iter().flat_map(|file| file.dir().split('/')).collect()
}

/// Whether a value is such a name, and a plain word: an odd one is no loss to hide everywhere.
fn is_name(names: &FxHashSet<&str>, value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && names.contains(value)
}

/// The source spelling of a secret that stands in one piece: it may be escaped in a way we do not know.
fn as_written<'a>(sources: &'a Sources, secret: &Secret) -> Option<&'a str> {
    match secret.at.as_slice() {
        [at] => Some(sources.snippet(*at).trim()),
        _ => None,
    }
}

fn automaton<P: AsRef<[u8]>>(patterns: impl IntoIterator<Item = P>) -> Option<AhoCorasick> {
    let searcher = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns).ok()?;
    (searcher.patterns_len() > 0).then_some(searcher)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::secret::{SecretKind, Weight};
    use crate::source::{FileKind, SourceFile};

    fn secret(at: Vec<Loc>, value: &str) -> Secret {
        Secret {
            at,
            value: value.to_string(),
            kind: SecretKind::Password,
            weight: Weight::Real,
            opens: "broker".to_string(),
            trail: Vec::new(),
            carrier: None,
            in_default: false,
            in_template: false,
            repair: None,
            in_test: false,
        }
    }

    fn project(text: &str, secrets: Vec<Secret>) -> Project {
        let file = SourceFile::new("settings.py", FileKind::Python, text);
        Project { sources: Sources::new("/p".into(), None, vec![file]), secrets, ..Project::default() }
    }

    fn at(start: u32, end: u32) -> Loc {
        Loc::new(FileId(0), Span::new(start, end))
    }

    #[test]
    fn a_place_is_hidden_character_for_character() {
        let project = project("p = 'ß=1'\n", vec![secret(vec![at(5, 9)], "ß=1")]);
        assert_eq!(Mask::new(&project).source(FileId(0)).text, "p = '•••'\n");
    }

    #[test]
    fn columns_survive_masking() {
        let project = project("p = 'häß' + x", vec![secret(vec![at(5, 10)], "häß")]);
        let masked = Mask::new(&project).source(FileId(0));
        assert_eq!(masked.chars().find(|(at, _)| *at == 14), Some((14, 'x')));
    }

    #[test]
    fn the_value_is_hidden_in_any_text_and_spelling() {
        let project = project("", vec![secret(vec![], "p@ss w'rd-é")]);
        let mask = Mask::new(&project);
        for spelled in
            ["p@ss w'rd-é", "p%40ss%20w%27rd-%C3%A9", "cEBzcyB3J3JkLcOp", r"p@ss w\'rd-\u00e9", r"p@ss w'rd-\xe9"]
        {
            let text = format!("<{spelled}>");
            assert_eq!(mask.text(&text).as_str(), format!("<{}>", "•".repeat(spelled.chars().count())));
        }
    }

    #[test]
    fn overlapping_values_leave_no_tail() {
        let project = project("", vec![secret(vec![], "abcd1234"), secret(vec![], "1234wxyz")]);
        assert_eq!(Mask::new(&project).text("-abcd1234wxyz-").as_str(), "-••••••••••••-");
    }

    #[test]
    fn a_split_secret_is_hidden_in_all_its_parts() {
        let project = project("p = 'ab' 'cd'\n", vec![secret(vec![at(5, 7), at(10, 12)], "abcd")]);
        assert_eq!(Mask::new(&project).source(FileId(0)).text, "p = '••' '••'\n");
    }

    #[test]
    fn a_secret_over_several_lines_keeps_its_line_ends() {
        let project = project("p = '''ab\r\ncd'''\n", vec![secret(vec![at(7, 13)], "ab\r\ncd")]);
        assert_eq!(Mask::new(&project).source(FileId(0)).text, "p = '''••\r\n••'''\n");
    }

    #[test]
    fn well_known_words_are_hidden_where_they_are_passwords() {
        let project = project("redis://:redis@redis/0", vec![secret(vec![at(9, 14)], "redis")]);
        let mask = Mask::new(&project);
        assert_eq!(mask.source(FileId(0)).text, "redis://:•••••@redis/0");
        assert_eq!(mask.text("A=redis\nB=\"redis\" redis=redisx").as_str(), "A=•••••\nB=\"•••••\" redis=redisx");
        assert_eq!(mask.text("see `redis://:redis@redis`").as_str(), "see `redis://:•••••@redis`");
    }

    #[test]
    fn a_name_of_the_project_is_hidden_where_it_is_a_password() {
        let file = SourceFile::new("plane/settings.py", FileKind::Python, "u = 'amqp://plane:plane@mq'\n");
        let secrets = vec![secret(vec![at(18, 23)], "plane")];
        let project = Project { sources: Sources::new("/p".into(), None, vec![file]), secrets, ..Project::default() };
        let mask = Mask::new(&project);
        assert_eq!(mask.text("plane/settings.py: plane.tasks.send").as_str(), "plane/settings.py: plane.tasks.send");
        assert_eq!(mask.text("amqp://plane:plane@mq").as_str(), "amqp://plane:•••••@mq");
        assert_eq!(mask.source(FileId(0)).text, "u = 'amqp://plane:•••••@mq'\n");
    }

    #[test]
    fn every_text_of_a_document_is_masked() {
        let project = project("", vec![secret(vec![], "brilligwabe")]);
        let document = serde_json::json!({"tasks": [{"name": "brilligwabe", "line": 3}]});
        let masked = Mask::new(&project).document(&document).unwrap();
        assert_eq!(masked, serde_json::json!({"tasks": [{"name": "•••••••••••", "line": 3}]}));
    }

    #[test]
    fn spans_outside_the_text_are_ignored() {
        let project = project("é", vec![secret(vec![at(1, 900)], "zzz")]);
        assert_eq!(Mask::new(&project).source(FileId(0)).text, "•");
        assert_eq!(Mask::new(&project).window(at(1, 9)).text, "");
    }
}
