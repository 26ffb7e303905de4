//! Fixes of a small tree: they come to an end, break nothing that parsed, and a second run has nothing to fix.
#![no_main]

use celery_lint_fuzz::promises;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut files = celery_lint_fuzz::tree(data);
    files.push(promises::planted());
    promises::fix("fuzzed", &files);
});
