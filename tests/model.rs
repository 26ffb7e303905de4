//! The model of small projects: apps, settings by every way they get to Celery, tasks and their names, submissions.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use celery_lint::project::Project;
use celery_lint::project::setting::How;
use celery_lint::python::{Value, ValueKind};
use celery_lint::source::Loc;

#[path = "common/memory.rs"]
mod memory;

type Files = [(&'static str, &'static str)];

fn place(project: &Project, at: Loc) -> String {
    format!("{}:{}", project.sources.path(at.file), project.sources.line(at))
}

/// A literal as text, alternatives with `|`.
fn literal(value: &Value) -> String {
    match &value.kind {
        ValueKind::Int(number) => number.to_string(),
        ValueKind::Bool(boolean) => boolean.to_string(),
        ValueKind::Env(env) => format!("${}", env.keys.join("|")),
        ValueKind::OneOf(values) => values.iter().map(literal).collect::<Vec<_>>().join("|"),
        ValueKind::Dict(_) => "{}".to_owned(),
        ValueKind::List { .. } => "[]".to_owned(),
        _ => value.as_literal().unwrap_or_else(|| "?".to_owned()),
    }
}

/// `name = value, how, place` of every setting.
fn settings(files: &Files) -> Vec<String> {
    let project = memory::link(files);
    let told = project.settings.iter().map(|setting| {
        let app = if setting.app.is_some() { ", app" } else { "" };
        let (value, at) = (literal(&setting.value), place(&project, setting.at));
        format!("{} = {value}, {}, {at}{app}", setting.name, how(setting.how))
    });
    told.collect()
}

fn how(how: How) -> String {
    serde_json::to_value(how).unwrap().as_str().unwrap().to_owned()
}

