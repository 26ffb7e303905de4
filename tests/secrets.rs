//! No output of the real binary tells a secret: every format, differences, the model, settings, errors; for each way to
//! write a credential down, with values that are awkward to recognise.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A way to write a credential down: the file, and its text with `§` for the secret.
type Case = (&'static str, &'static str);

/// Where the secret stands as it is, alone or in quotes that it does not contain.
static PLAIN: &[Case] = &[
    (
        "settings.py",
        "CELERY_REDIS_BACKEND_USE_SSL = {}\nREDIS_PASSWORD = '§'\nCELERY_BROKER_URL = f'redis://:{REDIS_PASSWORD}@cache/0'\n",
    ),
    ("app.py", "from celery import Celery\napp = Celery('a')\napp.conf.redis_password = '§'\n"),
    (
        "app.py",
        "import os\nfrom celery import Celery\nPASSWORD = os.environ.get('BROKER_PASSWORD', '§')\napp = Celery(broker='amqp://me:' + PASSWORD + '@mq//')\n",
    ),
    (
        "app.py",
        "from celery import Celery\napp = Celery()\napp.conf.broker_transport_options = {'sentinel_kwargs': {'password': '§'}}\n",
    ),
    ("app.py", "from kombu import Connection\nimport celery\nc = Connection('amqp://mq', userid='me', password='§')\n"),
    ("app.py", "import celery\nimport redis\nr = redis.Redis(host='cache', password='§')\n"),
    ("app.py", "import pika\nimport celery\nc = pika.PlainCredentials('me', '§')\n"),
    (
        "app.py",
        "from celery import Celery\nfrom sqlalchemy import URL\nurl = URL.create('redis', host='cache', password='§')\napp = Celery(broker=str(url))\n",
    ),
    (
        "app.py",
        "from celery import Celery\nfrom urllib.parse import quote\napp = Celery(broker='amqp://me:%s@mq//' % quote('§'))\n",
    ),
    ("app.py", "from celery import Celery\napp = Celery(broker='amqp://{}:{}@mq//'.format('me', '§'))\n"),
    (
        "app.py",
        "from celery import Celery\nclass C:\n    broker_password = '§'\n    broker_url = 'amqp://me:' + broker_password + '@mq'\napp = Celery()\napp.config_from_object(C)\n",
    ),
    (
        "conf.py",
        "from pydantic_settings import BaseSettings\nimport celery\nclass S(BaseSettings):\n    redis_password: str = '§'\n",
    ),
    (".env", "REDIS_PASSWORD='§'\nCELERY_BROKER_URL=redis://cache\n"),
    ("prod.env", "export RABBITMQ_DEFAULT_PASS=\"§\"\n"),
    (
        "docker-compose.yml",
        "services:\n  mq:\n    image: rabbitmq\n    environment:\n      RABBITMQ_DEFAULT_PASS: '§'\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  mq:\n    image: rabbitmq\n    environment:\n      - 'RABBITMQ_DEFAULT_PASS=§'\n",
    ),
    (
        "docker-compose.yml",
        "services:\n  redis:\n    image: redis\n    command: ['redis-server', '--requirepass', '§']\n",
    ),
    ("k8s.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: celery\nstringData:\n  REDIS_PASSWORD: '§'\n"),
    ("values.yaml", "celery:\n  redis:\n    password: '§'\nredis:\n  auth:\n    password: '§'\n"),
    ("config.ini", "[celery]\nredis_password = §\n"),
];

