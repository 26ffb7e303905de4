//! From configuration files and the command line to [`Settings`].

use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Spanned;

use crate::finding::Severity;
use crate::report::OutputFormat;
use crate::rule::Rule;
use crate::rules;
use crate::source::PathGlobs;

use super::discover::{self, Loaded};
use super::error::ConfigError;
use super::model::{FailOn, Level};
use super::selector::{self, Selection, Selector, similar};
use super::settings::{PerFileIgnore, Settings};

/// What the command line says; it wins over every file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// This file instead of the one that would be found.
    pub config: Option<PathBuf>,
    /// No file at all.
    pub isolated: bool,
    pub selection: Selection,
    /// Globs relative to the directory of the run.
    pub exclude: Vec<String>,
    pub fail_on: Option<FailOn>,
    pub min_severity: Option<Severity>,
}

/// Settings, and what only the command line wants to know of the files.
#[derive(Debug)]
pub struct Resolved {
    pub settings: Settings,
    pub output_format: Option<OutputFormat>,
    /// The files that were read, the extended ones first.
    pub files: Vec<PathBuf>,
}

/// Resolves the configuration of a run over `root` (absolute).
///
/// # Errors
/// When a configuration file cannot be read or says something that is not understood.
pub fn resolve(root: &Path, git_root: Option<&Path>, overrides: &Overrides) -> Result<Resolved, ConfigError> {
    let files = match &overrides.config {
        _ if overrides.isolated => Vec::new(),
        Some(path) => discover::load(path)?,
        None => discover::discover(root, git_root)?,
    };
    let mut settings = Settings::default();
    let mut output_format = None;
    let mut stack = Vec::new();
    for file in &files {
        stack.push(selection(file)?);
        output_format = file.config.output_format.or(output_format);
        apply(file, &mut settings)?;
    }
    stack.push(overrides.selection.clone());
    settings.rules = selector::enabled(&stack);
    settings.preview = stack.iter().rev().find_map(|selection| selection.preview).unwrap_or(false);
    settings.partial = overrides.selection.select.is_some() || !overrides.selection.ignore.is_empty();
    settings.fail_on = overrides.fail_on.unwrap_or(settings.fail_on);
    settings.min_severity = overrides.min_severity.unwrap_or(settings.min_severity);
    if !overrides.exclude.is_empty() {
        settings.walk.exclude.push(command_line_globs(root, &overrides.exclude)?);
    }
    Ok(Resolved { settings, output_format, files: files.into_iter().map(|file| file.origin.path).collect() })
}

fn command_line_globs(root: &Path, patterns: &[String]) -> Result<PathGlobs, ConfigError> {
    PathGlobs::new(root, patterns.iter().map(String::as_str)).map_err(|(pattern, error)| ConfigError::Argument {
        message: format!("`{pattern}` is not a glob: {}", error.kind()),
        help: "quote the pattern, and escape a literal `[` as `[[]`".to_owned(),
    })
}

/// What the file selects; `severity = "off"` counts as ignored by name.
fn selection(file: &Loaded) -> Result<Selection, ConfigError> {
    let config = &file.config;
    let mut selection = Selection {
        select: config.select.as_ref().map(|names| selectors(file, names)).transpose()?,
        extend: selectors(file, &config.extend_select)?,
        ignore: selectors(file, &config.ignore)?,
        preview: config.preview,
    };
    for (name, options) in &config.rules {
        let rule = rule(file, name)?;
        if let Some((_, value)) = options.iter().find(|(key, _)| key.get_ref() == "severity")
            && level(file, value)? == Level::Off
        {
            selection.ignore.push(Selector::Rule(rule));
        }
    }
    Ok(selection)
}

fn apply(file: &Loaded, settings: &mut Settings) -> Result<(), ConfigError> {
    let config = &file.config;
    settings.fail_on = config.fail_on.unwrap_or(settings.fail_on);
    settings.min_severity = config.min_severity.unwrap_or(settings.min_severity);
    settings.target_celery = version(file, config.target_celery.as_ref())?.or(settings.target_celery.take());
    settings.target_python = version(file, config.target_python.as_ref())?.or(settings.target_python.take());
    if let Some(exclude) = &config.exclude {
        settings.walk.exclude = vec![globs(file, exclude)?];
    }
    if !config.extend_exclude.is_empty() {
        settings.walk.exclude.push(globs(file, &config.extend_exclude)?);
    }
    for (pattern, names) in &config.per_file_ignores {
        let rules = selector::named(&selectors(file, names)?);
        settings.per_file_ignores.push(PerFileIgnore { files: globs(file, std::slice::from_ref(pattern))?, rules });
    }
    for (name, options) in &config.rules {
        rule(file, name)?;
        for (key, value) in options {
            if key.get_ref() != "severity" {
                let table = settings.options.entry(name.get_ref().clone()).or_default();
                table.insert(key.get_ref().clone(), value.get_ref().clone());
            } else if let Some(severity) = level(file, value)?.severity() {
                settings.severities.insert(name.get_ref().clone(), severity);
            }
        }
    }
    Ok(())
}

fn selectors(file: &Loaded, names: &[Spanned<String>]) -> Result<Vec<Selector>, ConfigError> {
    let parse = |name: &Spanned<String>| {
        Selector::parse(name.get_ref()).map_err(|error| {
            let help = error.similar.map_or_else(
                || "`celery-lint rule --all` shows every rule".to_owned(),
                |known| format!("did you mean `{known}`?"),
            );
            file.origin.error(name.span(), error.to_string(), Some(help))
        })
    };
    names.iter().map(parse).collect()
}

fn rule(file: &Loaded, name: &Spanned<String>) -> Result<&'static Rule, ConfigError> {
    rules::by_name(name.get_ref()).ok_or_else(|| {
        let known = similar(name.get_ref(), rules::all().into_iter().map(|rule| rule.name));
        let help = known.map(|known| format!("did you mean `{known}`?"));
        file.origin.error(name.span(), format!("`{}` is not a rule", name.get_ref()), help)
    })
}

fn level(file: &Loaded, value: &Spanned<toml::Value>) -> Result<Level, ConfigError> {
    value.get_ref().clone().try_into().map_err(|_| {
        let help = "it is one of \"off\", \"note\", \"warning\", \"error\"".to_owned();
        file.origin.error(value.span(), "that is not a severity", Some(help))
    })
}

fn globs(file: &Loaded, patterns: &[Spanned<String>]) -> Result<PathGlobs, ConfigError> {
    PathGlobs::new(file.base(), patterns.iter().map(|pattern| pattern.get_ref().as_str())).map_err(|(bad, error)| {
        let at = patterns.iter().find(|pattern| pattern.get_ref() == &bad).map_or(0..0, Spanned::span);
        file.origin.error(at, format!("that is not a glob: {}", error.kind()), None)
    })
}

fn version(file: &Loaded, value: Option<&Spanned<String>>) -> Result<Option<String>, ConfigError> {
    let Some(value) = value else { return Ok(None) };
    match pep440_rs::Version::from_str(value.get_ref()) {
        Ok(_) => Ok(Some(value.get_ref().clone())),
        Err(_) => {
            let help = Some("write it like \"5.4\"".to_owned());
            Err(file.origin.error(value.span(), "that is not a version", help))
        }
    }
}
