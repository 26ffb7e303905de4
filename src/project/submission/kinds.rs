//! What an expression makes, in the words of Python's own types.

use crate::python::ir::ComprehensionKind;

pub fn of_comprehension(kind: ComprehensionKind) -> &'static str {
    match kind {
        ComprehensionKind::List => "list",
        ComprehensionKind::Set => "set",
        ComprehensionKind::Dict => "dict",
        ComprehensionKind::Generator => "generator",
    }
}
