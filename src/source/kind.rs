//! What a file is, by its name, and where that does not tell, by what stands at its top.

use super::FileKind;

/// Whether a file of that name may have a kind, so that it is worth opening.
pub fn may_matter(path: &str) -> bool {
    let name = name_of(path);
    by_name(path).is_some() || is_yaml(name) || !name.contains('.')
}

/// The kind of a file, from its path (forward slashes) and the beginning of its text. None: it is not read.
pub fn kind(path: &str, head: &str) -> Option<FileKind> {
    if let Some(kind) = by_name(path) {
        return Some(kind);
    }
    let name = name_of(path);
    if is_yaml(name) {
        return Some(yaml_kind(path, head));
    }
    (!name.contains('.') && is_shell_script(head)).then_some(FileKind::Shell)
}

/// The kind that the name alone decides.
pub fn by_name(path: &str) -> Option<FileKind> {
    let name = name_of(path);
    if let Some(kind) = lookup(EXACT, name, |name, exact| name == exact) {
        return Some(kind);
    }
    if let Some(kind) = env_kind(path) {
        return Some(kind);
    }
    let lower = name.to_ascii_lowercase();
    if is_requirements(path, &lower) {
        return Some(FileKind::Requirements);
    }
    if SKIPPED_JSON.contains(&&*lower) || lower.starts_with("tsconfig.") {
        return None;
    }
    if let Some(kind) = lookup(PREFIXES, &lower, |name, prefix| name == prefix || is_variant(name, prefix)) {
        return Some(kind);
    }
    lookup(SUFFIXES, &lower, |name, suffix| name.ends_with(suffix))
}

type Table = &'static [(&'static str, FileKind)];

/// Names as they are.
const EXACT: Table = &[
    (".gitignore", FileKind::GitIgnore),
    ("pyproject.toml", FileKind::Manifest),
    ("Pipfile", FileKind::Manifest),
    ("setup.cfg", FileKind::Manifest),
    ("Pipfile.lock", FileKind::Lock),
    ("poetry.lock", FileKind::Lock),
    ("pdm.lock", FileKind::Lock),
    ("uv.lock", FileKind::Lock),
    ("pylock.toml", FileKind::Lock),
    ("GNUmakefile", FileKind::Makefile),
    ("justfile", FileKind::Makefile),
    ("Justfile", FileKind::Makefile),
    ("Jenkinsfile", FileKind::Ci),
    ("Containerfile", FileKind::Dockerfile),
];

/// A name, or a variant of it: `Dockerfile.prod`, `Procfile-dev`.
const PREFIXES: Table =
    &[("dockerfile", FileKind::Dockerfile), ("procfile", FileKind::Procfile), ("makefile", FileKind::Makefile)];

const SUFFIXES: Table = &[
    (".py", FileKind::Python),
    (".pyw", FileKind::Python),
    (".dockerfile", FileKind::Dockerfile),
    (".service", FileKind::Systemd),
    (".timer", FileKind::Systemd),
    (".sh", FileKind::Shell),
    (".bash", FileKind::Shell),
    (".zsh", FileKind::Shell),
    (".ps1", FileKind::Shell),
    (".mk", FileKind::Makefile),
    (".toml", FileKind::Toml),
    (".json", FileKind::Json),
    (".ini", FileKind::Ini),
    (".cfg", FileKind::Ini),
    (".conf", FileKind::Conf),
    (".properties", FileKind::Conf),
    (".tf", FileKind::Conf),
    (".tfvars", FileKind::Conf),
];

/// Data of other tools that says nothing about Celery.
const SKIPPED_JSON: &[&str] = &[
    "angular.json",
    "composer.json",
    "composer.lock",
    "cargo.toml",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
];

fn lookup(table: Table, name: &str, matches: impl Fn(&str, &str) -> bool) -> Option<FileKind> {
    table.iter().find(|(key, _)| matches(name, key)).map(|(_, kind)| *kind)
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_variant(name: &str, base: &str) -> bool {
    name.strip_prefix(base).is_some_and(|rest| rest.starts_with(['.', '-', '_']) && !rest.ends_with(".py"))
}

fn is_yaml(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".yml", ".yaml", ".yml.j2", ".yaml.j2"].iter().any(|suffix| lower.ends_with(suffix))
}

