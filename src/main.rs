//! The `celery-lint` binary: parse the arguments, call the library, return the exit code.

use std::process::ExitCode;

/// Values are many small allocations, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    celery_lint::cli::run(std::env::args_os())
}
