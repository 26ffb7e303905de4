//! Whether a run would see what an earlier one saw.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::project::git_index;
use crate::source::regular;
use crate::source::walk::listing;
use crate::source::witness::{Digest, Look, Saw, Stamp, digest_of, kind_of};

/// File systems tell times in steps, the coarsest (FAT) of two seconds: what changed so shortly before a look may change
/// once more without another time. Nanoseconds.
const SETTLED: i128 = 2_500_000_000;

/// The looks that hold, but for another reason than the system's word, with their numbers and as they would be now. None
/// when one of them does not hold.
pub fn check(root: &Path, began: i128, looks: &[Look]) -> Option<Vec<(usize, Look)>> {
    let differs = AtomicBool::new(false);
    let check = |(index, look): (usize, &Look)| {
        if differs.load(Ordering::Relaxed) {
            return None;
        }
        match compare(root, began, look) {
            Holds::Yes => None,
            Holds::Renewed(saw) => Some((index, Look { path: look.path.clone(), saw })),
            Holds::No => {
                differs.store(true, Ordering::Relaxed);
                None
            }
        }
    };
    let renewed = looks.par_iter().enumerate().with_min_len(256).filter_map(check).collect();
    (!differs.into_inner()).then_some(renewed)
}

/// Each look once, with paths below the root relative to it, so that a tree may move.
pub fn packed(root: &Path, mut looks: Vec<Look>) -> Vec<Look> {
    for look in &mut looks {
        if let Some(below) = Path::new(&look.path).strip_prefix(root).ok().and_then(Path::to_str) {
            look.path = below.to_owned();
        }
    }
    looks.sort_by(|a, b| a.path.cmp(&b.path));
    looks.dedup();
    looks
}

enum Holds {
    Yes,
    /// The content is the same, and this is what the system says of it now.
    Renewed(Saw),
    No,
}

fn compare(root: &Path, began: i128, look: &Look) -> Holds {
    let path = if look.path.is_empty() { root.to_owned() } else { root.join(&look.path) };
    match &look.saw {
        Saw::Kind(kind) if kind_of(&path) == *kind => Holds::Yes,
        Saw::Kind(_) => Holds::No,
        Saw::Listing { stamp, digest } => by_stamp(&path, stamp, began, |now| {
            (listing(&path)? == *digest).then_some(Saw::Listing { stamp: now, digest: *digest })
        }),
        Saw::Content { stamp, read, digest } => by_stamp(&path, stamp, began, |now| {
            let same = now.size == stamp.size && beginning(&path, *read)? == *digest;
            same.then_some(Saw::Content { stamp: now, read: *read, digest: *digest })
        }),
        Saw::Index { stamp, hash, digest } => by_stamp(&path, stamp, began, |now| {
            let same = git_index::digest(&path, *hash)? == *digest;
            same.then_some(Saw::Index { stamp: now, hash: *hash, digest: *digest })
        }),
    }
}

/// Takes the system's word, where it has had the time to change it; else looks again.
fn by_stamp(path: &PathBuf, stamp: &Stamp, began: i128, again: impl FnOnce(Stamp) -> Option<Saw>) -> Holds {
    let Ok(metadata) = fs::metadata(path) else { return Holds::No };
    let now = Stamp::of(&metadata);
    if now == *stamp && stamp.changed.max(stamp.modified) + SETTLED < began {
        return Holds::Yes;
    }
    again(now).map_or(Holds::No, Holds::Renewed)
}

/// The digest of so many bytes from the beginning of a file.
fn beginning(path: &Path, bytes: u64) -> Option<Digest> {
    let (file, _) = regular::open(path).ok()??;
    let mut read = Vec::with_capacity(usize::try_from(bytes).ok()?);
    file.take(bytes).read_to_end(&mut read).ok()?;
    Some(digest_of(&read))
}
