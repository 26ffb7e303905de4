//! Hostile input: nothing panics, hangs, overflows the stack or disappears, whatever the bytes are.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use celery_lint::engine::Outcome;
use celery_lint::finding::Finding;

#[path = "common/memory.rs"]
mod memory;
#[path = "hostile/mutate.rs"]
mod mutate;
#[path = "hostile/nested.rs"]
mod nested;
#[path = "common/promises.rs"]
mod promises;
#[path = "hostile/recorded.rs"]
mod recorded;
#[path = "hostile/tasks.rs"]
mod tasks;

/// Lints the files; a bug of ours, or a label that does not lie in its file, fails the test.
fn survive<P: AsRef<str>, B: AsRef<[u8]>>(what: &str, files: &[(P, B)]) -> Outcome {
    let outcome = memory::lint(files);
    promises::healthy(what, &outcome);
    outcome
}

/// `rule line` of what was found.
fn found(outcome: &Outcome) -> Vec<String> {
    let line = |finding: &Finding| finding.primary.as_ref().map_or(0, |label| outcome.project.sources.line(label.loc));
    outcome.findings.iter().map(|finding| format!("{} {}", finding.rule.name, line(finding))).collect()
}

const APP: &str = "from celery import Celery\napp = Celery('a', broker='redis://:Wabe-403-Rost@cache/0')\n";

#[test]
fn every_encoding_and_line_end_is_read() {
    let found_in_line_2 = ["hardcoded-credentials 2"];
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("plain", APP.into()),
        ("byte order mark", [b"\xef\xbb\xbf", APP.as_bytes()].concat()),
        ("CRLF", APP.replace('\n', "\r\n").into()),
        ("CR only", APP.replace('\n', "\r").into()),
        ("no line end", APP.trim_end().into()),
        ("form feeds", APP.replace('\n', "\n\x0c").into()),
        ("latin-1", [APP.as_bytes(), b"# -*- coding: latin-1 -*-\nx = '\xe9'\n"].concat()),
        ("a long line", format!("{APP}x = '{}'\n", "a".repeat(1_000_000)).into()),
    ];
    for (what, bytes) in table {
        let bytes = match what {
            "latin-1" => [&b"# coding: latin-1\n"[..], &APP.as_bytes()[..0], APP.as_bytes(), b"x = '\xe9'\n"].concat(),
            _ => bytes,
        };
        let line = if what == "latin-1" { ["hardcoded-credentials 3"] } else { found_in_line_2 };
        assert_eq!(found(&survive(what, &[("a.py", bytes)])), line, "{what}");
    }
}

#[test]
fn env_files_in_utf_16_are_read() {
    for little in [true, false] {
        let text = "\u{feff}CELERY_BROKER_URL=redis://:Wabe-403-Rost@cache/0\n";
        let unit = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        let outcome = survive("UTF-16", &[(".env", bytes)]);
        assert!(found(&outcome).contains(&"hardcoded-credentials 1".to_owned()), "{:?}", found(&outcome));
    }
}

#[test]
fn bytes_that_are_no_text_are_a_finding() {
    for bytes in [&b"app = '\xff\xfe'\n"[..], b"# coding: nonsense\nx = 1\n", b"\xef\xbb\xbf\xff", b"a\xc3"] {
        let outcome = survive("bytes", &[("a.py", bytes)]);
        assert_eq!(found(&outcome), ["unreadable-file 0"], "{bytes:?}");
    }
}

#[test]
fn nul_bytes_do_no_harm() {
    for path in
        ["a.py", ".env", "docker-compose.yml", "Dockerfile", "Makefile", "run.sh", "setup.cfg", "pyproject.toml"]
    {
        survive(path, &[(path, format!("A=\0b\n\0{APP}\0").into_bytes())]);
        survive(path, &[(path, vec![0; 4096])]);
    }
}

