//! Command lines as projects write them, and the many that only mention Celery.

use super::*;
use crate::files::{self, kind};
use crate::project::Project;
use crate::source::{FileId, SourceFile, Sources, Text};

fn show(launch: &Launch) -> String {
    let app = launch.app.as_deref().unwrap_or("?");
    format!("{} {app} {}", launch.command, launch.queues.join("+")).trim_end().to_owned()
}

fn launches(path: &str, text: &str) -> Vec<Launch> {
    let kind = kind::kind(path, text).unwrap();
    of_facts(&files::lower(kind, path, text, FileId(0)))
}

fn of_lines(lines: &[&str]) -> Vec<String> {
    let shown = lines.iter().map(|line| launches("run.sh", line).iter().map(show).collect::<Vec<_>>().join(" | "));
    shown.collect()
}

#[test]
fn the_app_is_found_in_every_spelling() {
    let lines = [
        "celery -A proj worker",
        "celery -Aproj worker",
        "celery --app=proj.celery:app worker -Q a,b",
        "celery --app proj beat -l info",
        "celery -b redis://h --workdir=src -A proj -C worker -Qa, -c4 -BE",
        "celery worker -A proj --queues=x",
        "celery -A ${APP:-proj} -q inspect ping -d x@y",
        "celery -A \"$APP\" worker",
        "celery -A$APP worker -Q $QUEUES",
        "celery -A proj \"$@\"",
        "celery -A proj graph workers",
        "celery --broker=redis://h flower --port=5555",
        "celery multi start w1 w2 -A proj -Q a -c:w1 3",
    ];
    let expected = [
        "worker proj",
        "worker proj",
        "worker proj.celery:app a+b",
        "beat proj",
        "worker proj a",
        "worker proj x",
        "inspect proj",
        "worker ?",
        "worker ?",
        " proj",
        "graph workers proj",
        "flower ?",
        "multi proj a",
    ];
    assert_eq!(of_lines(&lines), expected);
}

#[test]
fn whatever_runs_it_is_seen_through() {
    let lines = [
        "python -m celery -A p worker",
        "poetry run celery -A p worker",
        "uv run --frozen --env-file .env python3.12 -Xdev -m celery -A p worker",
        "exec gosu celery celery -A p worker",
        "su celery -c 'celery -A p worker'",
        "sh -c 'cd x && exec nice -n 10 /srv/venv/bin/celery -A p worker'",
        "\"$APP_DIR\"/env/bin/celery -A p worker",
        "watchfiles --filter python 'celery -A p worker'",
        "watchfiles --filter python celery.__main__.main --args '-A p worker -Q q'",
        "watchmedo auto-restart -d . -p '*.py' -- celery -A p worker",
        "dumb-init -- timeout 60 env X=y celery -A p worker",
        "newrelic-admin run-program opentelemetry-instrument celery -A p worker",
        "./wait-for-it.sh redis:6379 -- celery -A p worker",
        "docker compose run --rm web celery -A p worker",
        "kubectl exec -it pod -- celery -A p worker",
        "python manage.py celery worker",
        "s6-setuidgid celery /usr/local/bin/celery --app p worker",
        "PYTHONPATH=src celery -A p worker &",
        "${CELERY_BIN} -A p worker",
        "pdm run celery -A p worker",
        "pipenv run celery -A p worker",
        "nodemon --exec celery -A p worker",
        "tini -g -- celery -A p worker",
        "su-exec nobody celery -A p worker",
        "setpriv --reuid=1000 --clear-groups celery -A p worker",
        "bash -lc 'celery -A p worker'",
        "ddtrace-run hupper -m celery -A p worker",
        "doppler run --config prd -- celery -A p worker",
        "infisical run --env=prod -- celery -A p worker",
        "dotenv -f .env run -- celery -A p worker",
        "nohup celery -A p worker > x.log 2>&1 &",
        "./wait-for redis:6379 -- celery -A p worker",
        "dockerize -wait tcp://redis:6379 celery -A p worker",
        "sudo -E -u web /srv/bin/celery -A p worker",
        "xvfb-run -a celery -A p worker",
        "coverage run -m celery -A p worker",
        "python -m debugpy --listen 0.0.0.0:5678 -m celery -A p worker",
        "conda run -n env --no-capture-output celery -A p worker",
        "micromamba run -n env celery -A p worker",
        "hatch run prod:celery -A p worker",
        "uvx --from celery celery -A p worker",
        "flock -n /tmp/l -c 'celery -A p worker'",
        "chamber exec prod -- celery -A p worker",
        "bin=$(which celery); exec $bin -A p worker",
        "if x; then exec \"$VENV/bin/celery\" -A p worker; fi",
        "( cd src; celery -A p worker )",
        "while true; do celery -A p worker; done",
        "celery -A p worker & celery_pid=$!",
        "trap 'kill $!' TERM; celery -A p worker",
        "nautobot-server celery worker -A p",
    ];
    let mut expected = vec!["worker p"; lines.len()];
    expected[8] = "worker p q";
    expected[15] = "worker ?";
    assert_eq!(of_lines(&lines), expected);
    assert_eq!(of_lines(&["flower -A p --port=5555", "python -m flower --broker=redis://h"]), ["flower p", "flower ?"]);
}

