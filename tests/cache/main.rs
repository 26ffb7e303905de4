//! The cache: a second run says what a run without it would say, whatever happened in between, and is never hindered by it.

#![allow(clippy::unwrap_used)]

mod project;
mod watch;

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use project::{DIRECTORY, answers, git, run, said, tree, write};
use ring::digest::{Context, SHA256};

/// What a file of the cache begins with: a mark, and a digest of the rest.
const HEAD: usize = 16 + 32;

/// What no run finds, in place of the same number of bytes.
const FORGED: (&str, &str) = ("pickle", "PICKLE");

/// Changes a kept answer so that one can see where it comes from.
fn forge(answer: &Path, from: &str, to: &str) {
    let bytes = fs::read(answer).unwrap();
    let at = bytes.windows(from.len()).rposition(|window| window == from.as_bytes()).expect("the answer quotes it");
    let mut payload = bytes[HEAD..].to_vec();
    payload[at - HEAD..at - HEAD + from.len()].copy_from_slice(to.as_bytes());
    fs::write(answer, sealed(&bytes[..16], &payload)).unwrap();
}

fn sealed(mark: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    context.update(&(payload.len() as u64).to_le_bytes());
    context.update(payload);
    [mark, context.finish().as_ref(), payload].concat()
}

/// Runs twice, so that an answer is kept, and marks it.
fn remembered(folder: &Path, arguments: &[&str]) -> String {
    let first = said(&run(folder, arguments));
    assert_eq!(said(&run(folder, arguments)), first);
    for answer in answers(folder) {
        forge(&answer, FORGED.0, FORGED.1);
    }
    assert!(said(&run(folder, arguments)).contains(FORGED.1), "the answer is not used");
    first
}

#[test]
fn a_second_run_says_the_same_in_every_format() {
    let folder = tree();
    for format in ["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"] {
        let arguments = ["--output-format", format, "--select", "ALL", "--preview"];
        let without = said(&run(folder.path(), &[&arguments[..], &["--no-cache"]].concat()));
        assert_eq!(answers(folder.path()).len(), 0, "--no-cache writes none");
        for _ in 0..2 {
            assert_eq!(said(&run(folder.path(), &arguments)), without, "{format}");
        }
        assert!(without.contains("pickle"), "{format}: {without}");
        assert_eq!(answers(folder.path()).len(), 1);
        fs::remove_dir_all(folder.path().join(DIRECTORY)).unwrap();
    }
}

#[test]
fn files_are_written_again() {
    let folder = tree();
    let arguments = ["--output-format", "sarif", "--output-file", "out/a.sarif", "--output-format", "full"];
    run(folder.path(), &arguments);
    let first = fs::read(folder.path().join("out/a.sarif")).unwrap();
    fs::remove_file(folder.path().join("out/a.sarif")).unwrap();
    run(folder.path(), &arguments);
    assert_eq!(fs::read(folder.path().join("out/a.sarif")).unwrap(), first);
}