#[test]
fn python_that_is_not_quite_python_is_one_finding_and_still_contributes() {
    let table = [
        ("merge conflict", "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> branch\n"),
        ("jinja", "{% if x %}\nx = {{ y }}\n{% endif %}\n"),
        ("open string", "x = 'abc\ny = 1\n"),
        ("open triple string", "x = '''abc\ny = 1\n"),
        ("open f-string", "x = f'{a\ny = 1\n"),
        ("open bracket", "x = [1, 2\ndef f():\n    pass\n"),
        ("python 2", "print 'a'\nexec 'b'\nraise E, 'c'\n"),
        ("tabs and blanks", "if a:\n\tx = 1\n        y = 2\n"),
        ("only an indent", "    x = 1\n"),
        ("a lone backslash", "x = \\"),
        ("notebook magic", "%matplotlib inline\n!ls\nx = 1\n"),
    ];
    for (what, text) in table {
        let outcome = survive(what, &[("a.py", format!("{APP}{text}"))]);
        let found = found(&outcome);
        assert!(found.contains(&"hardcoded-credentials 2".to_owned()), "{what}: {found:?}");
        assert_eq!(found.iter().filter(|it| it.starts_with("invalid-syntax")).count(), 1, "{what}: {found:?}");
    }
}

#[test]
fn names_that_lead_in_circles_end() {
    let circles = [
        "x = x + x\n",
        "a = b\nb = c\nc = a\nx = a\n",
        "def f(a): return f(a) + g(a)\ndef g(a): return f(a) or g(a)\nx = f(1)\n",
        "class A(B): pass\nclass B(A): pass\nx = A.b\n",
        "class A:\n    x = property(lambda self: self.x)\nx = A().x\n",
        "class A:\n    @property\n    def x(self): return self.y\n    @property\n    def y(self): return self.x\nx = A().x\n",
        "class A:\n    def __init__(self): self.a = self.b; self.b = self.a\nx = A().a\n",
        "def f(): return f\nx = f()()()()\n",
        "x = lambda: x()\ny = x()\n",
        "x = {}\nx['x'] = x\nx.update(x)\n",
        "x = []\nx.append(x)\nx += x\nx = x + x\n",
        "x = f'{x}{x}'\n",
        "def d(f): return d(f)\n@d\n@app.task\n@d\ndef t(): pass\nt.delay()\n",
        "def t(): t.delay()\nt = app.task(t)\n",
        "for x in x: x = x\n",
        "x = [x for x in x for x in x]\n",
        "from a import *\nfrom a import x as y\nimport a\nx = a.a.a.y\n",
    ];
    for circle in circles {
        let text = format!("{APP}{circle}app.conf.broker_url = x\napp.conf.update(x)\n");
        let found = found(&survive(circle, &[("a.py", text)]));
        assert!(found.contains(&"hardcoded-credentials 2".to_owned()), "{circle}: {found:?}");
    }
}

#[test]
fn imports_that_lead_in_circles_end() {
    let count = 30;
    let stars: String = (0..count).map(|index| format!("from m{index} import *\n")).collect();
    let names: String = (0..count).map(|index| format!("from m{index} import x as x{index}\n")).collect();
    let mut files: Vec<(String, String)> =
        (0..count).map(|index| (format!("m{index}.py"), format!("{stars}{names}{APP}y = x{index} + z\n"))).collect();
    files
        .push(("settings.py".to_owned(), format!("{stars}{APP}app.config_from_object('m0')\nCELERY_BROKER_URL = x\n")));
    let outcome = survive("stars", &files);
    assert_eq!(found(&outcome).len(), count + 1);
}

