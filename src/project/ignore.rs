//! What git would ignore, and what it tracks.

/// Answers for the work tree that holds the project. Without a repository nothing is tracked; `.gitignore` files still count.
#[derive(Debug, Default)]
pub struct IgnoreRules {}
