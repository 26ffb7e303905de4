//! The variables that a script gives itself: what is known of them, and where that knowledge ends.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::files::EnvUse;
use crate::source::{Piece, Text};

/// Compound commands nested deeper than this share one block.
const MAX_BLOCKS: usize = 64;

/// How many bytes of variables' values one script may copy (`X=$Y$Y`, again and again).
const BUDGET: usize = 8 << 20;

/// Names that the shell sets itself; reading them asks nothing of the environment.
const SHELL_OWN: &[&str] = &[
    "BASH",
    "BASHPID",
    "BASHOPTS",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_COMMAND",
    "BASH_LINENO",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "BASH_SUBSHELL",
    "BASH_VERSINFO",
    "BASH_VERSION",
    "COLUMNS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HOSTTYPE",
    "IFS",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "MAPFILE",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "PPID",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "UID",
    "_",
];

/// What a variable holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    Text(Text),
    List(Vec<Text>),
    /// The script sets it, to something that cannot be told.
    Unknown,
}

impl Held {
    fn weight(&self) -> usize {
        let weigh = |text: &Text| -> usize {
            let literal = |piece: &Piece| if let Piece::Literal { text, .. } = piece { text.len() } else { 0 };
            text.pieces.iter().map(|piece| 32 + literal(piece)).sum()
        };
        match self {
            Self::Text(text) => weigh(text),
            Self::List(list) => list.iter().map(weigh).sum(),
            Self::Unknown => 0,
        }
    }
}

/// The variables of a script while it is read from top to bottom.
#[derive(Debug, Default)]
pub struct Scope {
    vars: FxHashMap<String, Held>,
    /// Every assignment with what was there before.
    journal: Vec<(String, Option<Held>)>,
    /// For each open compound command, the length of the journal at its start.
    blocks: Vec<usize>,
    /// Compound commands that are open beyond [`MAX_BLOCKS`].
    beyond: usize,
    spent: usize,
    /// How many function bodies are open.
    pub(super) functions: usize,
    /// Reads inside function bodies: not reads of the environment when the script sets the variable anywhere.
    pub(super) deferred: Vec<EnvUse>,
    /// Keys that a test has shown to be set.
    pub(super) guarded: Vec<String>,
    /// Another script was sourced: what is read from here on may be set there.
    pub(super) foreign: bool,
    /// Places of the reads so far: a text that is read twice (`sh -c "$X"`) reads once.
    pub(super) seen: FxHashSet<(u32, u32)>,
}

impl Scope {
    pub fn set(&mut self, name: &str, value: Held) {
        let before = self.vars.insert(name.to_owned(), value);
        self.journal.push((name.to_owned(), before));
    }

    /// A copy of what the script put there; unknown once the script was given too much of them.
    pub(super) fn take(&mut self, name: &str) -> Option<Held> {
        if SHELL_OWN.contains(&name) {
            return Some(Held::Unknown);
        }
        let held = self.vars.get(name)?;
        self.spent += held.weight();
        Some(if self.spent > BUDGET { Held::Unknown } else { held.clone() })
    }

    /// A point to come back to with [`Scope::rollback`].
    pub fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Forgets the assignments since `mark`.
    pub fn rollback(&mut self, mark: usize) {
        for (name, before) in self.journal.drain(mark.min(self.journal.len())..).rev() {
            match before {
                Some(value) => self.vars.insert(name, value),
                None => self.vars.remove(&name),
            };
        }
    }

    pub(super) fn enter(&mut self) {
        match self.blocks.len() < MAX_BLOCKS {
            true => self.blocks.push(self.journal.len()),
            false => self.beyond += 1,
        }
    }

    /// Leaves a compound command, which may or may not have run.
    pub(super) fn leave(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else if let Some(mark) = self.blocks.pop() {
            self.blur(mark);
        }
    }

    /// The same compound command goes on with another branch.
    pub(super) fn branch(&mut self) {
        if let Some(&mark) = self.blocks.last() {
            self.blur(mark);
        }
    }

    pub(super) fn nested(&self) -> bool {
        !self.blocks.is_empty()
    }

    fn blur(&mut self, mark: usize) {
        for (name, _) in self.journal.get(mark..).unwrap_or_default() {
            if let Some(value) = self.vars.get_mut(name) {
                *value = Held::Unknown;
            }
        }
    }

    /// The reads of function bodies that nothing in the script answers.
    pub(super) fn unanswered(&mut self) -> Vec<EnvUse> {
        let deferred = std::mem::take(&mut self.deferred);
        deferred.into_iter().filter(|read| !self.vars.contains_key(&read.key)).collect()
    }
}