/// Where the secret is percent-encoded in a URL.
static URLS: &[Case] = &[
    ("app.py", "from celery import Celery\napp = Celery('a', broker='redis://:§@cache/0')\n"),
    ("app.py", "from celery import Celery\napp = Celery('a', backend='redis://me:§@cache:6379/0')\n"),
    ("app.py", "from celery import Celery\napp = Celery()\napp.conf.update(broker_url='amqp://me:§@mq:5672//')\n"),
    ("app.py", "from celery import Celery\napp = Celery()\napp.conf['result_backend'] = 'db+postgresql://me:§@db/x'\n"),
    ("app.py", "from celery import Celery\nimport os\napp = Celery(broker=os.getenv('B') or 'redis://:§@cache')\n"),
    ("app.py", "from celery import Celery\napp = Celery(broker='sentinel://:§@a:1;sentinel://:§@b:2')\n"),
    ("app.py", "from celery import Celery\napp = Celery(broker=('redis://'\n    ':§'\n    '@cache'))\n"),
    ("celeryconfig.py", "broker_url = 'pyamqp://me:§@mq//'\n"),
    (
        "settings.py",
        "INSTALLED_APPS = []\nCELERY_BROKER_URL = 'redis://:§@cache'\nCELERY_RESULT_BACKEND = CELERY_BROKER_URL\n",
    ),
    ("config.py", "class Config:\n    CELERY = {'broker_url': 'redis://:§@cache'}\n"),
    ("notes.py", "import celery\n# before: redis://:§@cache\nBROKER = 'redis://:§@cache'\n"),
    (".env", "CELERY_BROKER_URL=redis://:§@cache/0\n"),
    (".env.example", "CELERY_BROKER_URL=redis://:§@cache/0\n"),
    (".envrc", "export CELERY_RESULT_BACKEND=\"redis://:§@cache/0\"\n"),
    (
        "docker-compose.yml",
        "services:\n  w:\n    command: celery -A x worker\n    environment:\n      CELERY_BROKER_URL: ${B:-redis://:§@cache}\n",
    ),
    ("docker-compose.yml", "services:\n  w:\n    command: celery -A x -b redis://:§@cache worker\n"),
    ("docker-compose.yml", "services:\n  w:\n    command: celery flower --basic-auth=me:§\n"),
    ("Dockerfile", "FROM python\nENV CELERY_BROKER_URL=redis://:§@cache\nCMD celery -A x worker\n"),
    ("Dockerfile", "FROM python\nCMD [\"celery\", \"-A\", \"x\", \"--broker\", \"amqp://me:§@mq\", \"worker\"]\n"),
    ("Procfile", "worker: celery -A x -b redis://:§@cache worker\n"),
    ("run.sh", "#!/bin/sh\nexport CELERY_BROKER_URL='redis://:§@cache'\ncelery -A x worker\n"),
    ("run.sh", "#!/bin/sh\nceleryd --broker=amqp://me:§@mq\ncelery --broker=amqp://me:§@mq -A x worker\n"),
    ("Makefile", "run:\n\tcelery -A x -b redis://:§@cache worker\n"),
    (
        "celery.service",
        "[Service]\nEnvironment=CELERY_BROKER_URL=redis://:§@cache\nExecStart=/usr/bin/celery -A x worker\n",
    ),
    (
        "supervisord.conf",
        "[program:celery]\ncommand=celery -A x worker\nenvironment=CELERY_BROKER_URL=\"redis://:§@cache\"\n",
    ),
    (
        "k8s.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: w\n          env:\n            - name: CELERY_BROKER_URL\n              value: redis://:§@cache\n",
    ),
    (
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  t:\n    runs-on: x\n    env:\n      CELERY_BROKER_URL: redis://:§@cache\n    steps:\n      - run: celery -A x worker\n",
    ),
    ("app.json", "{\"celery\": {\"broker_url\": \"redis://:§@cache\"}}\n"),
    ("pyproject.toml", "[tool.celery]\nbroker_url = 'redis://:§@cache'\n"),
    ("celery.ini", "[celery]\nbroker_url = redis://:§@cache\n"),
    ("main.tf", "resource \"x\" \"y\" {\n  environment = { CELERY_BROKER_URL = \"redis://:§@cache\" }\n}\n"),
];

/// Values that no rule takes for a placeholder, each awkward in its own way. The number tells the cases apart.
const VALUES: &[&str] = &[
    "Wq7Rost#Lamm",
    "kq!Zw9 xTr4",
    "x9+Tz/kW3==",
    "mB7%qXw2zL",
    "nT4$kQ8wZx",
    "pL6&zR3<wQxM",
    "vK8:gh@2qTz",
    "zß9Ümläut4Q",
    "rT5{qW}8[x]",
    "hJ2|kL*7?qZ",
    "dF3~gH^6,jK",
    "yU1;iO;5pAs",
];

