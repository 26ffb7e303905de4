//! The same tree gives the same bytes: for any number of threads, order of files on disk, language, time zone and working
//! directory. No output holds an absolute path or a moment in time; only the line *Understood …* tells how long it took.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

#[path = "common/binary.rs"]
mod binary;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use binary::{both, run};

const FORMATS: &[&str] = &["full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit"];
const VIEWS: &[&str] = &["tree", "json", "mermaid", "dot", "html"];

/// How the files of a tree come to be on disk.
#[derive(Clone, Copy)]
enum Order {
    Forwards,
    Backwards,
    Shuffled,
}

/// The projects of the fixtures side by side, and many files with findings: enough for several threads and for a directory
/// that no file system lists by name.
fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let projects = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects");
    for name in ["django-shop", "monorepo", "broken"] {
        collect(&projects.join(name), Path::new(name), &mut files);
    }
    for number in 0..60 {
        let text = format!(
            "from celery import shared_task\nimport os\nKEY = os.environ['MANY_{number}']\n\n\n@shared_task(quue='x')\n\
             def work_{number}(a):\n    return work_{}.delay(a, {number}).get()\n",
            (number * 7) % 60
        );
        files.push((PathBuf::from(format!("many/part{}/tasks_{number}.py", number % 9)), text.into_bytes()));
    }
    files
}

fn collect(from: &Path, to: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        let name = name.strip_prefix("dot").filter(|rest| rest.starts_with('.')).unwrap_or(&name);
        if entry.path().is_dir() {
            collect(&entry.path(), &to.join(name), files);
        } else {
            files.push((to.join(name), fs::read(entry.path()).unwrap()));
        }
    }
}

/// A directory with the tree in it, as `tree`: pictures bear the directory's name.
fn tree(order: Order) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut files = files();
    files.sort();
    match order {
        Order::Forwards => {}
        Order::Backwards => files.reverse(),
        // By the bytes of the texts, backwards: nothing that the paths would tell.
        Order::Shuffled => files.sort_by_key(|(path, text)| {
            let sum: u32 = text.iter().map(|byte| u32::from(*byte)).sum();
            (sum.wrapping_mul(2_654_435_761), path.clone())
        }),
    }
    for (path, text) in files {
        let path = directory.path().join("tree").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Each command with the place of the tree in it.
fn commands(path: &str) -> Vec<Vec<&str>> {
    let check = FORMATS.iter().map(|format| {
        vec!["check", path, "--no-cache", "--select", "ALL", "--preview", "--statistics", "--output-format", format]
    });
    let inspect = VIEWS.iter().map(|view| vec!["inspect", path, "--output-format", view]);
    let others = [
        vec!["check", path, "--no-cache", "--diff", "--unsafe-fixes"],
        vec!["check", path, "--show-files"],
        vec!["doctor", path, "--output-format", "json"],
    ];
    check.chain(inspect).chain(others).collect()
}

/// What every command says, without the time that it took.
fn outputs(directory: &Path, path: &str, env: &[(&str, &str)]) -> Vec<String> {
    let untimed = |text: String| {
        let lines = text.lines().map(|line| match line.rsplit_once(", ") {
            Some((before, time)) if time.ends_with(" s)") => format!("{before}, TIME"),
            // The line is wrapped where it is long.
            _ if line.ends_with(" s)") => "TIME".to_owned(),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    commands(path).iter().map(|arguments| untimed(both(&run(directory, arguments, env)))).collect()
}

/// Names the command whose bytes differ, and the first line that does.
fn assert_same(what: &str, expected: &[String], got: &[String]) {
    for ((expected, got), command) in expected.iter().zip(got).zip(commands("tree")) {
        let differs = expected.lines().zip(got.lines()).find(|(left, right)| left != right);
        assert!(expected == got, "{what}: {command:?} differs: {differs:?}");
    }
}

/// Surroundings that differ in everything: order of the files, threads, language, time zone, working directory.
#[test]
fn the_same_tree_gives_the_same_bytes() {
    let trees = [Order::Forwards, Order::Backwards, Order::Shuffled].map(tree);
    let [first, second, third] = trees.each_ref().map(tempfile::TempDir::path);
    let expected = outputs(&first.join("tree"), ".", &[("RAYON_NUM_THREADS", "1")]);
    assert!(expected.iter().all(|text| text.len() > 100), "an output is missing");
    let absolute = third.join("tree").to_string_lossy().into_owned();
    let table: [(&Path, &str, &str, &str, &str); 3] = [
        (second, "tree", "2", "C", "UTC"),
        (Path::new("/"), &absolute, "7", "tr_TR.UTF-8", "Asia/Kathmandu"),
        (&second.join("tree/many/part3"), "../..", "16", "de_DE.ISO-8859-1", "Pacific/Apia"),
    ];
    for (from, path, threads, language, zone) in table {
        let env = [("RAYON_NUM_THREADS", threads), ("LC_ALL", language), ("LANG", language), ("TZ", zone)];
        let what = format!("from {} as {path}, {env:?}", from.display());
        assert_same(&what, &expected, &outputs(from, path, &env));
    }
    for directory in [first, second, third] {
        assert_timeless(&expected, directory);
    }
}

/// No place on this machine, and no date of today.
fn assert_timeless(outputs: &[String], directory: &Path) {
    let today = today();
    let here = directory.file_name().unwrap().to_string_lossy().into_owned();
    for (text, command) in outputs.iter().zip(commands(".")) {
        assert!(!text.contains(&here), "{command:?} names the directory that the tree lies in");
        assert!(!text.contains(&today), "{command:?} names the date");
    }
}

/// `2026-01-31`, in UTC: the days of Howard Hinnant's calendar.
fn today() -> String {
    let days = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}
