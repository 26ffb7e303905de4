//! Lowering of import statements: the names they bind, and each name with its place.

use std::sync::Arc;

use ruff_python_ast::{self as ast};
use ruff_text_size::Ranged;

use super::{Lowerer, span};
use crate::python::ir::*;
use crate::source::Span;

impl Lowerer {
    pub(super) fn import(&mut self, import: &ast::StmtImport, at: Span) -> StmtKind {
        for alias in &import.names {
            let name = alias.name.as_str();
            let bound = alias.asname.as_ref().map_or_else(|| name.split('.').next().unwrap_or(name), |a| a.as_str());
            let binds_top = alias.asname.is_none();
            let module = Arc::new(ImportedModule { level: 0, name: name.into(), binds_top });
            let place = span(alias.name.range());
            let imported = Imported {
                module: module.clone(),
                module_at: place,
                name: None,
                name_at: place,
                bound: Some(bound.into()),
                statement: at,
                names: import.names.len(),
                guarded: self.is_guarded(),
            };
            self.module.imports.push(imported);
            self.bind(bound, BindingKind::Import(module), at);
        }
        StmtKind::Import
    }

    pub(super) fn import_from(&mut self, import: &ast::StmtImportFrom, at: Span) -> StmtKind {
        let name = import.module.as_ref().map_or("", |module| module.as_str());
        let module = Arc::new(ImportedModule { level: import.level, name: name.into(), binds_top: false });
        let nowhere = Span::new(at.start, at.start);
        for alias in &import.names {
            let imported = alias.name.as_str();
            let bound = alias.asname.as_ref().map_or(imported, |name| name.as_str());
            let is_star = imported == "*";
            self.module.imports.push(Imported {
                module: module.clone(),
                module_at: import.module.as_ref().map_or(nowhere, |module| span(module.range())),
                name: Some(imported.into()),
                name_at: span(alias.name.range()),
                bound: (!is_star).then(|| bound.into()),
                statement: at,
                names: import.names.len(),
                guarded: self.is_guarded(),
            });
            if is_star {
                self.bindings().stars.push(module.clone());
                continue;
            }
            self.bind(bound, BindingKind::ImportFrom { module: module.clone(), name: imported.into() }, at);
        }
        StmtKind::Import
    }

    fn is_guarded(&self) -> bool {
        self.conditional > 0 || self.with.is_some()
    }
}
