//! Finding the configuration file, and reading it with those it extends.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{ConfigError, Origin};
use super::model::FileConfig;

/// Names of configuration files; of several in one directory the first is used.
const NAMES: &[&str] = &["celery-lint.toml", ".celery-lint.toml", PYPROJECT];
const PYPROJECT: &str = "pyproject.toml";

/// The top-level keys, as the schema has them.
const KEYS: &[&str] = &[
    "extend",
    "select",
    "extend-select",
    "ignore",
    "exclude",
    "extend-exclude",
    "fail-on",
    "min-severity",
    "per-file-ignores",
    "target-celery",
    "target-python",
    "preview",
    "output-format",
    "rules",
];

/// How many files one may extend through.
const MAX_CHAIN: usize = 16;

/// One configuration file.
#[derive(Debug)]
pub struct Loaded {
    pub origin: Origin,
    pub config: FileConfig,
}

impl Loaded {
    /// What the file's globs are relative to.
    pub fn base(&self) -> &Path {
        self.origin.path.parent().unwrap_or(Path::new(""))
    }
}

/// `pyproject.toml`, of which only our table is looked at.
#[derive(serde::Deserialize)]
struct PyProject {
    tool: Option<Tool>,
}

#[derive(serde::Deserialize)]
struct Tool {
    #[serde(rename = "celery-lint")]
    celery_lint: Option<FileConfig>,
}

/// The configuration for a tree: the closest file at or above `root`, not above the top of its repository; the files it
/// extends come first. Empty when there is none.
///
/// # Errors
/// When a file cannot be read or says something that is not understood.
pub fn discover(root: &Path, git_root: Option<&Path>) -> Result<Vec<Loaded>, ConfigError> {
    for directory in root.ancestors() {
        for name in NAMES {
            let path = directory.join(name);
            if path.is_file()
                && let Some(loaded) = read(&path, *name == PYPROJECT)?
            {
                return chain(loaded);
            }
        }
        if git_root == Some(directory) {
            break;
        }
    }
    Ok(Vec::new())
}

/// The configuration of a named file, with those it extends before it.
///
/// # Errors
/// As [`discover`]; a `pyproject.toml` without our table is empty.
pub fn load(path: &Path) -> Result<Vec<Loaded>, ConfigError> {
    chain(read_named(path)?)
}

fn read_named(path: &Path) -> Result<Loaded, ConfigError> {
    let io = |error| ConfigError::Io { path: path.to_path_buf(), error };
    let path = path.canonicalize().map_err(io)?;
    let pyproject = path.file_name().is_some_and(|name| name == PYPROJECT);
    let empty = || Loaded { origin: Origin { path: path.clone(), text: String::new() }, config: FileConfig::default() };
    Ok(read(&path, pyproject)?.unwrap_or_else(empty))
}

/// None: a `pyproject.toml` that does not configure this program.
fn read(path: &Path, pyproject: bool) -> Result<Option<Loaded>, ConfigError> {
    let text = fs::read_to_string(path).map_err(|error| ConfigError::Io { path: path.to_path_buf(), error })?;
    if pyproject && !text.contains("celery-lint") {
        return Ok(None);
    }
    let origin = Origin { path: path.to_path_buf(), text };
    if !pyproject {
        let config = toml::from_str(&origin.text).map_err(|error| origin.toml(&error, KEYS))?;
        return Ok(Some(Loaded { origin, config }));
    }
    toml::from_str::<toml::Table>(&origin.text).map_err(|error| origin.syntax(&error))?;
    let whole: PyProject = toml::from_str(&origin.text).map_err(|error| origin.toml(&error, KEYS))?;
    Ok(whole.tool.and_then(|tool| tool.celery_lint).map(|config| Loaded { origin, config }))
}

fn chain(last: Loaded) -> Result<Vec<Loaded>, ConfigError> {
    let mut files = vec![last];
    while let Some(extend) = files.last().and_then(|file| file.config.extend.clone()) {
        let Some(file) = files.last() else { break };
        let path = file.base().join(extend.get_ref());
        let read = read_named(&path).map_err(|error| match error {
            ConfigError::Io { error, .. } => {
                let message = format!("cannot read the extended configuration `{}`: {error}", extend.get_ref());
                file.origin.error(extend.span(), message, Some("the path is relative to this file".to_owned()))
            }
            other => other,
        })?;
        let known = |path: &PathBuf| files.iter().any(|file| file.origin.path == *path);
        if known(&read.origin.path) || files.len() >= MAX_CHAIN {
            let message = format!("`{}` extends itself, or too many files follow each other", extend.get_ref());
            return Err(file.origin.error(extend.span(), message, None));
        }
        files.push(read);
    }
    files.reverse();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_of_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(&super::super::model::schema()).unwrap();
        let mut known = KEYS.to_vec();
        known.sort_unstable();
        let mut expected: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        expected.sort_unstable();
        assert_eq!(known, expected);
    }
}
