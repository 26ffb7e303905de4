//! What several test programs need: the place of the repository, and expected files that `UPDATE=1` rewrites.

use std::fs;
use std::path::{Path, PathBuf};

/// The top of this repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a file with what it has to say; with `UPDATE=1` writes it instead. The error names the file and the first line that differs.
pub fn expect_file(path: &Path, actual: &str) -> Result<(), String> {
    let expected = fs::read_to_string(path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, actual).unwrap();
        return Ok(());
    }
    let line = expected.lines().zip(actual.lines()).take_while(|(left, right)| left == right).count();
    Err(format!(
        "{}:{}: out of date, UPDATE=1 rewrites it\n  expected: {}\n  actual:   {}\n",
        path.display(),
        line + 1,
        expected.lines().nth(line).unwrap_or("(the end)"),
        actual.lines().nth(line).unwrap_or("(the end)"),
    ))
}
