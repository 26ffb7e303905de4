//! What a run printed, kept for the next run over the same files with the same question.
//!
//! An answer is kept with everything that the run looked at ([`Looks`]): it holds as long as all of that is as it was, by the
//! system's word where that can be trusted, else by the digest of what was read. What is kept are masked reports, as they
//! were written: no other text of the project, and none of its secrets.
//!
//! A cache is never in the way. What cannot be read, is damaged, or was written by another version is as if it were not there.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::source::Witness;
use crate::source::witness::{Digest, Look, Looks, Saw, digest_of_parts};

mod check;
mod directory;

pub use directory::{DIRECTORY, clean, directory};

/// What files of the cache begin with; another number for every change of their shape.
const MAGIC: &[u8; 16] = b"celery-lint run\x01";
/// Bytes of a digest.
const DIGEST: usize = 32;
/// A larger file is none of ours.
const LARGEST: u64 = 256 << 20;

/// Everything that an answer depends on besides the files of the project.
#[derive(Debug, Default)]
pub struct Question(Vec<Vec<u8>>);

impl Question {
    /// What the program was built from belongs to every question.
    pub fn new() -> Self {
        Self::default().with(env!("CARGO_PKG_VERSION")).with(env!("CELERY_LINT_SOURCES"))
    }

    #[must_use]
    pub fn with(mut self, part: impl Into<Vec<u8>>) -> Self {
        self.0.push(part.into());
        self
    }

    fn digest(&self) -> Digest {
        digest_of_parts(self.0.iter().map(Vec::as_slice))
    }
}

/// The place of one answer.
#[derive(Debug)]
pub struct Cache {
    /// Of the run; absolute.
    root: PathBuf,
    directory: PathBuf,
    name: String,
    witness: Witness,
}

/// One file of the cache.
#[derive(Serialize, Deserialize)]
struct Entry<A> {
    /// When the first of the looks was taken, in nanoseconds since 1970.
    began: i128,
    looks: Vec<Look>,
    answer: A,
}

impl Cache {
    /// The place of the answer for a project; none when its cache is not ours to use.
    pub fn of(root: &Path, git_root: Option<&Path>, question: &Question) -> Option<Self> {
        let directory = directory(root);
        if directory::is_foreign(&directory, git_root) {
            return None;
        }
        let name = question.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self { root: root.to_owned(), directory, name, witness: Witness::watching() })
    }

    /// Notes what the run looks at.
    pub fn witness(&self) -> Witness {
        self.witness.clone()
    }

    fn file(&self) -> PathBuf {
        self.directory.join(&self.name)
    }

    /// The answer of an earlier run, when this one would see the same.
    pub fn find<A: Serialize + for<'a> Deserialize<'a>>(&self) -> Option<A> {
        let bytes = directory::read(&self.file(), LARGEST)?;
        let payload = unsealed(&bytes)?;
        let mut entry: Entry<A> = postcard::from_bytes(payload).ok()?;
        let renewed = check::check(&self.root, entry.began, &entry.looks)?;
        if !renewed.is_empty() {
            for (index, look) in renewed {
                entry.looks[index] = look;
            }
            entry.began = self.witness.began();
            self.write(&entry);
        }
        Some(entry.answer)
    }

    /// Keeps an answer with what the run looked at.
    pub fn keep<A: Serialize>(&self, answer: A) {
        let Some(Looks { looks, spoilt: false }) = self.witness.take() else { return };
        let entry = Entry { began: self.witness.began(), looks: check::packed(&self.root, looks), answer };
        self.write(&entry);
    }

    /// Whatever goes wrong: the next run will not find the answer, and that is all.
    fn write<A: Serialize>(&self, entry: &Entry<A>) {
        if let Ok(payload) = postcard::to_stdvec(entry) {
            let _ = directory::write(&self.directory, &self.name, &sealed(&payload));
        }
    }
}

/// What a run saw, for as long as the process lives.
#[derive(Debug)]
pub struct Seen {
    began: i128,
    looks: Looks,
}

impl Seen {
    /// What a witness noted so far; it notes no more of it.
    pub fn of(witness: &Witness) -> Self {
        let began = witness.began();
        Self { began, looks: witness.take().unwrap_or_default() }
    }

    pub fn looks(&self) -> impl Iterator<Item = (&Path, &Saw)> {
        self.looks.looks.iter().map(|look| (Path::new(&look.path), &look.saw))
    }

    /// Whether a run would see the same.
    pub fn holds(&self) -> bool {
        self.holds_where(|_, _| true)
    }

    /// The same, for a part of what was seen.
    pub fn holds_where(&self, counts: impl Fn(&Path, &Saw) -> bool) -> bool {
        let looks = self.looks.looks.iter().filter(|look| counts(Path::new(&look.path), &look.saw));
        check::check(Path::new(""), self.began, &looks.cloned().collect::<Vec<_>>()).is_some()
    }
}

/// With a digest, so that what was cut off or changed is not taken for an answer.
fn sealed(payload: &[u8]) -> Vec<u8> {
    [MAGIC.as_slice(), &digest_of_parts([payload]), payload].concat()
}

fn unsealed(bytes: &[u8]) -> Option<&[u8]> {
    let (digest, payload) = bytes.strip_prefix(MAGIC)?.split_at_checked(DIGEST)?;
    (digest_of_parts([payload]).as_slice() == digest).then_some(payload)
}

#[cfg(test)]
mod tests;
