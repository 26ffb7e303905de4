//! Which of the line- and tree-shaped kinds a file is, by its name and its first bytes.

use crate::source::FileKind;

/// Whole names (lower case).
const NAMES: &[(&str, FileKind)] = &[
    ("dockerfile", FileKind::Dockerfile),
    ("containerfile", FileKind::Dockerfile),
    ("procfile", FileKind::Procfile),
    ("honcho", FileKind::Procfile),
    ("makefile", FileKind::Makefile),
    ("gnumakefile", FileKind::Makefile),
    ("justfile", FileKind::Makefile),
    (".justfile", FileKind::Makefile),
    ("pyproject.toml", FileKind::Manifest),
    ("pipfile", FileKind::Manifest),
    ("setup.cfg", FileKind::Manifest),
    ("pixi.toml", FileKind::Manifest),
    ("uv.lock", FileKind::Lock),
    ("poetry.lock", FileKind::Lock),
    ("pdm.lock", FileKind::Lock),
    ("pipfile.lock", FileKind::Lock),
    ("supervisord.conf", FileKind::Supervisor),
    ("supervisor.conf", FileKind::Supervisor),
    ("celeryd", FileKind::Shell),
    ("celerybeat", FileKind::Shell),
    ("pylintrc", FileKind::Ini),
    (".coveragerc", FileKind::Ini),
    (".bashrc", FileKind::Shell),
    (".profile", FileKind::Shell),
    (".bash_profile", FileKind::Shell),
    ("users.acl", FileKind::Conf),
    ("redis.acl", FileKind::Conf),
];

/// Names of files that tools write, and that hold no configuration.
const IGNORED: &[&str] = &["package-lock.json", "composer.lock", "npm-shrinkwrap.json", ".terraform.lock.hcl"];

const EXTENSIONS: &[(&str, FileKind)] = &[
    ("dockerfile", FileKind::Dockerfile),
    ("containerfile", FileKind::Dockerfile),
    ("procfile", FileKind::Procfile),
    ("service", FileKind::Systemd),
    ("sh", FileKind::Shell),
    ("bash", FileKind::Shell),
    ("zsh", FileKind::Shell),
    ("ksh", FileKind::Shell),
    ("cmd", FileKind::Batch),
    ("bat", FileKind::Batch),
    ("ps1", FileKind::Batch),
    ("dash", FileKind::Shell),
    ("bats", FileKind::Shell),
    ("mk", FileKind::Makefile),
    ("mak", FileKind::Makefile),
    ("make", FileKind::Makefile),
    ("just", FileKind::Makefile),
    ("toml", FileKind::Toml),
    ("json", FileKind::Json),
    ("jsonc", FileKind::Json),
    ("json5", FileKind::Json),
    ("code-workspace", FileKind::Json),
    ("ini", FileKind::Ini),
    ("cfg", FileKind::Ini),
    ("properties", FileKind::Conf),
    ("tf", FileKind::Conf),
    ("tfvars", FileKind::Conf),
    ("hcl", FileKind::Conf),
    ("nomad", FileKind::Conf),
];

/// Names in front of a dot or dash: `Dockerfile.worker`, `Procfile.dev`, `Makefile.local`.
const STEMS: &[(&str, FileKind)] = &[
    ("dockerfile", FileKind::Dockerfile),
    ("containerfile", FileKind::Dockerfile),
    ("procfile", FileKind::Procfile),
    ("makefile", FileKind::Makefile),
];

/// Words that a script without a first line of its own begins with.
const SHELL_WORDS: &[&str] = &["set -", "exec ", "export "];

/// Instructions that no Dockerfile is without.
const INSTRUCTIONS: &[&str] = &["RUN ", "CMD ", "ENTRYPOINT ", "COPY ", "WORKDIR ", "ENV "];

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "zsh", "ksh"];

/// The kind of a file of those that this folder's line and tree readers read; `head` is the start of its text.
/// YAML, env files and `.gitignore` are decided elsewhere.
pub fn kind_of(path: &str, head: &str) -> Option<FileKind> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    if IGNORED.contains(&name.as_str()) {
        return None;
    }
    let named = NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    named
        .or_else(|| requirements(path, &name))
        .or_else(|| stem(&name))
        .or_else(|| pylock(&name))
        .or_else(|| extension(&name, head))
        .or_else(|| bare(path, &name, head))
}

