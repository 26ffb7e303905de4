//! Tells the program what it was built from, so that no answer in a cache outlives the code that gave it. The same sources give the
//! same number on every machine, which a time of building would not.

use std::fs;
use std::path::{Path, PathBuf};

/// What decides how the program behaves.
const PARTS: &[&str] = &["Cargo.lock", "Cargo.toml", "rules", "src"];

fn main() {
    let mut files = Vec::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={part}");
        collect(Path::new(part), &mut files);
    }
    files.sort();
    let mut hash = Fnv::default();
    for file in files {
        hash.add(file.to_string_lossy().replace('\\', "/").as_bytes());
        hash.add(&fs::read(&file).unwrap_or_default());
    }
    println!("cargo::rustc-env=CELERY_LINT_SOURCES={:016x}", hash.0);
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(path) else { return files.push(path.to_owned()) };
    for entry in entries.flatten() {
        collect(&entry.path(), files);
    }
}

/// FNV-1a of 64 bits: the sources are no enemy.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        for byte in length.iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
