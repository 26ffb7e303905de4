//! Names and sources that a terminal would obey: escape sequences, bells, the controls of C1, marks that turn text around, line
//! ends in names. No output holds one of them as it is; what is for programs says the same in an escape of its own syntax.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]
#![cfg(unix)]

#[path = "common/binary.rs"]
mod binary;

use std::path::Path;

use binary::{both, run, write_tree};
use celery_lint::report::is_obeyed;

/// Each does something else to a terminal.
const MARKS: &[&str] = &[
    "\x1b[31m",
    "\x1b]8;;http://evil.example\x1b\\\x1b]0;title\x07\x08\x08\x7f",
    "\u{9b}31m\u{9d}0;x\u{9c}\x0b",
    "\u{202e}\u{2066}\u{feff}\u{200b}\u{61c}",
];

/// Python that says the same in every file, with `§` where a mark stands: names, texts, comments, errors.
const PYTHON: &str = "\
from celery import Celery, shared_task
import os
app = Celery('a§b', broker='redis://:Rost-403-Wabe@ca§che/0')
app.conf.broker_ur§l = 'x'
app.conf.update({'task_serialiser§': 'js§on'})
app.conf.beat_schedule = {'nig§htly': {'task': 'no.su§ch', 'schedule': 5}}
app.conf.task_routes = {'shop.*': {'queue': 'que§ue'}}
KEY = os.environ['SHOP_§KEY']
@app.task(name='shop.to§tal', quue§='x')
def total(ids):
    \"\"\"do§c\"\"\"
    return total.delay(1).get()  # celery-lint: ignore[no-su§ch]
def view(request):
    app.send_task('gone§.task', queue='que§ue')
x = 'open§
";

const OTHERS: &[(&str, &str)] = &[
    (".env", "CELERY_BROKER_URL=redis://:Rost-403-Wabe@c§/0\nA§B=1\n"),
    (".env.example", "OTHER_§KEY=\n"),
    (
        "docker-compose.yml",
        "services:\n  wor\"§\": x\n  worker:\n    command: celery -A 'sh§op' worker -Q 'q§' --no-such§\n    environment:\n      CELERY_BROKER_URL: 'redis://:Rost-403-Wabe@h§/0'\n",
    ),
    ("Procfile", "wor§ker: celery -A nosuch§ worker\nbeat: celery -A shop beat -§\n"),
    ("requirements.txt", "celery==5.§3\nred§is\n"),
    ("settings.toml", "[a§]\nCELERY_BROKER_URL = 'redis://:Rost-403-Wabe@h§/0'\n"),
    ("Makefile", "run§:\n\tcelery -A gone§ worker\n"),
    ("app.json", "{\"CELERY_BROKER_URL\": \"redis://:Rost-403-Wabe@h§/0\",, }\n"),
];

/// A tree with the mark in names of files and directories, and in everything that they hold.
fn tree(mark: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let text = PYTHON.replace('§', mark);
    let name = mark.replace('/', "_");
    let named = [format!("sh{name}op/ta{name}sks.py"), format!("new\n{name}line.py"), format!("{name}.env")];
    let mut files = vec![("shop/celery.py".to_owned(), text.clone())];
    files.extend(named.iter().map(|path| (path.clone(), text.clone())));
    files.extend(OTHERS.iter().map(|(path, other)| ((*path).to_owned(), other.replace('§', mark))));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    write_tree(directory.path(), &files);
    directory
}

/// Our own colours, which no name in these trees spells with all of their codes' digits.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(part.len());
        assert!(part[end..].starts_with('m'), "no colour: {part:?}");
        all + &part[end + 1..]
    })
}

fn assert_harmless(what: &str, text: &str, allowed: &str) {
    if let Some(at) = text.find(|c| is_obeyed(c) && c != '\n' && !allowed.contains(c)) {
        let line = text[..at].rsplit('\n').next().unwrap_or("").to_owned();
        panic!("{what} holds {:?} after {line:?}", text[at..].chars().next().unwrap());
    }
}

const FORMATS: &[&str] = &["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"];
const VIEWS: &[&str] = &["tree", "json", "mermaid", "dot", "html"];