#[test]
fn a_mention_is_no_launch() {
    let lines = [
        "pip install celery flower",
        "echo celery -A p worker",
        "echo \"celery -A p worker\"",
        "chown celery:celery /var/log/celery",
        "adduser celery worker",
        "systemctl restart celery worker",
        "supervisorctl restart celery beat",
        "docker compose up -d celery worker beat flower",
        "docker compose logs celery worker",
        "pkill -f 'celery worker'",
        "pgrep celery worker",
        "apt-get install -y celery flower",
        "celery --version",
        "celery --help",
        "celery",
        "cd celery && ls flower",
        "gosu celery gunicorn p.wsgi",
        "service celery start",
        "COMMAND='celery -A p worker'",
        "pytest tests/celery worker",
        "test -f celery -a worker",
        "cp celery worker",
        "airflow celery worker",
        "kubectl get pods -l app=celery worker",
        "start-worker celery worker",
        "CELERY=$(which celery)",
    ];
    assert_eq!(of_lines(&lines), vec![""; lines.len()]);
}

#[test]
fn each_kind_of_file_says_where_and_for_which_service() {
    let compose = "services:\n  worker:\n    image: x\n    environment:\n      CELERY_APP: proj\n    command: celery worker -Q a\n  other:\n    image: x\n    command: [\"celery\", \"beat\"]\n";
    let found = launches("docker-compose.yml", compose);
    assert_eq!(found.iter().map(show).collect::<Vec<_>>(), ["worker proj a", "beat ?"]);
    assert_eq!(found[0].service.as_deref(), Some("worker"));
    assert_eq!(&compose[found[0].at.span.range()], "celery worker -Q a");
    assert_eq!(&compose[found[0].app_at.unwrap().span.range()], "proj");
    let docker = "FROM x\nENV CELERY_APP=p.celery\nUSER celery\nRUN pip install celery\nCMD [\"sh\", \"-c\", \"celery worker -l $LEVEL\"]\n";
    let found = launches("Dockerfile", docker);
    assert_eq!(found.iter().map(show).collect::<Vec<_>>(), ["worker p.celery"]);
    assert_eq!(found[0].arguments, ["worker", "-l", "${LEVEL}"]);
    let unit = "[Service]\nExecStart=/bin/sh -c '${CELERY_BIN} -A $CELERY_APP multi start $CELERYD_NODES \\\n    --pidfile=x'\n";
    assert_eq!(launches("celery.service", unit).iter().map(show).collect::<Vec<_>>(), ["multi ?"]);
    let procfile = "worker: celery -A p worker\nweb: gunicorn p\n";
    assert_eq!(launches("Procfile", procfile)[0].service.as_deref(), Some("worker"));
    let template = launches("celery.sh", "celery --app={{ name }}.celery:app worker -n {{ host }}");
    assert_eq!(template.iter().map(show).collect::<Vec<_>>(), ["worker ?"]);
    assert_eq!(template[0].arguments, ["--app={{ name }}.celery:app", "worker", "-n", "{{ host }}"]);
}

#[test]
fn passwords_are_not_in_the_arguments() {
    let line = "celery -A p -b redis://:Whiffle-403@h/0 flower --basic_auth=anna:Whiffle-404,$U:$P --cookie_secret Whiffle-405";
    let [launch] = launches("run.sh", line).try_into().unwrap();
    let expected = [
        "-A",
        "p",
        "-b",
        "redis://:•••••••••••@h/0",
        "flower",
        "--basic_auth=•••••••••••••••••${U}•${P}",
        "--cookie_secret",
        "•••••••••••",
    ];
    assert_eq!(launch.arguments, expected);
}

#[test]
fn options_know_what_they_are() {
    let [launch] =
        launches("run.sh", "celery -A p worker -l INFO --max-tasks-per-child=1 -B --nope").try_into().unwrap();
    let shown: Vec<_> = launch
        .options
        .iter()
        .map(|it| (it.name.as_str(), it.value.as_ref().and_then(Text::as_literal), it.leads))
        .collect();
    let text = |text: &str| Some(text.to_owned());
    let expected = [
        ("app", text("p"), true),
        ("loglevel", text("INFO"), false),
        ("max-tasks-per-child", text("1"), false),
        ("beat", None, false),
        ("nope", None, false),
    ];
    assert_eq!(shown, expected);
    assert!(launch.option("loglevel").is_some() && !launch.is_open("loglevel"));
}

