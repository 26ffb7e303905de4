//! What the examples share: questions and answers by lines of JSON.

use std::io::{self, BufRead, Write};

use serde_json::Value;

/// Answers each line of standard input with one line of standard output, at once: the other end waits for it.
pub fn answer_lines(answer: impl Fn(&Value) -> Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&serde_json::from_str(&line?)?))?;
        out.flush()?;
    }
    Ok(())
}
