//! Configurations of small projects.

use crate::celery::configuration::Outcome;
use crate::celery::release::Minor;
use crate::project::Project;
use crate::source::{FileKind, SourceFile, Sources};

/// Each configuration: its namespace, its module, `…` when there may be more, and its keys as 5.6 takes them.
fn show(files: &[(&str, &str)]) -> Vec<String> {
    let kind = |path: &str| match path.rsplit('.').next() {
        Some("yml") => FileKind::Yaml,
        Some("toml") => FileKind::Toml,
        Some("json") => FileKind::Json,
        _ => FileKind::Python,
    };
    let files = files.iter().map(|(path, text)| SourceFile::new(*path, kind(path), *text)).collect();
    let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
    let one = |configuration: &super::Configuration| {
        let namespace = configuration.namespace.as_deref().unwrap_or("-");
        let file = configuration.object.as_ref().and_then(|object| object.file);
        let file = file.map_or("-", |file| project.sources.path(file));
        let keys = configuration.read(Minor(5, 6)).filter_map(|(entry, outcome)| {
            let mark = match outcome {
                Outcome::Effective(_) => "",
                Outcome::Shadowed { .. } => "<",
                Outcome::Ignored { .. } => "!",
                Outcome::NotAKey => return None,
            };
            let maybe = if entry.conditional { "?" } else { "" };
            Some(format!("{mark}{}{maybe}", entry.written))
        });
        let keys: Vec<String> = keys.chain(configuration.open.then(|| "…".to_owned())).collect();
        format!("{namespace} {file}: {}", keys.join(" "))
    };
    project.configurations.iter().map(one).collect()
}

const APP: &str = "import os\nfrom celery import Celery\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.dev')\n\
                   app = Celery('shop')\napp.config_from_object('django.conf:settings', namespace='CELERY')\n";

#[test]
fn every_environment_of_django_is_a_configuration_of_its_own() {
    let base = "INSTALLED_APPS = []\nCELERY_BROKER_URL = 'redis://a'\nCELERY_DEFAULT_QUEUE = 'x'\nlower_case = 1\n";
    let files = [
        ("shop/__init__.py", ""),
        ("shop/celery.py", APP),
        ("shop/settings/__init__.py", ""),
        ("shop/settings/base.py", base),
        ("shop/settings/dev.py", "from .base import *\nCELERY_TASK_ALWAYS_EAGER = True\n"),
        (
            "shop/settings/prod.py",
            "from .base import *\nif X:\n    CELERY_RESULT_BACKEND = 'rpc'\nfrom vault import *\n",
        ),
        ("shop/settings/test.py", "from .base import *\nCELERY_TASK_ALWAYS_EAGER = True\n"),
    ];
    let expected = [
        "CELERY shop/settings/dev.py: CELERY_TASK_ALWAYS_EAGER !INSTALLED_APPS CELERY_BROKER_URL !CELERY_DEFAULT_QUEUE",
        "CELERY shop/settings/prod.py: CELERY_RESULT_BACKEND? !INSTALLED_APPS CELERY_BROKER_URL !CELERY_DEFAULT_QUEUE …",
    ];
    assert_eq!(show(&files), expected);
}

#[test]
fn each_of_several_classes_is_a_configuration() {
    let text = "import os\nfrom celery import Celery\nclass Base:\n    broker_url = 'redis://a'\n    timezone = None\n\
                class Prod(Base):\n    task_acks_late = True\n\
                app = Celery('jobs', backend='rpc')\nsource = Prod if os.environ.get('P') else Base\n\
                app.config_from_object(source)\napp.conf.task_acks_late = False\n";
    let expected = [
        "- -: backend <task_acks_late broker_url timezone task_acks_late",
        "- -: backend broker_url timezone task_acks_late",
    ];
    assert_eq!(show(&[("jobs.py", text)]), expected);
}

#[test]
fn what_is_not_known_leaves_the_configuration_open() {
    let head = "from celery import Celery\nfrom other import extra\n";
    let cases = [
        ("app = Celery('a', **extra)\n", "- -: …"),
        ("app = Celery('a')\napp.conf.update(extra, timezone='UTC')\n", "- -: timezone …"),
        ("app = Celery('a')\napp.conf[extra] = 1\n", "- -: …"),
        ("app = Celery('a')\napp.config_from_object(extra)\n", "- -: …"),
        ("app = Celery('a')\napp.config_from_object({'broker_url': 'x', **extra})\n", "- -: broker_url …"),
        ("app = Celery('a', broker=None, brokers='x')\n", "- -: !brokers"),
        ("app = Celery('a')\ndef late():\n    app.conf.timezone = 'UTC'\n", "- -: timezone?"),
    ];
    for (text, expected) in cases {
        assert_eq!(show(&[("jobs.py", &format!("{head}{text}"))]), [expected], "{text}");
    }
    let unknown = "app = Celery('a')\napp.config_from_object('django.conf:settings', namespace=extra)\n";
    assert!(show(&[("jobs.py", &format!("{head}{unknown}"))]).is_empty());
}

#[test]
fn the_app_of_the_process_counts_where_there_is_no_other() {
    let text = "from celery import current_app\ncurrent_app.config_from_object({'CELERY_BROKER_URL': 'x'}, namespace='CELERY')\n";
    assert_eq!(show(&[("jobs.py", text)]), ["CELERY -: CELERY_BROKER_URL"]);
    let other = "from celery import Celery\napp = Celery('a', broker='x')\n";
    assert_eq!(show(&[("jobs.py", text), ("app.py", other)]), ["- -: broker …"]);
}

