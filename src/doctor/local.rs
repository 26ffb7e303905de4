//! What is tested without a protocol of its own: SQLite's file, MySQL's greeting, and whether anything listens.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::check::{Check, Step};
use super::probe::Role;
use super::wire::{self, Endpoint, Limits, Wire};

/// Whether a listener is there.
pub fn reach(endpoint: &Endpoint, name: &str, limits: Limits, checks: &mut Vec<Check>) {
    match wire::reach(endpoint, limits, |error| format!("cannot connect: `{error}`"), checks) {
        Ok(_) => checks.push(Check::untested(
            Step::Login,
            format!("the doctor does not speak with {name}: only that something listens is known"),
        )),
        Err(check) => checks.push(*check),
    }
}

/// MySQL speaks first, and says its version.
pub fn mysql(endpoint: &Endpoint, limits: Limits, checks: &mut Vec<Check>) {
    let mut wire = match wire::reach(
        endpoint,
        limits,
        |error| format!("fails with `OperationalError: (2003, \"Can't connect to MySQL server on … ({error})\")`"),
        checks,
    ) {
        Ok(wire) => wire,
        Err(check) => return checks.push(*check),
    };
    checks.push(match greeting(&mut wire) {
        Ok(Some(version)) => Check::untested(Step::Login, format!("MySQL {version} answers; user, password and permissions are not tested")),
        Ok(None) => Check::failed(Step::Login, format!("what answers at {endpoint} is not MySQL, or lets nobody in from here"))
            .worker("fails with `OperationalError: (2013, 'Lost connection to MySQL server during query')`, or with what the server says")
            .help("correct the host and the port, or let this host in"),
        Err(error) => Check::failed(Step::Login, format!("{endpoint} {}", wire::silence(&error, limits)))
            .worker("fails with `OperationalError: (2013, 'Lost connection to MySQL server during query')`")
            .help("look at the server, and at what stands between it and here"),
    });
}

fn greeting(wire: &mut Wire) -> std::io::Result<Option<String>> {
    let mut packet = Vec::new();
    wire.step();
    while packet.len() < 6 {
        wire.receive(&mut packet)?;
    }
    // Three bytes of length, the number 0, protocol 10, and the version up to a zero.
    let version = packet.get(5..).and_then(|rest| rest.split(|byte| *byte == 0).next());
    let is_mysql = packet.get(3..5) == Some(&[0, 10]);
    let shown =
        |bytes: &[u8]| bytes.iter().take(40).map(|byte| char::from(*byte)).filter(|c| c.is_ascii_graphic()).collect();
    Ok(version.filter(|_| is_mysql).map(shown))
}

/// Whether a database file can be read and written, or made. It is not opened as a database.
pub fn sqlite(path: Option<&PathBuf>, root: &Path, role: Role, checks: &mut Vec<Check>) {
    checks.push(match path {
        None => Check::warning(Step::File, "the database is in memory")
            .worker("keeps it to itself: no other process sees what is stored")
            .help("name a file: `db+sqlite:///results.db`"),
        Some(path) => file(&root.join(path), path, role),
    });
}

fn file(path: &Path, written: &Path, role: Role) -> Check {
    let shown = written.display();
    let words = if role.is_broker() { "cannot connect" } else { "runs tasks and cannot store what they return" };
    let fails = |error: &str| format!("{words}: `sqlite3.OperationalError: {error}`");
    // A pipe or a device would be waited for.
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return Check::failed(Step::File, format!("{shown} is no file"))
            .worker(fails("unable to open database file"))
            .help("name a file");
    }
    match OpenOptions::new().read(true).append(true).open(path) {
        Ok(mut file) => {
            let mut head = [0; 16];
            let size = file.read(&mut head).unwrap_or_default();
            if size > 0 && !head.starts_with(b"SQLite format 3") {
                return Check::failed(Step::File, format!("{shown} is no SQLite database"))
                    .worker(format!("{words}: `sqlite3.DatabaseError: file is not a database`"))
                    .help("name another file");
            }
            match is_writable(path.parent()) {
                true => Check::ok(Step::File, format!("{shown} can be written")),
                // SQLite keeps its journal beside the database.
                false => Check::failed(Step::File, format!("the folder of {shown} cannot be written"))
                    .worker(fails("attempt to write a readonly database"))
                    .help("let the worker's user write there"),
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => match is_writable(path.parent()) {
            true => Check::ok(Step::File, format!("{shown} is not there and can be made")),
            false => Check::failed(Step::File, format!("{shown} is not there, and its folder cannot be written"))
                .worker(fails("unable to open database file"))
                .help("make the folder, and let the worker's user write there"),
        },
        Err(error) => Check::failed(Step::File, format!("{shown} cannot be written: {}", wire::plain(&error)))
            .worker(fails("attempt to write a readonly database"))
            .help("let the worker's user write it"),
    }
}

/// Whether a file can be made in a folder: one is, and taken away at once.
fn is_writable(folder: Option<&Path>) -> bool {
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::metadata(folder).is_ok_and(|folder| folder.is_dir()) && tempfile::tempfile_in(folder).is_ok()
}
