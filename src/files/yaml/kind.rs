//! What a YAML file is: by its name where that tells, else by the keys at its top level.

use crate::source::FileKind;

/// Directories of CI definitions.
const CI_DIRECTORIES: &[&str] = &[
    ".github/workflows/",
    ".github/actions/",
    ".gitea/workflows/",
    ".forgejo/workflows/",
    ".circleci/",
    ".gitlab/ci/",
    ".buildkite/",
    ".woodpecker/",
    ".azure-pipelines/",
    ".semaphore/",
];

/// Starts of the names of CI definitions.
const CI_NAMES: &[&str] = &[
    ".gitlab-ci",
    "azure-pipelines",
    ".travis.",
    "bitbucket-pipelines",
    ".drone.",
    ".woodpecker.",
    "appveyor.",
    ".appveyor.",
    "cloudbuild.",
    "codefresh.",
    ".cirrus.",
    "buildspec.",
    "codemagic.",
    ".semaphore.",
];

/// The kind of a YAML file; `path` has forward slashes.
pub fn yaml_kind(path: &str, text: &str) -> FileKind {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let in_ci_directory =
        CI_DIRECTORIES.iter().any(|part| path.starts_with(part) || path.contains(&format!("/{part}")));
    if in_ci_directory || CI_NAMES.iter().any(|start| name.starts_with(start)) || name.contains(".gitlab-ci.") {
        return FileKind::Ci;
    }
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    // `process-compose.yaml` is another program's.
    if words.contains(&"compose") && !words.contains(&"process") || words.contains(&"dockercompose") {
        return FileKind::Compose;
    }
    by_content(&Top::of(text), &name)
}

/// What stands at the top of a text, read line by line: it need not be valid YAML (Helm templates are not).
#[derive(Default)]
struct Top<'a> {
    keys: Vec<&'a str>,
    /// Keys below `services:`, at any depth.
    in_services: Vec<&'a str>,
}

impl<'a> Top<'a> {
    fn of(text: &'a str) -> Self {
        let mut top = Self::default();
        for line in text.lines() {
            let trimmed = line.trim_start();
            let Some((key, _)) = trimmed.split_once(':') else { continue };
            let key = key.trim_matches(['"', '\'']);
            if trimmed.len() == line.len() {
                top.keys.push(key);
            } else if top.keys.last() == Some(&"services") {
                top.in_services.push(key);
            }
        }
        top
    }

    fn has(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }
}

fn by_content(top: &Top<'_>, name: &str) -> FileKind {
    let values = name.starts_with("values");
    if top.has("apiVersion") && top.has("kind") && !values {
        FileKind::Kubernetes
    } else if !values && top.in_services.iter().any(|key| matches!(*key, "image" | "build" | "extends" | "<<")) {
        FileKind::Compose
    } else if (top.has("jobs") && (top.has("on") || top.has("version"))) || (top.has("stages") && top.has("default")) {
        FileKind::Ci
    } else {
        FileKind::Yaml
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_first() {
        let rows = [
            ("docker-compose.yml", FileKind::Compose),
            ("deploy/docker-compose.prod.yaml", FileKind::Compose),
            ("compose.override.yaml", FileKind::Compose),
            ("local.docker-compose.yml", FileKind::Compose),
            ("docker_compose_dev.yml", FileKind::Compose),
            (".github/workflows/ci.yml", FileKind::Ci),
            ("backend/.gitlab-ci.yml", FileKind::Ci),
            ("ci/test.gitlab-ci.yml", FileKind::Ci),
            (".circleci/config.yml", FileKind::Ci),
            ("azure-pipelines-release.yml", FileKind::Ci),
            ("settings.yml", FileKind::Yaml),
            ("composer.yml", FileKind::Yaml),
            ("process-compose.yaml", FileKind::Yaml),
        ];
        for (path, kind) in rows {
            assert_eq!(yaml_kind(path, ""), kind, "{path}");
        }
    }

    #[test]
    fn content_tells_where_the_name_does_not() {
        let compose = "volumes:\n  x: {}\nservices:\n  web:\n    build: .\n";
        let rows = [
            ("local.yml", compose, FileKind::Compose),
            ("chart/values.yaml", compose, FileKind::Yaml),
            ("services.yaml", "services:\n  App\\X:\n    class: y\nimage: z\n", FileKind::Yaml),
            ("x.yaml", "{{- if .Values.on }}\napiVersion: v1\nkind: {{ .k }}\n", FileKind::Kubernetes),
            ("x.yaml", "spec:\n  apiVersion: v1\n  kind: Pod\n", FileKind::Yaml),
            ("ci.yml", "on: push\njobs:\n  a: {}\n", FileKind::Ci),
        ];
        for (path, text, kind) in rows {
            assert_eq!(yaml_kind(path, text), kind, "{text}");
        }
    }
}
