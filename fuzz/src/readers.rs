//! Every reader of a file that is not Python, and what its facts promise: places that lie in the file.

use celery_lint::files::{self, FileFacts};
use celery_lint::source::decode::decode;
use celery_lint::source::{FileId, FileKind, Loc, Piece, Span, Text};

/// Each kind with a path that has it; the first byte of the input chooses.
const KINDS: &[(FileKind, &str)] = &[
    (FileKind::Env, ".env"),
    (FileKind::EnvTemplate, ".env.example"),
    (FileKind::GitIgnore, ".gitignore"),
    (FileKind::Compose, "docker-compose.yml"),
    (FileKind::Dockerfile, "Dockerfile"),
    (FileKind::Procfile, "Procfile"),
    (FileKind::Systemd, "deploy/celery.service"),
    (FileKind::Supervisor, "supervisord.conf"),
    (FileKind::Kubernetes, "k8s/worker.yaml"),
    (FileKind::Ci, ".github/workflows/ci.yml"),
    (FileKind::Ci, ".gitlab-ci.yml"),
    (FileKind::Shell, "start.sh"),
    (FileKind::Batch, "start.cmd"),
    (FileKind::Batch, "start.ps1"),
    (FileKind::Makefile, "Makefile"),
    (FileKind::Makefile, "justfile"),
    (FileKind::Requirements, "requirements.txt"),
    (FileKind::Manifest, "pyproject.toml"),
    (FileKind::Manifest, "Pipfile"),
    (FileKind::Manifest, "setup.cfg"),
    (FileKind::Lock, "uv.lock"),
    (FileKind::Lock, "Pipfile.lock"),
    (FileKind::Toml, "settings.toml"),
    (FileKind::Yaml, "values.yaml"),
    (FileKind::Json, "app.json"),
    (FileKind::Ini, "celery.ini"),
    (FileKind::Conf, "redis.conf"),
    (FileKind::Conf, "main.tf"),
    (FileKind::Conf, "users.acl"),
    (FileKind::Conf, "rabbitmq.properties"),
];

/// Reads the bytes as the kind that the first of them chooses.
///
/// # Panics
/// When a fact stands outside of the file.
pub fn read(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let (kind, path) = KINDS[usize::from(*choice) % KINDS.len()];
    let Ok(decoded) = decode(bytes, kind) else { return };
    let text = decoded.text.as_str();
    let facts = files::lower(kind, path, text, FileId(0));
    for span in places(&facts) {
        assert!(text.get(span.range()).is_some(), "{path}: {span:?} in {} bytes", text.len());
    }
    // Whatever can be shown, can be shown.
    assert!(!format!("{facts:?}").is_empty());
}

fn places(facts: &FileFacts) -> Vec<Span> {
    let mut places: Vec<Span> = facts.comments.clone();
    places.extend(facts.errors.iter().map(|error| error.at));
    let mut at = |loc: Loc| places.push(loc.span);
    facts.env_uses.iter().for_each(|it| at(it.at));
    facts.dependencies.iter().for_each(|it| at(it.at));
    facts.ingresses.iter().for_each(|(_, loc)| at(*loc));
    let mut texts: Vec<&Text> = Vec::new();
    for entry in &facts.entries {
        at(entry.key_at);
        at(entry.value_at);
        texts.push(&entry.value);
    }
    for command in &facts.commands {
        at(command.at);
        command.words.iter().for_each(|word| at(word.at));
        texts.extend(command.words.iter().map(|word| &word.text));
    }
    for file in &facts.env_file_refs {
        at(file.at);
        texts.push(&file.path);
    }
    while let Some(text) = texts.pop() {
        for piece in &text.pieces {
            match piece {
                Piece::Literal { at: loc, .. } => at(*loc),
                Piece::Env { at: loc, default, .. } => {
                    at(*loc);
                    texts.extend(default.as_deref());
                }
                Piece::Unknown { at: loc } => loc.iter().for_each(|loc| at(*loc)),
            }
        }
    }
    places
}
