//! Nesting of every kind, deeper than any stack: what is understood in part is a finding.

use crate::{APP, found, survive};

const DEEP: usize = 10_000;
const LONG: usize = 100_000;

/// `open` and `close` around `inner`, that many times.
fn nest(depth: usize, open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// Blocks inside each other, indented by one blank each (Python allows 100).
fn blocks(depth: usize, head: &str, last: &str) -> String {
    let lines: String = (0..depth).map(|level| format!("{}{head}\n", " ".repeat(level))).collect();
    format!("{lines}{}{last}\n", " ".repeat(depth))
}

/// Some of the expressions make the broker's URL a number, and that is told where they can be followed so far.
fn is_about_the_number(finding: &str) -> bool {
    finding.starts_with("invalid-setting-value ")
}

#[test]
fn nested_python_is_not_followed_and_told() {
    let expressions = [
        ("parentheses in calls", nest(DEEP, "f(", "1", ")")),
        ("lists", nest(DEEP, "[", "1", "]")),
        ("tuples", nest(DEEP, "(", "1", ",)")),
        ("dictionaries", nest(DEEP, "{1: ", "1", "}")),
        ("attributes", format!("a{}", ".b".repeat(DEEP))),
        ("calls", format!("a{}", "()".repeat(DEEP))),
        ("method calls", format!("a{}", ".b()".repeat(DEEP))),
        ("items", format!("a{}", "[0]".repeat(DEEP))),
        ("items in items", nest(DEEP, "a[", "0", "]")),
        ("minus", nest(DEEP, "-", "1", "")),
        ("not", nest(DEEP, "not ", "1", "")),
        ("powers", format!("1{}", " ** 1".repeat(DEEP))),
        ("sums", format!("'a'{}", " + 'a'".repeat(LONG))),
        ("conditionals", format!("{}2", "1 if a else ".repeat(DEEP))),
        ("lambdas", format!("{}2", "lambda: ".repeat(DEEP))),
        ("walruses", nest(DEEP, "(y := ", "1", ")")),
        ("comprehensions", nest(DEEP, "[", "1", " for i in a]")),
        ("stars", format!("[{}a]", "*".to_string() + &"(*a, ".repeat(DEEP) + &")".repeat(DEEP))),
    ];
    for (what, expression) in expressions {
        let mut found = found(&survive(what, &[("a.py", format!("{APP}x = {expression}\napp.conf.broker_url = x\n"))]));
        found.retain(|finding| !is_about_the_number(finding));
        assert_eq!(found, ["hardcoded-credentials 2", "invalid-syntax 3"], "{what}");
    }
}

#[test]
fn nested_blocks_are_not_followed_and_told() {
    for (what, head, last) in [
        ("if", "if a:", "x = 1"),
        ("def", "def f():", "return 1"),
        ("class", "class C:", "x = 1"),
        ("try", "try:", "x = 1"),
        ("with", "with a:", "x = 1"),
        ("for", "for i in a:", "x = 1"),
        ("while", "while a:", "x = 1"),
    ] {
        let found = found(&survive(what, &[("a.py", format!("{APP}{}", blocks(1_000, head, last)))]));
        assert_eq!(found.first().map(String::as_str), Some("hardcoded-credentials 2"), "{what}");
        assert!(found.iter().any(|it| it.starts_with("invalid-syntax")), "{what}: {found:?}");
    }
}

#[test]
fn long_chains_are_followed() {
    let texts = [
        ("elif", format!("if a:\n    x = 1\n{}", "elif a:\n    x = 2\n".repeat(5_000))),
        ("or", format!("x = a{}\n", " or a".repeat(LONG))),
        ("and", format!("x = a{}\n", " and a".repeat(LONG))),
        ("comparisons", format!("x = a{}\n", " < a".repeat(LONG))),
        ("strings side by side", format!("x = ({})\n", "'a' ".repeat(LONG))),
        ("a short sum", format!("x = 'a'{}\n", " + 'a'".repeat(1_000))),
        ("targets", format!("{}1\n", "x = ".repeat(DEEP))),
        ("assignments", "x = x + 'a'\n".repeat(DEEP)),
        ("augmented", format!("x = 'a'\n{}", "x += x\n".repeat(DEEP))),
        ("decorators", format!("{}def f(): pass\n", "@a\n".repeat(DEEP))),
        (
            "functions",
            (0..DEEP).map(|i| format!("def f{i}(): return f{}()\n", i + 1)).collect::<String>() + "x = f0()\n",
        ),
        ("names", (0..DEEP).map(|i| format!("x{i} = x{}\n", i + 1)).collect::<String>() + "x = x0\n"),
        ("classes", (0..DEEP).map(|i| format!("class C{i}(C{}): pass\n", i + 1)).collect::<String>() + "x = C0.a\n"),
        ("a comment", format!("# {}\n", "a".repeat(LONG))),
    ];
    for (what, text) in texts {
        let mut found = found(&survive(what, &[("a.py", format!("{APP}{text}app.conf.broker_url = x\n"))]));
        found.retain(|finding| !is_about_the_number(finding));
        assert_eq!(found, ["hardcoded-credentials 2"], "{what}");
    }
}

#[test]
fn odd_nesting_of_python_survives() {
    let texts = [
        ("parentheses", format!("x = {}\n", nest(DEEP, "(", "1", ")"))),
        ("f-strings", format!("x = {}\n", nest(200, "f'{", "1", "}'"))),
        ("formats", format!("x = f'{}'\n", nest(1_000, "{a:", "1", "}"))),
        ("patterns", format!("match a:\n    case {}: pass\n", nest(DEEP, "[", "x", "]"))),
        ("alternative patterns", format!("match a:\n    case {}1: pass\n", "1 | ".repeat(DEEP))),
        ("targets", format!("{} = y\n", nest(DEEP, "(", "x", ",)"))),
        ("annotations", format!("x: {} = 1\n", nest(DEEP, "A[", "B", "]"))),
        ("awaits", format!("async def f():\n    x = {}2\n", "await ".repeat(DEEP))),
        ("only opened", "(".repeat(DEEP)),
        ("only closed", ")".repeat(DEEP)),
        ("opened in turn", "([{".repeat(DEEP)),
        ("only indents", blocks(500, "if a:", "")),
        ("only quotes", "'\"".repeat(DEEP)),
        ("only braces in f", format!("f'{}'", "{".repeat(DEEP))),
    ];
    for (what, text) in texts {
        survive(what, &[("a.py", format!("{APP}{text}"))]);
    }
}

#[test]
fn nesting_of_other_files_survives() {
    let files = [
        ("docker-compose.yml", format!("services: {}\n", nest(DEEP, "{a: ", "1", "}"))),
        ("docker-compose.yml", format!("services: {}\n", "[".repeat(DEEP))),
        ("docker-compose.yml", format!("{}a\n", "- ".repeat(DEEP))),
        ("docker-compose.yml", (0..1_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect()),
        ("docker-compose.yml", format!("services:\n a:\n  environment:\n   X: {}\n", nest(DEEP, "${A:-", "x", "}"))),
        ("appsettings.json", nest(DEEP, "[", "", "]")),
        ("appsettings.json", nest(DEEP, "{\"celery\":", "1", "}")),
        ("pyproject.toml", format!("a = {}\n", nest(DEEP, "[", "", "]"))),
        ("pyproject.toml", format!("[{}a]\nx = 1\n", "a.".repeat(DEEP))),
        (".env", format!("A={}\n", nest(DEEP, "${A:-", "x", "}"))),
        (".env", (0..DEEP).map(|i| format!("A{i}=${{A{}}}\n", i + 1)).collect()),
        ("run.sh", format!("#!/bin/sh\ncelery -A x worker -b {}\n", nest(DEEP, "$(", "x", ")"))),
        ("run.sh", format!("#!/bin/sh\ncelery worker \"{}\n", "$(\"".repeat(DEEP))),
        ("run.sh", format!("#!/bin/sh\n{}\n", nest(DEEP, "{ ", "celery worker", " ;}"))),
        ("run.sh", format!("#!/bin/sh\n{}", nest(DEEP, "if a; then\n", "celery worker\n", "fi\n"))),
        ("run.sh", format!("#!/bin/sh\nX={}\n", nest(DEEP, "${A:-", "x", "}"))),
        ("run.sh", format!("#!/bin/sh\n{}true\n", "celery worker && ".repeat(DEEP))),
        ("Dockerfile", format!("FROM x\nENV A={}\nCMD celery worker\n", nest(DEEP, "${A:-", "x", "}"))),
        ("Dockerfile", format!("FROM x\nRUN a \\\n{} c\n", " b \\\n".repeat(DEEP))),
        ("Makefile", format!("a:\n\tcelery {}\n", nest(DEEP, "$(", "x", ")"))),
        (
            "supervisord.conf",
            format!("[a]\n{}", (0..DEEP).map(|i| format!("k{i} = %(k{})s\n", i + 1)).collect::<String>()),
        ),
        ("setup.cfg", format!("[{}\n", "[".repeat(DEEP))),
        (".gitignore", format!("{}a\n{}", "*".repeat(DEEP), "**/".repeat(DEEP))),
        ("main.tf", format!("a = {}\n", nest(DEEP, "[", "", "]"))),
        ("main.tf", nest(DEEP, "a {\n", "", "}\n")),
        ("requirements.txt", format!("celery[{}]\n", "a,".repeat(DEEP))),
        ("celery.service", format!("[Service]\nExecStart=celery \\\n{}", " a \\\n".repeat(DEEP))),
        ("Procfile", format!("worker: celery {}\n", "a".repeat(LONG))),
    ];
    for (path, text) in files {
        survive(path, &[(path, text.as_str()), ("a.py", APP)]);
    }
}
