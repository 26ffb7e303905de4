//! Small projects with random changes: deterministic (a fixed seed), and bounded in number.

use std::fs;
use std::path::Path;

use crate::survive;

const ROUNDS: usize = 250;

/// Pieces that are special to some reader.
const TOKENS: &[&str] = &[
    "'",
    "\"",
    "'''",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    "${",
    "$(",
    "`",
    "\\",
    "\\\n",
    "\n",
    "\r",
    "\t",
    "\0",
    "#",
    ":",
    ";",
    "@",
    "%",
    "%s",
    "%(a)s",
    "f'{",
    "*",
    "**",
    "=",
    ":=",
    "->",
    "|",
    "&",
    "*a",
    "&a ",
    "<<: ",
    "- ",
    "---\n",
    "!",
    "lambda: ",
    "async ",
    "await ",
    "def f(",
    "class C(",
    "import ",
    "from . import *\n",
    "redis://:p@h",
    "://",
    "é",
    "\u{feff}",
    "🎉",
    "\u{2028}",
    "celery -A x worker",
    "# celery-lint: ignore[",
    "{% if %}",
    "<<<<<<< HEAD\n",
    "os.environ[",
    "\x1b[0m",
];

/// Marsaglia's xorshift: enough for variety, and the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// The files of a fixture; `dot.env` is `.env`.
pub fn read_tree(folder: &Path, prefix: &str, into: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = name.strip_prefix("dot").filter(|rest| rest.starts_with('.')).unwrap_or(name);
        if path.is_dir() {
            read_tree(&path, &format!("{prefix}{name}/"), into);
        } else {
            into.push((format!("{prefix}{name}"), fs::read(&path).unwrap()));
        }
    }
}

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    let (from, length) = (random.below(bytes.len() + 1), random.below(60));
    let to = (from + length).min(bytes.len());
    match random.below(6) {
        0 => drop(bytes.drain(from..to)),
        1 => drop(bytes.splice(from..from, bytes[from..to].repeat(1 + random.below(20)))),
        2 => bytes.truncate(from),
        3 => bytes.extend_from_within(from..to),
        4 if !bytes.is_empty() => {
            let at = random.below(bytes.len());
            bytes[at] = random.below(256) as u8;
        }
        _ => drop(bytes.splice(from..from, TOKENS[random.below(TOKENS.len())].bytes())),
    }
}

#[test]
fn projects_with_random_changes_survive() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    let mut folders: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..ROUNDS {
        let mut files = Vec::new();
        read_tree(&folders[round % folders.len()], "", &mut files);
        for _ in 0..=random.below(4) {
            let file = random.below(files.len());
            for _ in 0..=random.below(5) {
                mutate(&mut random, &mut files[file].1);
            }
        }
        survive(&format!("round {round}"), &files);
    }
}
