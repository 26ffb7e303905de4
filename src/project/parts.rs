//! The distributions of a tree. One that nowhere speaks of Celery, and imports nothing of one that does, is not our business, as it
//! would not be if it were linted alone: its modules are looked at only where ours import them.

use memchr::memmem;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::link::is_test_path;
use crate::python::{ModuleId, Modules};
use crate::source::{FileKind, SourceFile};

/// What makes a directory a distribution of its own, by the name of a file and one of the texts in it.
const MANIFESTS: &[(&str, &[&str])] = &[
    ("pyproject.toml", &["[project]", "[build-system]", "[tool.poetry]"]),
    ("setup.py", &["setup("]),
    ("setup.cfg", &["[metadata]"]),
];

/// What of a tree is not our business.
#[derive(Debug, Default)]
pub struct Parts {
    /// The directories of distributions that have nothing to do with Celery.
    pub foreign: Vec<String>,
    /// Their modules, sorted, but for those that others import.
    pub outside: Vec<ModuleId>,
    /// Those that others import, sorted.
    pub libraries: Vec<ModuleId>,
}

impl Parts {
    pub fn of(modules: &Modules) -> Self {
        let sources = modules.sources;
        let mut parts: FxHashMap<&str, Part> =
            sources.files.iter().filter(|file| is_manifest(file)).map(|file| (file.dir(), Part::default())).collect();
        parts.remove("");
        if parts.is_empty() {
            return Self::default();
        }
        let speaking: Vec<&str> = {
            let files = sources.files.par_iter().filter(|file| speaks(file));
            files.filter_map(|file| part_of(&parts, file)).collect()
        };
        for directory in speaking {
            parts.entry(directory).or_default().native = true;
        }
        let home: Vec<Option<&str>> =
            (0..modules.len()).map(|id| part_of(&parts, sources.get(modules.file(id)))).collect();
        spread(modules, &home, &mut parts);
        let is_native = |id: ModuleId| home[id].is_none_or(|part| parts.get(part).is_none_or(|part| part.native));
        let own: Vec<bool> = (0..modules.len()).map(is_native).collect();
        let mut inside = own.clone();
        follow(modules, &mut inside);
        let that = |is: &dyn Fn(ModuleId) -> bool| (0..modules.len()).filter(|id| is(*id)).collect();
        let mut foreign: Vec<String> =
            parts.iter().filter(|(_, part)| !part.native).map(|(directory, _)| (*directory).to_owned()).collect();
        foreign.sort_unstable();
        Self { foreign, outside: that(&|id| !inside[id]), libraries: that(&|id| inside[id] && !own[id]) }
    }
}

#[derive(Default)]
struct Part {
    native: bool,
}

/// Whether a file makes its directory a distribution.
pub fn is_manifest(file: &SourceFile) -> bool {
    MANIFESTS.iter().any(|(name, texts)| file.name() == *name && texts.iter().any(|text| file.text.contains(text)))
}

/// The nearest distribution around a file.
fn part_of<'a>(parts: &FxHashMap<&'a str, Part>, file: &'a SourceFile) -> Option<&'a str> {
    let mut directory = file.dir();
    while !directory.is_empty() {
        if let Some((part, _)) = parts.get_key_value(directory) {
            return Some(part);
        }
        directory = directory.rsplit_once('/').map_or("", |(above, _)| above);
    }
    None
}

/// Whether a file has to do with Celery. Ignore files do not count: the usual template for Python names
/// `celerybeat-schedule` in every project.
fn speaks(file: &SourceFile) -> bool {
    let text = file.text.as_bytes();
    let has = |word: &str| memmem::find(text, word.as_bytes()).is_some();
    file.kind != FileKind::GitIgnore
        && (has("elery")
            || has("CELERY")
            || has_word(text, b"kombu")
            || file.path.to_ascii_lowercase().contains("celery"))
}

/// Whether a word stands in a text, not as a part of another (`kombucha`).
fn has_word(text: &[u8], word: &[u8]) -> bool {
    let is_part = |at: Option<&u8>| at.is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphanumeric());
    memmem::find_iter(text, word).any(|at| {
        !is_part(at.checked_sub(1).and_then(|before| text.get(before))) && !is_part(text.get(at + word.len()))
    })
}

