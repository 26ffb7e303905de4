//! What `celery -A` finds, from whichever directory of the project it may run in.

use rustc_hash::{FxHashMap, FxHashSet};

use super::find_app::{LIBRARY, Process};
use crate::project::link::Linking;
use crate::python::Eval;

/// What an app's path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    App,
    /// Something else, which Celery takes for an app and stumbles over.
    Other(&'static str),
    /// There is no module of that name.
    NoModule(String),
    /// The module has nothing of that name.
    NoAttribute {
        module: String,
        name: String,
    },
    /// A module on the way cannot be imported: the name of what is missing. Builds and installed packages may bring it.
    Broken(String),
    Unknown,
}

impl Lookup {
    /// Whether there is an app. None when it cannot be told.
    pub fn found(&self) -> Option<bool> {
        match self {
            Self::App => Some(true),
            Self::Broken(_) | Self::Unknown => None,
            Self::Other(_) | Self::NoModule(_) | Self::NoAttribute { .. } => Some(false),
        }
    }
}

/// Looks up paths of apps, each once.
pub(super) struct Targets<'a> {
    linking: &'a Linking<'a>,
    eval: Eval<'a>,
    /// Every directory with Python below it, by the names that stand directly in it.
    tops: FxHashMap<&'a str, Vec<&'a str>>,
    known: FxHashMap<String, Lookup>,
}

/// How many modules are looked at for what they import, when there seems to be no app.
const MAX_FOLLOWED: usize = 200;

impl<'a> Targets<'a> {
    pub(super) fn new(linking: &'a Linking<'a>) -> Self {
        let mut tops: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut known: FxHashSet<(&str, &str)> = FxHashSet::default();
        let python = linking.sources.files.iter().filter(|file| file.path.ends_with(".py"));
        for path in python.map(|file| file.path.as_str()) {
            let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
            for start in starts {
                let rest = path.get(start..).unwrap_or_default();
                let name = rest.split('/').next().unwrap_or_default().trim_end_matches(".py");
                let root = path.get(..start).unwrap_or_default().trim_end_matches('/');
                if known.insert((name, root)) {
                    tops.entry(name).or_default().push(root);
                }
            }
        }
        Self { linking, eval: linking.eval(), tops, known: FxHashMap::default() }
    }

    /// What the path leads to from wherever it may be imported. Unknown unless every directory that holds its first part
    /// leads nowhere; the first part may also be the name that a directory has in a container.
    pub(super) fn lookup(&mut self, app: &str) -> Lookup {
        if let Some(known) = self.known.get(app) {
            return known.clone();
        }
        let found = self.anywhere(app);
        self.known.insert(app.to_owned(), found.clone());
        found
    }

    fn anywhere(&self, app: &str) -> Lookup {
        let mut wrong = None;
        for root in self.roots(app) {
            match self.from(root, app) {
                found if found.found() == Some(false) => drop(wrong.get_or_insert(found)),
                found => return found,
            }
        }
        // Mounted under another name: `-A app.shop.celery` where `/app` is the project.
        let inner = app.split_once('.').map(|(_, rest)| rest).unwrap_or_default();
        // Nobody imports from a directory whose `celery.py` hides the library.
        let hides = |found: &Lookup| matches!(found, Lookup::Broken(name) if name == LIBRARY);
        let mut open = false;
        for found in self.roots(inner).iter().map(|root| self.from(root, inner)) {
            match found.found() {
                Some(true) => return Lookup::App,
                Some(false) => {}
                None => open |= !hides(&found),
            }
        }
        wrong.filter(|_| !open).unwrap_or(Lookup::Unknown)
    }

    fn roots(&self, app: &str) -> &[&'a str] {
        let first = app.split(['.', ':']).next().unwrap_or_default();
        self.tops.get(first).map(Vec::as_slice).unwrap_or_default()
    }

    /// What is found from one directory: quickly where there is an app, thoroughly where there may be none.
    fn from(&self, root: &str, app: &str) -> Lookup {
        let process = || Process::new(self.linking, &self.eval, root);
        match process().find_app(app) {
            Lookup::App => Lookup::App,
            _ => process().following(MAX_FOLLOWED).find_app(app),
        }
    }
}
