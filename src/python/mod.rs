//! Python: the parser, lowering to [`ir`], names and values. Only this folder knows the parser crate.

pub mod comments;
pub mod ir;
pub mod syntax;

pub use ir::Module;

/// What an expression evaluates to.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {}
