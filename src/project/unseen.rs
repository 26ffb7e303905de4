//! What of the project was not seen, and which findings it could explain: "nobody reads this queue" is known only of a
//! project that was seen whole. Pages say in their front matter what their rules have to see (`needs`).

use super::IgnoreRules;
use super::production::is_shown;
use crate::files::kind::by_name;
use crate::source::files::ReadError;
use crate::source::words;
use crate::source::{FileId, FileKind, Sources};

/// Kinds of knowledge that a finding may rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Python, where what the finding is about may be defined or named: a file that can be searched has to name it.
    Names,
    /// Python, where Celery may be configured and used in any way.
    Python,
    /// What starts and configures services.
    Deployment,
    /// What sets and documents environment variables.
    Environment,
    /// What says which packages are installed.
    Requirements,
    /// What git leaves out.
    Ignore,
}

/// What one need is called, where it is met, and which words a file of that kind has to hold (apart from the finding's own).
struct NeedFact {
    need: Need,
    name: &'static str,
    /// For people: "it could not read all …".
    words: &'static str,
    kinds: &'static [FileKind],
    /// Some of these have to stand in a text that could be searched. None: whatever it says counts.
    hints: Option<&'static [&'static str]>,
}

const CELERY: &[&str] = &["elery", "CELERY", "kombu", "AsyncResult", ".control."];

const NEEDS: &[NeedFact] = &[
    NeedFact {
        need: Need::Names,
        name: "names",
        words: "Python modules",
        kinds: &[FileKind::Python],
        hints: Some(&[]),
    },
    NeedFact {
        need: Need::Python,
        name: "python",
        words: "Python modules",
        kinds: &[FileKind::Python],
        hints: Some(CELERY),
    },
    NeedFact {
        need: Need::Deployment,
        name: "deployment",
        words: "files that start services",
        kinds: &[
            FileKind::Compose,
            FileKind::Dockerfile,
            FileKind::Procfile,
            FileKind::Systemd,
            FileKind::Supervisor,
            FileKind::Kubernetes,
            FileKind::Ci,
            FileKind::Shell,
            FileKind::Batch,
            FileKind::Makefile,
            FileKind::Manifest,
            FileKind::Toml,
            FileKind::Yaml,
            FileKind::Ini,
            FileKind::Conf,
        ],
        hints: Some(CELERY),
    },
    NeedFact {
        need: Need::Environment,
        name: "environment",
        words: "files with environment variables",
        kinds: &[
            FileKind::Env,
            FileKind::EnvTemplate,
            FileKind::Compose,
            FileKind::Dockerfile,
            FileKind::Kubernetes,
            FileKind::Systemd,
            FileKind::Shell,
            FileKind::Yaml,
        ],
        hints: Some(&[]),
    },
    NeedFact {
        need: Need::Requirements,
        name: "requirements",
        words: "requirements",
        kinds: &[FileKind::Requirements, FileKind::Manifest, FileKind::Lock, FileKind::Dockerfile, FileKind::Shell],
        hints: None,
    },
    NeedFact { need: Need::Ignore, name: "ignore", words: "ignore files", kinds: &[FileKind::GitIgnore], hints: None },
];

/// A set of needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs(u8);

impl Needs {
    pub const NOTHING: Self = Self(0);
    /// Everything that may change how Celery is configured.
    pub const CONFIGURATION: Self = Self::of("python, environment, deployment");

    /// Reads the list of a page; a word that is not known does not compile.
    pub const fn of(list: &str) -> Self {
        let bytes = list.as_bytes();
        let (mut set, mut start) = (0, 0);
        while start < bytes.len() {
            let mut end = start;
            while end < bytes.len() && bytes[end] != b',' {
                end += 1;
            }
            set |= 1 << position(bytes, start, end);
            start = end + 1;
            while start < bytes.len() && bytes[start] == b' ' {
                start += 1;
            }
        }
        Self(set)
    }

    fn facts(self) -> impl Iterator<Item = &'static NeedFact> {
        NEEDS.iter().filter(move |fact| self.0 & (1 << fact.need as u8) != 0)
    }

    pub fn is_empty(self) -> bool {
        self == Self::NOTHING
    }

    /// In words, each once.
    pub fn words(self) -> Vec<&'static str> {
        let mut words: Vec<&str> = self.facts().map(|fact| fact.words).collect();
        words.dedup();
        words
    }
}

/// The number of the need that is called like those bytes.
const fn position(list: &[u8], start: usize, end: usize) -> u8 {
    let mut fact = 0;
    while fact < NEEDS.len() {
        let name = NEEDS[fact].name.as_bytes();
        let mut at = 0;
        while at < name.len() && start + at < end && name[at] == list[start + at] {
            at += 1;
        }
        if at == name.len() && start + at == end {
            return NEEDS[fact].need as u8;
        }
        fact += 1;
    }
    panic!("rule page: `needs` must list names, python, deployment, environment, requirements or ignore")
}

/// What of a part is known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rest {
    Nothing,
    /// Its text, of which not all was understood.
    Text(FileId),
    /// What could be made out of bytes that are no text: the place in [`Sources::torn`].
    Torn(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Anything may be in it.
    Folder,
    /// A file without an extension, which may be a script.
    Script,
    File(FileKind),
}

/// A file or a folder that was not seen, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub path: String,
    shape: Shape,
    rest: Rest,
}

