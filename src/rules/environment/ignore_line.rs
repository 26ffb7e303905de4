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

/// A path for a message: of a long one, as many of its last parts as there is room for.
pub fn shown(path: &str) -> &str {
    const ROOM: usize = 44;
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    let parts = starts.filter_map(|start| path.get(start..));
    parts.clone().find(|part| part.chars().count() <= ROOM).unwrap_or_else(|| name(path))
}

/// The line of `target` (a `.gitignore`) that is about the env file of that path: its name, where that says what it is
/// (`.env`, `prod.env`), else its path.
pub fn line(target: &str, path: &str) -> String {
    let own = name(path);
    if own.to_ascii_lowercase().contains("env") {
        return pattern(own);
    }
    let dir = target.rsplit_once('/').map_or("", |(dir, _)| dir);
    let below = path.strip_prefix(dir).unwrap_or(path).trim_start_matches('/');
    let parts: Vec<String> = below.split('/').map(pattern).collect();
    // A pattern without a slash would match everywhere.
    if parts.len() == 1 { format!("/{}", parts[0]) } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_says_nothing_is_ignored_by_its_path() {
        let cases = [
            (".gitignore", "deploy/.env", ".env"),
            (".gitignore", "prod.env", "prod.env"),
            (".gitignore", ".envs/.production/.django", ".envs/.production/.django"),
            ("app/.gitignore", "app/.envs/.production/.django", ".envs/.production/.django"),
            (".envs/.gitignore", ".envs/.django", "/.django"),
        ];
        for (target, path, expected) in cases {
            assert_eq!(line(target, path), expected, "{path}");
        }
    }

    #[test]
    fn a_long_path_keeps_its_last_parts() {
        assert_eq!(shown(".envs/.production/.django"), ".envs/.production/.django");
        assert_eq!(shown("{{cookiecutter.project_slug}}/.envs/.production/.django"), ".envs/.production/.django");
    }
}
