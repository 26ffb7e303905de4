//! Writing a plan: whole files, atomically, and only over what was read.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::apply::{Change, Plan, stays_inside};
use super::encode::encode;

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    pub files: Vec<String>,
    /// Files that were left alone, and those that were left alone because of them.
    pub refused: Vec<Refused>,
}

#[derive(Debug)]
pub struct Refused {
    pub path: String,
    pub why: WriteError,
}

/// Why a file was not written. None of them leaves a file half written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the file changed since it was read; run celery-lint again")]
    Changed,
    #[error("the file exists already and was not read")]
    Exists,
    #[error("the file is a symbolic link, or lies behind one")]
    Link,
    #[error("the file lies outside of the project")]
    Outside,
    #[error("the file is read-only")]
    ReadOnly,
    #[error("the file is in a charset that is never written")]
    Charset,
    #[error("a fix also edits `{0}`, which cannot be written")]
    Companion(String),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Writes every change, except those that share a fix with a file that cannot be written.
pub fn write(plan: &Plan) -> Written {
    let mut written = Written::default();
    for group in groups(plan) {
        match write_group(&plan.root, &group) {
            Ok(()) => written.files.extend(group.iter().map(|change| change.path.clone())),
            Err((path, why)) => {
                for change in group.iter().filter(|change| change.path != path) {
                    let why = WriteError::Companion(path.clone());
                    written.refused.push(Refused { path: change.path.clone(), why });
                }
                written.refused.push(Refused { path, why });
            }
        }
    }
    written.files.sort_unstable();
    written.refused.sort_by(|left, right| left.path.cmp(&right.path));
    written
}

/// Changes in groups that no fix connects.
fn groups(plan: &Plan) -> Vec<Vec<&Change>> {
    let index: BTreeMap<&str, usize> =
        plan.changes.iter().enumerate().map(|(index, change)| (change.path.as_str(), index)).collect();
    let mut group: Vec<usize> = (0..plan.changes.len()).collect();
    for applied in &plan.applied {
        let members: Vec<usize> = applied.files.iter().filter_map(|path| index.get(path.as_str()).copied()).collect();
        let joined: Vec<usize> = members.iter().map(|&member| group[member]).collect();
        if let Some(&target) = joined.iter().min() {
            group.iter_mut().filter(|own| joined.contains(own)).for_each(|own| *own = target);
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Change>> = BTreeMap::new();
    for (change, group) in plan.changes.iter().zip(group) {
        groups.entry(group).or_default().push(change);
    }
    groups.into_values().collect()
}

/// A file ready to be put in its place.
struct Ready {
    target: PathBuf,
    file: tempfile::NamedTempFile,
    /// The bytes that it replaces; none for a new file.
    before: Option<Vec<u8>>,
}

/// Prepares every file, then puts all in their places; when one cannot be put there, those before it are put back.
fn write_group(root: &Path, group: &[&Change]) -> Result<(), (String, WriteError)> {
    let mut ready = Vec::with_capacity(group.len());
    for change in group {
        ready.push(prepare(root, change).map_err(|why| (change.path.clone(), why))?);
    }
    let mut placed: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    for (change, ready) in group.iter().zip(ready) {
        let Ready { target, file, before } = ready;
        if let Err(error) = put(file, &target, before.as_deref()) {
            placed.into_iter().rev().for_each(|(target, before)| put_back(&target, before));
            return Err((change.path.clone(), error));
        }
        placed.push((target, before));
    }
    Ok(())
}

/// Puts a file in its place. Writing it out took milliseconds, in which somebody else may have saved the one that it replaces.
fn put(file: tempfile::NamedTempFile, target: &Path, before: Option<&[u8]>) -> Result<(), WriteError> {
    let put = match before {
        Some(before) => {
            unchanged(target, before)?;
            file.persist(target)
        }
        None => file.persist_noclobber(target),
    };
    put.map(|_| ()).map_err(|error| WriteError::Io(error.error))
}

/// Best effort: the disk already refused once.
fn put_back(target: &Path, before: Option<Vec<u8>>) {
    let _ = match before {
        Some(bytes) => fs::write(target, bytes),
        None => fs::remove_file(target),
    };
}

fn prepare(root: &Path, change: &Change) -> Result<Ready, WriteError> {
    if !stays_inside(&change.path) {
        return Err(WriteError::Outside);
    }
    let target = root.join(&change.path);
    if behind_link(root, &change.path) {
        return Err(WriteError::Link);
    }
    let bytes = encode(&change.after, change.encoding).ok_or(WriteError::Charset)?;
    let before = match &change.before {
        Some(text) => {
            let before = encode(text, change.encoding).ok_or(WriteError::Charset)?;
            unchanged(&target, &before)?;
            Some(before)
        }
        None if target.symlink_metadata().is_ok() => return Err(WriteError::Exists),
        None => None,
    };
    let directory = target.parent().unwrap_or(root);
    fs::create_dir_all(directory)?;
    let mut file = temporary(directory)?;
    file.write_all(&bytes)?;
    if before.is_some() {
        let permissions = fs::metadata(&target)?.permissions();
        if permissions.readonly() {
            return Err(WriteError::ReadOnly);
        }
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    Ok(Ready { target, file, before })
}

/// Whether the bytes of the file still are those that were read.
fn unchanged(target: &Path, expected: &[u8]) -> Result<(), WriteError> {
    match fs::read(target) {
        Ok(bytes) if bytes == expected => Ok(()),
        Ok(_) => Err(WriteError::Changed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(WriteError::Changed),
        Err(error) => Err(error.into()),
    }
}

/// Whether the file or a directory between it and the root is a symbolic link.
fn behind_link(root: &Path, path: &str) -> bool {
    let mut at = root.to_path_buf();
    path.split('/').any(|part| {
        at.push(part);
        at.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink())
    })
}

/// A temporary file beside the target, with the mode that a new file would get.
fn temporary(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".celery-lint-");
    match new_file_mode() {
        Some(mode) => builder.permissions(mode).tempfile_in(directory),
        None => builder.tempfile_in(directory),
    }
}

/// What `open` asks for; the umask takes its bits away.
#[cfg(unix)]
fn new_file_mode() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_file_mode() -> Option<Permissions> {
    None
}