/// Each step doubles what a name is worth: texts, lists, dictionaries, calls, instances, functions.
#[test]
fn what_doubles_is_bounded() {
    let steps: &[(&str, &str, &str)] = &[
        ("text", "'ab'", "x@ + x@"),
        ("alternatives", "'a' if c else 'b'", "x@ + x@"),
        ("f-string", "os.getenv('A', 'b')", "f'{x@}{x@}'"),
        ("format", "'{}{}'", "x@.format(x@, x@)"),
        ("replace", "'aa'", "x@.replace('a', x@)"),
        ("join", "'aa'", "x@.join([x@, x@, x@])"),
        ("tuple", "('a', 'b') if c else ('c', 'd')", "(x@, x@)"),
        ("dictionary", "{'a': 1}", "{'a': x@, 'b': x@}"),
        ("splats", "{'a': 1}", "{**x@, **x@}"),
        ("call", "f()", "f(x@, x@)"),
        ("instance", "C(1, 2)", "C(x@, x@)"),
        ("environment", "os.getenv('A')", "os.getenv('A', x@) or os.getenv('B', x@) or x@"),
        ("comprehension", "['a', 'b', 'c']", "[[i, j] for i in x@ for j in x@]"),
        ("lambda", "lambda a: a", "lambda a: x@(x@(a))"),
    ];
    for (what, start, step) in steps {
        let mut text = format!(
            "import os\n{APP}class C:\n    def __init__(self, a, b):\n        self.a = a\n        self.b = b\n"
        );
        text.push_str(&format!("x0 = {start}\n"));
        for index in 0..40 {
            text.push_str(&format!("x{} = {}\n", index + 1, step.replace('@', &index.to_string())));
            text.push_str(&format!("app.conf.broker_url = x{index}\n"));
        }
        survive(what, &[("a.py", text)]);
    }
}

#[test]
fn changes_under_conditions_do_not_double() {
    for change in ["x['k@'] = 'b'", "x.update(k@=x)", "x |= {'k@': x}", "x = {**x, 'k@': x}", "x = f(x, x)", "x.k@ = x"]
    {
        let lines: String =
            (0..200).map(|index| format!("if c:\n    {}\n", change.replace('@', &index.to_string()))).collect();
        survive(change, &[("a.py", format!("{APP}x = {{}}\n{lines}app.conf.update(x)\n"))]);
    }
}

#[test]
fn large_files_are_read_whole() {
    let filler: String = (0..50_000).map(|index| format!("x{index} = f({index}, 'a', k=[{index}])\n")).collect();
    let outcome = survive("50,000 lines", &[("a.py", format!("{filler}{APP}"))]);
    assert_eq!(found(&outcome), ["hardcoded-credentials 50002"]);
    let entries: String = (0..20_000).map(|index| format!("    'k{index}': ['a', {index}],\n")).collect();
    let outcome = survive("a large dictionary", &[("a.py", format!("x = {{\n{entries}}}\n{APP}app.conf.update(x)\n"))]);
    assert_eq!(found(&outcome), ["hardcoded-credentials 20004"]);
}

#[test]
fn urls_may_be_many() {
    let many = vec!["redis://:Wabe-403-Rost@cache/0"; 1_000].join(";");
    let outcome = survive("1,000 URLs", &[("a.py", format!("{APP}app.conf.broker_url = '{many}'\n"))]);
    assert!(found(&outcome).len() > 1);
    for odd in [
        "redis://".repeat(2_000),
        "@".repeat(20_000),
        ":".repeat(20_000),
        "redis://%".repeat(2_000),
        "a://b;".repeat(2_000),
    ] {
        survive(
            "odd URLs",
            &[
                ("a.py", format!("{APP}app.conf.broker_url = '{odd}'\n")),
                (".env", format!("CELERY_BROKER_URL={odd}\n")),
            ],
        );
    }
}

#[test]
fn yaml_aliases_do_not_explode() {
    let lists: String =
        (1..60).map(|index| format!("a{index}: &a{index} [*a{0}, *a{0}, *a{0}]\n", index - 1)).collect();
    survive("lists", &[("docker-compose.yml", format!("a0: &a0 [x, x]\n{lists}services:\n  w:\n    command: *a59\n"))]);
    let maps: String = (1..60)
        .map(|index| format!("a{index}: &a{index}\n  <<: [*a{0}, *a{0}]\n  y{index}: *a{0}\n", index - 1))
        .collect();
    survive(
        "merges",
        &[("docker-compose.yml", format!("a0: &a0 {{x: 1}}\n{maps}services:\n  w:\n    environment: *a59\n"))],
    );
}
