//! Environment variables: who reads them, which files document or set them.

mod candidates;
mod ci;
mod conflicts;
pub mod coverage;
pub(super) mod env_files;
pub mod known;
pub mod library;
pub(super) mod names;
mod others;
mod python;
pub(super) mod roots;
mod spared;
mod templates;
mod tested;
mod whole;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Setting;
use super::link::Linking;
use crate::celery::env::{CONNECTION, Service};
use crate::celery::env::{password_role, url_role};
use crate::files::Need;
use crate::source::{FileId, Loc};

pub use candidates::Candidates;
pub use conflicts::{Cause, EnvConflict, Reader, find as conflicts};
pub use env_files::{env_files, is_of_tests, is_shared};
pub use python::MARKERS;
pub use templates::find as templates;

/// One read of an environment variable, in Python, compose, shell or anywhere else.
#[derive(Debug, Clone)]
pub struct EnvRead {
    pub key: EnvKey,
    pub need: Need,
    /// What reads: the key as written there (the string, the field's name), or the whole call or item when the name of the
    /// variable is written elsewhere.
    pub at: Loc,
    /// Where the name of the variable is written; mostly the same place.
    pub named_at: Loc,
    /// How it is read, for messages: `os.environ`, `pydantic-settings`, `compose interpolation` …
    pub how: &'static str,
    /// Celery's connection depends on it (it reaches a broker or backend setting).
    pub connects: bool,
    pub in_test: bool,
    /// Documentation, examples, migrations, developers' scripts, CI: the read counts as one, but asks for nothing.
    pub aside: bool,
    /// Reads that nobody writes a variable for (a whole model as JSON).
    pub implicit: bool,
    /// The read itself gives another value when the variable is not set.
    pub has_default: bool,
    /// The default as it would stand in an env file, when it is a plain literal.
    pub default: Option<String>,
}

/// A read whose key is known only in part, or not at all.
#[derive(Debug, Clone)]
pub struct OpenRead {
    /// What the key starts with; empty when nothing is known.
    pub prefix: String,
    pub at: Loc,
}

/// The name, or the names any one of which suffices.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnvKey {
    /// At least one, in the order the reader tries them; the first is the one to document.
    pub names: Vec<String>,
    /// pydantic-settings without `case_sensitive` reads any case.
    pub ignore_case: bool,
}

impl EnvKey {
    /// The name to document.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether a variable of that name satisfies the read.
    pub fn accepts(&self, name: &str) -> bool {
        self.names.iter().any(|own| if self.ignore_case { own.eq_ignore_ascii_case(name) } else { own == name })
    }
}

/// A file that documents variables (`.env.example`).
#[derive(Debug, Clone)]
pub struct EnvTemplate {
    pub file: FileId,
    /// The code root it documents: a directory relative to the root of the run, empty for all of it.
    pub root: String,
    /// Documented keys, commented ones included.
    pub keys: Vec<(String, Loc)>,
    /// It is no template but a committed env file (`.envs/.local/.django`), which shows the keys where there is no template.
    pub live: bool,
}

/// A file that sets variables (`.env`), read or only named by the project.
#[derive(Debug, Clone)]
pub struct EnvFile {
    /// Relative to the root of the run.
    pub path: String,
    pub file: Option<FileId>,
    /// What names it (`load_dotenv`, `env_file:` …).
    pub named_at: Option<Loc>,
    pub ignored: bool,
    pub tracked: bool,
}

/// Everything that reads or sets variables, besides templates.
#[derive(Debug, Default)]
pub struct Uses {
    /// In (file, position) order.
    pub reads: Vec<EnvRead>,
    pub open: Vec<OpenRead>,
    /// Variables that the project's Python sets itself.
    pub written: FxHashSet<String>,
    /// Variables that a Dockerfile, a compose file or another deployment gives a value, and where.
    pub deployed: FxHashMap<String, Loc>,
}

/// What one file says; the parts of [`Uses`].
#[derive(Debug)]
enum Found {
    Read(EnvRead),
    Open(OpenRead),
    Written(String),
    Deployed(String, Loc),
}

/// Every use of the environment in the project.
pub fn uses(linking: &Linking, settings: &[Setting]) -> Uses {
    let mut uses = Uses::default();
    for found in python::find(linking).into_iter().chain(others::find(linking)) {
        match found {
            Found::Read(read) => uses.reads.push(read),
            Found::Open(open) => uses.open.push(open),
            Found::Written(key) => {
                uses.written.insert(key);
            }
            Found::Deployed(key, at) => {
                uses.deployed.entry(key).or_insert(at);
            }
        }
    }
    let connecting = connecting(linking, settings);
    // Where it is known what reaches Celery, names need not be guessed from.
    let by_name = connecting.is_empty();
    for read in &mut uses.reads {
        let names = &read.key.names;
        read.connects = names.iter().any(|name| connecting.contains(name) || CONNECTION.contains(&name.as_str()))
            || (by_name && names_connection(&read.key));
    }
    uses.reads.sort_by(|a, b| (a.at, &a.key.names).cmp(&(b.at, &b.key.names)));
    uses.reads.dedup_by(|later, earlier| {
        let same = later.at == earlier.at && later.key == earlier.key;
        if same {
            earlier.need = earlier.need.max(later.need);
        }
        same
    });
    // What a function reads by itself is told there, not where it is called.
    let direct: FxHashSet<(Loc, EnvKey)> =
        uses.reads.iter().filter(|read| read.at == read.named_at).map(|read| (read.at, read.key.clone())).collect();
    uses.reads.retain(|read| read.at == read.named_at || !direct.contains(&(read.named_at, read.key.clone())));
    uses.open.sort_by(|a, b| (a.at, &a.prefix).cmp(&(b.at, &b.prefix)));
    uses.open.dedup_by(|later, earlier| later.at == earlier.at && later.prefix == earlier.prefix);
    uses
}

/// Settings through which Celery connects.
const CONNECTING: &[&str] = &[
    "broker_url",
    "broker_read_url",
    "broker_write_url",
    "broker_password",
    "broker_user",
    "broker_host",
    "result_backend",
    "database_url",
    "redis_host",
    "redis_password",
    "redbeat_redis_url",
];

/// The variables that reach a broker or backend setting.
fn connecting(linking: &Linking, settings: &[Setting]) -> FxHashSet<String> {
    let mut keys = FxHashSet::default();
    for setting in settings.iter().filter(|setting| CONNECTING.contains(&setting.name.as_str())) {
        for value in setting.value.alternatives() {
            keys.extend(value.to_text().env_keys().into_iter().map(str::to_owned));
        }
    }
    for (_, facts) in linking.facts {
        for entry in facts.entries.iter().filter(|entry| CONNECTION.contains(&entry.key())) {
            keys.extend(entry.value.env_keys().into_iter().map(str::to_owned));
        }
    }
    keys
}

/// Names that can hold nothing but the address or password of Celery's broker or result backend.
fn names_connection(key: &EnvKey) -> bool {
    let ours = |service| matches!(service, Service::Broker | Service::ResultBackend | Service::RabbitMq);
    key.names.iter().any(|name| {
        CONNECTION.contains(&name.as_str())
            || url_role(name).is_some_and(ours)
            || password_role(name).is_some_and(|role| ours(role.service))
    })
}
