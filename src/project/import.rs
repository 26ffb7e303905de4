//! An import of Celery's own modules, or of a package that belongs to it.

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
    linking.per_module(|_, id| {
        let module = linking.modules.get(id);
        module.imports.iter().filter(|it| is_kept(linking, id, it)).map(|it| import(module, it)).collect()
    })
}

fn is_kept(linking: &Linking, id: ModuleId, imported: &Imported) -> bool {
    let package = imported.module.name.split('.').next().unwrap_or_default();
    let top = || linking.modules.find(id, 0, package);
    imported.module.level == 0 && PACKAGES.contains(&package) && matches!(top(), Ref::External(_))
}

fn import(module: &Module, imported: &Imported) -> Import {
    let at = |span| Loc::new(module.file, span);
    let is_bound = |name: &str| imported.bound.as_deref() == Some(name);
    let has_attributes = module.exprs.iter().any(|expr| match &expr.kind {
        ExprKind::Attribute { value, .. } => {
            matches!(&module.expr(*value).kind, ExprKind::Name(name) if is_bound(name))
        }
        _ => false,
    });
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
