//! Answers what our model makes of compose files, for `tests/oracle/compose_config.py`: one JSON object per line of standard
//! input, one per line of standard output.
//!
//! In: `{"files": {"compose.yaml": "…", …}, "main": "compose.yaml", "env": {"TAG": "7"}}`
//! Out: `{"worker": {"image": "redis:7", "ports": [["127.0.0.1", 6379]], …}, …}`; what is not known is `null`.

mod common;

use celery_lint::files::Word;
use celery_lint::files::kind::kind;
use celery_lint::files::service::Service;
use celery_lint::project::Project;
use celery_lint::project::launch::service::{all, merged};
use celery_lint::source::{Loc, Piece, SourceFile, Sources, Text};
use serde_json::{Map, Value, json};

fn main() -> std::io::Result<()> {
    common::answer_lines(|question| answer(question).unwrap_or_else(|| json!({"error": "not understood"})))
}

fn answer(question: &Value) -> Option<Value> {
    let files = question["files"].as_object()?.iter().filter_map(|(path, text)| {
        let text = text.as_str()?;
        Some(SourceFile::new(path, kind(path, text)?, text.to_owned()))
    });
    let project = Project::link(Sources::new("/p".into(), None, files.collect()), &Default::default());
    let main = project.sources.by_path(question["main"].as_str()?)?.id;
    let env = question["env"].as_object()?;
    let own = all(&project).filter(|(file, _)| *file == main);
    let found: Map<String, Value> =
        own.map(|(file, it)| (it.name.clone(), shown(&merged(&project, file, it), env))).collect();
    Some(Value::Object(found))
}

fn shown(service: &Service, env: &Map<String, Value>) -> Value {
    let placed = |it: &Option<(Text, Loc)>| it.as_ref().map(|(text, _)| resolved(text, env));
    let words = |words: &[Word]| words.iter().map(|word| resolved(&word.text, env)).collect::<Vec<Option<String>>>();
    let ports: Vec<Value> =
        service.ports.iter().flat_map(|it| (it.target..=it.last).map(|port| json!([it.address, port]))).collect();
    let environment: Map<String, Value> = service
        .variables
        .iter()
        .map(|(name, _)| (name.clone(), json!(service.value(name).map(|value| resolved(value, env)))))
        .collect();
    json!({
        "image": placed(&service.image),
        "build": service.build.as_ref().map(|it| json!([it.context, it.dockerfile, it.target])),
        "built": service.built,
        "ports": ports,
        "environment": environment,
        "has_env_file": service.has_env_file,
        "entrypoint": words(&service.entrypoint),
        "command": words(&service.command),
        "volumes": service.volumes,
        "user": placed(&service.user),
        "working_dir": service.working_dir,
        "replicas": placed(&service.replicas),
        "health": service.health.map(|it| it.disabled),
        "host_network": service.host_network,
        "labels": service.labels,
        "profiles": service.profiles,
    })
}

/// The text as it is with these variables; those that are not set are empty.
fn resolved(text: &Text, env: &Map<String, Value>) -> Option<String> {
    let mut whole = String::new();
    for piece in &text.pieces {
        match piece {
            Piece::Literal { text, .. } => whole.push_str(text),
            Piece::Env { keys, default, .. } => match keys.iter().find_map(|key| env.get(key)?.as_str()) {
                Some(value) => whole.push_str(value),
                None => whole.push_str(&default.as_ref().map_or(Some(String::new()), |it| resolved(it, env))?),
            },
            Piece::Unknown { .. } => return None,
        }
    }
    Some(whole)
}
