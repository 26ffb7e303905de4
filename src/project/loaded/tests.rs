//! What workers load, against the table that the real Celery made and in projects as people write them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::source::{FileKind, SourceFile, Sources};

fn link(files: &[(&str, &str)]) -> Project {
    let sources = files.iter().map(|(path, text)| {
        let kind = crate::files::kind::by_name(path).unwrap_or(FileKind::Python);
        SourceFile::new(*path, kind, *text)
    });
    Project::link(Sources::new("/p".into(), None, sources.collect()), &Default::default())
}

/// The files that the workers of the first app load, and whether there may be more.
fn loaded(files: &[(&str, &str)]) -> (Vec<String>, bool) {
    let project = link(files);
    let loaded = &project.loading.loaded[0];
    (loaded.files.iter().map(|id| project.sources.path(*id).to_owned()).collect(), loaded.open)
}

fn shown(files: &[(&str, &str)]) -> String {
    let (mut paths, open) = loaded(files);
    paths.extend(open.then(|| "…".to_owned()));
    paths.join(" ")
}

const TASK: &str = "from celery import shared_task\n@shared_task\ndef f(): pass\n";

#[test]
fn the_model_loads_what_the_real_package_loads() {
    let table: Value = serde_json::from_str(include_str!("../../../fixtures/facts/autodiscover.json")).unwrap();
    let packages: Vec<(&str, &str)> = table["files"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str().unwrap()))
        .collect();
    let mut exact = 0;
    for row in table["cases"].as_array().unwrap() {
        let statement = row["statement"].as_str().unwrap();
        let main = format!("from celery import Celery\napp = Celery('main')\n{statement}\n");
        let mut files = packages.clone();
        files.push(("main.py", &main));
        let project = link(&files);
        let with_tasks = |id: &&FileId| project.tasks.iter().any(|task| task.at.file == **id);
        let found = &project.loading.loaded[0];
        let found: BTreeSet<&str> = found.files.iter().filter(with_tasks).map(|id| project.sources.path(*id)).collect();
        let module = |task: &Value| task.as_str().unwrap().rsplit_once('.').unwrap().0.replace('.', "/");
        let expected: BTreeSet<String> = row["tasks"].as_array().unwrap().iter().map(module).collect();
        let found: BTreeSet<String> = found
            .into_iter()
            .map(|path| path.trim_end_matches(".py").trim_end_matches("/__init__").to_owned())
            .collect();
        assert!(!project.loading.loaded[0].open, "{statement}");
        if row["error"].is_null() {
            exact += 1;
            assert_eq!(found, expected, "{statement}");
        } else {
            // A worker that cannot start loads nothing more; what it would load counts all the same.
            assert!(found.is_superset(&expected), "{statement}");
        }
    }
    assert_eq!(exact, 29);
}

#[test]
fn imports_of_every_kind_are_followed() {
    let files = [
        ("shop/__init__.py", ""),
        (
            "shop/celery.py",
            "from celery import Celery\napp = Celery('shop', include=['shop.listed'])\nfrom shop import direct\n",
        ),
        (
            "shop/direct.py",
            "try:\n    from .deep import f\nexcept ImportError:\n    pass\ndef g():\n    import shop.later\n",
        ),
        ("shop/deep.py", TASK),
        ("shop/later.py", TASK),
        ("shop/listed.py", TASK),
        ("shop/never.py", TASK),
    ];
    assert_eq!(shown(&files), "shop/deep.py shop/later.py shop/listed.py");
}

#[test]
fn names_made_at_run_time_open_what_is_loaded() {
    let app = |rest: &str| format!("from celery import Celery\napp = Celery('app')\n{rest}");
    let cases = [
        ("", ""),
        ("import importlib\nimportlib.import_module('jobs')\n", "jobs.py"),
        ("import importlib, os\nfor n in os.listdir('.'):\n    importlib.import_module(n)\n", "…"),
        ("app.conf.imports = find()\n", "…"),
        ("app.conf.imports = ['jobs', *more]\n", "…"),
        ("app.autodiscover_tasks(find())\n", "…"),
        ("app.autodiscover_tasks(['jobs'], related_name=NAME)\n", "…"),
    ];
    for (rest, expected) in cases {
        assert_eq!(shown(&[("app.py", &app(rest)), ("jobs.py", TASK)]), expected, "{rest}");
    }
}

#[test]
fn workers_start_where_launches_say() {
    let cases = [
        ("celery -A core worker", ""),
        ("celery -A main worker", "jobs.py"),
        ("celery -A main:app worker -I more", "jobs.py more.py"),
        ("gunicorn main:web", "jobs.py"),
    ];
    for (command, expected) in cases {
        let compose = format!("services:\n  worker:\n    command: {command}\n");
        let files = [
            ("docker-compose.yml", compose.as_str()),
            ("core.py", "from celery import Celery\napp = Celery('core')\n"),
            ("main.py", "from core import app\nimport jobs\n"),
            ("jobs.py", TASK),
            ("more.py", TASK),
        ];
        assert_eq!(shown(&files), expected, "{command}");
    }
}

#[test]
fn django_brings_its_apps_and_their_urls() {
    let files = [
        ("shop/__init__.py", ""),
        (
            "shop/celery.py",
            "import os\nfrom celery import Celery\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n\
            app = Celery('shop')\napp.config_from_object('django.conf:settings', namespace='CELERY')\napp.autodiscover_tasks()\n",
        ),
        (
            "shop/settings.py",
            "INSTALLED_APPS = ['orders', 'mail.apps.MailConfig']\nROOT_URLCONF = 'shop.urls'\nDATABASES = {}\n",
        ),
        ("shop/urls.py", "from shop import views\nurlpatterns = []\n"),
        ("shop/views.py", ""),
        ("orders/__init__.py", ""),
        ("orders/tasks.py", TASK),
        ("orders/jobs.py", TASK),
        ("mail/__init__.py", ""),
        (
            "mail/apps.py",
            "from django.apps import AppConfig\nclass MailConfig(AppConfig):\n    name = 'mail'\n    def ready(self):\n        from . import hooks\n",
        ),
        ("mail/hooks.py", TASK),
        ("mail/tasks.py", TASK),
        ("other/__init__.py", ""),
        ("other/tasks.py", TASK),
    ];
    let expected = "mail/hooks.py mail/tasks.py orders/tasks.py";
    assert_eq!(shown(&files), expected);
}

#[test]
fn names_from_directories_that_are_not_known_may_mean_any_module() {
    let app = "import sys\nsys.path.insert(0, 'apps')\nfrom celery import Celery\napp = Celery('main')\nfrom jobs.mail import f\n";
    let files = [
        ("main.py", app),
        ("apps/__init__.py", ""),
        ("apps/jobs/__init__.py", ""),
        ("apps/jobs/mail.py", TASK),
        ("apps/jobs/other.py", TASK),
        ("more/__init__.py", ""),
        ("more/jobs/__init__.py", ""),
        ("more/jobs/mail.py", TASK),
    ];
    assert_eq!(shown(&files), "apps/jobs/mail.py more/jobs/mail.py");
}

#[test]
fn a_module_with_tasks_is_where_a_worker_starts_unless_the_app_lists_its_modules() {
    let task = "from core import app\n@app.task\ndef f(): pass\n";
    for (include, expected) in [("", "jobs.py more.py"), (", include=['jobs']", "jobs.py")] {
        let core = format!("from celery import Celery\napp = Celery('core'{include})\n");
        assert_eq!(shown(&[("core.py", core.as_str()), ("jobs.py", task), ("more.py", task)]), expected);
    }
}
