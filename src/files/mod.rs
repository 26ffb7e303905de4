//! Readers of files that are not Python. Each kind has its file here and lowers, as a pure function of one text, to the
//! same small [`FileFacts`], so that a rule about credentials or environment keys never asks what kind of file it looks at.

pub mod batch;
pub mod ci;
pub mod command;
pub mod compose;
pub mod conf;
pub mod dockerfile;
pub mod dotenv;
pub mod dynaconf;
pub mod exec_form;
pub mod gitignore;
pub mod hcl;
pub mod ini;
pub mod interpolate;
pub mod json;
pub mod kind;
pub mod kinds;
pub mod kubernetes;
pub mod lines;
pub mod lock;
pub mod makefile;
pub mod manifest;
pub mod mapped;
pub mod procfile;
pub mod requirements;
pub mod service;
pub mod shell;
pub mod systemd;
#[cfg(test)]
mod testing;
pub mod toml;
pub mod tree;
pub mod unquote;
pub mod yaml;

use crate::source::{FileId, FileKind, Loc, Span, Text};

/// What one file says, in source order. Empty lists where the kind has no such thing.
#[derive(Debug, Clone, Default)]
pub struct FileFacts {
    pub entries: Vec<Entry>,
    pub commands: Vec<Command>,
    pub env_uses: Vec<EnvUse>,
    pub env_file_refs: Vec<EnvFileRef>,
    /// Variables that a script gives a value and hands to what it starts (`export X=…`); their entries say which value.
    pub exports: Vec<String>,
    pub dependencies: Vec<Dependency>,
    /// Where a worker's or image's Python code has its root, relative to the project (`build: ./backend`, `WORKDIR`, `working_dir`).
    pub roots: Vec<String>,
    /// The images of compose services.
    pub images: Vec<Image>,
    /// The services of compose files, and the containers of Kubernetes manifests.
    pub services: Vec<service::Service>,
    /// The `Service` objects of Kubernetes manifests.
    pub exposures: Vec<service::Exposure>,
    /// The names of those that an `Ingress` lets everybody reach, and where it says so.
    pub ingresses: Vec<(String, Loc)>,
    /// The stages of a Dockerfile.
    pub stages: Vec<service::Stage>,
    /// Comments that may hold suppressions: span of the comment from its marker to the end of the line.
    pub comments: Vec<Span>,
    /// The file's own syntax errors.
    pub errors: Vec<FileError>,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The keys from the top of the file to this one (`["services", "worker", "environment", "CELERY_BROKER_URL"]`);
    /// list items have no key of their own, `- name: X` / `value: Y` pairs count as key `X`.
    pub path: Vec<String>,
    pub key_at: Loc,
    pub value: Text,
    /// The value without its quotes.
    pub value_at: Loc,
    pub role: Role,
    /// The entry stands in a comment (`# CELERY_BROKER_URL=…` in an env template).
    pub commented: bool,
}

impl Entry {
    /// The last key.
    pub fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sets an environment variable (env files, `environment:`, `ENV`, `Environment=`, `env:` of CI and Kubernetes …).
    Environment,
    /// A value of a configuration file (TOML, YAML, INI, JSON, Helm values, `redis.conf` …).
    Setting,
    /// Base64 in a Kubernetes `Secret`'s `data:`; `value` holds the text as written.
    Base64,
}

/// One simple command, in words.
#[derive(Debug, Clone)]
pub struct Command {
    /// Leading `NAME=value` words are environment entries, not words.
    pub words: Vec<Word>,
    pub at: Loc,
    /// The compose service, Procfile process, supervisor program, unit or container that runs it.
    pub service: Option<String>,
}

/// One word of a command, quotes resolved.
#[derive(Debug, Clone)]
pub struct Word {
    pub text: Text,
    /// The word as written, quotes included.
    pub at: Loc,
}

/// A place where a file reads an environment variable: interpolation, pass-through, `$NAME` in a script.
#[derive(Debug, Clone)]
pub struct EnvUse {
    pub key: String,
    pub at: Loc,
    pub need: Need,
}

/// What happens when the variable is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// Only tested for (`"X" in os.environ`, `${X:+y}`), or read with a default.
    Optional,
    /// Read with nothing to fall back on (the value is empty or None, or the program stops).
    Required,
}

/// A reference to an env file (`env_file: .env.prod`, `EnvironmentFile=`, `load_dotenv("x")`).
#[derive(Debug, Clone)]
pub struct EnvFileRef {
    /// As written, relative to the directory of the file that names it.
    pub path: Text,
    pub at: Loc,
    pub required: bool,
    pub service: Option<String>,
}

/// The image of a compose service.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    pub service: String,
    /// As written, with registry and tag.
    pub name: String,
    /// The service builds it.
    pub built: bool,
}

/// A requirement of the project.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// Normalised (PEP 503).
    pub name: String,
    pub extras: Vec<String>,
    /// The version specifier as written (`>=5.3,<6`), empty when there is none; `==5.4.0` for a locked version.
    pub specifier: String,
    pub at: Loc,
    pub locked: bool,
}

/// A syntax error of a file.
#[derive(Debug, Clone)]
pub struct FileError {
    pub message: String,
    pub at: Span,
    /// The usual reader of such files may well accept it: what follows was not understood, but it is no finding.
    pub doubtful: bool,
}

/// Lowers a file that is not Python. Kinds without a reader give no facts.
pub fn lower(kind: FileKind, path: &str, text: &str, file: FileId) -> FileFacts {
    match kind {
        FileKind::Batch => batch::lower(path, text, file),
        FileKind::Ci => ci::lower(path, text, file),
        FileKind::Compose => compose::lower(path, text, file),
        FileKind::Conf => conf::lower(path, text, file),
        FileKind::Dockerfile => dockerfile::lower(path, text, file),
        FileKind::Env | FileKind::EnvTemplate => dotenv::lower(path, text, file),
        FileKind::GitIgnore => gitignore::lower(path, text, file),
        FileKind::Ini => ini::lower(path, text, file),
        FileKind::Json => json::lower(path, text, file),
        FileKind::Kubernetes => kubernetes::lower(path, text, file),
        FileKind::Lock => lock::lower(path, text, file),
        FileKind::Makefile => makefile::lower(path, text, file),
        FileKind::Manifest => manifest::lower(path, text, file),
        FileKind::Procfile => procfile::lower(path, text, file),
        FileKind::Requirements => requirements::lower(path, text, file),
        FileKind::Shell => shell::lower(path, text, file),
        FileKind::Supervisor => ini::lower(path, text, file),
        FileKind::Systemd => systemd::lower(path, text, file),
        FileKind::Toml => toml::lower(path, text, file),
        FileKind::Yaml => yaml::lower(path, text, file),
        FileKind::Python => FileFacts::default(),
    }
}

#[cfg(test)]
mod tests;
