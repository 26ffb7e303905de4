//! What ignore files leave out of the walk: `.ignore` before `.gitignore` before `.git/info/exclude`, the nearest
//! directory first, in the order and with the patterns of ripgrep.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::source::Witness;
use crate::source::witness::Kind;

/// The ignore files of a directory, and those of the directories above it. A directory without any shares what is above.
#[derive(Default)]
pub(super) struct IgnoreChain {
    above: Option<Arc<IgnoreChain>>,
    ignore: Option<Gitignore>,
    gitignore: Option<Gitignore>,
    exclude: Option<Gitignore>,
    /// A repository begins here: what git ignores above is not meant.
    is_repository: bool,
}

impl IgnoreChain {
    /// Whether a path in the directory is ignored; directories above it were asked about before.
    pub(super) fn ignores(&self, path: &Path, is_dir: bool) -> bool {
        let (mut ignore, mut gitignore, mut exclude) = (Decision::None, Decision::None, Decision::None);
        let (mut current, mut left) = (Some(self), false);
        while let Some(chain) = current {
            ignore.decide(chain.ignore.as_ref(), path, is_dir);
            if !left {
                gitignore.decide(chain.gitignore.as_ref(), path, is_dir);
                exclude.decide(chain.exclude.as_ref(), path, is_dir);
            }
            left |= chain.is_repository;
            current = chain.above.as_deref();
        }
        let first = [ignore, gitignore, exclude].into_iter().find(|decision| *decision != Decision::None);
        first == Some(Decision::Ignored)
    }

    fn is_empty(&self) -> bool {
        self.ignore.is_none() && self.gitignore.is_none() && self.exclude.is_none() && !self.is_repository
    }
}

/// What the patterns of one kind say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision {
    None,
    Ignored,
    Kept,
}

impl Decision {
    /// Takes what further patterns say, unless nearer ones have decided.
    fn decide(&mut self, patterns: Option<&Gitignore>, path: &Path, is_dir: bool) {
        if let (Self::None, Some(patterns)) = (&self, patterns) {
            *self = match patterns.matched(path, is_dir) {
                Match::None => Self::None,
                Match::Ignore(_) => Self::Ignored,
                Match::Whitelist(_) => Self::Kept,
            };
        }
    }
}

/// The chain for a directory that holds the names that `has` tells.
pub(super) fn in_directory(
    directory: &Path,
    has: &dyn Fn(&str) -> bool,
    above: Option<Arc<IgnoreChain>>,
    witness: &Witness,
) -> Option<Arc<IgnoreChain>> {
    let file = |name: &str| has(name).then(|| patterns(directory, &directory.join(name), witness)).flatten();
    let is_repository = has(".git");
    let own = IgnoreChain {
        ignore: file(".ignore"),
        gitignore: file(".gitignore"),
        exclude: is_repository
            .then(|| patterns(directory, &git_directory(directory, witness).join("info/exclude"), witness))
            .flatten(),
        is_repository,
        above: None,
    };
    if own.is_empty() { above } else { Some(Arc::new(IgnoreChain { above, ..own })) }
}

/// The chain above the root of a walk; none when a file that would have to be read is no file.
pub(super) fn above(root: &Path, witness: &Witness) -> Option<Arc<IgnoreChain>> {
    let mut chain = None;
    let directories: Vec<&Path> = root.ancestors().skip(1).collect();
    for directory in directories.into_iter().rev() {
        let has = |name: &str| witness.kind(&directory.join(name)).is_some();
        if special(directory, &has, witness).is_some() {
            return None;
        }
        chain = in_directory(directory, &has, chain, witness);
    }
    chain
}

/// A file that the walk looks into by itself and that is a pipe, a device or the like: it would be read without end.
pub(super) fn special(directory: &Path, has: &dyn Fn(&str) -> bool, witness: &Witness) -> Option<PathBuf> {
    let mut candidates: Vec<PathBuf> =
        [".gitignore", ".ignore"].into_iter().filter(|name| has(name)).map(|name| directory.join(name)).collect();
    if has(".git") {
        let git = directory.join(".git");
        candidates.extend([git.join("info/exclude"), git.join("commondir"), git]);
    }
    candidates.into_iter().find(|path| witness.kind(path) == Some(Kind::Other))
}

/// The patterns of a file, relative to a directory; lines that are no patterns count for nothing.
fn patterns(directory: &Path, file: &Path, witness: &Witness) -> Option<Gitignore> {
    if witness.kind(file) != Some(Kind::File) {
        return None;
    }
    if witness.is_watching() {
        // For the digest alone: how the file is read stays the affair of the builder.
        let _ = witness.read(file);
    }
    let mut builder = GitignoreBuilder::new(directory);
    builder.add(file);
    builder.build().ok().filter(|patterns| !patterns.is_empty())
}

/// Where a repository keeps what all its work trees share: `.git`, or what the file of that name leads to.
fn git_directory(directory: &Path, witness: &Witness) -> PathBuf {
    let git = directory.join(".git");
    if witness.kind(&git) == Some(Kind::Directory) {
        return git;
    }
    let first_line = |path: &Path| {
        let text = witness.read_to_string(path).ok()?;
        text.lines().next().map(|line| line.trim().to_owned())
    };
    let Some(own) = first_line(&git).and_then(|line| Some(directory.join(line.strip_prefix("gitdir: ")?))) else {
        return git;
    };
    match first_line(&own.join("commondir")) {
        Some(common) => own.join(common),
        None => git,
    }
}