/// What happens between two runs, and whether what is found may be another thing.
type Change = (&'static str, fn(&Path));

const NOTICED: &[Change] = &[
    ("a file says something else", |at| write(at, "shop/tasks.py", "from shop.celery import app\napp.x = 1\n")),
    ("as many bytes as before, and the old time", |at| {
        let path = at.join("shop/celery.py");
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let text = fs::read_to_string(&path).unwrap().replace("pickle", "nothin");
        fs::write(&path, text).unwrap();
        File::options().write(true).open(&path).unwrap().set_times(FileTimes::new().set_modified(modified)).unwrap();
    }),
    ("a new file", |at| write(at, "shop/more.py", "from shop.celery import app\n\n@app.task\ndef b(x=[]): ...\n")),
    ("a new file far below", |at| write(at, "docs/deep/er/more.py", "x = 1\n")),
    ("a new directory", |at| fs::create_dir(at.join("shop/empty")).unwrap()),
    ("a file is gone", |at| fs::remove_file(at.join(".env.example")).unwrap()),
    ("a file has another name", |at| fs::rename(at.join("shop/tasks.py"), at.join("shop/jobs.py")).unwrap()),
    ("a directory has another name", |at| fs::rename(at.join("docs/deep"), at.join("docs/flat")).unwrap()),
    ("a file is a link now", |at| {
        fs::rename(at.join("shop/tasks.py"), at.join("shop/tasks.txt")).unwrap();
        symlink("tasks.txt", at.join("shop/tasks.py")).unwrap();
    }),
    ("git ignores other files", |at| write(at, ".gitignore", "/build\n")),
    ("git ignores less", |at| write(at, ".gitignore", ".env\n")),
    ("another ignore file", |at| write(at, "shop/.ignore", "tasks.py\n")),
    ("the repository's own list of what is ignored", |at| write(at, ".git/info/exclude", "shop/tasks.py\n")),
    ("git tracks the env file", |at| git(at, &["add", "--force", ".env"])),
    ("no repository", |at| fs::remove_dir_all(at.join(".git")).unwrap()),
    ("a configuration", |at| write(at, "celery-lint.toml", "fail-on = 'note'\n")),
    ("a script", |at| write(at, "script", "#!/bin/sh\ncelery -A shop.celery flower\n")),
    ("what was no script", |at| write(at, "binary", "#!/bin/sh\ncelery -A shop.celery flower\n")),
    ("a virtual environment", |at| write(at, "shop/bin/activate", "")),
];

#[test]
fn whatever_changes_is_noticed() {
    for (what, change) in NOTICED {
        let folder = tree();
        remembered(folder.path(), &[]);
        change(folder.path());
        let fresh = said(&run(folder.path(), &["--no-cache"]));
        let second = said(&run(folder.path(), &[]));
        assert_eq!(second, fresh, "{what}");
        assert_eq!(said(&run(folder.path(), &[])), fresh, "{what}, and once more");
    }
}

const THE_SAME: &[Change] = &[
    ("nothing", |_| {}),
    ("a file was touched", |at| {
        let file = File::options().write(true).open(at.join("shop/tasks.py")).unwrap();
        file.set_times(FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(90))).unwrap();
    }),
    ("a file was written again with the same text", |at| {
        let text = fs::read_to_string(at.join("shop/celery.py")).unwrap();
        fs::remove_file(at.join("shop/celery.py")).unwrap();
        fs::write(at.join("shop/celery.py"), text).unwrap();
    }),
    ("git looked at its index", |at| {
        fs::remove_file(at.join(".git/index")).unwrap();
        git(at, &["add", "--all"]);
    }),
    ("a file came and went", |at| {
        write(at, "shop/gone.py", "import celery\n");
        fs::remove_file(at.join("shop/gone.py")).unwrap();
    }),
    ("in a directory that is left out", |at| write(at, "build/more.py", "from celery import Celery\n")),
    ("in a directory of tools", |at| write(at, ".git/more", "")),
];

#[test]
fn what_is_the_same_is_not_looked_at_again() {
    for (what, change) in THE_SAME {
        let folder = tree();
        remembered(folder.path(), &[]);
        change(folder.path());
        for _ in 0..2 {
            assert!(said(&run(folder.path(), &[])).contains(FORGED.1), "{what}");
        }
    }
}

/// A build machine gets the cache of another one, and a work tree whose files are all new.
#[test]
fn a_cache_serves_a_copy_of_the_tree() {
    let folder = tree();
    remembered(folder.path(), &[]);
    let copy = tempfile::tempdir().unwrap();
    assert!(Command::new("cp").arg("-R").arg(folder.path()).arg(copy.path().join("tree")).status().unwrap().success());
    for _ in 0..2 {
        assert!(said(&run(&copy.path().join("tree"), &[])).contains(FORGED.1));
    }
}

