//! Answers the questions of `tests/oracle/app_lookup_random.py`: one JSON object per line of standard input, one per line of standard output.
//!
//! In: `{"files": {"pkg/celery.py": "…"}, "apps": ["pkg", "pkg.celery:app"]}`.
//! Out: `{"exact": ["app", "error"], "careful": ["app", "unknown"]}`: what `-A` finds from the directory of the files when nothing but
//! Celery is installed, and what the linter takes it for in a project of which it does not know where it runs.

mod common;

use celery_lint::project::Project;
use celery_lint::project::launch::{Lookup, find_app};
use celery_lint::source::{FileKind, SourceFile, Sources};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    common::answer_lines(answer)
}

fn answer(question: &Value) -> Value {
    let apps: Vec<&str> = question["apps"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let given = question["files"].as_object().into_iter().flatten();
    let mut files: Vec<SourceFile> = given
        .map(|(path, text)| SourceFile::new(path.as_str(), FileKind::Python, text.as_str().unwrap_or_default()))
        .collect();
    let lines: String = apps.iter().map(|app| format!("celery -A '{app}' worker\n")).collect();
    files.push(SourceFile::new("run.sh", FileKind::Shell, lines));
    let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
    let exact: Vec<&str> =
        apps.iter().map(|app| outcome(&find_app::lookup(&project, "", app, |top| top == "celery"))).collect();
    // What else is installed is not known then.
    let careful = |lookup: &Lookup| if matches!(lookup, Lookup::Broken(_)) { "unknown" } else { outcome(lookup) };
    let careful: Vec<&str> = project.launches.iter().map(|launch| careful(&launch.lookup)).collect();
    json!({ "exact": exact, "careful": careful })
}

fn outcome(lookup: &Lookup) -> &'static str {
    match lookup {
        Lookup::App => "app",
        Lookup::Other(_) => "not-an-app",
        Lookup::NoModule(_) | Lookup::NoAttribute { .. } | Lookup::Broken(_) => "error",
        Lookup::Unknown => "unknown",
    }
}