#[test]
fn flask_passes_on_what_is_put_into_its_configuration() {
    let head = "from flask import Flask\nfrom celery import Celery\n\
                class Base:\n    CELERY_TIMEZONE = 'UTC'\n    SECRET = 1\n    lower = 2\n\
                class Prod(Base):\n    BROKER_URL = 'redis://a'\n";
    let cases = [
        (
            "app = Flask('x')\napp.config['BROKER_URL'] = 'a'\njobs = Celery('x')\njobs.conf.update(app.config)\n",
            "- -: BROKER_URL",
        ),
        (
            "app = Flask('x')\napp.config.from_object(Prod)\njobs = Celery('x')\njobs.conf.update(app.config)\n",
            "- -: BROKER_URL CELERY_TIMEZONE",
        ),
        (
            "app = Flask('x')\napp.config.from_pyfile('x.cfg')\njobs = Celery('x')\njobs.conf.update(app.config)\n",
            "- -: …",
        ),
        (
            "app = Flask('x')\napp.config.from_mapping(CELERY=dict(task_ignore_result=True))\njobs = Celery('x')\n\
          jobs.config_from_object(app.config['CELERY'])\n",
            "- -: task_ignore_result",
        ),
        (
            "def create():\n    app = Flask('x')\n    app.config.update(CELERY={'timezone': 'UTC'})\n    return make(app)\n\
          def make(app):\n    jobs = Celery(app.name)\n    jobs.config_from_object(app.config.get('CELERY'))\n    return jobs\n",
            "- -: timezone",
        ),
        ("app = Flask('x')\njobs = Celery('x')\njobs.config_from_object(app.config['CELERY'])\n", "- -: …"),
    ];
    for (text, expected) in cases {
        assert_eq!(show(&[("web.py", &format!("{head}{text}"))]), [expected], "{text}");
    }
}

#[test]
fn a_file_of_the_project_is_read_where_code_loads_it() {
    let files = |code: &'static str| {
        let code = format!(
            "import json, os, tomllib, yaml\nfrom pathlib import Path\nfrom celery import Celery\njobs = Celery('x')\n{code}"
        );
        let yaml =
            "base: &base\n  timezone: UTC\ncelery:\n  <<: *base\n  broker_url: redis://a\n  task_time_limit: 30\n";
        show(&[
            ("jobs.py", &code),
            ("conf/celery.yml", yaml),
            ("celery.toml", "[celery]\ntask_acks_late = true\n"),
            ("celery.json", "{\"enable_utc\": false}"),
            ("a/twice.json", "{}"),
            ("b/twice.json", "{}"),
        ])
    };
    let cases = [
        (
            "with open(os.path.join(os.path.dirname(__file__), 'conf/celery.yml')) as f:\n    found = yaml.safe_load(f)\n\
          jobs.conf.update(found['celery'])\n",
            "- -: broker_url task_time_limit timezone",
        ),
        (
            "jobs.config_from_object(tomllib.loads((Path(__file__).parent / 'celery.toml').read_text())['celery'])\n",
            "- -: task_acks_late",
        ),
        ("jobs.conf.update(json.load(open('celery.json')))\n", "- -: enable_utc"),
        ("jobs.conf.update(json.load(open('twice.json')))\n", "- -: …"),
        ("jobs.conf.update(json.load(open('elsewhere.json')))\n", "- -: …"),
        ("jobs.conf.update(yaml.safe_load(open('conf/celery.yml'))['other'])\n", "- -: …"),
    ];
    for (code, expected) in cases {
        assert_eq!(files(code), [expected], "{code}");
    }
}

#[test]
fn of_two_apps_under_one_name_each_has_what_stands_beside_it() {
    let text = "from celery import Celery\nif DOCKER:\n    app = Celery('a', broker='x')\n    app.conf.task_routes = {}\n\
                else:\n    app = Celery('a', broker='y')\n    app.conf.timezone = 'UTC'\napp.conf.enable_utc = True\n";
    let expected = ["- -: broker? task_routes? enable_utc", "- -: broker? timezone? enable_utc"];
    assert_eq!(show(&[("jobs.py", text)]), expected);
}

#[test]
fn a_class_that_derives_from_celery_configures_its_apps() {
    let head = "from celery import Celery\nclass Jobs(Celery):\n    def init_app(self, app):\n";
    let body = "        self.conf['timezone'] = 'UTC'\n        self.conf.update(app.other)\n        self.config_from_object({'enable_utc': True})\n";
    let text = format!("{head}{body}jobs = Jobs('a', broker='x')\n");
    assert_eq!(show(&[("jobs.py", &text)]), ["- -: timezone? enable_utc broker …"]);
    let other = "from celery import Celery\nclass Other:\n    def init_app(self, app):\n        self.conf['timezone'] = 'UTC'\n\
                 jobs = Celery('a', broker='x')\n";
    assert_eq!(show(&[("jobs.py", other)]), ["- -: broker"]);
}

#[test]
fn a_derived_class_of_another_package_makes_an_app_that_may_hold_more() {
    let text = "from tenant_schemas_celery.app import CeleryApp\napp = CeleryApp('a')\napp.config_from_object('celeryconfig')\n";
    assert_eq!(
        show(&[("jobs.py", text), ("celeryconfig.py", "timezone = 'UTC'\n")]),
        ["- celeryconfig.py: timezone …"]
    );
}

#[test]
fn settings_that_a_call_loads_into_the_module_are_not_known() {
    let settings = "from base import Settings\nINSTALLED_APPS = []\nSettings.load_settings(__name__)\n";
    let files = [
        ("shop/__init__.py", ""),
        ("shop/celery.py", APP),
        ("shop/settings/__init__.py", ""),
        ("shop/settings/dev.py", settings),
    ];
    assert_eq!(show(&files), ["CELERY shop/settings/dev.py: !INSTALLED_APPS …"]);
}
