//! What one Python file lowers to.

/// One lowered Python file.
#[derive(Debug, Default)]
pub struct Module {}
