//! Reading files that have to be files: a pipe or a device of the same name would be read without end.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a regular file, or of what a link to one leads to, with what the system said of it before.
///
/// # Errors
/// When it cannot be read, or is something else.
pub fn read(path: &Path) -> io::Result<(Metadata, Vec<u8>)> {
    // Opening a pipe would wait for somebody who writes into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(no_file());
    }
    let (mut file, metadata) = open(path)?.ok_or_else(no_file)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok((metadata, bytes))
}

/// Opens a regular file; none when it is something else.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

fn no_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn devices_are_not_read() {
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().to_string(), "it is not a regular file");
        assert!(read(Path::new("/dev")).is_err());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "x").unwrap();
        assert_eq!(read(file.path()).unwrap().1, b"x");
    }
}