/// All of them, by path. Tests and examples explain nothing, and neither do big files of data.
#[derive(Debug, Default)]
pub struct Unseen {
    pub parts: Vec<Part>,
}

impl Unseen {
    /// `incomplete` are the files that were read and not understood to their end.
    pub(super) fn of(sources: &Sources, incomplete: &[FileId], ignore: &IgnoreRules) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for (path, error) in sources.unreadable.iter().filter(|(path, error)| !is_large_data(path, error)) {
            let torn = sources.torn.binary_search_by(|(torn, _)| torn.cmp(path));
            let (path, shape) = match (error, by_name(path)) {
                // Data of a database beside the code, mostly: git would not track code that nobody can read.
                (ReadError::Unlisted(_), _) if ignore.tracks_nothing_below(folder(path)) => continue,
                // The root was asked for, and is listed all the same.
                (ReadError::Unlisted(_), _) if folder(path).is_empty() => {
                    (path.as_str(), Shape::File(FileKind::GitIgnore))
                }
                (ReadError::Unlisted(_), _) => (folder(path), Shape::Folder),
                (_, Some(kind)) => (path.as_str(), Shape::File(kind)),
                (_, None) => (path.as_str(), Shape::Script),
            };
            // Of other files, places are found by structure and not by words.
            let torn = torn.ok().filter(|_| shape == Shape::File(FileKind::Python));
            parts.push(Part { path: path.to_owned(), shape, rest: torn.map_or(Rest::Nothing, Rest::Torn) });
        }
        for file in incomplete.iter().map(|id| sources.get(*id)) {
            parts.push(Part { path: file.path.clone(), shape: Shape::File(file.kind), rest: Rest::Text(file.id) });
        }
        parts.retain(|part| !is_shown(&part.path) && part.matters());
        parts.sort_by(|a, b| a.path.cmp(&b.path));
        parts.dedup_by(|a, b| a.path == b.path);
        Self { parts }
    }

    /// A part that could hold what is needed to tell `about` (the name of a task, a module, a setting, a queue …).
    pub fn explains(&self, sources: &Sources, needs: Needs, about: &str) -> Option<&Part> {
        let about = about.rsplit(['.', ':', '/']).next().unwrap_or(about);
        self.parts.iter().find(|part| needs.facts().any(|fact| part.may_meet(sources, fact, about)))
    }

    /// Whether a module or package that is imported under that path could be among them. Celery also looks for `celery` in
    /// what it is told.
    pub fn may_be_module(&self, path: &str) -> bool {
        self.parts.iter().any(|part| match part.shape {
            Shape::Folder => true,
            Shape::File(FileKind::Python) => {
                let stem = part.path.trim_end_matches(".py").trim_end_matches("/__init__");
                let name = stem.rsplit('/').next().unwrap_or(stem);
                matches!(name, "celery" | "app") || path.split(['.', ':']).any(|it| it == name)
            }
            _ => false,
        })
    }
}

impl Part {
    /// What it is, before its path.
    pub fn words(&self) -> &'static str {
        match (self.shape, &self.rest) {
            (Shape::Folder, _) => "all of",
            (_, Rest::Text(_)) => "a part of",
            _ => "",
        }
    }

    /// Whether any rule asks for files of its kind.
    fn matters(&self) -> bool {
        match self.shape {
            Shape::File(kind) => NEEDS.iter().any(|fact| fact.kinds.contains(&kind)),
            Shape::Folder | Shape::Script => true,
        }
    }

    fn may_meet(&self, sources: &Sources, fact: &NeedFact, about: &str) -> bool {
        let fits = match self.shape {
            Shape::Folder => true,
            Shape::Script => matches!(fact.need, Need::Deployment | Need::Environment),
            Shape::File(kind) => fact.kinds.contains(&kind),
        };
        fits && match (self.text(sources), fact.hints) {
            (None, _) | (_, None) => true,
            (Some(text), Some(hints)) => {
                let says = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
                hints.iter().any(|hint| says(hint)) || names(text, about)
            }
        }
    }

    fn text<'s>(&self, sources: &'s Sources) -> Option<&'s str> {
        match self.rest {
            Rest::Nothing => None,
            Rest::Text(file) => Some(&sources.get(file).text),
            Rest::Torn(index) => sources.torn.get(index).map(|(_, text)| text.as_str()),
        }
    }
}

/// Whether a text has those letters with no other letter beside them.
fn names(text: &str, about: &str) -> bool {
    !about.is_empty()
        && memchr::memmem::find_iter(text.as_bytes(), about.as_bytes()).any(|start| {
            let is_part = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(words::is_part);
            !is_part(start.checked_sub(1)) && !is_part(Some(start + about.len()))
        })
}

/// The directory that was not listed: itself, or the one that a strange ignore file stands in.
fn folder(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((above, ".gitignore" | ".ignore" | ".git")) => above,
        None if matches!(path, ".gitignore" | ".ignore" | ".git") => "",
        _ => path,
    }
}

/// Big files of data are left out on purpose, and nothing that a rule asks for is in them.
pub fn is_large_data(path: &str, error: &ReadError) -> bool {
    let data = [None, Some(FileKind::Json), Some(FileKind::Yaml), Some(FileKind::Toml), Some(FileKind::Conf)];
    matches!(error, ReadError::TooLarge { .. }) && data.contains(&by_name(path))
}
