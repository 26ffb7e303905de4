//! Trees that once broke a promise (`fixtures/hostile/<name>/`): found by fuzzing, cut down, and kept.

use std::fs;
use std::path::Path;

use crate::mutate::read_tree;
use crate::promises;

#[test]
fn what_once_broke_a_promise_keeps_them_all() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile");
    let mut folders: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut files = Vec::new();
        read_tree(&folder, "", &mut files);
        files.push(promises::planted());
        promises::keep(&name, &files);
        promises::fix(&name, &files);
    }
}