/// Compares what each project gives with what is expected, all at once.
fn check(found: impl Fn(&Files) -> Vec<String>, table: &[(&str, &Files, &[&str])]) {
    let wrong = table.iter().filter_map(|(case, files, expected)| {
        let actual = found(files);
        (actual != *expected).then(|| format!("{case}\n  expected: {expected:#?}\n  actual: {actual:#?}\n"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn settings_are_found_however_the_app_takes_them() {
    check(
        settings,
        &[
            (
                "arguments",
                &[("a.py", "from celery import Celery\napp = Celery('a', broker='b://', backend='c://')")],
                &["broker_url = b://, argument, a.py:2, app", "result_backend = c://, argument, a.py:2, app"],
            ),
            (
                "arguments by position",
                &[("a.py", "from celery import Celery\napp = Celery('a', None, 'c://')")],
                &["result_backend = c://, argument, a.py:2, app"],
            ),
            (
                "arguments in a dictionary",
                &[("a.py", "from celery import Celery\nk = {'broker': 'b://'}\napp = Celery('a', **k)")],
                &["broker_url = b://, argument, a.py:2, app"],
            ),
            (
                "other settings as arguments",
                &[("a.py", "from celery import Celery\napp = Celery('a', task_always_eager=True)")],
                &["task_always_eager = true, argument, a.py:2, app"],
            ),
            (
                "attribute",
                &[("a.py", "from celery import Celery\napp = Celery()\napp.conf.broker_url = 'b://'")],
                &["broker_url = b://, attribute, a.py:3, app"],
            ),
            (
                "item",
                &[("a.py", "from celery import Celery\napp = Celery()\napp.conf['broker_url'] = 'b://'")],
                &["broker_url = b://, attribute, a.py:3, app"],
            ),
            (
                "old names",
                &[(
                    "a.py",
                    "from celery import Celery\napp = Celery()\napp.conf.BROKER_URL = 'b://'\napp.conf.CELERY_RESULT_BACKEND = 'c://'",
                )],
                &["broker_url = b://, attribute, a.py:3, app", "result_backend = c://, attribute, a.py:4, app"],
            ),
            (
                "update with keywords",
                &[("a.py", "from celery import Celery\napp = Celery()\napp.conf.update(broker_url='b://')")],
                &["broker_url = b://, update, a.py:3, app"],
            ),
            (
                "update with a dictionary and splats",
                &[(
                    "a.py",
                    "from celery import Celery\napp = Celery()\nbase = {'broker_url': 'b://'}\napp.conf.update({**base, 'result_backend': 'c://'})",
                )],
                &["broker_url = b://, update, a.py:3, app", "result_backend = c://, update, a.py:4, app"],
            ),
            (
                "conf under another name",
                &[("a.py", "from celery import Celery\napp = Celery()\nconf = app.conf\nconf.broker_url = 'b://'")],
                &["broker_url = b://, attribute, a.py:4, app"],
            ),
            (
                "setattr in a loop",
                &[(
                    "a.py",
                    "from celery import Celery\napp = Celery()\nfor k, v in {'broker_url': 'b://'}.items():\n    setattr(app.conf, k, v)",
                )],
                &["broker_url = b://, attribute, a.py:3, app"],
            ),
            (
                "current_app",
                &[("a.py", "from celery import current_app\ncurrent_app.conf.broker_url = 'b://'")],
                &["broker_url = b://, attribute, a.py:2"],
            ),
            (
                "app of another module",
                &[
                    ("p/__init__.py", ""),
                    ("p/app.py", "from celery import Celery\napp = Celery()"),
                    ("p/b.py", "from p.app import app\napp.conf.broker_url = 'b://'"),
                ],
                &["broker_url = b://, attribute, p/b.py:2, app"],
            ),
            (
                "app in if and else",
                &[(
                    "a.py",
                    "from celery import Celery\nif x:\n    app = Celery(broker='b://')\nelse:\n    app = Celery(broker='c://')",
                )],
                &["broker_url = b://, argument, a.py:3, app", "broker_url = c://, argument, a.py:5, app"],
            ),
            (
                "subclass of Celery",
                &[("a.py", "from celery import Celery\nclass My(Celery):\n    pass\napp = My(broker='b://')")],
                &["broker_url = b://, argument, a.py:4, app"],
            ),
            (
                "on self",
                &[(
                    "a.py",
                    "import celery\nclass S:\n    def __init__(self):\n        self.app = celery.Celery()\n        self.app.conf.broker_url = 'b://'",
                )],
                &["broker_url = b://, attribute, a.py:5, app"],
            ),
        ],
    );
}

/// Name, the call, the other file, the settings it gives.
type Case = (&'static str, &'static str, (&'static str, &'static str), &'static [&'static str]);

#[test]
fn settings_are_found_in_what_config_from_object_names() {
    const APP: &str = "from celery import Celery\napp = Celery()\n";
    let object = |source: &str| format!("{APP}{source}");
    let cases: &[Case] = &[
        (
            "module by name",
            "app.config_from_object('celeryconfig')",
            ("celeryconfig.py", "broker_url = 'b://'\nx = 1"),
            &["broker_url = b://, config-module, celeryconfig.py:1, app"],
        ),
        (
            "module",
            "import conf\napp.config_from_object(conf)",
            ("conf.py", "broker_url = 'b://'"),
            &["broker_url = b://, config-module, conf.py:1, app"],
        ),
        (
            "dotted attribute",
            "app.config_from_object('conf:C')",
            ("conf.py", "class C:\n    broker_url = 'b://'"),
            &["broker_url = b://, config-class, conf.py:2, app"],
        ),
        (
            "attribute with a dot",
            "app.config_from_object('conf.C')",
            ("conf.py", "class C:\n    broker_url = 'b://'"),
            &["broker_url = b://, config-class, conf.py:2, app"],
        ),
        (
            "class",
            "from conf import C\napp.config_from_object(C)",
            ("conf.py", "class C:\n    broker_url = 'b://'"),
            &["broker_url = b://, config-class, conf.py:2, app"],
        ),
        (
            "inherited",
            "from conf import C\napp.config_from_object(C)",
            ("conf.py", "class B:\n    broker_url = 'b://'\nclass C(B):\n    task_always_eager = True"),
            &[
                "broker_url = b://, config-class, conf.py:2, app",
                "task_always_eager = true, config-class, conf.py:4, app",
            ],
        ),
        (
            "instance",
            "from conf import C\napp.config_from_object(C())",
            ("conf.py", "class C:\n    def __init__(self):\n        self.broker_url = 'b://'"),
            &["broker_url = b://, config-class, conf.py:3, app"],
        ),
        (
            "dictionary",
            "app.config_from_object({'broker_url': 'b://'})",
            ("x.py", ""),
            &["broker_url = b://, config-module, a.py:3, app"],
        ),
        (
            "dataclass",
            "from conf import C\napp.config_from_object(C(broker_url='c://'))",
            ("conf.py", "from dataclasses import dataclass\n@dataclass\nclass C:\n    broker_url: str = 'b://'"),
            &["broker_url = c://, config-class, conf.py:4, app"],
        ),
        (
            "pydantic settings",
            "from conf import s\napp.config_from_object(s)",
            (
                "conf.py",
                "from pydantic_settings import BaseSettings\nclass C(BaseSettings):\n    broker_url: str = 'b://'\ns = C()",
            ),
            &["broker_url = $BROKER_URL, config-class, conf.py:3, app"],
        ),
        (
            "namespace",
            "app.config_from_object('conf', namespace='CELERY')",
            ("conf.py", "CELERY_BROKER_URL = 'b://'\nBROKER_URL = 'no'"),
            // Old names beside a namespace are read since 5.7; without a known release both may be.
            &["broker_url = b://, config-module, conf.py:1, app", "broker_url = no, config-module, conf.py:2, app"],
        ),
        (
            "choice by name",
            "import os\nfrom conf import M\napp.config_from_object(M[os.environ['MODE']])",
            (
                "conf.py",
                "class D:\n    broker_url = 'd://'\nclass P:\n    broker_url = 'p://'\nM = {'dev': D, 'prod': P}",
            ),
            &["broker_url = d://, config-class, conf.py:2, app", "broker_url = p://, config-class, conf.py:4, app"],
        ),
    ];
    let wrong = cases.iter().filter_map(|(case, call, other, expected)| {
        let app = object(call);
        let project = memory::link(&[("a.py", app.as_str()), *other]);
        let mut actual: Vec<String> = project
            .settings
            .iter()
            .filter(|setting| setting.how != How::Loose)
            .map(|setting| {
                let app = if setting.app.is_some() { ", app" } else { "" };
                let (value, at) = (literal(&setting.value), place(&project, setting.at));
                format!("{} = {value}, {}, {at}{app}", setting.name, how(setting.how))
            })
            .collect();
        actual.sort();
        (actual != *expected).then(|| format!("{case}\n  expected: {expected:#?}\n  actual: {actual:#?}\n"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn settings_are_found_in_django_and_flask() {
    const DJANGO: &str = "from celery import Celery\napp = Celery('p')\napp.config_from_object('django.conf:settings', namespace='CELERY')";
    check(
        settings,
        &[
            (
                "django",
                &[
                    ("p/__init__.py", ""),
                    ("p/celery.py", DJANGO),
                    ("p/settings.py", "SECRET_KEY = 'x'\nCELERY_BROKER_URL = 'b://'"),
                ],
                &["broker_url = b://, django-namespace, p/settings.py:2, app"],
            ),
            (
                "django, settings package",
                &[
                    ("p/__init__.py", ""),
                    ("p/celery.py", DJANGO),
                    ("p/settings/__init__.py", ""),
                    ("p/settings/base.py", "CELERY_TASK_ROUTES = {}\nINSTALLED_APPS = []"),
                    ("p/settings/prod.py", "from .base import *\nCELERY_BROKER_URL = 'b://'"),
                ],
                &[
                    "task_routes = {}, django-namespace, p/settings/base.py:1, app",
                    "broker_url = b://, django-namespace, p/settings/prod.py:2, app",
                ],
            ),
            (
                "django, settings object",
                &[
                    ("p/__init__.py", ""),
                    (
                        "p/celery.py",
                        "from celery import Celery\nfrom django.conf import settings\napp = Celery('p')\napp.config_from_object(settings, namespace='CELERY')",
                    ),
                    ("p/settings.py", "CELERY_BROKER_URL = 'b://'"),
                ],
                &["broker_url = b://, django-namespace, p/settings.py:1, app"],
            ),
            (
                "django, value handed over",
                &[
                    (
                        "p/celery.py",
                        "from celery import Celery\nfrom django.conf import settings\napp = Celery('p', broker=settings.BROKER)",
                    ),
                    ("p/settings.py", "INSTALLED_APPS = []\nBROKER = 'b://'"),
                ],
                &["broker_url = ?, argument, p/celery.py:3, app"],
            ),
            (
                "flask, item",
                &[(
                    "a.py",
                    "from flask import Flask\napp = Flask(__name__)\napp.config['CELERY'] = {'broker_url': 'b://'}",
                )],
                &["broker_url = b://, flask-config, a.py:3"],
            ),
            (
                "flask, from_mapping",
                &[(
                    "a.py",
                    "from flask import Flask\napp = Flask(__name__)\napp.config.from_mapping(CELERY=dict(broker_url='b://', task_ignore_result=True))",
                )],
                &["broker_url = b://, flask-config, a.py:3", "task_ignore_result = true, flask-config, a.py:3"],
            ),
            (
                "flask, old names",
                &[("a.py", "from flask import Flask\napp = Flask(__name__)\napp.config['CELERY_BROKER_URL'] = 'b://'")],
                &["broker_url = b://, flask-config, a.py:3"],
            ),
            (
                "factory",
                &[(
                    "a.py",
                    "from celery import Celery\ndef make_celery(app):\n    celery = Celery(app.import_name, broker=app.config['B'])\n    celery.conf.update(task_always_eager=True)\n    return celery\ncelery = make_celery(flask)\ncelery.conf.result_backend = 'c://'",
                )],
                &[
                    "broker_url = ?|?, argument, a.py:3, app",
                    "task_always_eager = true, update, a.py:4, app",
                    "result_backend = c://, attribute, a.py:7, app",
                ],
            ),
            (
                "loose constants",
                &[("settings.py", "CELERY_BROKER_URL = 'b://'\nBROKER_NAME = 'x'")],
                &["broker_url = b://, loose, settings.py:1"],
            ),
        ],
    );
}

/// `name place` of every task.
fn tasks(files: &Files) -> Vec<String> {
    let project = memory::link(files);
    let told = project
        .tasks
        .iter()
        .map(|task| format!("{} {}", task.name.as_deref().unwrap_or("?"), place(&project, task.at)));
    told.collect()
}

#[test]
fn tasks_are_found_however_they_are_made() {
    check(
        tasks,
        &[
            (
                "app",
                &[("t.py", "from celery import Celery\napp = Celery()\n\n@app.task\ndef f(): pass")],
                &["t.f t.py:4"],
            ),
            (
                "app, called",
                &[(
                    "t.py",
                    "from celery import Celery\napp = Celery()\n@app.task(bind=True, name='n')\ndef f(self): pass",
                )],
                &["n t.py:3"],
            ),
            ("shared", &[("t.py", "from celery import shared_task as st\n@st\ndef f(): pass")], &["t.f t.py:2"]),
            (
                "method",
                &[("t.py", "from celery import shared_task\nclass K:\n    @shared_task\n    def f(): pass")],
                &["t.f t.py:3"],
            ),
            (
                "async",
                &[("t.py", "from celery import shared_task\n@shared_task\nasync def f(): pass")],
                &["t.f t.py:2"],
            ),
            (
                "app of a package",
                &[
                    ("p/__init__.py", "from .celery import app as celery_app"),
                    ("p/celery.py", "from celery import Celery\napp = Celery()"),
                    ("p/t.py", "from p import celery_app\n@celery_app.task\ndef f(): pass"),
                ],
                &["p.t.f p/t.py:2"],
            ),
            (
                "app in a factory",
                &[(
                    "t.py",
                    "from celery import Celery\ndef make():\n    return Celery()\napp = make()\n@app.task\ndef f(): pass",
                )],
                &["t.f t.py:5"],
            ),
            (
                "project decorator",
                &[(
                    "t.py",
                    "from celery import shared_task\ndef task(f):\n    return shared_task(f)\n@task\ndef g(): pass",
                )],
                &["t.g t.py:4"],
            ),
            (
                "by call",
                &[("t.py", "from celery import Celery\napp = Celery()\ndef f(): pass\ng = app.task(f)")],
                &["t.f t.py:4"],
            ),
            (
                "class",
                &[(
                    "t.py",
                    "from celery import Celery, Task\napp = Celery()\nclass K(Task):\n    def run(self): pass\napp.register_task(K())",
                )],
                &["t.K t.py:5"],
            ),
            (
                "a decorator that is kept",
                &[(
                    "t.py",
                    "from functools import partial\nfrom celery import Celery, shared_task\napp = Celery()\n\
                     retried = shared_task(max_retries=3)\nown = app.task(bind=True)\nlater = partial(app.task, name='n')\n\
                     @retried\ndef f(): pass\n@own\ndef g(self): pass\n@later()\ndef h(): pass\n@later(name='m')\ndef i(): pass",
                )],
                &["t.f t.py:7", "t.g t.py:9", "n t.py:11", "m t.py:13"],
            ),
            (
                "a registry of the project's own",
                &[
                    ("m.py", "class Manager:\n    @classmethod\n    def register_task(cls, task): pass"),
                    (
                        "t.py",
                        "import celery\nimport m\nfrom m import Manager\nclass K: pass\nManager.register_task(K)\n\
                         m.Manager.register_task(K)",
                    ),
                ],
                &[],
            ),
            (
                "not Celery's",
                &[(
                    "t.py",
                    "from invoke import task\nfrom airflow.decorators import task as t\n@task\ndef f(): pass\n@t\ndef g(): pass",
                )],
                &[],
            ),
            (
                "a name made of parts",
                &[("t.py", "from celery import shared_task\nP = 'p'\n@shared_task(name=f'{P}.f')\ndef f(): pass")],
                &["p.f t.py:3"],
            ),
            (
                "a name not known",
                &[("t.py", "from celery import shared_task\n@shared_task(name=x())\ndef f(): pass")],
                &["? t.py:2"],
            ),
        ],
    );
}

/// `method task place` of every submission.
fn submissions(files: &Files) -> Vec<String> {
    let project = memory::link(files);
    let told = project.submissions.iter().map(|submission| {
        let method = serde_json::to_value(submission.method).unwrap();
        let name = submission.task_name.as_deref().unwrap_or("?");
        let known = if submission.task.is_some() { "" } else { " (not known)" };
        format!("{} {name}{known} {}", method.as_str().unwrap(), place(&project, submission.at))
    });
    told.collect()
}

#[test]
fn submissions_find_their_task() {
    const TASKS: (&str, &str) = (
        "p/t.py",
        "from celery import Celery\napp = Celery()\n@app.task\ndef f(): pass\n@app.task(name='n')\ndef g(): pass",
    );
    const INIT: (&str, &str) = ("p/__init__.py", "");
    check(
        submissions,
        &[
            ("delay", &[INIT, TASKS, ("v.py", "from p.t import f\nf.delay(1)")], &["delay p.t.f v.py:2"]),
            (
                "apply_async",
                &[INIT, TASKS, ("v.py", "from p import t\nt.f.apply_async((1,))")],
                &["apply_async p.t.f v.py:2"],
            ),
            (
                "inside the function",
                &[INIT, TASKS, ("v.py", "def view():\n    from p.t import g\n    return g.delay()")],
                &["delay n v.py:3"],
            ),
            (
                "send_task",
                &[INIT, TASKS, ("v.py", "from p.t import app\napp.send_task('n')\napp.send_task('other')")],
                &["send_task n v.py:2", "send_task other (not known) v.py:3"],
            ),
            (
                "signatures",
                &[INIT, TASKS, ("v.py", "from p.t import f\nx = f.s(1)\ny = f.si()\nz = f.signature((1,))")],
                &["signature p.t.f v.py:2", "signature p.t.f v.py:3", "signature p.t.f v.py:4"],
            ),
            (
                "on commit",
                &[INIT, TASKS, ("v.py", "from p.t import f\nf.delay_on_commit(1)")],
                &["on_commit p.t.f v.py:2"],
            ),
            (
                "canvas",
                &[
                    INIT,
                    TASKS,
                    (
                        "v.py",
                        "from celery import chain, group\nfrom p.t import f\nchain(f.s(), f.s())()\ngroup(f.s()).apply_async()",
                    ),
                ],
                &[
                    "canvas ? (not known) v.py:3",
                    "signature p.t.f v.py:3",
                    "signature p.t.f v.py:3",
                    "canvas ? (not known) v.py:4",
                    "signature p.t.f v.py:4",
                ],
            ),
            (
                "star imports in a package that is run from inside another",
                &[
                    ("apps/__init__.py", ""),
                    ("apps/shop/__init__.py", ""),
                    ("apps/shop/tasks/__init__.py", "from .mail import *"),
                    ("apps/shop/tasks/mail.py", "from celery import shared_task\n@shared_task\ndef f(): pass"),
                    ("apps/web/__init__.py", ""),
                    ("apps/web/v.py", "from shop.tasks import f\nf.delay()"),
                ],
                &["delay shop.tasks.mail.f apps/web/v.py:2"],
            ),
            (
                "alternatives",
                &[INIT, TASKS, ("v.py", "from p.t import f, g\n(f if x else g).delay()")],
                &["delay p.t.f v.py:2"],
            ),
            ("not a task", &[("v.py", "import asyncio\nq.put(1)\nx.delay()\nasyncio.delay()")], &[]),
        ],
    );
}