/// A distribution whose code imports ours is ours as well: a service that sends the tasks of a shared package.
fn spread(modules: &Modules, home: &[Option<&str>], parts: &mut FxHashMap<&str, Part>) {
    let code: Vec<ModuleId> = (0..modules.len()).filter(|id| !is_test_path(modules.path(*id))).collect();
    loop {
        let is_native = |home: Option<&str>| home.is_none_or(|part| parts.get(part).is_none_or(|part| part.native));
        let joins = |id: &&ModuleId| {
            !is_native(home[**id]) && modules.edges[**id].targets.iter().any(|target| is_native(home[*target]))
        };
        let joining: Vec<&str> = code.iter().filter(joins).filter_map(|id| home[*id]).collect();
        if joining.is_empty() {
            return;
        }
        for part in joining {
            if let Some(part) = parts.get_mut(part) {
                part.native = true;
            }
        }
    }
}

/// What our code imports, wherever it lies, is looked at.
fn follow(modules: &Modules, inside: &mut [bool]) {
    let mut open: Vec<ModuleId> =
        (0..inside.len()).filter(|id| inside[*id] && !is_test_path(modules.path(*id))).collect();
    while let Some(next) = open.pop() {
        for target in &modules.edges[next].targets {
            if !inside[*target] {
                inside[*target] = true;
                open.push(*target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use crate::python::{ModuleId, Modules, Store};
    use crate::source::{FileKind, SourceFile, Sources};

    const PACKAGE: &str = "[project]\nname = 'x'\n";

    /// The directories that are foreign, the modules that are outside, and those of libraries.
    fn parts(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let kind = |path: &str| if path.ends_with(".py") { FileKind::Python } else { FileKind::Manifest };
        let sources = files.iter().map(|(path, text)| SourceFile::new(*path, kind(path), *text)).collect();
        let sources = Sources::new("/nowhere".into(), None, sources);
        let store = Store::new(&sources);
        let modules = Modules::new(&store, &sources);
        let Parts { foreign, outside, libraries } = Parts::of(&modules);
        let paths = |ids: Vec<ModuleId>| ids.into_iter().map(|id| modules.path(id).to_owned()).collect();
        (foreign, paths(outside), paths(libraries))
    }

    #[test]
    fn a_distribution_that_never_speaks_of_celery_is_outside() {
        let found = parts(&[
            ("app/pyproject.toml", PACKAGE),
            ("app/tasks.py", "from celery import shared_task"),
            ("other/pyproject.toml", PACKAGE),
            ("other/x.py", "import os\nos.environ['KOMBUCHA'] = 'kombucha'"),
            ("scripts/y.py", ""),
        ]);
        assert_eq!(found, (vec!["other".to_owned()], vec!["other/x.py".to_owned()], vec![]));
    }

    #[test]
    fn what_ours_import_is_looked_at_and_what_imports_ours_is_ours() {
        let found = parts(&[
            ("app/pyproject.toml", PACKAGE),
            ("app/shop/__init__.py", ""),
            ("app/shop/tasks.py", "from celery import shared_task\nfrom settings_lib.base import url"),
            ("lib/setup.py", "setup(name='lib')"),
            ("lib/settings_lib/__init__.py", ""),
            ("lib/settings_lib/base.py", "from . import more"),
            ("lib/settings_lib/more.py", ""),
            ("lib/settings_lib/unused.py", ""),
            ("web/setup.cfg", "[metadata]\nname = web\n"),
            ("web/views.py", "from shop.tasks import add\nadd.delay()"),
            ("web/forms.py", ""),
            ("tool/pyproject.toml", PACKAGE),
            ("tool/tests/test_a.py", "from shop.tasks import add"),
        ]);
        let outside = ["lib/settings_lib/unused.py", "lib/setup.py", "tool/tests/test_a.py"].map(str::to_owned);
        let libraries = ["lib/settings_lib/__init__.py", "lib/settings_lib/base.py", "lib/settings_lib/more.py"];
        let foreign = vec!["lib".to_owned(), "tool".to_owned()];
        assert_eq!(found, (foreign, outside.to_vec(), libraries.map(str::to_owned).to_vec()));
    }

    #[test]
    fn only_packaging_makes_a_distribution() {
        let found = parts(&[("a/pyproject.toml", "[tool.ruff]\n"), ("a/x.py", ""), ("pyproject.toml", PACKAGE)]);
        assert_eq!(found, (vec![], vec![], vec![]));
    }
}
