//! The project of an example: files in memory, read and linted the way real ones are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use celery_lint::config::{Overrides, Settings, resolve};
use celery_lint::engine::{self, Outcome};
use celery_lint::files::kind::kind;
use celery_lint::fix::{Applicability, Rounds, fix_until_stable};
use celery_lint::python::lower::parses;
use celery_lint::rule::{Check, Rule};
use celery_lint::source::decode::decode;
use celery_lint::source::{SourceFile, Sources};

/// Text by path.
pub type Files = BTreeMap<String, String>;

/// Which rules run.
pub enum Enabled {
    /// This one. What the engine itself reports is about other rules' findings, so for its rules the default ones run.
    Only(&'static Rule),
    /// Whether the files parse.
    Syntax,
    Default,
}

pub fn lint(files: &Files, enabled: Enabled, config: Option<&str>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(enabled, config, folder.path());
    engine::lint(sources(files, folder.path()), &settings)
}

/// The settings that a `config` block gives when it stands at the top of the project, with these rules.
fn settings(enabled: Enabled, config: Option<&str>, folder: &Path) -> Settings {
    let mut settings = Settings::default();
    if let Some(config) = config {
        let file = folder.join("celery-lint.toml");
        fs::write(&file, config).unwrap();
        let overrides = Overrides { config: Some(file), ..Overrides::default() };
        settings =
            resolve(folder, None, &overrides).unwrap_or_else(|error| panic!("`config` block: {error:?}")).settings;
    }
    match enabled {
        Enabled::Only(rule) if !matches!(rule.check, Check::Engine) => settings.rules = vec![rule],
        Enabled::Syntax => settings.rules.retain(|rule| rule.name == "invalid-syntax"),
        Enabled::Only(_) | Enabled::Default => {}
    }
    settings
}

/// The files as the walk would have read them, in a directory that is no git repository.
fn sources(files: &Files, root: &Path) -> Sources {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for (path, text) in files {
        let Some(kind) = kind(path, text) else { continue };
        match decode(text.as_bytes(), kind) {
            Ok(decoded) => {
                let encoding = decoded.encoding;
                let mut file = SourceFile::new(path, kind, decoded.text);
                file.encoding = encoding;
                read.push(file);
            }
            Err(error) => unreadable.push((path.clone(), error)),
        }
    }
    let mut sources = Sources::new(root.to_path_buf(), None, read);
    sources.unreadable = unreadable;
    sources.seen = files.keys().cloned().collect();
    sources
}

/// The files after `--fix`, or after `--fix --unsafe-fixes`, with this rule alone. The error says why there is no end to it,
/// or which fix could not be applied.
pub fn fix(files: &Files, rule: &'static Rule, config: Option<&str>, unsafe_fixes: bool) -> Result<Files, String> {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(Enabled::Only(rule), config, folder.path());
    let rounds = Rounds::<Outcome> {
        level: if unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe },
        found: |outcome| (&outcome.project.sources, &outcome.findings),
        parses,
        kind,
    };
    let lint = |sources| {
        let mut outcome = engine::lint(sources, &settings);
        outcome.findings.retain(|finding| finding.rule == rule);
        outcome
    };
    let fixed = fix_until_stable(lint(sources(files, folder.path())), &rounds, lint);
    if !fixed.stable {
        return Err(format!("the fixes go on after {} rounds", fixed.rounds));
    }
    if let Some(skipped) = fixed.plan.skipped.first() {
        return Err(format!("`{}` is not applied: {}", skipped.title, skipped.why));
    }
    let mut after = files.clone();
    after.extend(fixed.plan.changes.into_iter().map(|change| (change.path, change.after.to_string())));
    Ok(after)
}
