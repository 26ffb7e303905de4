//! The Python files of a run, each lowered when somebody first asks for it: in a large project most files have nothing
//! to do with Celery and are never parsed.

use std::sync::OnceLock;

use super::ModuleId;
use crate::python::ir::Module;
use crate::python::lower::lower;
use crate::source::{FileId, FileKind, Sources};

#[derive(Debug, Default)]
pub struct Store {
    files: Vec<FileId>,
    modules: Vec<OnceLock<Module>>,
}

impl Store {
    /// A place for every Python file, in file order.
    pub fn new(sources: &Sources) -> Self {
        let files: Vec<FileId> = sources.of_kind(FileKind::Python).map(|file| file.id).collect();
        let modules = files.iter().map(|_| OnceLock::new()).collect();
        Self { files, modules }
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
        self.modules[id].get_or_init(|| lower(file, &sources.get(file).text))
    }
}
