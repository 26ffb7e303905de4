//! What is seen, what is read, and what is left out.

use super::*;

fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    directory
}

fn read_paths(directory: &Path) -> Vec<String> {
    let sources = load(directory, &WalkOptions::new(crate::files::kind::CLASSIFY)).unwrap();
    sources.files.into_iter().map(|file| file.path).collect()
}

#[test]
fn ignored_files_are_left_out_without_a_repository_too() {
    let directory = tree(&[(".gitignore", b"gen/\n"), ("a.py", b""), ("gen/b.py", b""), ("README.md", b"")]);
    assert_eq!(read_paths(directory.path()), [".gitignore", "a.py"]);
}

#[test]
fn ignored_env_files_are_read_all_the_same() {
    let ignore: &[u8] = b".env\n.envs/\n*.env\n.gitignore\n";
    let files = [".env", "api/prod.env", ".envs/.local/.django", "api/.env.example", "api/a.py"];
    let mut all: Vec<(&str, &[u8])> = files.iter().map(|path| (*path, &b"A=1\n"[..])).collect();
    all.push((".gitignore", ignore));
    let directory = tree(&all);
    let expected = [".env", ".envs/.local/.django", ".gitignore", "api/.env.example", "api/a.py", "api/prod.env"];
    assert_eq!(read_paths(directory.path()), expected);
}

#[test]
fn virtual_environments_and_build_output_are_left_out_by_what_they_hold() {
    let directory = tree(&[
        ("a.py", b""),
        ("bankenv/pyvenv.cfg", b""),
        ("bankenv/lib/b.py", b""),
        ("old/bin/activate", b""),
        ("old/c.py", b""),
        ("node_modules/d.py", b""),
        ("build/e.py", b""),
        ("src/build/__init__.py", b""),
    ]);
    assert_eq!(read_paths(directory.path()), ["a.py", "src/build/__init__.py"]);
}

#[test]
fn excluded_paths_are_not_seen() {
    let directory = tree(&[("a.py", b""), ("legacy/b.py", b""), ("x/legacy/.env", b"")]);
    let exclude = vec![PathGlobs::new(directory.path().canonicalize().unwrap(), ["legacy"]).unwrap()];
    let sources =
        load(directory.path(), &WalkOptions { exclude, ..WalkOptions::new(crate::files::kind::CLASSIFY) }).unwrap();
    assert_eq!(sources.seen, ["a.py"]);
}

#[test]
fn what_cannot_be_read_is_kept_with_its_reason() {
    let directory = tree(&[("a.py", b"\xFF"), ("big.py", b"0123456789"), ("ok.py", b"x"), ("data", b"\0")]);
    let options = WalkOptions { max_python_size: 5, ..WalkOptions::new(crate::files::kind::CLASSIFY) };
    let sources = load(directory.path(), &options).unwrap();
    let reasons: Vec<String> = sources.unreadable.iter().map(|(path, error)| format!("{path}: {error}")).collect();
    assert_eq!(
        reasons,
        ["a.py: the bytes at offset 0 are not UTF-8", "big.py: the file is 10 bytes long, over the limit of 5"]
    );
    assert_eq!(sources.seen, ["a.py", "big.py", "data", "ok.py"]);
}

#[test]
fn a_root_that_its_repository_ignores_is_read_when_asked_for() {
    let directory = tree(&[(".git/HEAD", b""), (".gitignore", b"tmp/\n"), ("tmp/a.py", b"")]);
    assert_eq!(read_paths(&directory.path().join("tmp")), ["a.py"]);
    assert_eq!(read_paths(directory.path()), [".gitignore"]);
}

#[test]
fn scripts_without_an_extension_are_read_by_their_first_line() {
    let directory = tree(&[("start", b"#!/bin/bash\n"), ("LICENSE", b"MIT")]);
    assert_eq!(read_paths(directory.path()), ["start"]);
}

#[cfg(unix)]
#[test]
fn links_are_seen_and_never_followed() {
    let directory = tree(&[("a.py", b"")]);
    std::os::unix::fs::symlink("/etc", directory.path().join("etc")).unwrap();
    std::os::unix::fs::symlink("a.py", directory.path().join("b.py")).unwrap();
    let sources = load(directory.path(), &WalkOptions::new(crate::files::kind::CLASSIFY)).unwrap();
    assert_eq!(sources.seen, ["a.py", "b.py", "etc"]);
    assert_eq!(sources.files.len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_shown_with_replacement_characters() {
    use std::os::unix::ffi::OsStrExt;
    let directory = tree(&[]);
    fs::write(directory.path().join(OsStr::from_bytes(b"\xFF.py")), "x = 1\n").unwrap();
    assert_eq!(read_paths(directory.path()), ["\u{FFFD}.py"]);
}
