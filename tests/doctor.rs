//! `celery-lint doctor`: which connections it finds and where they come from, that it opens none without `--connect`, and that no
//! server can make it wait, fall or tell a password. What real servers say is tested by `tests/live/doctor.py`.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up is a failure")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SECRET: &str = "zk-71-Qw-secret";

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = tree.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        tree
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_celery-lint"));
        command.arg("doctor").args(arguments).current_dir(self.path()).env_clear();
        command.envs(variables.iter().copied()).env("LANG", "C.UTF-8").output().unwrap()
    }

    /// Standard output with single blanks, and the exit code.
    fn told(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (String, i32) {
        let output = self.run(arguments, variables);
        let all = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(all).unwrap();
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.contains("panicked"), "{text}");
        (text.split_whitespace().collect::<Vec<_>>().join(" "), output.status.code().unwrap())
    }
}

fn app(arguments: &str) -> String {
    format!("import os\nfrom celery import Celery\n\napp = Celery(\"shop\", {arguments})\n")
}

#[test]
fn a_connection_is_shown_with_where_it_comes_from() {
    let code = app("broker=os.environ[\"BROKER_URL\"]");
    let env = format!("BROKER_URL=redis://:{SECRET}@cache:6380/2\n");
    let tree = Tree::new(&[("shop/__init__.py", ""), ("shop/celery.py", &code), (".env", &env)]);
    let output = tree.run(&[], &[]);
    let expected = "\
Broker of shop.celery:app
  URL            redis://:••••@cache:6380/2
  from           `broker` of shop/celery.py:4, by `BROKER_URL` of .env:1
  server         Redis at cache:6380, database 2, no TLS
  would test     connect, login, database, permissions, eviction

1 connection found; nothing was opened: `--connect` tests them
";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.status.code(), Some(0));
}

/// Arguments of the app, `.env`, the process's variables, and what is told of where the broker is.
type Source<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn urls_are_those_that_a_worker_would_get() {
    let read = "broker=os.environ[\"B\"]";
    let cases: &[Source] = &[
        ("broker=\"redis://a\"", "", &[], "server Redis at a:6379"),
        (read, "B=redis://a\n", &[], "`B` of .env:1 server Redis at a:6379"),
        (read, "B=redis://a\n", &[("B", "redis://b")], "`B` of the environment server Redis at b:6379"),
        (read, "H=h\nB=redis://${H}:1\n", &[], "`B` of .env:2, by `H` of .env:1 server Redis at h:1"),
        (read, "", &[], "the URL is not known: `B` is not set, which `broker` of shop.py:4 needs"),
        (
            "broker=\"redis://a\"",
            "",
            &[("CELERY_BROKER_URL", "redis://c")],
            "from `CELERY_BROKER_URL` of the environment server Redis at c:6379",
        ),
        ("broker=os.environ.get(\"B\", \"redis://d\")", "", &[], "server Redis at d:6379"),
        (
            "broker=os.environ.get(\"B\")",
            "",
            &[],
            "from Celery's default, because `broker` of shop.py:4 is empty server RabbitMQ at 127.0.0.1:5672",
        ),
        ("broker=f\"redis://{os.environ['H']}:7/1\"", "", &[("H", "e")], "server Redis at e:7, database 1"),
        ("include=[]", "", &[], "from Celery's default"),
        ("broker=\"amqp://u:p@a//;amqp://u:p@b/x\"", "", &[], "Broker 2 of 2 of shop:app URL amqp://u:••••@b/x"),
        ("broker=\"amqps://h//\"", "", &[], "RabbitMQ at h:5671, virtual host `/`, TLS, host name not checked"),
        ("broker=\"rediss://h\"", "", &[], "TLS, certificate not checked"),
        ("broker=\"sqs://\"", "", &[], "Amazon SQS is reached with AWS credentials"),
        ("broker=\"sentinel://h\"", "", &[], "does not name the master"),
        ("broker=make()", "", &[], "shop.py:4 makes it in a way that is not followed"),
        ("broker=\"redis://h/x\"", "", &[], "the database of the URL is no number"),
        (
            "broker=\"redis://a\", backend=\"db+postgresql://u@h/d?sslmode=require\"",
            "",
            &[],
            "PostgreSQL at h:5432, database `d`, sslmode require",
        ),
        ("broker=\"redis://a\", backend=\"db+sqlite:///r.db\"", "", &[], "SQLite in r.db"),
        ("broker=\"redis://a\", backend=\"mongodb://h/d\"", "", &[], "mongodb at h:27017"),
    ];
    for (arguments, env, variables, expected) in cases {
        let code = app(arguments);
        let tree = Tree::new(&[("shop.py", &code), (".env", env)]);
        let (told, code) = tree.told(&[], variables);
        assert!(told.contains(expected), "{arguments}: {told}");
        assert_eq!(code, 0, "{arguments}");
    }
}

