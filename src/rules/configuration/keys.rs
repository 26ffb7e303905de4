//! What the rules about names of settings share: each key with what becomes of it everywhere, whether other code reads it, and
//! how it is renamed.

use crate::celery::configuration::{Outcome, Why};
use crate::celery::release::{Minor, Releases};
use crate::celery::settings::SettingFact;
use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::project::configuration::{Configuration, Entry, Kind};
use crate::source::{FileKind, Loc, Span};

/// One key, and what each configuration that has it makes of it in each release of the project's range.
pub(crate) struct Story<'p> {
    pub entry: &'p Entry,
    /// The first configuration with it.
    pub configuration: &'p Configuration,
    outcomes: Vec<(&'p Configuration, Minor, Outcome)>,
}

/// Every key of the project, by its place.
pub(crate) fn stories(project: &Project) -> Vec<Story<'_>> {
    let mut found: Vec<Story> = Vec::new();
    for configuration in &project.configurations {
        for (index, entry) in configuration.entries.iter().enumerate() {
            if matches!(entry.kind, Kind::Object | Kind::Defaults) {
                continue;
            }
            let outcomes = project.releases.iter().filter_map(|release| {
                let outcome = configuration.outcomes(release).ok()?.get(index)?;
                Some((configuration, release, *outcome))
            });
            found.push(Story { entry, configuration, outcomes: outcomes.collect() });
        }
    }
    found.sort_by(|a, b| (a.entry.at, &a.entry.written).cmp(&(b.entry.at, &b.entry.written)));
    found.dedup_by(|later, first| {
        let same = later.entry.at == first.entry.at && later.entry.written == first.entry.written;
        if same {
            first.outcomes.append(&mut later.outcomes);
        }
        same
    });
    found
}

impl<'p> Story<'p> {
    /// The releases in which no configuration reads the key and all say for such a reason, and the setting that it was meant to be.
    pub fn ignored(&self, because: impl Fn(Why) -> bool) -> Option<(Releases, Why, Option<&'static SettingFact>)> {
        let ignored = |outcome: &Outcome| matches!(outcome, Outcome::Ignored { why, .. } if because(*why));
        let releases = Releases::matching(|release| {
            let mut here = self.outcomes.iter().filter(|(_, minor, _)| *minor == release).peekable();
            here.peek().is_some() && here.all(|(_, _, outcome)| ignored(outcome))
        });
        let reasons = self.outcomes.iter().find(|(_, minor, _)| releases.contains(*minor));
        match reasons?.2 {
            Outcome::Ignored { why, meant } => Some((releases, why, meant)),
            _ => None,
        }
    }

    /// Whether every configuration with the key has that setting from another one, in all those releases.
    pub fn is_given_otherwise(&self, setting: &SettingFact, releases: Releases) -> bool {
        let mut here = self.outcomes.iter().filter(|(_, release, _)| releases.contains(*release));
        here.all(|(configuration, release, _)| configuration.found(*release, &setting.name).is_some())
    }

    /// Whether a configuration with the key may hold more than is known.
    pub fn is_open(&self) -> bool {
        self.outcomes.iter().any(|(configuration, _, _)| configuration.open)
    }

    /// Whether any configuration with the key has that setting from another one.
    pub fn may_be_given_otherwise(&self, setting: &SettingFact, releases: Releases) -> bool {
        let mut here = self.outcomes.iter().filter(|(_, release, _)| releases.contains(*release));
        here.any(|(configuration, release, _)| configuration.found(*release, &setting.name).is_some())
    }

    /// Renames the key where it is written, if it stands nowhere else.
    pub fn rename(&self, project: &Project, to: &str) -> Option<Fix> {
        let at = place(project, self.entry)?;
        let once = mentions(project, &self.entry.written).count() == 1;
        once.then(|| Fix::new(format!("Rename it to `{to}`"), Applicability::Unsafe).replace(at, to))
    }
}

/// Where a finding points.
pub(crate) fn shown(project: &Project, entry: &Entry) -> Loc {
    place(project, entry).unwrap_or(entry.at)
}

/// The text of a key without its quotes. None when the key is not written out there.
pub(crate) fn place(project: &Project, entry: &Entry) -> Option<Loc> {
    let text = project.sources.snippet(entry.at);
    let mut found = text.match_indices(&entry.written);
    let (start, _) = found.next()?;
    let (before, after) = (&text[..start], &text[start + entry.written.len()..]);
    let quotes = |text: &str| text.chars().all(|c| matches!(c, '\'' | '"'));
    if found.next().is_some() || !quotes(before) || !quotes(after) {
        return None;
    }
    let start = entry.at.span.start + start as u32;
    Some(Loc::new(entry.at.file, Span::new(start, start + entry.written.len() as u32)))
}

/// Where the word stands in Python code with the rest of its line, comments aside; not as the name of a variable of the
/// environment.
fn mentions<'p>(project: &'p Project, word: &'p str) -> impl Iterator<Item = Mention<'p>> {
    let python = project.sources.files.iter().filter(|file| file.kind == FileKind::Python);
    python.flat_map(move |file| {
        let found = memchr::memmem::find_iter(file.text.as_bytes(), word.as_bytes());
        found.collect::<Vec<usize>>().into_iter().filter_map(move |start| {
            let (before, rest) = (file.text.get(..start)?, file.text.get(start + word.len()..)?);
            let part = |c: char| c.is_alphanumeric() || c == '_';
            if before.ends_with(part) || rest.starts_with(part) {
                return None;
            }
            let before = before.rsplit('\n').next().unwrap_or_default();
            let at = Loc::new(file.id, Span::of(start, start + word.len()));
            let aside = before.contains('#') || is_of_environment(project, at);
            (!aside).then(|| Mention { before, rest: rest.lines().next().unwrap_or_default() })
        })
    })
}

/// A word in a line: what stands before and after it.
struct Mention<'p> {
    before: &'p str,
    rest: &'p str,
}

fn is_of_environment(project: &Project, at: Loc) -> bool {
    project
        .env_reads
        .iter()
        .any(|read| read.at.file == at.file && read.at.span.start <= at.span.start && at.span.end <= read.at.span.end)
}

/// Whether code reads a name, so that it may be the project's own whatever Celery makes of it: any use that does not set it.
pub(crate) fn is_read(project: &Project, written: &str) -> bool {
    mentions(project, written).any(|mention| !mention.sets())
}

impl Mention<'_> {
    /// Whether it sets what it names: `X = …`, `X: int = …`, `"X": …`, `["X"] = …`, `X += …`, `X.update(…)`.
    fn sets(&self) -> bool {
        let assigns = |rest: &str| rest.starts_with('=') && !rest.starts_with("==");
        let rest = self.rest.trim_start_matches(['"', '\'']);
        let quoted = rest.len() < self.rest.len();
        let rest = rest.trim_start();
        if rest.starts_with(':') {
            return quoted || self.before.trim().is_empty();
        }
        if assigns(rest) || ["+=", "|=", ".update(", ".append(", ".extend("].iter().any(|it| rest.starts_with(it)) {
            return true;
        }
        match rest.strip_prefix(']') {
            Some(rest) => assigns(rest.trim_start()),
            None => rest.starts_with('[') && rest.split_once(']').is_some_and(|(_, rest)| assigns(rest.trim_start())),
        }
    }
}

/// ` up to 5.6`, with a blank before it; nothing when it holds for the whole range.
pub(crate) fn in_releases(project: &Project, releases: Releases) -> String {
    match releases.describe(project.releases) {
        words if words.is_empty() => words,
        words => format!(" {words}"),
    }
}
