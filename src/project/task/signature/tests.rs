//! Signatures against the table of real calls (`fixtures/facts/signature_cases_dev.json`), and what hides them.

use serde_json::Value;

use crate::celery::arguments::{Checker, Given};
use crate::project::Project;
use crate::source::{FileKind, SourceFile, Sources};

fn project(text: String) -> Project {
    let file = SourceFile::new("shop/tasks.py", FileKind::Python, text);
    Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default())
}

/// Whether Celery takes the one call of the one task when it is sent, and Python when the worker runs it.
fn accepts(options: &str, def: &str, call: &str) -> (bool, bool) {
    let head = "from celery import Celery\napp = Celery('shop')\n";
    let project = project(format!("{head}@app.task({options})\n{def}\nf.delay({call})\n"));
    let signature = project.tasks[0].signature.as_ref().unwrap();
    let passed = project.submissions[0].passed.as_ref().unwrap();
    let named: Vec<&str> = passed.named.iter().filter_map(|it| it.name.as_deref()).collect();
    let given = Given { positional: passed.positional.len(), named: &named, open: passed.open };
    let by = |checker| signature.parameters.mismatch(given, checker).is_none();
    (!signature.checked || by(Checker::Celery), by(Checker::Python))
}

#[test]
fn every_row_of_the_table_of_real_calls_agrees() {
    let table: Value =
        serde_json::from_str(include_str!("../../../../fixtures/facts/signature_cases_dev.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    for row in cases {
        let flag = |name: &str| row["options"].get(name).and_then(Value::as_bool);
        let mut options = Vec::new();
        options.extend(flag("bind").map(|bind| format!("bind={}", if bind { "True" } else { "False" })));
        options.extend(flag("typing").map(|typing| format!("typing={}", if typing { "True" } else { "False" })));
        let (def, call) = (row["def"].as_str().unwrap(), row["call"].as_str().unwrap());
        let expected = (row["accepted"] == true, row["python_accepts"] == true);
        assert_eq!(accepts(&options.join(", "), def, call), expected, "{row}");
    }
    assert!(cases.len() >= 600);
}

/// The signature of the task `f` in words; a dash when it is not known.
fn shown(text: &str) -> String {
    let head = "import functools\nfrom celery import Celery, Task, shared_task\nfrom lib import unknown\napp = Celery('shop')\n";
    let project = project(format!("{head}{text}"));
    let task = project.tasks.iter().find(|task| task.function == "f" || task.function == "F").unwrap();
    let Some(signature) = &task.signature else { return "-".to_owned() };
    let names: Vec<&str> = signature.parameters.positional.iter().map(|it| it.name.as_str()).collect();
    let marks =
        [(signature.checked, "checked"), (signature.runs_as_sent, "plain"), (signature.parameters.bound, "bound")];
    let marks = marks.iter().filter(|(holds, _)| *holds).map(|(_, mark)| *mark);
    names.into_iter().chain(marks).collect::<Vec<_>>().join(" ")
}

#[test]
fn decorators_below_the_task_count_when_they_surely_pass_all_on() {
    let passing = "def deco(func):\n    @functools.wraps(func)\n    def inner(*args, **kwargs):\n        return func(*args, **kwargs)\n    return inner\n";
    let task = "@app.task\n@deco\ndef f(a): pass\n";
    assert_eq!(shown(&format!("{passing}{task}")), "a plain");
    let changing = [
        ("func(*args, **kwargs)", "func(1, *args, **kwargs)"),
        ("func(*args, **kwargs)", "func(*args)"),
        ("        return", "        kwargs['x'] = 1\n        return"),
        ("        return", "        kwargs = dict(kwargs)\n        return"),
        ("        return", "        kwargs.pop('x')\n        return"),
        ("    @functools.wraps(func)\n", ""),
    ];
    for (from, to) in changing {
        assert_eq!(shown(&format!("{}{task}", passing.replacen(from, to, 1))), "-", "{to}");
    }
    let registering = "def deco(func):\n    KNOWN.append(func)\n    return func\n";
    assert_eq!(shown(&format!("{registering}{task}")), "a checked plain");
    assert_eq!(shown("@app.task\n@unknown\ndef f(a): pass\n"), "-");
    assert_eq!(shown("@unknown\n@app.task\ndef f(a): pass\n"), "-");
}

#[test]
fn options_come_from_the_decorator_that_is_kept() {
    assert_eq!(shown("own = app.task(bind=True)\n@own\ndef f(self, a): pass\n"), "self a checked plain bound");
    let partial = "own = functools.partial(shared_task, bind=True)\n";
    assert_eq!(shown(&format!("{partial}@own\ndef f(self, a): pass\n")), "self a checked plain bound");
    assert_eq!(shown(&format!("{partial}@own(typing=False)\ndef f(self, a): pass\n")), "self a plain bound");
    assert_eq!(shown(&format!("{partial}@own(bind=False)\ndef f(self, a): pass\n")), "self a checked plain");
}

#[test]
fn context_managers_run_what_they_decorate() {
    let manager = "from contextlib import ContextDecorator, contextmanager\n@contextmanager\ndef inside():\n    yield\n\
                   class Inside(ContextDecorator):\n    def __enter__(self): pass\n";
    assert_eq!(shown(&format!("{manager}@app.task\n@inside()\ndef f(a): pass\n")), "a plain");
    assert_eq!(shown(&format!("{manager}@app.task\n@Inside()\ndef f(a): pass\n")), "a plain");
    assert_eq!(shown(&format!("{manager}@app.task\n@inside\ndef f(a): pass\n")), "-");
}

#[test]
fn bases_that_send_in_their_own_way_hide_the_signature() {
    let base =
        |body: &str| format!("class Base(Task):\n    {body}\n@app.task(base=Base, bind=True)\ndef f(self, a): pass\n");
    assert_eq!(shown(&base("x = 1")), "self a checked plain bound");
    assert_eq!(shown(&base("def __call__(self, *args, **kwargs): pass")), "self a checked bound");
    let call = |inner: &str| base(&format!("def __call__(self, *args, **kwargs):\n        with x: return {inner}"));
    assert_eq!(shown(&call("super().__call__(*args, **kwargs)")), "self a checked plain bound");
    assert_eq!(shown(&call("Task.__call__(self, *args, **kwargs)")), "self a checked plain bound");
    assert_eq!(shown(&call("self.run(*args, **kwargs)")), "self a checked plain bound");
    assert_eq!(shown(&call("self.run(1, *args, **kwargs)")), "self a checked bound");
    assert_eq!(shown(&call("super().__call__(kwargs)")), "self a checked bound");
    assert_eq!(shown(&base("def apply_async(self, *args, **kwargs): pass")), "-");
    assert_eq!(shown("@app.task(base=unknown.Once)\ndef f(a): pass\n"), "-");
    assert_eq!(shown("app.Task = unknown.Base\n@app.task\ndef f(a): pass\n"), "-");
    let named = "class Base(Task):\n    def delay(self): pass\nclass Plain(Task): pass\n";
    let sends = |class: &str| format!("{named}own = Celery(task_cls='{class}')\n@app.task\ndef f(a): pass\n");
    assert_eq!(shown(&sends("shop.tasks:Plain")), "a checked plain");
    assert_eq!(shown(&sends("shop.tasks.Plain")), "a checked plain");
    assert_eq!(shown(&sends("shop.tasks:Base")), "-");
    assert_eq!(shown(&sends("shop.tasks:Other")), "-");
    assert_eq!(shown("@app.task(**unknown)\ndef f(a): pass\n"), "-");
    assert_eq!(shown("@app.task(bind=unknown)\ndef f(a): pass\n"), "-");
    assert_eq!(shown("class F(Task):\n    def run(self, a): pass\napp.register_task(F())\n"), "self a plain bound");
}