/// `requirements.txt`, `requirements-dev.in`, `dev-requirements.txt`, `requirements/base.txt`, `constraints.txt`.
fn requirements(path: &str, name: &str) -> Option<FileKind> {
    let listed =
        name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in")).or_else(|| name.strip_suffix(".lock"))?;
    let folder = path.rsplit('/').nth(1).unwrap_or_default().to_ascii_lowercase();
    let means = |text: &str| ["requirements", "constraints", "reqs"].iter().any(|word| text.contains(word));
    (means(listed) || means(&folder)).then_some(FileKind::Requirements)
}

fn stem(name: &str) -> Option<FileKind> {
    let plain = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // `Dockerfile.worker`, `DockerfileCelery`
    let starts = |stem: &str| {
        name.strip_prefix(stem)
            .is_some_and(|rest| rest.starts_with(['.', '-', '_']) || stem == "dockerfile" && plain(rest))
    };
    let found = STEMS.iter().find(|(stem, _)| starts(stem))?.1;
    let other = [".dockerignore", ".md", ".py", ".txt", ".yml", ".yaml", ".json"].iter().any(|end| name.ends_with(end));
    (!other).then_some(found)
}

fn pylock(name: &str) -> Option<FileKind> {
    (name.starts_with("pylock.") && name.ends_with(".toml")).then_some(FileKind::Lock)
}

fn extension(name: &str, head: &str) -> Option<FileKind> {
    // `redis.conf.template`, `config.toml.example` are read as what they become.
    let name = [".template", ".tmpl", ".tpl", ".example", ".sample", ".dist", ".j2", ".jinja", ".in"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name);
    let (_, extension) = name.rsplit_once('.')?;
    if extension == "conf" || extension == "ini" {
        return Some(section(head, extension));
    }
    let found = EXTENSIONS.iter().find(|(known, _)| *known == extension);
    found.map(|(_, kind)| *kind)
}

/// What a `.conf` or `.ini` file is, by its first sections.
fn section(head: &str, extension: &str) -> FileKind {
    let mut sections = head.lines().map(str::trim).filter(|line| line.starts_with('['));
    let supervised =
        ["[program:", "[supervisord]", "[group:", "[eventlistener:", "[fcgi-program:", "[unix_http_server]"];
    let first = sections.clone().next();
    match first {
        Some(_) if sections.any(|line| supervised.iter().any(|start| line.starts_with(start))) => FileKind::Supervisor,
        Some(line) if line.starts_with("[Unit]") || line.starts_with("[Service]") => FileKind::Systemd,
        Some(_) => FileKind::Ini,
        None if extension == "ini" => FileKind::Ini,
        None => FileKind::Conf,
    }
}

/// Files without an extension: scripts say so in their first line, defaults of init scripts by their folder, Dockerfiles by
/// their instructions.
fn bare(path: &str, name: &str, head: &str) -> Option<FileKind> {
    if name.contains('.') && !name.starts_with('.') {
        return None;
    }
    if is_dockerfile(head) {
        return Some(FileKind::Dockerfile);
    }
    let line = head.strip_prefix("#!").and_then(|rest| rest.lines().next());
    // `#!/usr/bin/env -S bash -e`, `#!/command/with-contenv /usr/bin/bash`
    let mut words = line.into_iter().flat_map(str::split_ascii_whitespace).filter_map(|word| word.rsplit('/').next());
    let shell = words.any(|word| SHELLS.contains(&word));
    let defaults = ["etc/default/", "etc/conf.d/", "etc/sysconfig/", "default/", "conf.d/", "sysconfig/"];
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let folder = format!("{directory}/");
    let default =
        line.is_none() && defaults.iter().any(|known| folder == *known || folder.ends_with(&format!("/{known}")));
    (shell || default && name.contains("celery") || starts_as_shell(head)).then_some(FileKind::Shell)
}

