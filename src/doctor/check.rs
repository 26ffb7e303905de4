//! What was tested, and what came of it.

use serde::Serialize;

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    /// It works, and something about it is worth knowing.
    Warning,
    /// A worker would fail.
    Failed,
    /// Nothing is known about it.
    Untested,
}

/// What is tested, in the order of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    Address,
    Connect,
    Tls,
    Login,
    Database,
    VirtualHost,
    Permissions,
    Eviction,
    File,
}

impl Step {
    pub fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Connect => "connect",
            Self::Tls => "TLS",
            Self::Login => "login",
            Self::Database => "database",
            Self::VirtualHost => "virtual host",
            Self::Permissions => "permissions",
            Self::Eviction => "eviction",
            Self::File => "file",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub step: Step,
    pub outcome: Outcome,
    /// What was seen.
    pub found: String,
    /// What a worker does, as far as possible in Celery's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// What to do, beginning with a verb.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Check {
    fn new(step: Step, outcome: Outcome, found: impl Into<String>) -> Self {
        Self { step, outcome, found: found.into(), worker: None, help: None }
    }

    pub fn ok(step: Step, found: impl Into<String>) -> Self {
        Self::new(step, Outcome::Ok, found)
    }

    pub fn warning(step: Step, found: impl Into<String>) -> Self {
        Self::new(step, Outcome::Warning, found)
    }

    pub fn failed(step: Step, found: impl Into<String>) -> Self {
        Self::new(step, Outcome::Failed, found)
    }

    pub fn untested(step: Step, found: impl Into<String>) -> Self {
        Self::new(step, Outcome::Untested, found)
    }

    pub fn worker(mut self, words: impl Into<String>) -> Self {
        self.worker = Some(words.into());
        self
    }

    pub fn help(mut self, words: impl Into<String>) -> Self {
        self.help = Some(words.into());
        self
    }
}

/// The checks of one target so far, or the one that ends them.
pub type Done<T> = Result<T, Box<Check>>;
