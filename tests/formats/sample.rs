//! The project and the findings that the formats are shown on.

use celery_lint::finding::Finding;
use celery_lint::fix::{Applicability, Fix};
use celery_lint::project::secret::{Secret, SecretKind, Weight};
use celery_lint::project::{App, Project};
use celery_lint::python::Site;
use celery_lint::python::ir::{ExprId, Scope};
use celery_lint::rule::{Check, Rule};
use celery_lint::source::{FileKind, Loc, SourceFile, Sources, Span};

/// Rules of our own, whose pages never change under the snapshots.
const fn rule(page: &'static str) -> Rule {
    Rule::new(page, Check::Engine)
}

pub static CREDENTIALS: Rule = rule(
    "---
name: sample-credentials
area: security
severity: error
confidence: high
fix: sometimes
status: stable
since: 0.1.0
celery: \">=4.0\"
summary: A password of the broker is written in the source
---

## Why

Anyone who can read the repository
can read the password.

A second paragraph.

## Examples
",
);

pub static KEY: Rule = rule(
    "---
name: sample-key
area: environment
severity: note
confidence: low
fix: always
status: preview
since: 0.1.0
celery: \">=4.0\"
summary: A key is missing
---
",
);

pub static SYNTAX: Rule = rule(
    "---
name: invalid-syntax
area: files
severity: warning
confidence: medium
fix: never
status: stable
since: 0.1.0
celery: \">=4.0\"
summary: A file could not be parsed completely
---

## Why

Nobody knows what stands there.
",
);

pub static BUG: Rule = rule(
    "---
name: internal-error
area: files
severity: error
confidence: high
fix: never
status: stable
since: 0.1.0
celery: \">=4.0\"
summary: A rule failed on this project
---
",
);

pub struct Sample {
    pub project: Project,
    pub findings: Vec<Finding>,
}

pub fn sources(files: Vec<(&str, FileKind, &str)>) -> Sources {
    let files = files.into_iter().map(|(path, kind, text)| SourceFile::new(path, kind, text)).collect();
    Sources::new("/repo/backend".into(), Some("/repo".into()), files)
}

/// The place of `needle` (its first occurrence) in a file.
pub fn at(sources: &Sources, path: &str, needle: &str) -> Loc {
    let file = sources.by_path(path).unwrap();
    let start = file.text.find(needle).unwrap();
    Loc::new(file.id, Span::of(start, start + needle.len()))
}

pub fn secret(at: Vec<Loc>, value: &str) -> Secret {
    Secret {
        at,
        value: value.to_string(),
        kind: SecretKind::UrlPassword,
        weight: Weight::Real,
        opens: "broker".to_string(),
        trail: Vec::new(),
        carrier: None,
        in_default: false,
        in_template: false,
        repair: None,
        in_test: false,
    }
}

const BASE: &str = "from env import env

REDIS_HOST = env(\"REDIS_HOST\")
BROKER = f\"redis://:hünter-2%21@{REDIS_HOST}:6379/0\"
";

const TASKS: &str = "from shop.celery import app\r\n\r\n@app.task\r\ndef total(ids):\r\n\treturn sum(\tprice.delay(i)\r\n\t\t.get() for i in ids)  # 'tis <b>\r\n";

/// Findings of every kind: several files, a whole file, CRLF and tabs, several lines, an empty span at the end.
pub fn shop() -> Sample {
    let sources = sources(vec![
        (".env", FileKind::Env, "CELERY_BROKER_URL=redis://localhost/0"),
        ("my shop/täsks#1.py", FileKind::Python, TASKS),
        ("shop/celery.py", FileKind::Python, "app = Celery(\"shop\")\n\napp.conf.broker_url = settings.BROKER\n"),
        ("shop/settings/base.py", FileKind::Python, BASE),
    ]);
    let place = |path: &str, needle: &str| at(&sources, path, needle);
    let password = place("shop/settings/base.py", "hünter-2%21");
    let url = place("shop/settings/base.py", "f\"redis://:hünter-2%21@{REDIS_HOST}:6379/0\"");
    let end = Loc::new(sources.by_path(".env").unwrap().id, Span::new(37, 37));
    let env = sources.by_path(".env").unwrap().id;
    let findings = vec![
        Finding::new(&KEY, "The file has no `CELERY_RESULT_BACKEND`", end, "")
            .symbol("CELERY_RESULT_BACKEND")
            .fix(Fix::new("Add the key", Applicability::Safe).append(env, "CELERY_RESULT_BACKEND=")),
        Finding::new(
            &SYNTAX,
            "`price.delay(i).get()` waits for another task, 100% of the time",
            place("my shop/täsks#1.py", "price.delay(i)\r\n\t\t.get()"),
            "waits for `shop.tasks.price` inside a task",
        )
        .related(place("my shop/täsks#1.py", "@app.task"), "this is a task")
        .symbol("shop.tasks.total"),
        Finding::new(&CREDENTIALS, "Broker password is written in the source", password, "anyone who can read the repository has it")
            .related(place("shop/celery.py", "settings.BROKER"), "reaches Celery here as `broker_url`")
            .help("Read it with `env(\"CELERY_BROKER_URL\")`; `--fix --unsafe-fixes` moves the value to `.env`, adds the key to `.env.example` and protects `.env` in `.gitignore`")
            .symbol("BROKER")
            .fix(
                Fix::new("Read it from the environment", Applicability::Unsafe)
                    .replace(url, "env(\"CELERY_BROKER_URL\")")
                    .create(".env.example", "CELERY_BROKER_URL=redis://:password@localhost:6379/0\n"),
            )
            .fix(
                Fix::new("Move it to `.env`", Applicability::Unsafe)
                    .append(env, "REDIS_PASSWORD=hünter-2!"),
            ),
        Finding::on_path(&BUG, "The file is not text: the bytes at offset 3 are not UTF-8", "shop/bad.py"),
        Finding::on_path(&BUG, "A rule failed", "."),
    ];
    let apps = vec![App {
        variable: None,
        main: None,
        module: "shop.celery".to_string(),
        factory: None,
        target: None,
        at: place("shop/celery.py", "Celery(\"shop\")"),
        site: Site { module: 0, scope: Scope::Module, expr: ExprId(0) },
        in_test: false,
    }];
    let secrets = vec![secret(vec![password], "hünter-2!")];
    Sample { project: Project { sources, secrets, apps, ..Project::default() }, findings }
}