/// The lines that are neither empty nor comments.
fn telling(head: &str) -> impl Iterator<Item = &str> {
    head.lines().take(400).map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn is_dockerfile(head: &str) -> bool {
    let first = telling(head).next().is_some_and(|line| line.starts_with("FROM ") || line.starts_with("ARG "));
    first
        && telling(head).any(|line| line.starts_with("FROM "))
        && telling(head).any(|line| INSTRUCTIONS.iter().any(|word| line.starts_with(word)))
}

/// A script that only ever runs with `sh SCRIPT`, or is copied to where one is added.
fn starts_as_shell(head: &str) -> bool {
    !head.starts_with("#!")
        && telling(head).next().is_some_and(|line| SHELL_WORDS.iter().any(|word| line.starts_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_kind() {
        let table = [
            ("Dockerfile", "", Some(FileKind::Dockerfile)),
            ("docker/Dockerfile.worker", "", Some(FileKind::Dockerfile)),
            ("worker.Dockerfile", "", Some(FileKind::Dockerfile)),
            ("Dockerfile.dockerignore", "", None),
            ("DockerfileCelery", "", Some(FileKind::Dockerfile)),
            ("docker/pypi", "# x\nARG A=1\nFROM python:3.13\nCMD celery worker\n", Some(FileKind::Dockerfile)),
            ("docs/FROM", "FROM here on\nnothing follows\n", None),
            ("bin/worker", "set -e\nexec celery worker\n", Some(FileKind::Shell)),
            ("run.cmd", "", Some(FileKind::Batch)),
            ("start.ps1", "", Some(FileKind::Batch)),
            ("Procfile.dev", "", Some(FileKind::Procfile)),
            ("Makefile", "", Some(FileKind::Makefile)),
            ("justfile", "", Some(FileKind::Makefile)),
            ("requirements/base.txt", "", Some(FileKind::Requirements)),
            ("dev-requirements.in", "", Some(FileKind::Requirements)),
            ("docs/notes.txt", "", None),
            ("pyproject.toml", "", Some(FileKind::Manifest)),
            ("setup.cfg", "", Some(FileKind::Manifest)),
            ("tox.ini", "", Some(FileKind::Ini)),
            ("airflow.cfg", "", Some(FileKind::Ini)),
            ("Pipfile.lock", "", Some(FileKind::Lock)),
            ("uv.lock", "", Some(FileKind::Lock)),
            ("fly.toml", "", Some(FileKind::Toml)),
            (".vscode/launch.json", "", Some(FileKind::Json)),
            ("package-lock.json", "", None),
            ("etc/celery.service", "", Some(FileKind::Systemd)),
            ("etc/supervisor/celery.conf", "; c\n[program:beat]\n", Some(FileKind::Supervisor)),
            ("supervisord.conf", "", Some(FileKind::Supervisor)),
            ("redis.conf", "bind 0.0.0.0\n", Some(FileKind::Conf)),
            ("main.tf", "", Some(FileKind::Conf)),
            ("application.properties", "", Some(FileKind::Conf)),
            ("compose/local/django/celery/worker/start", "#!/bin/bash\n", Some(FileKind::Shell)),
            ("start-celeryworker", "#!/usr/bin/env -S bash -e\n", Some(FileKind::Shell)),
            ("svc-worker/run", "#!/command/with-contenv /usr/bin/bash\n", Some(FileKind::Shell)),
            ("manage", "#!/usr/bin/env python\n", None),
            ("etc/default/celeryd", "X=1\n", Some(FileKind::Shell)),
            ("etc/default/celery-beat", "X=1\n", Some(FileKind::Shell)),
            ("run.bash", "", Some(FileKind::Shell)),
            ("services.d/celery/run", "#!/usr/bin/with-contenv bash\n", Some(FileKind::Shell)),
            ("redis/users.acl", "", Some(FileKind::Conf)),
            ("docker-compose.yml", "", None),
            ("x.py", "", None),
        ];
        for (path, head, expected) in table {
            assert_eq!(kind_of(path, head), expected, "{path}");
        }
    }
}
