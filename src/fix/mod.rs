//! Fixes: edits to one or more files that are applied together or not at all.

use crate::source::{FileId, Loc};

pub mod apply;
pub mod diff;
mod edits;
pub mod encode;
pub mod stable;
pub mod write;

pub use apply::{Applied, Change, Plan, Skip, Skipped, plan};
pub use diff::diff;
pub use stable::{Fixed, Rounds, fix_until_stable};
pub use write::{Refused, WriteError, Written, write};

/// What a fix promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// Shown, never applied.
    DisplayOnly,
    /// May change what the program does; applied with `--unsafe-fixes`.
    Unsafe,
    /// The program means the same.
    Safe,
}

/// A named set of edits; all are applied or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// Imperative, no full stop: "Read it from the environment".
    pub title: String,
    pub applicability: Applicability,
    pub edits: Vec<Edit>,
}

/// One change of one file.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Replaces the text of a span (an empty span inserts).
    Replace { at: Loc, text: String },
    /// Adds `text` at the end of a file that exists and was read, on a line of its own.
    Append { file: FileId, text: String },
    /// Makes a file (path relative to the root), or adds `text` at the end if another fix made it first.
    Create { path: String, text: String },
}

impl Fix {
    pub fn new(title: impl Into<String>, applicability: Applicability) -> Self {
        Self { title: title.into(), applicability, edits: Vec::new() }
    }

    pub fn replace(mut self, at: Loc, text: impl Into<String>) -> Self {
        self.edits.push(Edit::Replace { at, text: text.into() });
        self
    }

    pub fn append(mut self, file: FileId, text: impl Into<String>) -> Self {
        self.edits.push(Edit::Append { file, text: text.into() });
        self
    }

    pub fn create(mut self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.edits.push(Edit::Create { path: path.into(), text: text.into() });
        self
    }
}
