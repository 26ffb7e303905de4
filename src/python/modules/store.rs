//! The Python files of a run, each lowered when somebody first asks for it: in a large project most files have nothing
//! to do with Celery and are never parsed.

use std::sync::{Mutex, OnceLock, PoisonError};

use super::ModuleId;
use crate::drill;
use crate::isolate::isolated;
use crate::python::ir::Module;
use crate::python::lower::lower;
use crate::source::{FileId, FileKind, Sources};

#[derive(Debug, Default)]
pub struct Store {
    files: Vec<FileId>,
    modules: Vec<OnceLock<Module>>,
    /// Files that a bug of ours kept from being lowered, and where in our source it is.
    failures: Mutex<Vec<(FileId, String)>>,
}

impl Store {
    /// A place for every Python file, in file order.
    pub fn new(sources: &Sources) -> Self {
        let files: Vec<FileId> = sources.of_kind(FileKind::Python).map(|file| file.id).collect();
        let modules = files.iter().map(|_| OnceLock::new()).collect();
        Self { files, modules, failures: Mutex::default() }
    }

    /// How many Python files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn file(&self, id: ModuleId) -> FileId {
        self.files[id]
    }

    /// The module of a file; none when it is not Python.
    pub fn of_file(&self, file: FileId) -> Option<ModuleId> {
        self.files.binary_search(&file).ok()
    }

    /// The lowered file. Lowering is a pure function of the text, so that it does not matter who asks first.
    pub fn get(&self, sources: &Sources, id: ModuleId) -> &Module {
        let file = self.files[id];
        self.modules[id].get_or_init(|| {
            let source = sources.get(file);
            let lowered = isolated(|| {
                drill::file(&source.path, &source.text);
                lower(file, &source.text)
            });
            lowered.unwrap_or_else(|place| {
                self.failures.lock().unwrap_or_else(PoisonError::into_inner).push((file, place));
                lower(file, "")
            })
        })
    }

    /// Files of which nothing is known because lowering them failed, in file order.
    pub fn failures(&self) -> Vec<(FileId, String)> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failures.sort();
        failures
    }
}
