//! `--watch`: lints again whenever something changes that the last run looked at.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use clap::ArgMatches;
use notify::{Event, RecursiveMode, Watcher};
use rustc_hash::FxHashSet;

use super::args::CheckArgs;
use super::error::CliError;
use super::terminal::{self, Colors};
use super::{Exit, check, note};
use crate::cache::Seen;
use crate::source::Witness;
use crate::source::witness::{Kind, Saw, kind_of};

/// Editors write a file in several steps: so long nothing has to happen before the project is looked at.
const QUIET: Duration = Duration::from_millis(10);
/// Clears the screen and what was scrolled away.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

/// Does not return unless the first run could not be made: whoever watches ends it with Ctrl+C.
pub fn run(args: &CheckArgs, matches: &ArgMatches) -> Result<Exit, CliError> {
    let (send, events) = mpsc::channel();
    let failed = |error: notify::Error| CliError::Usage {
        message: format!("the project cannot be watched: {error}"),
        help: "run celery-lint without `--watch`".to_owned(),
    };
    let mut watcher = notify::recommended_watcher(send).map_err(failed)?;
    let mut watched = BTreeSet::new();
    let mut seen = None;
    loop {
        let witness = Witness::watching();
        clear();
        let run = check::once(args, matches, Some(&witness));
        let is_whole = run.is_ok();
        match (run, &seen) {
            (Ok(_), _) => seen = Some(Seen::of(&witness)),
            // A wrong argument stays wrong.
            (Err(error), None) => return Err(error),
            // A configuration that is being written is broken for a while.
            (Err(error), Some(_)) => {
                let _ = write!(io::stderr(), "{}", error.render(Colors::of(args.output.color).err, terminal::width()));
            }
        }
        let Some(seen) = &seen else { continue };
        let directories = directories(seen);
        for gone in watched.difference(&directories) {
            // It may not exist any more.
            let _ = watcher.unwatch(gone);
        }
        for new in directories.difference(&watched) {
            watcher.watch(new, RecursiveMode::NonRecursive).or_else(|error| gone(new, error)).map_err(failed)?;
        }
        watched = directories;
        if !args.output.quiet {
            note(&format!("Watching {} directories; Ctrl+C ends", watched.len()));
        }
        match is_whole {
            // What changed before the directories were watched.
            true if !seen.holds() => {}
            true => wait(&events, seen),
            false => wait_for_anything(&events),
        }
    }
}

/// A directory that was removed meanwhile needs no watching: that is a change of the one above it.
fn gone(directory: &Path, error: notify::Error) -> notify::Result<()> {
    if kind_of(directory) == Some(Kind::Directory) { Err(error) } else { Ok(()) }
}

fn clear() {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        let _ = out.write_all(CLEAR.as_bytes()).and_then(|()| out.flush());
    }
}

/// The directories in which something may happen that matters: those that were listed, and those of files that were read.
fn directories(seen: &Seen) -> BTreeSet<PathBuf> {
    let directory = |path: &Path, saw: &Saw| match saw {
        Saw::Listing { .. } => Some(path.to_owned()),
        Saw::Content { .. } | Saw::Index { .. } => path.parent().map(Path::to_owned),
        // Nothing of that name was there, or nothing else was asked of it.
        Saw::Kind(_) => {
            path.parent().filter(|above| above.join(".git").exists() || above.ends_with(".git")).map(Path::to_owned)
        }
    };
    seen.looks().filter_map(|(path, saw)| directory(path, saw)).filter(|path| path.is_dir()).collect()
}

/// Waits for a change of something that was seen.
fn wait(events: &Receiver<notify::Result<Event>>, seen: &Seen) {
    let mut touched = FxHashSet::default();
    loop {
        let received = if touched.is_empty() {
            events.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            events.recv_timeout(QUIET)
        };
        match received {
            Ok(Ok(event)) if !event.need_rescan() => {
                if !event.kind.is_access() {
                    touched.extend(event.paths);
                }
            }
            // Something was missed: everything may have changed.
            Ok(_) => return,
            Err(RecvTimeoutError::Timeout) => {
                let is_touched = |path: &Path, saw: &Saw| {
                    touched.contains(path)
                        || matches!(saw, Saw::Listing { .. }) && touched.iter().any(|it| it.parent() == Some(path))
                };
                if !seen.holds_where(is_touched) {
                    return;
                }
                touched.clear();
            }
            // The watcher is gone, which it is not while this runs.
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Waits for any change below what is watched.
fn wait_for_anything(events: &Receiver<notify::Result<Event>>) {
    while let Ok(Ok(event)) = events.recv() {
        if !event.kind.is_access() {
            // The rest of the same change.
            while events.recv_timeout(QUIET).is_ok() {}
            return;
        }
    }
}
