//! Reading files that have to be files: a pipe or a device of the same name would be read without end.

use std::io;
use std::path::Path;

/// The bytes of a regular file, or of what a link to one leads to.
///
/// # Errors
/// When it cannot be read, or is something else.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    check(path)?;
    std::fs::read(path)
}

/// The same as text.
///
/// # Errors
/// When it cannot be read, is something else, or is not UTF-8.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    check(path)?;
    std::fs::read_to_string(path)
}

/// Opens a regular file and tells its size in bytes; none when it is something else.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> io::Result<Option<(std::fs::File, u64)>> {
    let file = std::fs::File::open(path)?;
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata.len())))
}

fn check(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn devices_are_not_read() {
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err().to_string(), "it is not a regular file");
        assert!(read_to_string(Path::new("/dev")).is_err());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "x").unwrap();
        assert_eq!(read_to_string(file.path()).unwrap(), "x");
    }
}
