//! The whole linter on a small tree: every rule, every renderer, every picture.
#![no_main]

use celery_lint_fuzz::promises;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut files = celery_lint_fuzz::tree(data);
    files.push(promises::planted());
    promises::keep_some("fuzzed", &files, data.len());
});
