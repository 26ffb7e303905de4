//! The project that the tests lint, and how.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const DIRECTORY: &str = ".celery_lint_cache";
pub const FILES: &[(&str, &str)] = &[
    ("shop/__init__.py", ""),
    (
        "shop/celery.py",
        "import os\nfrom celery import Celery\n\napp = Celery('shop', broker=os.environ['BROKER_URL'])\n\
         app.conf.task_serializer = 'pickle'\n",
    ),
    ("shop/tasks.py", "from shop.celery import app\n\n\n@app.task\ndef pay(order):\n    return order\n"),
    ("docs/deep/er/notes.py", "print('nothing')\n"),
    (".env.example", "BROKER_URL=redis://localhost:6379/0\n"),
    (".env", "BROKER_URL=redis://localhost:6379/0\n"),
    (".gitignore", ".env\n/build\n"),
    ("build/generated.py", "from celery import Celery\n"),
    ("docker-compose.yml", "services:\n  worker:\n    command: celery -A shop.celery worker\n"),
    ("script", "#!/bin/sh\ncelery -A shop.celery beat\n"),
    ("binary", "\u{7f}ELF"),
];

/// A project in which nothing was touched for a while.
pub fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in FILES {
        write(folder.path(), path, text);
    }
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "--all"]);
    folder
}

pub fn git(folder: &Path, arguments: &[&str]) {
    assert!(Command::new("git").args(arguments).current_dir(folder).status().unwrap().success());
}

pub fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_celery-lint"));
    for variable in ["CI", "GITHUB_ACTIONS", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command.args(arguments).current_dir(folder).output().unwrap()
}

/// Everything a command says, without the time it took, and its exit code.
pub fn said(output: &Output) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let untimed = |line: &str| match line.rsplit_once(", ") {
        Some((before, time)) if time.ends_with(" s)") => format!("{before}, TIME"),
        _ if line.ends_with(" s)") => "TIME".to_owned(),
        _ => line.to_owned(),
    };
    format!("{}\n{:?}", text.lines().map(untimed).collect::<Vec<_>>().join("\n"), output.status.code())
}

/// The kept answers.
pub fn answers(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join(DIRECTORY)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().unwrap().len() == 64);
    paths.sort();
    paths
}
