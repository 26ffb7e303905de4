//! What a file is, by its name, and where that does not tell, by what stands at its top.

use super::dotenv::env_kind;
use super::kinds::kind_of;
use super::yaml::yaml_kind;
use crate::source::FileKind;
use crate::source::walk::Classify;

/// How the walk tells kinds apart.
pub const CLASSIFY: Classify = Classify { may_matter, by_name, kind };

/// Data of other tools that says nothing about Celery.
const SKIPPED: &[&str] = &["angular.json", "composer.json", "cargo.toml", "package.json", "tsconfig.json"];

/// Whether a file of that name may have a kind, so that it is worth opening.
fn may_matter(path: &str) -> bool {
    by_name(path).is_some() || is_yaml(name_of(path)) || !name_of(path).contains('.') || kind_of(path, "").is_some()
}

/// The kind of a file, from its path (forward slashes) and its text. None: it is not read.
pub fn kind(path: &str, text: &str) -> Option<FileKind> {
    let name = name_of(path);
    if let Some(kind) = fixed(path) {
        return Some(kind);
    }
    if is_yaml(name) {
        return Some(yaml_kind(path, text));
    }
    if is_skipped(name) {
        return None;
    }
    kind_of(path, text)
}

/// The kind that the name alone decides.
pub fn by_name(path: &str) -> Option<FileKind> {
    fixed(path).or_else(|| kind_of(path, "").filter(|_| !is_skipped(name_of(path))))
}

fn fixed(path: &str) -> Option<FileKind> {
    let name = name_of(path);
    if name.ends_with(".py") || name.ends_with(".pyw") {
        return Some(FileKind::Python);
    }
    if name == ".gitignore" {
        return Some(FileKind::GitIgnore);
    }
    env_kind(path)
}

fn is_skipped(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    SKIPPED.contains(&lower.as_str()) || lower.starts_with("tsconfig.")
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_yaml(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".yml", ".yaml", ".yml.j2", ".yaml.j2"].iter().any(|suffix| lower.ends_with(suffix))
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
        assert_eq!(kind("a.yml", "services:\n  web:\n    image: nginx\n"), Some(FileKind::Compose));
        assert_eq!(kind("a.yml", "apiVersion: v1\nkind: Secret\n"), Some(FileKind::Kubernetes));
        assert_eq!(kind("compose/start", "#!/bin/bash\n"), Some(FileKind::Shell));
        assert_eq!(kind("LICENSE", "MIT\n"), None);
    }
}
