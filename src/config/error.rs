//! What is wrong with a configuration, shown at its place in the file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};

/// Every variant is for the user to correct.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    #[error("cannot read the configuration `{}`: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{message}")]
    Invalid {
        message: String,
        #[help]
        help: Option<String>,
        #[source_code]
        text: NamedSource<String>,
        #[label("here")]
        at: SourceSpan,
    },
    /// Without the line itself: it is another tool's part of a shared file, and may hold anything.
    #[error("`{}` is not valid TOML at line {line}, column {column}: {message}", path.display())]
    Syntax { path: PathBuf, line: usize, column: usize, message: String },
    /// A value that was given on the command line.
    #[error("{message}")]
    #[diagnostic(help("{help}"))]
    Argument { message: String, help: String },
}

/// A configuration file's text, to make errors that point into it.
#[derive(Debug, Clone)]
pub struct Origin {
    pub path: PathBuf,
    pub text: String,
}

impl Origin {
    pub fn error(&self, at: Range<usize>, message: impl Into<String>, help: Option<String>) -> ConfigError {
        ConfigError::Invalid {
            message: message.into(),
            help,
            text: NamedSource::new(shown(&self.path), self.text.clone()),
            at: SourceSpan::from(at),
        }
    }

    /// Turns an error of the TOML reader into one of ours.
    pub fn toml(&self, error: &toml::de::Error, keys: &[&str]) -> ConfigError {
        let at = error.span().unwrap_or(0..0);
        let unknown = error.message().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        match unknown {
            Some(key) => {
                let help = match super::selector::similar(key, keys.iter().copied()) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => format!("the keys are {}", keys.join(", ")),
                };
                self.error(at, format!("`{key}` is not a key of the configuration"), Some(help))
            }
            None => self.error(at, error.message().trim_end().to_owned(), None),
        }
    }

    pub fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let at = error.span().map_or(0, |span| span.start).min(self.text.len());
        let before = self.text.get(..at).unwrap_or("");
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        let message = error.message().lines().next().unwrap_or("").to_owned();
        ConfigError::Syntax { path: self.path.clone(), line, column, message }
    }
}

/// The path as people know it: relative to where they stand, if it is below.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    let relative = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    relative.unwrap_or(path).display().to_string()
}
