//! Reading one file of the walk.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::WalkOptions;
use crate::source::decode::decode_vec;
use crate::source::files::ReadError;
use crate::source::{FileKind, SourceFile, regular};

/// A file, or why it was not read with what can be made out of it.
pub type Outcome = Result<SourceFile, (ReadError, Option<String>)>;

/// Reads one file; none when its text shows that it has no kind.
pub fn read(path: &Path, name: &str, options: &WalkOptions) -> Option<Outcome> {
    let by_name = options.by_name(name);
    let script = by_name.is_none() && options.may_be_script(name);
    if by_name.is_none() && !script {
        return None;
    }
    let io = |error: std::io::Error| ReadError::Io(error.to_string());
    let limit = if by_name == Some(FileKind::Python) { options.max_python_size } else { options.max_size };
    let witness = &options.witness;
    let (file, metadata) = match regular::open(path) {
        Ok(Some(opened)) => opened,
        // Something else has taken the place of the file meanwhile.
        Ok(None) => {
            witness.spoil();
            return None;
        }
        Err(error) => {
            witness.spoil();
            return Some(Err((io(error), None)));
        }
    };
    let size = metadata.len();
    if size > limit {
        witness.content(path, &metadata, &[]);
        return by_name.map(|_| Err((ReadError::TooLarge { size, limit }, None)));
    }
    let bytes = match bytes_of(file, size, limit, script) {
        Ok(bytes) => bytes,
        Err(error) => {
            witness.spoil();
            return Some(Err((io(error), None)));
        }
    };
    witness.content(path, &metadata, &bytes);
    if script && !is_beginning(&bytes) {
        return None;
    }
    let decoded = match decode_vec(bytes, by_name.unwrap_or(FileKind::Yaml)) {
        Ok(decoded) => decoded,
        Err(error) => return by_name.map(|_| Err((error, torn(path, limit)))),
    };
    let kind = (options.kind)(name, &decoded.text)?;
    let mut file = SourceFile::new(name, kind, decoded.text);
    file.encoding = decoded.encoding;
    Some(Ok(file))
}

/// What can be made out of bytes that are no text. Those of UTF-16 are every other one zero.
fn torn(path: &Path, limit: u64) -> Option<String> {
    let (file, metadata) = regular::open(path).ok().flatten()?;
    let bytes = bytes_of(file, metadata.len(), limit, false).ok()?;
    Some(String::from_utf8_lossy(&bytes).replace('\0', ""))
}

/// How files without an extension begin that may be read: scripts, and Dockerfiles under a name of their own.
const BEGINNINGS: &[&[u8]] = &[b"#!", b"# ", b"#\n", b"#s", b"FR", b"AR", b"se", b"ex"];

/// At most `limit` bytes, should the file grow while it is read. A name without an extension is a script, a Dockerfile or
/// nothing: the rest of a large binary is never read.
fn bytes_of(mut file: fs::File, size: u64, limit: u64, script: bool) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if script {
        file.by_ref().take(2).read_to_end(&mut bytes)?;
        if !is_beginning(&bytes) {
            return Ok(bytes);
        }
    }
    // One byte more, so that the end is seen without another allocation.
    bytes.reserve_exact(usize::try_from(size).unwrap_or(0).saturating_add(1));
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_beginning(bytes: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}
