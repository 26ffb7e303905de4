//! Where text comes from: the walk, decoding, spans and the table of files that everything else points into.

pub mod decode;
pub mod files;
pub mod globs;
pub mod regular;
pub mod span;
pub mod text;
pub mod walk;
pub mod witness;
pub mod words;

pub use files::{FileId, FileKind, SourceFile, Sources};
pub use globs::PathGlobs;
pub use span::{Loc, Position, Span};
pub use text::{Piece, Text};
pub use walk::{LoadError, WalkOptions, load};
pub use witness::Witness;
