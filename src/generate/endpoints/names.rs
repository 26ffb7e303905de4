//! Names for new files and what they hold, after those that stand beside them.

use crate::project::Project;

/// The directory of a path; empty for the root.
pub fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The name of a module's file without `.py`.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".py").unwrap_or(name)
}

pub fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Whether nothing of the project has the path of a module, as a file or as a package.
pub fn is_free(project: &Project, directory: &str, stem: &str) -> bool {
    let (file, below) = (join(directory, &format!("{stem}.py")), format!("{}/", join(directory, stem)));
    let seen = &project.sources.seen;
    let known = |path: &str| path == file || path.starts_with(&below);
    !seen.iter().any(|path| known(path)) && !project.sources.files.iter().any(|it| known(&it.path))
}

/// Whether a top-level package or module is one of the project.
pub fn is_own(project: &Project, top: &str) -> bool {
    let file = format!("{top}.py");
    project.sources.files.iter().any(|it| it.path.split('/').any(|part| part == top || part == file))
}

/// What is common to the names of the files beside: `users_router` and `items_router` have the pattern `{}_router`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    prefix: String,
    suffix: String,
}

impl Pattern {
    pub fn of(stems: &[&str]) -> Self {
        let plain = Self { prefix: String::new(), suffix: String::new() };
        let words: Vec<(&str, &str)> = stems.iter().filter_map(|stem| stem.rsplit_once('_')).collect();
        let heads: Vec<(&str, &str)> = stems.iter().filter_map(|stem| stem.split_once('_')).collect();
        if words.len() == stems.len()
            && let Some((_, suffix)) = words.first().filter(|(_, suffix)| is_kind(suffix))
            && words.iter().all(|(_, other)| other == suffix)
        {
            return Self { suffix: format!("_{suffix}"), ..plain };
        }
        if heads.len() == stems.len()
            && let Some((prefix, _)) = heads.first().filter(|(prefix, _)| is_kind(prefix))
            && heads.iter().all(|(other, _)| other == prefix)
        {
            return Self { prefix: format!("{prefix}_"), ..plain };
        }
        plain
    }

    pub fn filled(&self, word: &str) -> String {
        format!("{}{word}{}", self.prefix, self.suffix)
    }

    /// Whether there is nothing around the word.
    pub fn is_plain(&self) -> bool {
        self.prefix.is_empty() && self.suffix.is_empty()
    }
}

/// Words for what a module of routes is.
const KINDS: &[&str] = &[
    "api",
    "apis",
    "blueprint",
    "blueprints",
    "bp",
    "controller",
    "controllers",
    "endpoint",
    "endpoints",
    "handler",
    "handlers",
    "resource",
    "resources",
    "rest",
    "route",
    "router",
    "routers",
    "routes",
    "urls",
    "view",
    "views",
];

/// What a module of routes is about: `task_routes` is about a task.
pub fn subject(stem: &str) -> &str {
    match stem.rsplit_once('_') {
        Some((subject, kind)) if is_kind(kind) => subject,
        _ => stem,
    }
}

pub fn is_kind(word: &str) -> bool {
    KINDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_are_named_like_their_neighbours() {
        let cases: &[(&[&str], &str)] = &[
            (&["users", "items"], "tasks"),
            (&["users_router", "items_router"], "tasks_router"),
            (&["routes_users", "routes_items"], "routes_tasks"),
            (&["user_account", "bank_account"], "tasks"),
            (&["users_router", "items"], "tasks"),
            (&[], "tasks"),
        ];
        for (stems, expected) in cases {
            assert_eq!(Pattern::of(stems).filled("tasks"), *expected, "{stems:?}");
        }
    }
}
