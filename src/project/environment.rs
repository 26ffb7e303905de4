//! Environment variables: who reads them, which files document or set them.

use crate::files::Need;
use crate::source::{FileId, Loc};

/// One read of an environment variable, in Python, compose, shell or anywhere else.
#[derive(Debug, Clone)]
pub struct EnvRead {
    pub key: EnvKey,
    pub need: Need,
    /// The key as written (the string, the field's name).
    pub at: Loc,
    /// How it is read, for messages: `os.environ`, `pydantic-settings`, `compose interpolation` …
    pub how: &'static str,
    /// Celery's connection depends on it (it reaches a broker or backend setting).
    pub connects: bool,
    pub in_test: bool,
}

/// The name, or the names any one of which suffices.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnvKey {
    /// At least one, in the order the reader tries them; the first is the one to document.
    pub names: Vec<String>,
    /// pydantic-settings without `case_sensitive` reads any case.
    pub ignore_case: bool,
}

/// A file that documents variables (`.env.example`).
#[derive(Debug, Clone)]
pub struct EnvTemplate {
    pub file: FileId,
    /// The code root it documents: a directory relative to the root of the run, empty for all of it.
    pub root: String,
    /// Documented keys, commented ones included.
    pub keys: Vec<(String, Loc)>,
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
