//! The directory of the cache: `.celery_lint_cache` at the top of the project. It says of itself that it is a cache and that git
//! has no business in it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::project::ignore::GitDir;
use crate::source::walk::{CACHE_DIRECTORY, CACHE_MARK};
use crate::source::{Witness, regular};

pub use crate::source::walk::CACHE_DIRECTORY as DIRECTORY;

/// So many answers are kept: formats and rules change from run to run.
const KEPT: usize = 16;
/// Files that a killed run left behind are removed after so many seconds.
const LEFT_BEHIND: u64 = 3600;

const MARK: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
# This file marks a cache of celery-lint; see https://bford.info/cachedir/\n";

/// Where the cache of a project lies.
pub fn directory(root: &Path) -> PathBuf {
    root.join(CACHE_DIRECTORY)
}

/// Whether somebody else made what lies there: a link, a file, or a directory that git tracks and so came with the project. What a
/// stranger put there would be told as our own answer.
pub fn is_foreign(directory: &Path, git_root: Option<&Path>) -> bool {
    match fs::symlink_metadata(directory) {
        Ok(metadata) if !metadata.is_dir() => return true,
        Ok(_) => {}
        // Nothing is there.
        Err(_) => return false,
    }
    let git = git_root.and_then(|top| GitDir::find(top, &Witness::default()));
    let index = git.and_then(|git| regular::read(&git.own.join("index")).ok());
    let name = CACHE_DIRECTORY.trim_start_matches('.');
    index.is_some_and(|(_, index)| memchr::memmem::find(&index, format!("{name}/").as_bytes()).is_some())
}

/// Reads a file of the cache; none when there is no such file, or none of ours.
pub fn read(path: &Path, largest: u64) -> Option<Vec<u8>> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let (file, metadata) = regular::open(path).ok()??;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(largest)).ok()?);
    file.take(largest).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Puts a file into the cache, whole or not at all.
///
/// # Errors
/// When the directory or the file cannot be written.
pub fn write(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    prepare(directory)?;
    let mut file = tempfile::Builder::new().prefix(".new").tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.persist(directory.join(name)).map_err(|error| error.error)?;
    prune(directory)
}

/// Makes the directory with the two files that keep others away from it.
fn prepare(directory: &Path) -> io::Result<()> {
    if let Err(error) = fs::create_dir(directory)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(error);
    }
    for (name, text) in [(".gitignore", "# celery-lint wrote this.\n*\n"), (CACHE_MARK, MARK)] {
        match File::create_new(directory.join(name)) {
            Ok(mut file) => file.write_all(text.as_bytes())?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes the oldest answers.
fn prune(directory: &Path) -> io::Result<()> {
    let mut answers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        // Another run may have removed it meanwhile.
        let Ok(modified) = entry.metadata().and_then(|metadata| metadata.modified()) else { continue };
        let age = SystemTime::now().duration_since(modified).unwrap_or_default();
        if name.as_encoded_bytes().starts_with(b".new") && age.as_secs() > LEFT_BEHIND {
            let _ = fs::remove_file(entry.path());
        } else if is_answer(&name.to_string_lossy()) {
            answers.push((modified, entry.path()));
        }
    }
    answers.sort();
    let old = answers.len().saturating_sub(KEPT);
    for (_, path) in answers.into_iter().take(old) {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

fn is_answer(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Removes the cache of a project; whether there was one.
///
/// # Errors
/// When it cannot be removed, or does not say that it is ours.
pub fn clean(root: &Path) -> io::Result<bool> {
    let directory = directory(root);
    match fs::symlink_metadata(&directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
        Ok(metadata) if metadata.is_dir() && directory.join(CACHE_MARK).is_file() => {}
        Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "celery-lint did not make it")),
    }
    fs::remove_dir_all(directory)?;
    Ok(true)
}
