//! An import of Celery's own modules, or of a package that belongs to it.

use rustc_hash::FxHashSet;

use super::link::Linking;
use crate::python::ir::{ExprKind, Imported, Module};
use crate::python::{ModuleId, Ref};
use crate::source::Loc;

/// One name that an import statement imports.
#[derive(Debug, Clone)]
pub struct Import {
    /// `celery.task` of `from celery.task import task`.
    pub module: String,
    pub module_at: Loc,
    /// `task`; `*` for all names; none for `import celery.task`.
    pub name: Option<String>,
    /// Where the name stands; the module when there is none.
    pub name_at: Loc,
    /// What it is called from then on, if it binds one name.
    pub bound: Option<String>,
    /// Attributes of that name are used in the file.
    pub has_attributes: bool,
    pub statement: Loc,
    /// How many names the statement imports.
    pub names: usize,
    /// Something around it decides whether it happens, or what happens when it fails: `if`, `try`, `with`, a loop.
    pub guarded: bool,
}

/// Packages whose imports are kept.
const PACKAGES: &[&str] = &["celery", "djcelery", "kombu"];

/// Every import of these packages, in (file, position) order; not of a module of the project that has such a name.
pub fn find(linking: &Linking) -> Vec<Import> {
    let mut found = linking.per_module(|_, id| {
        let module = linking.modules.get(id);
        let mut kept = module.imports.iter().filter(|it| is_kept(linking, id, it)).peekable();
        let bases = if kept.peek().is_some() { with_attributes(module) } else { FxHashSet::default() };
        kept.map(|it| import(module, it, &bases)).collect()
    });
    found.sort_by_key(|import| (import.statement, import.name_at));
    found
}

fn is_kept(linking: &Linking, id: ModuleId, imported: &Imported) -> bool {
    let package = imported.module.name.split('.').next().unwrap_or_default();
    let top = || linking.modules.find(id, 0, package);
    imported.module.level == 0 && PACKAGES.contains(&package) && matches!(top(), Ref::External(_))
}

/// The names of which an attribute is used.
fn with_attributes(module: &Module) -> FxHashSet<&str> {
    let bases = module.exprs.iter().filter_map(|expr| match &expr.kind {
        ExprKind::Attribute { value, .. } => match &module.expr(*value).kind {
            ExprKind::Name(name) => Some(&**name),
            _ => None,
        },
        _ => None,
    });
    bases.collect()
}

fn import(module: &Module, imported: &Imported, bases: &FxHashSet<&str>) -> Import {
    let at = |span| Loc::new(module.file, span);
    let has_attributes = imported.bound.as_deref().is_some_and(|name| bases.contains(name));
    Import {
        module: imported.module.name.to_string(),
        module_at: at(imported.module_at),
        name: imported.name.as_deref().map(str::to_owned),
        name_at: at(imported.name_at),
        bound: imported.bound.as_deref().map(str::to_owned),
        has_attributes,
        statement: at(imported.statement),
        names: imported.names,
        guarded: imported.guarded,
    }
}
