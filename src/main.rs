//! The `celery-lint` binary: parse the arguments, call the library, return the exit code.

use std::process::ExitCode;

/// Linking makes and drops many small values on all threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    celery_lint::cli::run(std::env::args_os())
}
