//! Small projects with random changes: deterministic (a fixed seed), and bounded in number and time. The projects are those of
//! the fixtures and every example of the rules' pages, so that each kind of file is among them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use celery_lint::files::kind::by_name;

use crate::mutations::{Random, mutate};
use crate::page;
use crate::promises;

/// Rounds that are linted and drawn; of these, one in so many is fixed too.
const ROUNDS: usize = 700;
const FIXED: usize = 10;
/// A slow machine does fewer rounds.
const LONGEST: Duration = Duration::from_secs(90);
/// No small project takes that long, not even in a debug build on a machine that is busy.
const LONGEST_ROUND: Duration = Duration::from_secs(20);

type Files = Vec<(String, Vec<u8>)>;

/// The files of a fixture; `dot.env` is `.env`.
pub fn read_tree(folder: &Path, prefix: &str, into: &mut Files) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = name.strip_prefix("dot").filter(|rest| rest.starts_with('.')).unwrap_or(name);
        if path.is_dir() {
            read_tree(&path, &format!("{prefix}{name}/"), into);
        } else {
            into.push((format!("{prefix}{name}"), fs::read(&path).unwrap()));
        }
    }
}

/// Everything in a directory, in the order of names.
fn listed(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn projects() -> Vec<Files> {
    let mut projects = Vec::new();
    for folder in listed("fixtures/projects").into_iter().filter(|path| path.is_dir()) {
        let mut files = Vec::new();
        read_tree(&folder, "", &mut files);
        // A large project takes long, and shows no more than a part of it.
        files.truncate(12);
        projects.push(files);
    }
    for path in listed("rules").into_iter().chain(listed("fixtures/rules")) {
        let page = page::parse(&fs::read_to_string(path).unwrap()).unwrap();
        for section in page.sections {
            let before = |block: &&page::Block| matches!(block.role, page::Role::Bad | page::Role::Good);
            let files = section.blocks.iter().filter(before);
            projects.push(files.map(|block| (block.path.clone(), block.text.clone().into_bytes())).collect());
        }
    }
    projects.retain(|files| !files.is_empty());
    projects
}

/// All files by what they are, so that a part of one can stand in another.
fn by_kind(projects: &[Files]) -> BTreeMap<String, Vec<&[u8]>> {
    let mut kinds: BTreeMap<String, Vec<&[u8]>> = BTreeMap::new();
    for (path, bytes) in projects.iter().flatten() {
        kinds.entry(kind(path)).or_default().push(bytes);
    }
    kinds
}

fn kind(path: &str) -> String {
    format!("{:?}", by_name(path))
}

#[test]
fn projects_with_random_changes_keep_every_promise() {
    let projects = projects();
    let kinds = by_kind(&projects);
    assert!(projects.len() > 300 && kinds.len() > 15, "seeds are missing: {:?}", kinds.keys());
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let start = Instant::now();
    for round in 0..ROUNDS {
        let mut files = projects[random.below(projects.len())].clone();
        if random.below(4) == 0 {
            // Two projects in one tree.
            let other = &projects[random.below(projects.len())];
            files.extend(
                other.iter().filter(|(path, _)| files.iter().all(|(own, _)| own != path)).cloned().collect::<Vec<_>>(),
            );
        }
        for _ in 0..=random.below(4) {
            let file = random.below(files.len());
            let (path, bytes) = &mut files[file];
            let alike = &kinds[&kind(path)];
            for _ in 0..=random.below(5) {
                let other = alike[random.below(alike.len())];
                mutate(&mut random, bytes, other);
            }
        }
        files.push(promises::planted());
        let began = Instant::now();
        let what = format!("round {round}");
        promises::keep_some(&what, &files, round);
        if round % FIXED == 0 {
            promises::fix(&what, &files);
        }
        assert!(began.elapsed() < LONGEST_ROUND, "{what} took {:?}: {:?}", began.elapsed(), files);
        if start.elapsed() > LONGEST {
            println!("{round} of {ROUNDS} rounds in {LONGEST:?}");
            break;
        }
    }
}