/// The secret of a case: no two are alike.
fn value(index: usize) -> String {
    format!("{}{}", VALUES[index % VALUES.len()], 100 + index * 7)
}

fn encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

/// Every way the value could be spelled in an output.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).unwrap();
    let xml = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let github = value.replace('%', "%25").replace(':', "%3A").replace(',', "%2C");
    let ascii = json.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) });
    vec![
        value.to_owned(),
        json.trim_matches('"').to_owned(),
        ascii.collect::<String>().trim_matches('"').to_owned(),
        xml,
        github,
        encoded(value),
        encoded(value).replace('%', "%25"),
        percent_decode_str(value).decode_utf8_lossy().into_owned(),
        base64::engine::general_purpose::STANDARD.encode(value),
        format!("{value:?}").trim_matches('"').to_owned(),
    ]
}

/// Writes one project per case below the folder, and returns the secrets with what they stand in.
fn write_cases(folder: &Path) -> Vec<(String, String)> {
    let all = PLAIN.iter().map(|case| (case, false)).chain(URLS.iter().map(|case| (case, true)));
    let mut secrets = Vec::new();
    for (index, ((path, text), is_url)) in all.enumerate() {
        let mut value = value(index);
        // What INI files, YAML and shells would read otherwise.
        if path.ends_with(".ini") {
            value = value.replace(['%', ';', '#', '$'], "x");
        }
        let written = if is_url { encoded(&value) } else { value.clone() };
        // Percent and dollar signs are doubled where they would begin a reference.
        let written = if path.ends_with(".ini") || path.ends_with(".conf") || path.ends_with(".service") {
            written.replace('%', "%%")
        } else if path.ends_with(".yml") {
            written.replace('$', "$$")
        } else {
            written
        };
        let text = text.replace('§', &written);
        let file = folder.join(format!("case{index}")).join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        secrets.push((value, format!("case{index}/{path}")));
    }
    secrets
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_celery-lint"));
    for variable in ["CI", "GITHUB_ACTIONS", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    let output = command.args(arguments).current_dir(folder).output().unwrap();
    assert_ne!(output.status.code(), None, "{arguments:?} was killed");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn no_output_tells_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = write_cases(folder.path());
    let formats = ["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"];
    let mut outputs: Vec<(String, String)> = formats
        .iter()
        .map(|format| ((*format).to_owned(), run(folder.path(), &["check", "--output-format", format, "--statistics"])))
        .collect();
    for arguments in [
        &["check", "--diff", "--unsafe-fixes"][..],
        &["check", "--show-settings"],
        &["check", "--show-files"],
        &["inspect"],
        &["inspect", "--output-format", "json"],
        &["inspect", "--output-format", "mermaid"],
        &["inspect", "--output-format", "dot"],
        &["inspect", "--output-format", "html"],
        &["check", "--select", "ALL", "--preview", "--output-format", "full"],
        &["check", "--timings", "--select", "ALL", "--preview", "--output-format", "concise", "--color", "always"],
        &["doctor"],
        &["doctor", "--output-format", "json"],
    ] {
        outputs.push((arguments.join(" "), run(folder.path(), arguments)));
    }
    let kept = fs::read_dir(folder.path().join(".celery_lint_cache")).unwrap().map(|entry| entry.unwrap().path());
    let kept: Vec<_> = kept.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    assert!(kept.iter().filter(|(_, bytes)| bytes.len() > 10_000).count() > 3, "the cache holds nothing");
    outputs.extend(kept.into_iter().map(|(name, bytes)| (name, String::from_utf8_lossy(&bytes).into_owned())));
    outputs.push((
        "the cache's answer".to_owned(),
        run(folder.path(), &["check", "--output-format", "full", "--statistics"]),
    ));
    let json = &outputs[2].1;
    let missed: Vec<&str> = secrets
        .iter()
        .filter(|(_, path)| !json.contains(&format!("\"{path}\"")))
        .map(|(_, path)| path.as_str())
        .collect();
    assert!(missed.is_empty(), "nothing was found in {missed:?}");
    let mut leaks = Vec::new();
    for (what, text) in &outputs {
        for (value, path) in &secrets {
            for spelled in spellings(value) {
                if let Some(at) = text.find(&spelled) {
                    let line = text[..at].rsplit('\n').next().unwrap_or("").to_owned()
                        + &text[at..].chars().take(60).collect::<String>();
                    leaks.push(format!("`{what}` tells `{spelled}` of {path}: {line}"));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn broken_files_and_arguments_tell_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secret = value(3);
    let files = [
        ("a.py", format!("from celery import Celery\napp = Celery(broker='redis://:{secret}@cache'\n")),
        ("b.py", format!("from celery import Celery\nBROKER_URL = 'redis://:{secret}@cache\n")),
        ("docker-compose.yml", format!("services:\n  w: [\n    environment: redis://:{secret}@cache\n")),
        ("app.json", format!("{{\"broker_url\": \"redis://:{secret}@cache\",,\n")),
        ("pyproject.toml", format!("[tool.celery]\nbroker_url = 'redis://:{secret}@cache\n")),
        (".env", format!("CELERY_BROKER_URL=\"redis://:{secret}@cache\n")),
    ];
    for (path, text) in &files {
        fs::write(folder.path().join(path), text).unwrap();
    }
    for format in ["full", "concise", "json", "sarif", "github", "gitlab", "junit"] {
        let text = run(folder.path(), &["check", "--isolated", "--output-format", format]);
        assert!(text.contains("invalid-syntax"), "{format}: {text}");
        for spelled in spellings(&secret) {
            assert!(!text.contains(&spelled), "{format} tells {spelled}:\n{text}");
        }
    }
}

/// Nobody listens at port 1: what the doctor says about that, and about URLs that are none, comes without the password.
#[test]
fn errors_of_the_doctor_tell_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secret = value(3);
    let text =
        format!("from celery import Celery\napp = Celery(broker='redis://:{}@127.0.0.1:1/0')\n", encoded(&secret));
    fs::write(folder.path().join("a.py"), text).unwrap();
    fs::write(folder.path().join("broken.env"), format!("CELERY_BROKER_URL=\"redis://:{secret}@h\n={secret}\n"))
        .unwrap();
    let urls = [
        "redis://:§@127.0.0.1:port/0",
        "amqp://u:§@",
        "redis://§@[::1/0",
        "§",
        "no://u:§@h",
        "sentinel://:§@127.0.0.1:1",
    ];
    let urls: Vec<String> = urls.iter().map(|url| url.replace('§', &encoded(&secret))).collect();
    let mut commands = vec![vec!["doctor", "--connect"], vec!["doctor", "--connect", "--env-file", "broken.env"]];
    for url in &urls {
        commands.push(vec!["doctor", "--broker", url]);
        commands.push(vec!["doctor", "--connect", "--broker", url, "--backend", url]);
    }
    for command in &commands {
        for format in ["text", "json"] {
            let command = [&command[..], &["--timeout", "1", "--output-format", format]].concat();
            let output = run(folder.path(), &command);
            assert!(!output.is_empty(), "{command:?}");
            for spelled in spellings(&secret) {
                assert!(!output.contains(&spelled), "{command:?} tells {spelled}:\n{output}");
            }
        }
    }
}

/// With `--fix` the fixes say what they did, and with `--diff` what they would do.
#[test]
fn notes_about_fixes_tell_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = write_cases(folder.path());
    for arguments in [&["check", "--fix"][..], &["check", "--fix", "--unsafe-fixes", "--preview"]] {
        let output = run(folder.path(), arguments);
        for (value, path) in &secrets {
            for spelled in spellings(value) {
                assert!(!output.contains(&spelled), "{arguments:?} tells `{spelled}` of {path}:\n{output}");
            }
        }
    }
}
