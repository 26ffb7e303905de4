//! What a run looks at on disk, written down so that a later run can tell whether it would see the same.
//!
//! Everything that is read of a project goes through a [`Witness`]; one that is off (the default) notes nothing and costs nothing.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use ring::digest;
use serde::{Deserialize, Serialize};

use super::regular;

/// SHA-256.
pub type Digest = [u8; 32];

/// What the system says of a file or a directory without opening it; times in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub size: u64,
    pub modified: i128,
    /// The change of anything about it, which no program can set; the time of modification where the system has none.
    pub changed: i128,
    pub inode: u64,
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let time = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
            Self {
                size: metadata.size(),
                modified: time(metadata.mtime(), metadata.mtime_nsec()),
                changed: time(metadata.ctime(), metadata.ctime_nsec()),
                inode: metadata.ino(),
            }
        }
        #[cfg(not(unix))]
        {
            let since = |time: std::time::SystemTime| time.duration_since(std::time::UNIX_EPOCH).ok();
            let modified = metadata.modified().ok().and_then(since).map_or(0, |time| time.as_nanos() as i128);
            Self { size: metadata.len(), modified, changed: modified, inode: 0 }
        }
    }
}

/// What stands under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    File,
    Directory,
    Other,
}

/// One look at the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Absolute, or relative to the root of the run.
    pub path: String,
    pub saw: Saw,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saw {
    /// The names in a directory and what each of them is.
    Listing { stamp: Stamp, digest: Digest },
    /// So many bytes from the beginning of a file.
    Content { stamp: Stamp, read: u64, digest: Digest },
    /// The paths that a git index names. Its bytes change whenever git looks at the work tree.
    Index { stamp: Stamp, hash: usize, digest: Digest },
    /// Only what is there; none: nothing.
    Kind(Option<Kind>),
}

/// Takes down what a run looks at. Clones write into the same list.
#[derive(Debug, Clone, Default)]
pub struct Witness(Option<Arc<Notes>>);

#[derive(Debug)]
struct Notes {
    /// Nanoseconds since 1970.
    began: i128,
    looks: Mutex<Looks>,
}

/// Everything a run looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    pub looks: Vec<Look>,
    /// Something was seen that cannot be told again: an error, a name that is no text.
    pub spoilt: bool,
}

impl Witness {
    /// A witness that notes what it sees.
    pub fn watching() -> Self {
        let began = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
        Self(Some(Arc::new(Notes { began, looks: Mutex::default() })))
    }

    pub fn is_watching(&self) -> bool {
        self.0.is_some()
    }

    /// A time before the first look, in nanoseconds since 1970; 0 when nothing is noted.
    pub fn began(&self) -> i128 {
        self.0.as_ref().map_or(0, |notes| notes.began)
    }

    /// What was seen so far; none when nothing was noted.
    pub fn take(&self) -> Option<Looks> {
        let notes = self.0.as_ref()?;
        Some(std::mem::take(&mut *notes.looks.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Something was seen that a later run cannot compare.
    pub fn spoil(&self) {
        self.with(|looks| looks.spoilt = true);
    }

    /// Notes a look that somebody else has taken.
    pub fn note(&self, path: &Path, saw: Saw) {
        self.with(|looks| match path.to_str() {
            Some(path) => looks.looks.push(Look { path: path.to_owned(), saw }),
            None => looks.spoilt = true,
        });
    }

    /// Notes what was read from the beginning of a file.
    pub fn content(&self, path: &Path, metadata: &Metadata, bytes: &[u8]) {
        if self.is_watching() {
            let (stamp, read) = (Stamp::of(metadata), bytes.len() as u64);
            self.note(path, Saw::Content { stamp, read, digest: digest_of(bytes) });
        }
    }

    /// What stands under a path; links are followed.
    pub fn kind(&self, path: &Path) -> Option<Kind> {
        let kind = kind_of(path);
        self.note(path, Saw::Kind(kind));
        kind
    }

    /// The bytes of a regular file, or of what a link to one leads to.
    ///
    /// # Errors
    /// When it cannot be read, or is something else.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let read = regular::read(path);
        match &read {
            Ok((metadata, bytes)) => self.content(path, metadata, bytes),
            Err(_) => self.failed(path),
        }
        read.map(|(_, bytes)| bytes)
    }

    /// The same as text.
    ///
    /// # Errors
    /// When it cannot be read, is something else, or is not UTF-8.
    pub fn read_to_string(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Notes that a file could not be read: that it is not there is something one can see again, all else is not.
    pub fn failed(&self, path: &Path) {
        if self.is_watching() {
            match kind_of(path) {
                Some(Kind::File) => self.spoil(),
                kind => self.note(path, Saw::Kind(kind)),
            }
        }
    }

    fn with(&self, change: impl FnOnce(&mut Looks)) {
        if let Some(notes) = &self.0 {
            change(&mut notes.looks.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// What stands under a path; links are followed.
pub fn kind_of(path: &Path) -> Option<Kind> {
    let metadata = fs::metadata(path).ok()?;
    Some(match () {
        () if metadata.is_file() => Kind::File,
        () if metadata.is_dir() => Kind::Directory,
        () => Kind::Other,
    })
}

pub fn digest_of(bytes: &[u8]) -> Digest {
    finished(digest::digest(&digest::SHA256, bytes))
}

/// The digest of parts, each told from the next, so that no two lists of parts are alike.
pub fn digest_of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    finished(context.finish())
}

fn finished(digest: digest::Digest) -> Digest {
    digest.as_ref().try_into().unwrap_or_default()
}
