//! What is wrong with a configuration, shown at its place in the file.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};

/// Every variant is for the user to correct.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    #[error("cannot read the configuration `{}`: {error}", path.display())]
    #[diagnostic(help("check the path that is given as `--config`, or the permissions of the file"))]
    Io { path: PathBuf, error: std::io::Error },
    #[error("{message}")]
    Invalid {
        message: String,
        #[help]
        help: Option<String>,
        #[source_code]
        text: Arc<NamedSource<String>>,
        #[label("here")]
        at: SourceSpan,
    },
    /// Without the line itself: it is another tool's part of a shared file, and may hold anything.
    #[error("`{path}` is not valid TOML at line {line}, column {column}: {message}")]
    Syntax { path: String, line: usize, column: usize, message: String },
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
            text: Arc::new(NamedSource::new(shown(&self.path), self.visible(&at))),
            at: SourceSpan::from(at),
        }
    }

    /// The text with everything blanked that is another tool's part of a shared file: it may hold anything, passwords of
    /// package indexes among it. Offsets stay; the lines of the error itself are always shown.
    fn visible(&self, at: &Range<usize>) -> String {
        if self.path.file_name().is_none_or(|name| name != "pyproject.toml") {
            return self.text.clone();
        }
        let (mut own, mut offset) = (false, 0);
        let mut visible = String::with_capacity(self.text.len());
        for line in self.text.split_inclusive('\n') {
            let end = offset + line.len();
            if line.starts_with('[') {
                own = line.starts_with("[tool.celery-lint");
            }
            if own || (offset <= at.end && at.start < end) {
                visible.push_str(line);
            } else {
                visible.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            }
            offset = end;
        }
        visible
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
            None => self.error(
                at,
                error.message().trim_end().replace("a sequence", "a list").replace("a map", "a table"),
                None,
            ),
        }
    }

    pub fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let at = error.span().map_or(0, |span| span.start).min(self.text.len());
        let before = self.text.get(..at).unwrap_or("");
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        let message = error.message().lines().next().unwrap_or("").to_owned();
        ConfigError::Syntax { path: shown(&self.path), line, column, message }
    }
}

/// The path as people know it: relative to where they stand, if it is below.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    let relative = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    relative.unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_tools_keep_in_pyproject_is_blanked() {
        let text = "[[index]]\nurl = 'https://u:hunter2@é'\n[tool.celery-lint]\nslect = 1\n[x]\ny = 2\n".to_owned();
        let origin = Origin { path: "pyproject.toml".into(), text: text.clone() };
        let at = text.find("slect").unwrap();
        let visible = origin.visible(&(at..at + 5));
        assert_eq!(visible.len(), text.len());
        assert_eq!(visible.trim(), "[tool.celery-lint]\nslect = 1");
    }
}