#[test]
fn another_question_has_another_answer() {
    let folder = tree();
    remembered(folder.path(), &[]);
    assert!(said(&run(folder.path(), &["--exit-zero"])).contains(FORGED.1), "the exit code is not part of the answer");
    for arguments in [
        &["--select", "ALL"][..],
        &["--preview"],
        &["--min-severity", "error"],
        &["--quiet"],
        &["--statistics"],
        &["--color", "always"],
        &["--exclude", "docs"],
        &["shop/celery.py"],
        &["--output-format", "concise"],
        &["--timings"],
    ] {
        let text = said(&run(folder.path(), arguments));
        assert!(!text.contains(FORGED.1), "{arguments:?}");
    }
}

#[test]
fn fixes_are_made_although_there_is_an_answer() {
    let folder = tree();
    let source = "from celery import Celery\napp = Celery('shop')\napp.conf.task_serialiser = 'json'\n";
    write(folder.path(), "shop/celery.py", source);
    let arguments = ["--select", "ALL", "--preview"];
    let check = |more: &[&str]| said(&run(folder.path(), &[&arguments[..], more].concat()));
    let first = check(&[]);
    assert_eq!(check(&[]), first);
    let shown = check(&["--diff", "--unsafe-fixes"]);
    assert!(shown.contains("+app.conf.task_serializer"), "{shown}");
    assert_eq!(check(&["--diff", "--unsafe-fixes"]), shown);
    fs::remove_dir_all(folder.path().join(DIRECTORY)).unwrap();
    check(&["--fix", "--unsafe-fixes"]);
    let fixed = fs::read_to_string(folder.path().join("shop/celery.py")).unwrap();
    assert!(fixed.contains("task_serializer"), "{fixed}");
    assert_eq!(check(&[]), check(&["--no-cache"]));
    // What the fixing run said is no answer for what it began with.
    fs::remove_dir_all(folder.path().join(DIRECTORY)).unwrap();
    write(folder.path(), "shop/celery.py", source);
    check(&["--fix", "--unsafe-fixes"]);
    write(folder.path(), "shop/celery.py", source);
    assert_eq!(check(&[]), first);
}

#[test]
fn the_directory_says_what_it_is() {
    let folder = tree();
    run(folder.path(), &[]);
    let directory = folder.path().join(DIRECTORY);
    let tag = fs::read_to_string(directory.join("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"), "{tag}");
    let status = Command::new("git").args(["status", "--porcelain"]).current_dir(folder.path()).output().unwrap();
    assert!(!String::from_utf8_lossy(&status.stdout).contains(DIRECTORY));
    let shown = run(folder.path(), &["cache", "dir"]);
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim(), directory.canonicalize().unwrap().to_string_lossy());
    for expected in ["Removed", "There is no cache"] {
        let text = said(&run(&folder.path().join("shop"), &["cache", "clean", ".."]));
        assert!(text.contains(expected), "{text}");
        assert!(!directory.exists());
    }
}

