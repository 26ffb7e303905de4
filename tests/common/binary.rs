//! Runs of the real binary: that of this build, or the one that `CELERY_LINT` names (the release, in `.ci/run`).

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The binary under test.
pub fn binary() -> PathBuf {
    std::env::var_os("CELERY_LINT").map_or_else(|| env!("CARGO_BIN_EXE_celery-lint").into(), PathBuf::from)
}

/// What the surroundings could say about colours, width, threads, language and CI.
const SURROUNDINGS: &[&str] = &[
    "CI",
    "GITHUB_ACTIONS",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "NO_COLOR",
    "COLUMNS",
    "TERM",
    "TZ",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "RAYON_NUM_THREADS",
    "CELERY_LINT_DRILL",
];

/// Runs the binary in a directory, in a plain surrounding but for `env`.
pub fn run(directory: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    for name in SURROUNDINGS {
        command.env_remove(name);
    }
    let output = command.args(arguments).envs(env.iter().copied()).current_dir(directory).output();
    output.unwrap_or_else(|error| panic!("{}: {error}", binary().display()))
}

/// Both streams as one text.
#[allow(dead_code, reason = "not every test program needs both")]
pub fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Writes a tree.
#[allow(dead_code, reason = "not every test program writes one")]
pub fn write_tree(directory: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().expect("a path in a directory")).expect("directories can be made");
        std::fs::write(path, text).expect("files can be written");
    }
}