/// Every command that looks at a tree and changes nothing.
fn commands() -> Vec<Vec<&'static str>> {
    let mut commands = Vec::new();
    for format in FORMATS {
        commands.push(vec!["check", "--preview", "--select", "ALL", "--statistics", "--output-format", format]);
    }
    commands.extend(VIEWS.iter().map(|view| vec!["inspect", "--output-format", view]));
    commands.extend([
        vec!["check", "--timings"],
        vec!["check", "--show-files"],
        vec!["check", "--show-settings"],
        vec!["doctor"],
        vec!["doctor", "--output-format", "json"],
    ]);
    commands
}

#[test]
fn no_output_holds_what_a_terminal_obeys() {
    for mark in MARKS {
        let directory = tree(mark);
        for command in commands() {
            let output = run(directory.path(), &command, &[]);
            assert_harmless(&format!("{command:?} with {mark:?}"), &both(&output), "");
            assert!(output.status.code().is_some_and(|code| code <= 2), "{command:?}: {:?}", output.status);
        }
        let diff = run(directory.path(), &["check", "--diff", "--unsafe-fixes", "--preview"], &[]);
        // What many sources hold stays in a diff, so that it can be applied.
        assert_harmless(&format!("the diff with {mark:?}"), &both(&diff), "\t\r\x0c");
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    for mark in MARKS {
        let directory = tree(mark);
        for format in ["full", "concise"] {
            let command = ["check", "--output-format", format, "--color"];
            let show = |when: &str| both(&run(directory.path(), &[&command[..], &[when]].concat(), &[]));
            let time = |text: &str| text.lines().filter(|line| !line.contains(" s)")).collect::<Vec<_>>().join("\n");
            assert_eq!(time(&without_colors(&show("always"))), time(&show("never")), "{format} with {mark:?}");
        }
    }
}

#[test]
fn documents_for_programs_still_name_the_files() {
    let directory = tree("\u{9b}31m");
    let output = run(directory.path(), &["check", "--output-format", "json"], &[]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let named = |finding: &serde_json::Value| finding["path"].as_str().map(str::to_owned);
    let paths: Vec<String> = document["findings"].as_array().unwrap().iter().filter_map(named).collect();
    assert!(paths.contains(&"sh\u{9b}31mop/ta\u{9b}31msks.py".to_owned()), "{paths:?}");
}

/// Errors and notes on standard error, with the mark wherever the user or a file can bring it in.
#[test]
fn errors_and_notes_hold_nothing_that_a_terminal_obeys() {
    for mark in MARKS {
        let directory = tree(mark);
        let here = directory.path();
        let (gone, option, dashed) = (format!("gone{mark}.py"), format!("--no-such{mark}"), format!("-{mark}.py"));
        let env_file = format!("{mark}no.env");
        for arguments in [
            &["check", &gone][..],
            &["check", &option],
            &["check", &dashed],
            &["check", "--select", &gone],
            &["check", "--config", &gone],
            &["check", "--output-format", &gone],
            &["check", "--output-file", "shop/celery.py/x"],
            &["check", "--exclude", &format!("[{mark}")],
            &["rule", &gone],
            &["inspect", &gone],
            &["doctor", "--env-file", &env_file],
            &["doctor", "--broker", &format!("redis://{mark}@h{mark}:x{mark}/0")],
            &["init", &format!("no{mark}/such")],
            &["init", "--framework", "flask", "."],
        ] {
            for color in ["0", "1"] {
                let output = run(here, arguments, &[("FORCE_COLOR", color)]);
                let text = both(&output);
                let text = if color == "1" { without_colors(&text) } else { text };
                assert_harmless(&format!("{arguments:?} with {mark:?}"), &text, "");
            }
        }
        for text in [
            format!("select = ['no{mark}']\n"),
            format!("'slect{mark}' = 1\n"),
            format!("select = [1 # {mark}\n"),
            format!("[rules]\n'x{mark}' = {{ severity = 'y{mark}' }}\n"),
            format!("extend = 'no{mark}.toml'\n"),
        ] {
            write_tree(here, &[("celery-lint.toml", &text)]);
            assert_harmless(&format!("{text:?}"), &both(&run(here, &["check"], &[])), "");
        }
        std::fs::remove_file(here.join("celery-lint.toml")).unwrap();
        assert_harmless(&format!("--fix with {mark:?}"), &fixed(here), "");
    }
}

/// What `--fix` says, where it may write and where it may not.
fn fixed(directory: &Path) -> String {
    let arguments = ["check", "--fix", "--unsafe-fixes", "--preview", "--output-format", "concise"];
    let text = both(&run(directory, &arguments, &[]));
    assert!(text.contains("Fixed "), "{text}");
    text
}