fn is_shell_script(head: &str) -> bool {
    let first = head.lines().next().unwrap_or("");
    first.starts_with("#!")
        && ["sh", "bash", "dash", "zsh", "with-contenv"]
            .iter()
            .any(|shell| first.split(['/', ' ']).any(|word| word == *shell))
}

fn is_requirements(path: &str, lower: &str) -> bool {
    let listed = lower.ends_with(".txt") || lower.ends_with(".in") || lower.ends_with(".pip");
    let folder = path.rsplit('/').nth(1).unwrap_or("");
    listed && (lower.contains("requirements") || lower.starts_with("constraints") || folder == "requirements")
}

/// Whether an env file sets variables or documents them.
fn env_kind(path: &str) -> Option<FileKind> {
    let lower = name_of(path).to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['.', '-', '_', ' ']).filter(|word| !word.is_empty()).collect();
    let dotted = lower.starts_with(".env") || lower.ends_with(".env") || [".flaskenv", ".envrc"].contains(&&*lower);
    let named = words.contains(&"env") && words.iter().any(|word| TEMPLATE_WORDS.contains(word));
    let in_env_folder =
        lower.starts_with('.') && path.split('/').rev().skip(1).any(|dir| [".env", ".envs"].contains(&dir));
    let code = [".py", ".pyi", ".md", ".rst", ".html", ".js", ".ts", ".json", ".yml", ".yaml", ".sh"];
    if code.iter().any(|suffix| lower.ends_with(suffix)) || !(dotted || named || in_env_folder) {
        return None;
    }
    let template = words.iter().any(|word| TEMPLATE_WORDS.contains(word));
    Some(if template { FileKind::EnvTemplate } else { FileKind::Env })
}

const TEMPLATE_WORDS: &[&str] =
    &["default", "defaults", "dist", "example", "examples", "sample", "template", "tmpl", "tpl"];

fn yaml_kind(path: &str, head: &str) -> FileKind {
    let lower = path.to_ascii_lowercase();
    let name = name_of(&lower);
    let top = |key: &str| head.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
    if lower.contains(".github/")
        || lower.contains(".circleci/")
        || name.contains("gitlab-ci")
        || name.contains("pipelines")
    {
        FileKind::Ci
    } else if name.contains("compose") || (top("services") && !top("apiVersion")) {
        FileKind::Compose
    } else if top("apiVersion") && top("kind") {
        FileKind::Kubernetes
    } else {
        FileKind::Yaml
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide() {
        let cases = [
            ("shop/tasks.py", Some(FileKind::Python)),
            ("shop/tasks.pyi", None),
            (".env", Some(FileKind::Env)),
            ("deploy/prod.env", Some(FileKind::Env)),
            (".env.example", Some(FileKind::EnvTemplate)),
            (".env example", Some(FileKind::EnvTemplate)),
            ("env.web_template.txt", Some(FileKind::EnvTemplate)),
            (".env/.dev-sample", Some(FileKind::EnvTemplate)),
            (".envs/.local/.django", Some(FileKind::Env)),
            ("env.py", Some(FileKind::Python)),
            ("sub/.gitignore", Some(FileKind::GitIgnore)),
            ("Dockerfile.prod", Some(FileKind::Dockerfile)),
            ("dockerfile.py", Some(FileKind::Python)),
            ("requirements/base.txt", Some(FileKind::Requirements)),
            ("requirements-dev.txt", Some(FileKind::Requirements)),
            ("README.md", None),
            ("templates/index.html", None),
            ("package-lock.json", None),
        ];
        for (path, expected) in cases {
            assert_eq!(kind(path, ""), expected, "{path}");
        }
    }

    #[test]
    fn text_decides_where_the_name_does_not() {
        assert_eq!(kind("a.yml", "services:\n  web: {}\n"), Some(FileKind::Compose));
        assert_eq!(kind("a.yml", "apiVersion: v1\nkind: Secret\n"), Some(FileKind::Kubernetes));
        assert_eq!(kind("compose/start", "#!/bin/bash\n"), Some(FileKind::Shell));
        assert_eq!(kind("LICENSE", "MIT\n"), None);
    }
}
