//! What a file is: the one place that asks every reader whether a file is its own.

use super::dotenv::env_kind;
use super::kinds::kind_of;
use super::yaml::yaml_kind;
use crate::source::FileKind;

/// The kind of a file, from its path (forward slashes) and the beginning of its text. None: it is not read.
pub fn kind(path: &str, head: &str) -> Option<FileKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    if name == ".gitignore" {
        Some(FileKind::GitIgnore)
    } else if lower.ends_with(".py") || lower.ends_with(".pyw") {
        Some(FileKind::Python)
    } else if is_yaml(&lower) || path.contains(".ebextensions/") && lower.ends_with(".config") {
        Some(yaml_kind(path, head))
    } else {
        env_kind(path).or_else(|| kind_of(path, head))
    }
}

/// The kind that the name alone tells.
pub fn by_name(path: &str) -> Option<FileKind> {
    kind(path, "")
}

/// `a.yml`, and templates that become one (`docker-compose.yml.j2`).
fn is_yaml(name: &str) -> bool {
    let template = [
        ".example",
        ".sample",
        "-example",
        "-sample",
        ".template",
        ".tmpl",
        ".tpl",
        ".dist",
        ".j2",
        ".jinja",
        ".jinja2",
    ];
    let name = template.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    name.ends_with(".yml") || name.ends_with(".yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_gets_its_own() {
        let cases = [
            ("shop/tasks.py", "", Some(FileKind::Python)),
            ("shop/tasks.pyi", "", None),
            ("env.py", "", Some(FileKind::Python)),
            (".env", "", Some(FileKind::Env)),
            (".env example", "", Some(FileKind::EnvTemplate)),
            ("sub/.gitignore", "", Some(FileKind::GitIgnore)),
            ("docker-compose.prod.yml", "", Some(FileKind::Compose)),
            ("docker-compose.yml.example", "", Some(FileKind::Compose)),
            ("docker-compose.override.yaml-sample", "", Some(FileKind::Compose)),
            (".ebextensions/celery.config", "", Some(FileKind::Yaml)),
            ("k8s/a.yaml", "apiVersion: v1\nkind: Secret\n", Some(FileKind::Kubernetes)),
            ("Dockerfile.prod", "", Some(FileKind::Dockerfile)),
            ("requirements/base.txt", "", Some(FileKind::Requirements)),
            ("compose/start", "#!/bin/bash\n", Some(FileKind::Shell)),
            ("README.md", "", None),
            ("templates/index.html", "", None),
            ("LICENSE", "MIT\n", None),
        ];
        for (path, head, expected) in cases {
            assert_eq!(kind(path, head), expected, "{path}");
        }
    }
}