#[test]
fn python_starts_celery_too() {
    let text = "import os, shlex, subprocess, sys\nfrom celery import Celery\napp = Celery('p')\n\
        app.worker_main(['worker', '-Q', 'a'])\napp.worker_main(argv=['-l', 'info'])\napp.start(argv=['celery', 'beat'])\n\
        subprocess.run(['celery', '-A', 'p', 'worker'])\nsubprocess.Popen([sys.executable, '-m', 'celery', '-A', 'p', 'beat'])\n\
        os.system('pkill celery; celery -A p worker')\ncmd = 'celery worker -l info -A q'\nsubprocess.call(shlex.split(cmd))\n\
        os.execvp('celery', ['celery', '-A', 'p', 'worker'])\nsubprocess.run(['pip', 'install', 'celery'])\nthread.start()\n";
    let file = SourceFile::new("run.py", crate::source::FileKind::Python, text);
    let project = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
    let shown: Vec<String> =
        project.launches.iter().map(|it| format!("{} {}", project.sources.line(it.at), show(it))).collect();
    let methods = "import subprocess, multiprocessing\nfrom django.core.management import call_command\n\
        def f(c, session, level, words):\n    c.run(f'celery -A p worker -l {level}')\n    session.run('celery', '-A', 'p', 'beat')\n\
        \x20   line = f'celery -A p worker -n {level.upper()} -Q a'\n    subprocess.Popen(line.split(' '))\n\
        \x20   multiprocessing.Process(target=subprocess.run, args=(['celery', '-A', 'p', 'flower'],))\n\
        \x20   count, other = level\n    many = f'celery -A p worker -c {count} -Q b'\n    subprocess.Popen(many.split(' '))\n\
        \x20   call_command('celery', 'worker')\n    c.run(words)\n    app.run('celery')\n";
    let file = SourceFile::new("tasks.py", crate::source::FileKind::Python, methods);
    let other = Project::link(Sources::new("/p".into(), None, vec![file]), &Default::default());
    assert_eq!(
        other.launches.iter().map(show).collect::<Vec<_>>(),
        ["worker p", "beat p", "worker p a", "flower p", "worker p b", "worker ?"]
    );
    let expected = [
        "4 worker run:app a",
        "5 worker run:app",
        "6 beat run:app",
        "7 worker p",
        "8 beat p",
        "9 worker p",
        "10 worker q",
        "12 worker p",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn no_words_make_it_panic() {
    for line in [
        "celery -",
        "celery -A",
        "celery --",
        "celery -é",
        "celery -Qé",
        "celery {{ worker",
        "celery -A p -c",
        "celery -= worker",
    ] {
        launches("run.sh", line);
    }
}

/// The files of `fixtures/places/kinds.txt`: path, text, and the launches that are expected.
fn places() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let files = include_str!("../../../fixtures/places/kinds.txt").split("\n==== ").skip(1);
    let place = |file: &'static str| {
        let (path, rest) = file.split_once('\n')?;
        let (text, expected) = rest.split_once("\n----")?;
        Some((path, text, expected.lines().filter(|line| !line.is_empty()).collect()))
    };
    files.filter_map(place).collect()
}

#[test]
fn every_kind_of_place_is_read() {
    let mut count = 0;
    for (path, text, expected) in places() {
        let mut found = launches(path, text);
        found.sort_by_key(|launch| launch.at);
        let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let shown: Vec<String> = found
            .iter()
            .map(|it| {
                let (app, service) = (it.app.as_deref().unwrap_or("?"), it.service.as_deref().unwrap_or("-"));
                format!("{} {app} {} {service}", dash(&it.command), dash(&it.queues.join("+")))
            })
            .collect();
        assert_eq!(shown, expected, "{path}");
        // A place is the one word that says it.
        for at in found.iter().filter_map(|launch| launch.app_at) {
            let word = text[at.span.range()].trim_matches(['"', '\'']);
            assert!(word == "p" || word.starts_with(['$', '%']) || word.starts_with("{{"), "{path}: {word}");
        }
        count += found.len();
    }
    assert!(count > 100, "{count} places");
}

#[test]
fn an_app_is_found_from_wherever_the_command_may_run() {
    let python = |path: &str, text: &str| SourceFile::new(path, crate::source::FileKind::Python, text);
    let app = "from celery import Celery\n\napp = Celery('shop')\n";
    let run = "celery -A shop.celery worker\ncelery -A code.shop worker\ncelery -A backend.shop.celery:app worker\n\
               celery -A shop.tasks:app worker\ncelery -A shop.nothing worker\ncelery -A other worker\n\
               celery -A code.backend.shop.worker worker\n";
    let sources = vec![
        python("backend/shop/__init__.py", ""),
        python("backend/shop/celery.py", app),
        python("backend/shop/tasks.py", "X = 1\n"),
        python(
            "backend/shop/main.py",
            "from celery import Celery\n\nmain = None\nif X:\n    main = Celery('a')\nelse:\n    main = Celery('b')\n",
        ),
        python("backend/shop/worker.py", "from .main import main\n"),
        SourceFile::new("run.sh", crate::source::FileKind::Shell, run),
    ];
    let project = Project::link(Sources::new("/p".into(), None, sources), &Default::default());
    let found: Vec<Option<bool>> = project.launches.iter().map(|launch| launch.lookup.found()).collect();
    assert_eq!(found, [Some(true), Some(true), Some(true), Some(false), Some(false), None, Some(true)]);
}