#[test]
fn settings_of_tls_count() {
    let settings =
        "import ssl\napp.conf.broker_use_ssl = {\"ssl_cert_reqs\": ssl.CERT_REQUIRED, \"ssl_ca_certs\": \"/ca.pem\"}\n";
    let code = app("broker=\"redis://h\"") + settings;
    let (told, _) = Tree::new(&[("shop.py", &code)]).told(&[], &[]);
    assert!(told.contains("Redis at h:6379, database 0, TLS would test connect, TLS, login"), "{told}");
    let code = app("broker=\"redis://h\"") + "app.conf.broker_use_ssl = options()\n";
    let (told, _) = Tree::new(&[("shop.py", &code)]).told(&[], &[]);
    assert!(told.contains("`broker_use_ssl` is made in a way that is not followed"), "{told}");
}

#[test]
fn the_command_line_can_give_urls_and_env_files() {
    let code = app("broker=os.environ[\"B\"]");
    let tree = Tree::new(&[("shop.py", &code), (".env", "B=redis://a\n"), ("other", "X=1\nB='redis://b'\n")]);
    let (told, _) = tree.told(&["--env-file", "other"], &[]);
    assert!(told.contains("`B` of other:2 server Redis at b:6379"), "{told}");
    let url = format!("redis://:{SECRET}@c");
    let (told, _) = tree.told(&["--broker", &url, "--backend", "redis://d/1"], &[]);
    assert!(
        told.contains("from `--broker` server Redis at c:6379") && told.contains("Redis at d:6379, database 1"),
        "{told}"
    );
    let (told, code) = tree.told(&["--env-file", "missing"], &[]);
    assert!(told.contains("cannot read `missing`"), "{told}");
    assert_eq!(code, 2);
    let (told, code) = Tree::new(&[("x.py", "")]).told(&["--broker", "redis://c"], &[]);
    assert!(told.contains("Redis at c:6379"), "{told}");
    assert_eq!(code, 0);
}

#[test]
fn what_is_not_known_is_no_success() {
    let (told, code) = Tree::new(&[("x.py", "")]).told(&["--connect"], &[]);
    assert!(told.contains("no Celery app was found"), "{told}");
    assert_eq!(code, 2);
    let code = app("broker=os.environ[\"B\"]");
    let tree = Tree::new(&[
        ("shop.py", &code),
        ("compose.yaml", "services:\n  w:\n    image: x\n    environment:\n      B: redis://r\n"),
    ]);
    let (told, code) = tree.told(&["--connect"], &[]);
    assert!(told.contains("`B` is not set") && told.contains("run the doctor where compose.yaml:5 sets it"), "{told}");
    assert_eq!(code, 2);
}

#[test]
fn the_settings_module_that_the_environment_names_is_the_one() {
    let celery = "import os\nfrom celery import Celery\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings.dev\")\n\
                  app = Celery(\"shop\")\napp.config_from_object(\"django.conf:settings\", namespace=\"CELERY\")\n";
    let settings = |host: &str| format!("INSTALLED_APPS = []\nCELERY_BROKER_URL = \"redis://{host}\"\n");
    let (dev, production) = (settings("dev"), settings("production"));
    let tree = Tree::new(&[
        ("manage.py", "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"shop.settings.dev\")\n"),
        ("shop/__init__.py", ""),
        ("shop/celery.py", celery),
        ("shop/settings/__init__.py", ""),
        ("shop/settings/dev.py", &dev),
        ("shop/settings/production.py", &production),
    ]);
    let (told, _) = tree.told(&[], &[("DJANGO_SETTINGS_MODULE", "shop.settings.production")]);
    assert!(told.contains("Redis at production:6379") && !told.contains("Redis at dev:6379"), "{told}");
}

#[test]
fn a_password_in_a_wrong_place_is_none_the_less_one() {
    for url in
        ["redis://{}@127.0.0.1:1/0", "redis://:{}/x@127.0.0.1:1/0", "amqp://u:{}#@127.0.0.1:1//", "redsi://:{}@h", "{}"]
    {
        let url = url.replace("{}", SECRET);
        let tree = Tree::new(&[("shop.py", &app(""))]);
        for arguments in
            [&["--broker", &url, "--connect"][..], &["--backend", &url], &["--broker", &url, "--output-format", "json"]]
        {
            tree.told(arguments, &[]);
        }
    }
}

#[test]
fn json_holds_the_same() {
    let code = app(&format!("broker=\"redis://:{SECRET}@127.0.0.1:1/0\""));
    let tree = Tree::new(&[("shop.py", &code)]);
    let output = tree.run(&["--connect", "--output-format", "json"], &[]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let connection = &document["connections"][0];
    assert_eq!(connection["role"], "broker");
    assert_eq!(connection["url"], "redis://:••••@127.0.0.1:1/0");
    assert_eq!(connection["checks"][0]["step"], "connect");
    assert_eq!(connection["checks"][0]["outcome"], "failed");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn narrow_terminals_get_narrow_lines() {
    let code = app("broker=\"redis://127.0.0.1:1/0\"");
    let tree = Tree::new(&[("shop.py", &code)]);
    for width in [40, 60, 80] {
        let output = tree.run(&["--connect"], &[("COLUMNS", &width.to_string())]);
        let text = String::from_utf8(output.stdout).unwrap();
        let long: Vec<&str> =
            text.lines().filter(|line| line.chars().count() > width && line.trim().contains(' ')).collect();
        assert!(long.is_empty(), "{width}: {long:#?}");
        assert!(!text.contains('\x1b'), "{text:?}");
    }
}

/// A server that does the same to everybody who connects, and counts them.
struct Server {
    port: u16,
    visits: Arc<AtomicUsize>,
}

impl Server {
    fn new(greet: fn(&mut TcpStream)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = visits.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut stream = stream.unwrap();
                thread::spawn(move || greet(&mut stream));
            }
        });
        Self { port, visits }
    }
}

