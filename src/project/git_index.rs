//! Which paths git tracks: a reader of `.git/index`, versions 2 to 4, that trusts no byte of it.

use std::path::Path;

use rustc_hash::FxHashSet;

use crate::source::witness::{Digest, Saw, Stamp, digest_of_parts};
use crate::source::{Witness, regular};

/// The paths in the index, from the top of the work tree. Empty when there is no index, or one that cannot be read: then
/// nothing is known to be tracked. Shared (split) and sparse parts are not followed.
pub fn tracked(own: &Path, common: &Path, witness: &Witness) -> FxHashSet<String> {
    let index = own.join("index");
    let Ok((metadata, bytes)) = regular::read(&index) else {
        witness.failed(&index);
        return FxHashSet::default();
    };
    let config = witness.read_to_string(&common.join("config")).unwrap_or_default();
    let hash = hash_length(&config);
    let paths = paths(&bytes, hash).unwrap_or_default();
    if witness.is_watching() {
        witness.note(&index, Saw::Index { stamp: Stamp::of(&metadata), hash, digest: digest_of_paths(&paths) });
    }
    paths
}

/// A digest of the paths that an index names; none when it cannot be read.
pub fn digest(index: &Path, hash: usize) -> Option<Digest> {
    let (_, bytes) = regular::read(index).ok()?;
    Some(digest_of_paths(&paths(&bytes, hash).unwrap_or_default()))
}

fn digest_of_paths(paths: &FxHashSet<String>) -> Digest {
    let mut paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    paths.sort_unstable();
    digest_of_parts(paths.into_iter().map(str::as_bytes))
}

/// Bytes of an object id: SHA-1 unless the repository's format says SHA-256.
fn hash_length(config: &str) -> usize {
    let sha256 = config.lines().any(|line| {
        let line: String = line.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        line == "objectformat=sha256"
    });
    if sha256 { 32 } else { 20 }
}

/// Bytes of an entry before its object id: times, device, inode, mode, owner, size.
const STAT: usize = 40;
/// The flag of an entry with a second flag word (version 3 and later).
const EXTENDED: u16 = 0x4000;
/// No path is longer; what is longer is damage.
const LONGEST_PATH: usize = 1 << 16;

/// The paths of an index; none when it is damaged before its end.
fn paths(bytes: &[u8], hash: usize) -> Option<FxHashSet<String>> {
    let mut rest = bytes.strip_prefix(b"DIRC")?;
    let version = take_u32(&mut rest)?;
    let count = take_u32(&mut rest)?;
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut found = FxHashSet::default();
    let mut path: Vec<u8> = Vec::new();
    for _ in 0..count {
        let before = rest.len();
        take(&mut rest, STAT + hash)?;
        let flags = take_u16(&mut rest)?;
        if flags & EXTENDED != 0 {
            take(&mut rest, 2)?;
        }
        if version == 4 {
            let kept = path.len().checked_sub(take_varint(&mut rest)?)?;
            path.truncate(kept);
        } else {
            path.clear();
        }
        let length = memchr::memchr(0, rest)?;
        path.extend_from_slice(take(&mut rest, length)?);
        if path.len() > LONGEST_PATH {
            return None;
        }
        take(&mut rest, 1)?;
        if version < 4 {
            // Entries are padded with at least one NUL to a multiple of eight bytes.
            let padding = (8 - (before - rest.len()) % 8) % 8;
            take(&mut rest, padding)?;
        }
        found.insert(String::from_utf8_lossy(&path).into_owned());
    }
    Some(found)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn take_u16(rest: &mut &[u8]) -> Option<u16> {
    take(rest, 2)?.try_into().ok().map(u16::from_be_bytes)
}

/// Git's offset encoding: seven bits a byte, most significant first, each continued byte adds one.
fn take_varint(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0usize;
    loop {
        let byte = *take(rest, 1)?.first()?;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_indexes_are_not_believed() {
        let mut index = b"DIRC\0\0\0\x02\0\0\0\x01".to_vec();
        index.extend([0; STAT + 20]);
        index.extend([0, 4]);
        index.extend(b".env\0\0\0\0\0\0");
        assert_eq!(paths(&index, 20), Some(FxHashSet::from_iter([".env".to_owned()])));
        for length in 0..index.len() - 6 {
            assert_eq!(paths(&index[..length], 20), None, "cut at {length}");
        }
        assert_eq!(paths(b"DIRC\0\0\0\x02\xff\xff\xff\xff", 20), None);
        assert_eq!(paths(b"DIRC\0\0\0\x09\0\0\0\0", 20), None);
    }

    #[test]
    fn the_object_format_tells_the_length_of_an_entry() {
        assert_eq!(hash_length("[extensions]\n\tobjectFormat = sha256\n"), 32);
        assert_eq!(hash_length("[core]\n\tbare = false\n"), 20);
    }
}