#[test]
fn only_our_own_directory_is_removed() {
    let folder = tree();
    write(folder.path(), ".celery_lint_cache/precious", "x");
    let output = run(folder.path(), &["cache", "clean"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(folder.path().join(".celery_lint_cache/precious").exists());
}

/// A file that is damaged in any way is as if it were not there, and is replaced.
#[test]
fn damaged_answers_are_made_again() {
    let folder = tree();
    let first = remembered(folder.path(), &[]);
    let answer = answers(folder.path()).remove(0);
    let good = fs::read(&answer).unwrap();
    let mut damaged: Vec<Vec<u8>> = [0, 1, 15, 16, 47, 48, 49, 200, good.len() / 2, good.len() - 1]
        .iter()
        .map(|length| good[..*length].to_vec())
        .collect();
    for at in [0, 15, 16, 47, 48, 100, good.len() / 2, good.len() - 1] {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        damaged.push(bytes);
    }
    damaged.push([good.as_slice(), b"more"].concat());
    damaged.push(vec![0xff; 1 << 20]);
    // Digests that fit what makes no sense.
    damaged.push(sealed(&good[..16], b""));
    damaged.push(sealed(&good[..16], &[0xff; 64]));
    damaged.push(sealed(&good[..16], &good[HEAD..good.len() - 3]));
    damaged.push(sealed(b"celery-lint run\x7f", &good[HEAD..]));
    for (index, bytes) in damaged.iter().enumerate() {
        fs::write(&answer, bytes).unwrap();
        assert_eq!(said(&run(folder.path(), &[])), first, "damage {index}");
        assert_ne!(&fs::read(&answer).unwrap(), bytes, "damage {index} is mended");
    }
}

#[test]
fn what_a_terminal_obeys_is_no_answer() {
    let folder = tree();
    let first = remembered(folder.path(), &[]);
    for escape in ["\x1b[2J..", "\x1b]0;x\x07", "\x1b]8;;x", "a\u{9b}31m", "\u{202e}abc", "\x07\x07\x07\x07\x07\x07"] {
        let answer = answers(folder.path()).remove(0);
        let escape = &escape.replace("..", "xx")[..6];
        forge(&answer, FORGED.1, escape);
        assert_eq!(said(&run(folder.path(), &[])), first, "{escape:?}");
        forge(&answers(folder.path()).remove(0), FORGED.0, FORGED.1);
    }
}

/// Nothing that lies where the cache would be is in the way, or is written through.
#[test]
fn a_place_that_cannot_be_used_is_no_hindrance() {
    let fresh = said(&run(tree().path(), &["--no-cache"]));
    let file = tree();
    write(file.path(), DIRECTORY, "precious");
    assert_eq!(said(&run(file.path(), &[])), fresh);
    assert_eq!(fs::read_to_string(file.path().join(DIRECTORY)).unwrap(), "precious");

    let (link, elsewhere) = (tree(), tempfile::tempdir().unwrap());
    symlink(elsewhere.path(), link.path().join(DIRECTORY)).unwrap();
    assert_eq!(said(&run(link.path(), &[])), fresh);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "nothing is written through a link");
    assert_eq!(run(link.path(), &["cache", "clean"]).status.code(), Some(2));

    let directories = tree();
    run(directories.path(), &[]);
    let answer = answers(directories.path()).remove(0);
    fs::remove_file(&answer).unwrap();
    fs::create_dir(&answer).unwrap();
    assert_eq!(said(&run(directories.path(), &[])), fresh);

    let locked = tree();
    fs::create_dir(locked.path().join(DIRECTORY)).unwrap();
    fs::set_permissions(locked.path().join(DIRECTORY), fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(said(&run(locked.path(), &[])), fresh);
}

/// Whoever writes the project could write its answers too.
#[test]
fn a_cache_that_came_with_the_project_is_not_asked() {
    let folder = tree();
    let first = remembered(folder.path(), &[]);
    git(folder.path(), &["add", "--force", DIRECTORY]);
    for version in ["2", "4"] {
        git(folder.path(), &["update-index", "--index-version", version]);
        assert_eq!(said(&run(folder.path(), &[])), first, "an index of version {version}");
    }
}

#[test]
fn processes_at_once_do_no_harm() {
    let folder = tree();
    let fresh = said(&run(folder.path(), &["--no-cache"]));
    for round in 0..4 {
        if round % 2 == 1 {
            fs::remove_dir_all(folder.path().join(DIRECTORY)).unwrap();
        }
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| said(&run(folder.path(), &[])))).collect();
            for run in runs {
                assert_eq!(run.join().unwrap(), fresh);
            }
        });
    }
    assert_eq!(answers(folder.path()).len(), 1);
    assert_eq!(fs::read_dir(folder.path().join(DIRECTORY)).unwrap().count(), 3, "nothing is left behind");
}

#[test]
fn old_answers_are_removed() {
    let folder = tree();
    for width in 0..20 {
        run(folder.path(), &["--exclude", &format!("nothing{width}")]);
    }
    assert_eq!(answers(folder.path()).len(), 16);
}
