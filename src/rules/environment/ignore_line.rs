//! The fix that protects files: the right line at the end of the right `.gitignore`.

use crate::fix::{Applicability, Fix};
use crate::project::Project;
use crate::source::FileKind;

/// The `.gitignore` (path relative to the root) whose end decides about `path`: the file of the line that re-includes it,
/// else the nearest one above it, else a new one at the root.
pub fn target(project: &Project, path: &str) -> String {
    let decides = project.ignore.is_ignored(path, false).by.filter(|by| by.at.is_some());
    if let Some(by) = decides {
        return by.file;
    }
    let mut dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
    loop {
        let candidate = if dir.is_empty() { ".gitignore".to_owned() } else { format!("{dir}/.gitignore") };
        if dir.is_empty() || project.sources.by_path(&candidate).is_some_and(|file| file.kind == FileKind::GitIgnore) {
            return candidate;
        }
        dir = dir.rsplit_once('/').map_or("", |(dir, _)| dir);
    }
}

/// Adds lines to a `.gitignore`, which is made when there is none.
pub fn fix(project: &Project, target: &str, lines: &[String], title: &str) -> Fix {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let fix = Fix::new(title, Applicability::Safe);
    match project.sources.by_path(target) {
        Some(file) => fix.append(file.id, text),
        None => fix.create(target, text),
    }
}

/// A name as a pattern that matches it and nothing else.
pub fn pattern(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for (at, c) in name.char_indices() {
        let last = at + c.len_utf8() == name.len();
        if matches!(c, '*' | '?' | '[' | '\\') || (at == 0 && matches!(c, '#' | '!')) || (last && c == ' ') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The last part of a path.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A path for a message: long ones by their last part.
pub fn shown(path: &str) -> &str {
    if path.chars().count() <= 44 { path } else { name(path) }
}
