//! What a rule reports: a finding tells a story in one primary label, a few related labels, and one help.

use crate::fix::Fix;
use crate::rule::Rule;
use crate::source::Loc;

/// How bad it is; ordered from harmless to severe.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Note,
    Warning,
    Error,
}

/// How sure the rule is; SARIF calls it precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// A place with its own short words.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub loc: Loc,
    /// What this place has to do with the finding; lower case, no full stop; may be empty.
    pub text: String,
}

/// One finding. `severity` is the rule's until the configuration changes it.
#[derive(Debug, Clone)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: Severity,
    /// Sentence case, no full stop, code in backticks, at most 90 characters, never a secret.
    pub message: String,
    /// None when the finding is about a file that could not be read: then `path` says which.
    pub primary: Option<Label>,
    /// The path of the file (relative to the root), also when there is no label.
    pub path: String,
    pub related: Vec<Label>,
    /// Starts with a verb.
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
    /// What the finding is about (a key, a task name, a setting): stable across moves of the code, part of its identity.
    pub symbol: String,
}

impl Finding {
    pub fn new(rule: &'static Rule, message: impl Into<String>, loc: Loc, label: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            primary: Some(Label { loc, text: label.into() }),
            path: String::new(),
            related: Vec::new(),
            help: None,
            fixes: Vec::new(),
            symbol: String::new(),
        }
    }

    /// A finding about a whole file that has no text to point at.
    pub fn on_path(rule: &'static Rule, message: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            primary: None,
            path: path.into(),
            related: Vec::new(),
            help: None,
            fixes: Vec::new(),
            symbol: String::new(),
        }
    }

    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub fn related(mut self, loc: Loc, text: impl Into<String>) -> Self {
        self.related.push(Label { loc, text: text.into() });
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    pub fn symbol(mut self, symbol: impl Into<String>) -> Self {
        self.symbol = symbol.into();
        self
    }

    /// Every place of the finding, the primary first.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.primary.iter().chain(&self.related)
    }
}
