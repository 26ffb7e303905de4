//! Answers what our model knows of the names of a package's tasks, for `tests/oracle/naming_random.py`: one JSON object per line of
//! standard input, one per line of standard output.
//!
//! In: `{"files": {"pkg/tasks.py": "…"}, "old": false}`.
//! Out: `{"apps": [{"variable": "app", "path": "pkg/app.py"}], "tasks": [{"name": "pkg.tasks.f", "path": "pkg/tasks.py", "certain": true,
//! "others": [["__main__.f", "Script"]], "registry": ["from", 0]}]}`, where the number is a place in the list of apps.

mod common;

use celery_lint::project::task::naming::Registry;
use celery_lint::project::{App, Project, Task};
use celery_lint::source::{FileKind, SourceFile, Sources};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    common::answer_lines(answer)
}

fn answer(question: &Value) -> Value {
    let given = question["files"].as_object().into_iter().flatten();
    let files =
        given.map(|(path, text)| SourceFile::new(path.as_str(), FileKind::Python, text.as_str().unwrap_or_default()));
    let project = Project::link(Sources::new("/p".into(), None, files.collect()), &Default::default());
    let apps: Vec<Value> = project.apps.iter().map(|app| of_app(&project, app)).collect();
    let tasks: Vec<Value> = project.tasks.iter().map(|task| of_task(&project, task)).collect();
    json!({ "apps": apps, "tasks": tasks })
}

fn of_app(project: &Project, app: &App) -> Value {
    json!({ "variable": app.variable, "path": project.sources.path(app.at.file) })
}

fn of_task(project: &Project, task: &Task) -> Value {
    let others: Vec<Value> =
        task.other_names.iter().map(|other| json!([other.name, format!("{:?}", other.loaded)])).collect();
    let place = |site| json!(project.apps.iter().position(|app| app.site == site));
    let (kind, app) = match task.registry {
        Registry::Every => ("every", Value::Null),
        Registry::From(site) => ("from", place(site)),
        Registry::One(site) => ("one", place(site)),
        Registry::Unknown => ("unknown", Value::Null),
    };
    json!({
        "name": task.name,
        "path": project.sources.path(task.at.file),
        "certain": task.is_certain,
        "others": others,
        "registry": [kind, app],
    })
}
