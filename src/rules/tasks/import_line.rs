//! A fix that needs an import.

use crate::fix::Fix;
use crate::project::{Project, production};
use crate::python::ir::{BindingKind, Module};
use crate::source::{FileId, Loc, Span};

/// The fix with `statement` added to the imports of a file, unless it is there already; none when
/// something else has that name.
pub fn with(project: &Project, fix: Fix, file: FileId, name: &str, statement: &str) -> Option<Fix> {
    let module = production::module(project, Loc::new(file, Span::new(0, 0)))?;
    if let Some(bound) = module.scope.names.get(name) {
        let same = |kind: &BindingKind| match kind {
            BindingKind::Import(module) => statement == format!("import {}", module.name),
            BindingKind::ImportFrom { module, name } => statement == format!("from {} import {name}", module.name),
            _ => false,
        };
        return bound.iter().all(|binding| same(&binding.kind)).then_some(fix);
    }
    let at = Loc::new(file, Span::new(module.import_at, module.import_at));
    Some(fix.replace(at, text(module, &project.sources.get(file).text, statement)))
}

/// The statement as it has to stand at [`Module::import_at`]: on a line of its own, and apart from what is no import.
fn text(module: &Module, file: &str, statement: &str) -> String {
    let after = file.get(module.import_at as usize..).unwrap_or_default();
    if module.import_at != 0 {
        return format!("\n{statement}");
    }
    let gap = if after.starts_with("import ") || after.starts_with("from ") { "\n" } else { "\n\n\n" };
    format!("{statement}{gap}")
}
