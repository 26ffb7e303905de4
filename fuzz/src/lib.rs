//! What the fuzz targets share: a small tree from arbitrary bytes, threads with a deep stack, and what every run promises.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

#[path = "../../tests/common/memory.rs"]
pub mod memory;
#[path = "../../tests/common/promises.rs"]
pub mod promises;
pub mod readers;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The program's own.
const STACK_SIZE: usize = 16 << 20;

/// Between the files of a tree: ASCII's record separator, which no file of the seeds holds.
const BETWEEN: u8 = 0x1e;
const MOST_FILES: usize = 24;

/// The files of a tree: each piece is a path, a line end, and the bytes of the file.
pub fn tree(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for piece in data.split(|byte| *byte == BETWEEN).take(MOST_FILES) {
        let end = piece.iter().position(|byte| *byte == b'\n').unwrap_or(piece.len());
        let path = path(&piece[..end]);
        let free = |(other, _): &(String, Vec<u8>)| *other != path && !inside(other, &path) && !inside(&path, other);
        if !path.is_empty() && files.iter().all(free) {
            files.push((path, piece.get(end + 1..).unwrap_or_default().to_vec()));
        }
    }
    files
}

/// A path that a walk could give: relative, of at most 12 real names.
fn path(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('\0', "");
    let names = text.split('/').filter(|name| !["", ".", ".."].contains(name) && name.len() < 200);
    names.take(12).collect::<Vec<_>>().join("/")
}

/// Whether a file lies in a "directory" that is a file.
fn inside(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// Does work that recurses on one thread with the program's stack. A panic there ends the process, as on any thread.
pub fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<ThreadPool> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        ThreadPoolBuilder::new().num_threads(1).stack_size(STACK_SIZE).build().expect("one thread can be started")
    });
    pool.install(work)
}
