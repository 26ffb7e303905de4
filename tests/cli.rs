//! The command line as data: each `fixtures/cli/*.toml` is one run of the binary in a tree of its own.
//!
//! A case has `args`, the expected `status`, and the expected `stdout` and `stderr` (none: empty). In them `[..]` stands
//! for anything inside a line, and a line `...` for any number of lines. `[files]` are texts, `[bytes]` are written in
//! hexadecimal, `[sizes]` are made of that many `x`; `unreadable` lists files whose permission is taken; `cwd` is
//! where the binary runs; `[env]` is its whole environment; `[after]` and `[after_bytes]` are files as
//! they are expected after the run.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up is a failure")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows, for readers.
    about: String,
    args: Vec<String>,
    #[serde(default)]
    cwd: String,
    status: i32,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    unreadable: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    bytes: BTreeMap<String, String>,
    #[serde(default)]
    sizes: BTreeMap<String, usize>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    after: BTreeMap<String, String>,
    #[serde(default)]
    after_bytes: BTreeMap<String, String>,
}

#[test]
fn every_case_runs_as_written() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cli");
    let mut paths: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    assert!(paths.len() > 30, "the cases are missing");
    let failures: Vec<String> = paths.iter().filter_map(|path| run(path).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases failed\n\n{}", failures.len(), paths.len(), failures.join("\n"));
}

fn run(path: &Path) -> Result<(), String> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let case: Case =
        toml::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!case.about.is_empty(), "{name}: say what it is about");
    let tree = tempfile::tempdir().unwrap();
    case.write(tree.path());
    if case.unreadable.iter().any(|path| fs::read(tree.path().join(path)).is_ok()) {
        return Ok(()); // The superuser reads everything.
    }
    let output = Command::new(env!("CARGO_BIN_EXE_celery-lint"))
        .args(&case.args)
        .current_dir(tree.path().join(&case.cwd))
        .env_clear()
        .envs(&case.env)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut wrong = Vec::new();
    if output.status.code() != Some(case.status) {
        wrong.push(format!("status {:?}, expected {}", output.status.code(), case.status));
    }
    for (stream, bytes, expected) in
        [("stdout", &output.stdout, &case.stdout), ("stderr", &output.stderr, &case.stderr)]
    {
        let text = String::from_utf8_lossy(bytes);
        if !matches(expected, &text) {
            wrong.push(format!("{stream} is\n{text}\nexpected\n{expected}"));
        }
    }
    for (path, expected) in &case.after {
        let text = fs::read_to_string(tree.path().join(path)).unwrap_or_else(|error| format!("({error})"));
        if !matches(expected, &text) {
            wrong.push(format!("{path} is\n{text}\nexpected\n{expected}"));
        }
    }
    for (path, expected) in &case.after_bytes {
        let bytes = fs::read(tree.path().join(path)).unwrap_or_default();
        if bytes != hex(expected) {
            wrong.push(format!("{path} is {bytes:x?}, expected {expected}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("== {name}: {}\n{}", case.about, wrong.join("\n"))) }
}

impl Case {
    fn write(&self, tree: &Path) {
        let texts = self.files.iter().map(|(path, text)| (path, text.clone().into_bytes()));
        let bytes = self.bytes.iter().map(|(path, text)| (path, hex(text)));
        let sizes = self.sizes.iter().map(|(path, size)| (path, vec![b'x'; *size]));
        for (path, content) in texts.chain(bytes).chain(sizes) {
            let path = tree.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        fs::create_dir_all(tree.join(&self.cwd)).unwrap();
        #[cfg(unix)]
        for path in &self.unreadable {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(tree.join(path), fs::Permissions::from_mode(0o000)).unwrap();
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

/// Whether `text` is what `expected` says, line by line.
fn matches(expected: &str, text: &str) -> bool {
    let (expected, text): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), text.lines().collect());
    lines_match(&expected, &text)
}

fn lines_match(expected: &[&str], text: &[&str]) -> bool {
    match expected.split_first() {
        None => text.is_empty(),
        Some((&"...", rest)) => (0..=text.len()).any(|skipped| lines_match(rest, &text[skipped..])),
        Some((line, rest)) => {
            text.split_first().is_some_and(|(first, others)| line_matches(line, first) && lines_match(rest, others))
        }
    }
}

fn line_matches(expected: &str, line: &str) -> bool {
    let Some((before, after)) = expected.split_once("[..]") else { return expected == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| line_matches(after, &rest[at..]))
}

#[test]
fn wildcards_stand_for_a_part_of_a_line_or_for_lines() {
    assert!(matches("a [..] c\n...\nz\n", "a b c\n1\n2\nz\n"));
    assert!(matches("...\n", ""));
    assert!(!matches("a\n", "a\nb\n"));
    assert!(!matches("a [..] c\n", "a c\n"));
}
