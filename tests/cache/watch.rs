//! `--watch`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::project::{tree, write};

/// What `--watch` prints until a line holds the words.
fn until(lines: &mut dyn Iterator<Item = String>, words: &str) -> String {
    let mut text = String::new();
    for line in lines {
        text += &line;
        text.push('\n');
        if line.contains(words) {
            return text;
        }
    }
    panic!("it ended before `{words}`: {text}");
}

/// Ends the process whatever happens to the test.
struct Watching(std::process::Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn watching_lints_again_when_something_changes() {
    let folder = tree();
    let at = folder.path();
    let mut command = Command::new(env!("CARGO_BIN_EXE_celery-lint"));
    command.args(["--watch", "--output-format", "concise"]).current_dir(at);
    let (mut reader, writer) = std::io::pipe().unwrap();
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let _watching = Watching(command.spawn().unwrap());
    drop(command);
    // A test that hangs would say nothing: the lines are read by a thread of their own.
    let (send, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lines = std::io::BufRead::lines(std::io::BufReader::new(&mut reader));
        lines.map_while(Result::ok).try_for_each(|line| send.send(line).ok())
    });
    let mut lines = std::iter::from_fn(|| lines.recv_timeout(Duration::from_secs(60)).ok());
    let ready = "Ctrl+C ends";
    assert!(until(&mut lines, ready).contains("serializer-not-accepted"));
    let pickle = fs::read_to_string(at.join("shop/celery.py")).unwrap();

    write(at, "shop/celery.py", &pickle.replace("'pickle'", "'json'"));
    assert!(!until(&mut lines, ready).contains("serializer-not-accepted"));
    // What is written twice, or is gone again, is no news; what comes then is.
    write(at, "shop/celery.py", &pickle.replace("'pickle'", "'json'"));
    write(at, "shop/gone.py", "");
    fs::remove_file(at.join("shop/gone.py")).unwrap();
    write(at, "build/more.py", "x = 1\n");
    std::thread::sleep(Duration::from_millis(300));
    let second = "from celery import Celery\n\napp = Celery('more', broker='redis://:Zx81vbNq@more:6379/0')\n";
    write(at, "new/deep/more.py", second);
    assert!(settled(&mut lines, "hardcoded-credentials"));
    // A configuration that is being written, and then is whole.
    write(at, "celery-lint.toml", "ignore = [\n");
    assert!(until(&mut lines, ready).contains("celery-lint.toml"));
    write(at, "celery-lint.toml", "ignore = ['hardcoded-credentials']\n");
    assert!(!until(&mut lines, ready).contains("hardcoded-credentials"));
}

/// A directory that is new may be seen before all of it is there.
fn settled(lines: &mut dyn Iterator<Item = String>, words: &str) -> bool {
    (0..4).any(|_| until(lines, "Ctrl+C ends").contains(words))
}