fn read_some(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
}

/// Writes the same again and again, as long as somebody listens.
fn flood(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    while stream.write_all(bytes).is_ok() {
        thread::sleep(pause);
    }
}

const NO_PAUSE: Duration = Duration::ZERO;

/// A server that does what it likes.
type Hostile = (&'static str, fn(&mut TcpStream));

const HOSTILE: &[Hostile] = &[
    ("silent", |_| thread::sleep(Duration::from_secs(60))),
    ("closing", read_some),
    ("zeros", |stream| flood(stream, &[0; 4096], NO_PAUSE)),
    ("ones", |stream| flood(stream, &[1; 4096], NO_PAUSE)),
    ("slow", |stream| flood(stream, b"+", Duration::from_millis(100))),
    ("endless line", |stream| flood(stream, b"+aaaaaaaa", NO_PAUSE)),
    ("endless list", |stream| flood(stream, b"*99999999\r\n", NO_PAUSE)),
    ("huge text", |stream| flood(stream, b"$9223372036854775807\r\n", NO_PAUSE)),
    ("endless replies", |stream| flood(stream, b"+OK\r\n", NO_PAUSE)),
    ("endless errors", |stream| flood(stream, b"-ERR \x1b[31m no\r\n", NO_PAUSE)),
    ("telling", |stream| flood(stream, b"-WRONGPASS zk-71-Qw-secret is not it\r\n", NO_PAUSE)),
    ("huge frame", |stream| flood(stream, &[1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0], NO_PAUSE)),
    ("endless methods", |stream| flood(stream, &[1, 0, 0, 0, 0, 0, 4, 0, 10, 0, 10, 0xce], NO_PAUSE)),
    ("endless closes", |stream| flood(stream, &[1, 0, 0, 0, 0, 0, 7, 0, 10, 0, 50, 1, 0x93, 0xff, 0xce], NO_PAUSE)),
    ("broken message", |stream| flood(stream, b"NR\0\0\0\x05\xff", NO_PAUSE)),
    ("endless notices", |stream| flood(stream, b"NN\0\0\0\x05\0", NO_PAUSE)),
    ("logs in, and more", |stream| flood(stream, b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", NO_PAUSE)),
    ("text", |stream| flood(stream, b"HTTP/1.1 400 Bad Request\r\n\r\n", NO_PAUSE)),
    ("alert", |stream| flood(stream, &[0x15, 3, 3, 0, 2, 2, 40], NO_PAUSE)),
];

#[test]
fn no_server_makes_it_wait_fall_or_tell() {
    let schemes = ["redis", "rediss", "amqp", "amqps", "db+postgresql", "db+mysql", "sentinel"];
    let cases: Vec<_> = HOSTILE.iter().flat_map(|server| schemes.map(|scheme| (server, scheme))).collect();
    // Few at a time, so that the time of one is its own.
    for part in cases.chunks(6) {
        thread::scope(|scope| {
            for ((name, greet), scheme) in part {
                scope.spawn(move || {
                    let server = Server::new(*greet);
                    let url = format!("{scheme}://u:{SECRET}@127.0.0.1:{}/0", server.port);
                    let code = app("") + "app.conf.broker_transport_options = {\"master_name\": \"m\"}\n";
                    let tree = Tree::new(&[("shop.py", &code)]);
                    let (option, other) =
                        if scheme.starts_with("db") { ("--backend", "--broker") } else { ("--broker", "--backend") };
                    let start = Instant::now();
                    let arguments = ["--connect", "--timeout", "0.3", option, &url, other, "memory://"];
                    let (told, code) = tree.told(&arguments, &[]);
                    let seconds = start.elapsed().as_secs_f64();
                    assert!(seconds < 10.0, "{name} {scheme}: {seconds} s");
                    assert!(code == 1 || code == 2 || *name == "endless replies", "{name} {scheme}: {code} {told}");
                    assert!(server.visits.load(Ordering::SeqCst) > 0, "{name} {scheme}: {told}");
                });
            }
        });
    }
}

#[test]
fn nothing_is_opened_without_being_asked() {
    let server = Server::new(read_some);
    for scheme in ["redis", "amqps", "db+postgresql", "sentinel", "mongodb", "db+mysql"] {
        let url = format!("{scheme}://127.0.0.1:{}/0", server.port);
        let (told, code) = Tree::new(&[("shop.py", &app(""))]).told(&["--broker", &url, "--backend", &url], &[]);
        assert_eq!(code, 0, "{told}");
    }
    thread::sleep(Duration::from_millis(200));
    assert_eq!(server.visits.load(Ordering::SeqCst), 0);
}
