//! `celery-lint cache`: where the cache of a project lies, and removing it.

use super::args::{CacheArgs, CacheCommand, CachePath};
use super::error::CliError;
use super::target::{self, Target};
use super::{Exit, to_stdout};
use crate::cache;
use crate::report::clean;

pub fn run(args: &CacheArgs) -> Result<Exit, CliError> {
    match &args.command {
        CacheCommand::Dir(path) => {
            let directory = cache::directory(&project(path)?.root);
            to_stdout(|out| writeln!(out, "{}", clean(&directory.to_string_lossy())))?;
        }
        CacheCommand::Clean(path) => {
            let root = project(path)?.root;
            let failed = |error| CliError::write_file(&cache::directory(&root), error);
            let text = if cache::clean(&root).map_err(failed)? { "Removed" } else { "There is no cache in" };
            let place = cache::directory(&root);
            super::note(&format!("{text} {}", place.display()));
        }
    }
    Ok(Exit::Clean)
}

fn project(path: &CachePath) -> Result<Target, CliError> {
    target::resolve(std::slice::from_ref(&path.path))
}
