//! The `celery-lint` binary: parse the arguments, call the library, return the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    celery_lint::cli::run(std::env::args_os())
}
