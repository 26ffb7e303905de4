//! What cannot be seen of a project silences what it could explain, and nothing else.

use super::*;
use crate::files::kind::kind;
use crate::rules;
use crate::source::SourceFile;
use crate::source::files::ReadError;

/// What else there is in the project.
enum Part {
    /// A file, of which only a part may be understood.
    File(&'static str),
    /// Bytes that are no text, of which that much can be made out.
    Torn(&'static str),
    Refused,
    Large,
    Folder,
}
use Part::{File, Folder, Large, Refused, Torn};

const APP: &str = "from celery import Celery\n\napp = Celery(\"shop\", broker=\"redis://localhost\", backend=\"redis://localhost\")\n";
const TASKS: &str = "from .celery import app\n\n\n@app.task\ndef add(x):\n    return x\n";
const BROKEN: &str = "def f(:\n    pass\n";

fn sources(files: &[(&str, &str)], path: &str, part: &Part) -> Sources {
    let file = |(path, text): &(&str, &str)| SourceFile::new(*path, kind(path, text).unwrap(), *text);
    let mut all: Vec<SourceFile> = files.iter().map(file).collect();
    if let File(text) = part {
        all.push(file(&(path, text)));
    }
    let mut sources = Sources::new("/p".into(), None, all);
    let error = match part {
        File(_) => return sources,
        Torn(text) => {
            sources.torn.push((path.to_owned(), (*text).to_owned()));
            ReadError::NotText { offset: 0, charset: "UTF-8".to_owned() }
        }
        Refused => ReadError::Io("permission denied".to_owned()),
        Large => ReadError::TooLarge { size: 3, limit: 2 },
        Folder => ReadError::Unlisted("permission denied".to_owned()),
    };
    sources.unreadable.push((path.to_owned(), error));
    sources
}

/// Whether the rule still tells something when that part is there.
fn tells(rule: &'static str, files: &[(&str, &str)], path: &str, part: &Part) -> (bool, usize) {
    let settings = Settings { rules: vec![rules::by_name(rule).unwrap()], ..Settings::default() };
    let outcome = lint(sources(files, path, part), &settings);
    (outcome.findings.iter().any(|finding| finding.rule.name == rule), outcome.left_out)
}

/// Asks about each part, and that there is a finding without them.
fn assert_tells(rule: &'static str, files: &[(&str, &str)], parts: &[(&str, Part, bool)]) {
    assert!(tells(rule, files, "other.py", &File("")).0, "{rule} has nothing to tell");
    let common = [("jobs", Folder, false), ("tests/data", Folder, true), ("dump.json", Large, true)];
    for (path, part, told) in common.iter().chain(parts) {
        let (found, left_out) = tells(rule, files, path, part);
        assert_eq!(found, *told, "{rule} beside {path}");
        assert!(!found || left_out == 0, "{rule} beside {path}");
    }
}

#[test]
fn a_task_may_be_registered_where_its_name_stands() {
    let schedule = "app.conf.beat_schedule = {\"a\": {\"task\": \"shop.tasks.gone\", \"schedule\": 5}}\n";
    let app = format!("{APP}{schedule}");
    let files = [("shop/__init__.py", ""), ("shop/celery.py", app.as_str()), ("shop/tasks.py", TASKS)];
    let parts = [
        ("shop/more.py", Refused, false),
        ("shop/more.py", Large, false),
        ("shop/more.py", Torn("\u{fffd} def gone(): pass"), false),
        ("shop/more.py", Torn("\u{fffd} def begone(): pass"), true),
        ("shop/more.py", File("from celery import shared_task\n@shared_task\ndef other(:\n"), true),
        ("shop/more.py", File("@task(name=\"shop.tasks.gone\")\ndef other(:\n"), false),
        ("tests/more.py", Refused, true),
        ("docker-compose.yml", Refused, true),
    ];
    assert_tells("beat-unknown-task", &files, &parts);
}

#[test]
fn a_module_may_be_loaded_by_what_speaks_of_celery() {
    let app = "from celery import Celery\n\napp = Celery(\"shop\", include=[\"shop.mail\"])\n";
    let files = [
        ("shop/__init__.py", ""),
        ("shop/celery.py", app),
        ("shop/mail.py", TASKS),
        ("shop/chores.py", TASKS),
        ("shop/web.py", "from .chores import add\n\n\ndef view():\n    add.delay(1)\n"),
        ("Procfile", "worker: celery -A shop worker\n"),
    ];
    let parts = [
        ("shop/more.py", Refused, false),
        ("shop/more.py", File(BROKEN), true),
        ("shop/more.py", File("import celery\ndef f(:\n"), false),
        ("shop/more.py", File("from . import chores\ndef f(:\n"), false),
        ("start", Refused, false),
        ("docker-compose.yml", Refused, false),
        (".env", Refused, true),
        ("requirements.txt", Refused, true),
    ];
    assert_tells("task-module-never-loaded", &files, &parts);
}

#[test]
fn a_queue_may_be_read_by_what_starts_services() {
    let tasks = "from .celery import app\n\n\n@app.task(queue=\"repotrs\")\ndef add(x):\n    return x\n";
    let files = [
        ("shop/__init__.py", ""),
        ("shop/celery.py", APP),
        ("shop/tasks.py", tasks),
        ("Procfile", "worker: celery -A shop worker -Q reports\n"),
    ];
    let parts = [
        ("docker-compose.yml", Refused, false),
        ("docker-compose.yml", File("services: [a\n"), true),
        ("docker-compose.yml", File("services:\n  a: {image: b, command: celery -A shop worker\n"), false),
        ("shop/more.py", Refused, false),
        ("shop/more.py", File(BROKEN), true),
        (".env", Refused, false),
    ];
    assert_tells("queue-never-consumed", &files, &parts);
}

#[test]
fn an_endpoint_may_be_in_python_that_speaks_of_celery() {
    let web = "from fastapi import FastAPI\nfrom shop.tasks import add\n\napi = FastAPI()\n\n\n\
               @api.post(\"/add\")\ndef start():\n    return {\"id\": add.delay(1).id}\n";
    let files = [("shop/__init__.py", ""), ("shop/celery.py", APP), ("shop/tasks.py", TASKS), ("shop/web.py", web)];
    let parts = [
        ("shop/more.py", Refused, false),
        ("shop/more.py", File(BROKEN), true),
        ("shop/more.py", File("from celery.result import AsyncResult\ndef f(:\n"), false),
        ("docker-compose.yml", Refused, true),
    ];
    assert_tells("missing-status-endpoint", &files, &parts);
}

#[test]
fn a_template_may_be_an_env_file_that_was_not_read() {
    let app = "import os\nfrom celery import Celery\n\napp = Celery(\"shop\", broker=os.environ[\"BROKER_URL\"])\n";
    let parts = [
        (".env.example", Refused, false),
        (".env.example", Torn("BROKER_URL="), false),
        ("shop/more.py", Refused, true),
        ("requirements.txt", Refused, true),
    ];
    assert_tells("missing-env-template", &[("shop/celery.py", app)], &parts);
}

#[test]
fn a_driver_may_be_required_where_requirements_were_not_read() {
    let parts = [
        ("requirements/prod.txt", Refused, false),
        ("pyproject.toml", File("[project]\ndependencies = [\"redis\"\n"), false),
        ("shop/more.py", Refused, true),
        ("Procfile", Refused, true),
    ];
    assert_tells("missing-transport-extra", &[("app.py", APP), ("requirements.txt", "celery\n")], &parts);
}

#[test]
fn an_ignore_file_that_is_none_hides_its_directory_but_not_the_root() {
    let named = |path: &str| {
        let sources = sources(&[("app.py", APP)], path, &Folder);
        let outcome = lint(sources, &Settings::default());
        outcome.project.unseen.parts.iter().map(|part| format!("{} {}", part.words(), part.path)).collect::<Vec<_>>()
    };
    assert_eq!(named("jobs/.gitignore"), ["all of jobs"]);
    assert_eq!(named("jobs"), ["all of jobs"]);
    assert_eq!(named(".gitignore"), [" .gitignore"]);
}

#[test]
fn an_app_may_be_in_the_module_that_was_not_read() {
    let files = [("shop/__init__.py", ""), ("shop/main.py", APP), ("Procfile", "worker: celery -A shop.work worker\n")];
    let parts = [
        ("shop/work.py", Refused, false),
        ("shop/work.py", Torn("\u{fffd}"), false),
        ("shop/work/celery.py", Refused, false),
        ("shop/more.py", Refused, true),
        ("shop/work.py", File(BROKEN), false),
        ("shop/work.py", File("x = 1\n"), true),
    ];
    assert_tells("app-target-unresolved", &files, &parts);
}

#[test]
fn a_module_that_workers_load_may_be_what_was_not_read() {
    let app = "from celery import Celery\n\napp = Celery(\"shop\", include=[\"shop.work\"])\n";
    let files = [("shop/__init__.py", ""), ("shop/celery.py", app)];
    let parts = [
        ("shop/work.py", Refused, false),
        ("shop/work", Folder, false),
        ("shop/work/inner.py", Refused, false),
        ("shop/more.py", Refused, true),
        ("shop/worker.py", Refused, true),
    ];
    assert_tells("include-target-missing", &files, &parts);
}

#[test]
fn a_module_may_be_behind_a_link() {
    let app = "from celery import Celery\n\napp = Celery(\"shop\", include=[\"shop.work\"])\n";
    let files = [("shop/__init__.py", ""), ("shop/celery.py", app)];
    let rule = rules::by_name("include-target-missing").unwrap();
    let found = |link: &str| {
        let mut sources = sources(&files, "other.py", &File(""));
        sources.seen = vec![link.to_owned()];
        lint(sources, &Settings { rules: vec![rule], ..Settings::default() }).findings.len()
    };
    assert_eq!([found("shop/work"), found("shop/work.py"), found("shop/other")], [0, 0, 1]);
}
