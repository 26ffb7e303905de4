//! Answers what our model makes of a task and a call of it, for `tests/oracle/signature_random.py`: one JSON object per line of
//! standard input, one per line of standard output.
//!
//! In: `{"tasks": [{"options": "bind=True", "def": "def f(self, a): pass", "call": "1"}, …]}`.
//! With `"old": true` for Celery up to 5.0.
//! Out: `{"answers": ["missing 1 required positional argument: 'a'", null, …]}`: what Celery says when the task is sent, `null` when it
//! takes the call, and `"unknown"` when the model does not know.

mod common;

use celery_lint::celery::arguments::{Checker, Given};
use celery_lint::project::Project;
use celery_lint::source::{FileKind, SourceFile, Sources};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    common::answer_lines(|question| json!({ "answers": answers(question) }))
}

fn answers(question: &Value) -> Vec<Value> {
    let tasks: Vec<&Value> = question["tasks"].as_array().into_iter().flatten().collect();
    let mut text = "from celery import Celery\napp = Celery('shop')\n".to_owned();
    for (index, task) in tasks.iter().enumerate() {
        let part = |key: &str| task[key].as_str().unwrap_or_default();
        let def = part("def").replacen("def f(", &format!("def f{index}("), 1);
        text += &format!("@app.task({})\n{def}\nf{index}.{}({})\n", part("options"), part("method"), part("call"));
    }
    let file = SourceFile::new("shop/tasks.py", FileKind::Python, text);
    let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
    (0..tasks.len()).map(|index| answer(&project, index, question["old"] == true)).collect()
}

fn answer(project: &Project, index: usize, old: bool) -> Value {
    let name = format!("f{index}");
    let found = project.tasks.iter().position(|task| task.function == name);
    let task = found.and_then(|found| project.tasks.get(found));
    let submission = project.submissions.iter().find(|it| it.task.is_some() && it.task == found);
    let (Some(signature), Some(passed)) =
        (task.and_then(|task| task.signature.as_ref()), submission.and_then(|it| it.passed.as_ref()))
    else {
        return json!("unknown");
    };
    let named: Vec<&str> = passed.named.iter().filter_map(|it| it.name.as_deref()).collect();
    let given = Given { positional: passed.positional.len(), named: &named, open: passed.open };
    if !signature.checked {
        return Value::Null;
    }
    let parameters = if old { signature.parameters.up_to_5_0() } else { signature.parameters.clone() };
    json!(parameters.mismatch(given, Checker::Celery).map(|mismatch| mismatch.words()))
}
