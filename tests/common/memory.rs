//! Projects in memory: files as texts or bytes, read the way the walk reads them, linked or linted.

use std::path::PathBuf;

use celery_lint::config::Settings;
use celery_lint::engine::{self, Outcome};
use celery_lint::files::kind::kind;
use celery_lint::project::Project;
use celery_lint::source::decode::decode;
use celery_lint::source::{SourceFile, Sources};

/// The files as the walk would have read them, in a directory that does not exist.
pub fn sources<P: AsRef<str>, B: AsRef<[u8]>>(files: &[(P, B)]) -> Sources {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for (path, bytes) in files {
        let (path, bytes) = (path.as_ref(), bytes.as_ref());
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
        let Some(kind) = kind(path, &head) else { continue };
        match decode(bytes, kind) {
            Ok(decoded) => {
                let encoding = decoded.encoding;
                let mut file = SourceFile::new(path, kind, decoded.text);
                file.encoding = encoding;
                read.push(file);
            }
            Err(error) => unreadable.push((path.to_owned(), error)),
        }
    }
    let mut sources = Sources::new(PathBuf::from("/nowhere"), None, read);
    sources.unreadable = unreadable;
    sources.seen = files.iter().map(|(path, _)| path.as_ref().to_owned()).collect();
    sources.seen.sort();
    sources
}

/// The model of a project. A bug of ours in it fails the test.
#[allow(dead_code, reason = "not every test program looks at the model")]
pub fn link<P: AsRef<str>, B: AsRef<[u8]>>(files: &[(P, B)]) -> Project {
    engine::link(sources(files), &Settings::default()).unwrap_or_else(|place| panic!("linking failed at {place}"))
}

/// What all default rules find.
#[allow(dead_code, reason = "not every test program runs the rules")]
pub fn lint<P: AsRef<str>, B: AsRef<[u8]>>(files: &[(P, B)]) -> Outcome {
    engine::lint(sources(files), &Settings::default())
}
