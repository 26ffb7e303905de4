//! Each reader of a file that is not Python.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| celery_lint_fuzz::deep(|| celery_lint_fuzz::readers::read(data)));
