//! Modules that code imports by their names as text: names that are written out are followed, and code that makes names
//! at run time opens what is loaded.

use std::sync::LazyLock;

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::project::link::{Linking, is_test_path};
use crate::python::modules::scan;
use crate::python::{ModuleId, Modules, Ref};
use crate::source::FileId;

/// What finds or makes modules while the program runs.
const WALKS: &[&str] = &[
    "pkgutil",
    "find_modules(",
    "import_submodules",
    "spec_from_file_location",
    "SourceFileLoader",
    "exec(",
    "runpy",
    "entry_points(",
    "load_entry_point",
    "stevedore",
];

/// Functions that import what a text names.
const IMPORTERS: &[&str] = &["import_module(", "__import__("];

/// What lists files or joins names.
const MAKES_NAMES: &[&str] = &["listdir(", "scandir(", "iterdir(", "glob(", "os.walk(", "\".\".join", "'.'.join"];

static WALK_FINDERS: LazyLock<Vec<memmem::Finder<'static>>> =
    LazyLock::new(|| WALKS.iter().map(memmem::Finder::new).collect());
static IMPORT_FINDERS: LazyLock<Vec<memmem::Finder<'static>>> =
    LazyLock::new(|| IMPORTERS.iter().map(memmem::Finder::new).collect());

/// What one module imports by name.
#[derive(Default, Clone)]
pub(super) struct ByName {
    pub modules: Vec<ModuleId>,
    /// It may import others.
    pub open: bool,
}

pub(super) struct Names<'a> {
    modules: &'a Modules<'a>,
    /// First parts of the names of the project's modules.
    tops: FxHashSet<String>,
    known: FxHashMap<&'a str, Option<ModuleId>>,
    found: FxHashMap<ModuleId, ByName>,
    /// The modules with tasks, by the last parts of their names.
    asked: FxHashMap<&'a str, Vec<ModuleId>>,
}

/// The path without its ending.
fn stem(path: &str) -> &str {
    path.trim_end_matches(".py").trim_end_matches("/__init__")
}

impl<'a> Names<'a> {
    pub fn new(linking: &'a Linking<'a>, files: &[FileId]) -> Self {
        let modules = linking.modules;
        let top = |id: ModuleId| modules.dotted(id, &[]).split('.').next().unwrap_or_default().to_owned();
        let tops = (0..modules.len()).map(top).collect();
        let mut asked: FxHashMap<&str, Vec<ModuleId>> = FxHashMap::default();
        for id in files.iter().filter_map(|file| modules.of_file(*file)) {
            asked.entry(stem(modules.path(id)).rsplit('/').next().unwrap_or_default()).or_default().push(id);
        }
        Self { modules, tops, known: FxHashMap::default(), found: FxHashMap::default(), asked }
    }

    pub fn of(&mut self, id: ModuleId) -> ByName {
        if let Some(known) = self.found.get(&id) {
            return known.clone();
        }
        let text = self.modules.text(id);
        let aside = is_test_path(self.modules.path(id));
        let open = !aside && opens(text);
        let mut modules: Vec<ModuleId> = Vec::new();
        for name in dotted_literals(text).filter(|_| !aside) {
            modules.extend(self.resolve(id, name));
        }
        if !aside {
            self.unresolved(id, text, &mut modules);
        }
        modules.sort_unstable();
        modules.dedup();
        let found = ByName { modules, open };
        self.found.insert(id, found.clone());
        found
    }

    /// Modules that imports may mean although nothing tells from which directory: code that changes `sys.path` and the like.
    fn unresolved(&self, id: ModuleId, text: &str, found: &mut Vec<ModuleId>) {
        for import in scan::imports(text).iter().filter(|import| import.level == 0) {
            let inner = import.names.iter().map(|name| format!("{}.{name}", import.module));
            for name in std::iter::once(import.module.to_owned()).chain(inner) {
                let last = name.rsplit('.').next().unwrap_or_default();
                let Some(asked) = self.asked.get(last) else { continue };
                if self.modules.find(id, 0, &name).external().is_some() {
                    let path = format!("/{}", name.replace('.', "/"));
                    let ends = |module: &&ModuleId| format!("/{}", stem(self.modules.path(**module))).ends_with(&path);
                    found.extend(asked.iter().filter(ends));
                }
            }
        }
    }

    /// The module of a name, or the one around the name of a class.
    fn resolve(&mut self, from: ModuleId, name: &'a str) -> Option<ModuleId> {
        if !self.tops.contains(name.split('.').next().unwrap_or_default()) {
            return None;
        }
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let module = |name: &str| match self.modules.find(from, 0, name) {
            Ref::Module(id) => Some(id),
            _ => None,
        };
        let found = module(name).or_else(|| {
            let (around, last) = name.rsplit_once('.')?;
            last.starts_with(|c: char| c.is_ascii_uppercase()).then(|| module(around))?
        });
        self.known.insert(name, found);
        found
    }
}

/// Texts that are dotted names: `"shop.plugins.mail"`.
fn dotted_literals(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'"', b'\'', bytes).filter_map(move |at| {
        let rest = bytes.get(at + 1..)?;
        let length =
            rest.iter().take(200).position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')))?;
        let closed = rest.get(length) == bytes.get(at);
        let name = text.get(at + 1..at + 1 + length)?;
        (closed && name.contains('.') && !name.starts_with('.') && !name.ends_with('.')).then_some(name)
    })
}

/// Whether code imports modules whose names are not written out.
fn opens(text: &str) -> bool {
    let bytes = text.as_bytes();
    if WALK_FINDERS.iter().any(|finder| finder.find_iter(bytes).any(|at| is_whole(bytes, at))) {
        return true;
    }
    IMPORT_FINDERS.iter().any(|finder| {
        finder.find_iter(bytes).any(|at| {
            let argument =
                text.get(at..).and_then(|rest| rest.split_once('(')).map_or("", |(_, rest)| rest.trim_start());
            let defined = text.get(..at).is_some_and(|before| before.ends_with("def "));
            !defined && makes_name(text, argument)
        })
    })
}

/// The word does not end another one: `exec(`, and not `cursor.exec(` or `my_exec(`.
fn is_whole(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    before.is_none_or(|byte| {
        !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')) || bytes.get(at) != Some(&b'e')
    })
}

/// Whether the argument is made of parts, or may come from a list of files.
fn makes_name(text: &str, argument: &str) -> bool {
    let line = argument.lines().next().unwrap_or_default();
    if line.starts_with(['"', '\'']) {
        let quote = line.get(..1).unwrap_or_default();
        let after = line.get(1..).and_then(|rest| rest.split_once(quote)).map_or("", |(_, after)| after.trim_start());
        // `"shop." + name`, `"shop.%s" % name`, `"{}.tasks".format(app)`
        return after.starts_with(['+', '%', '.']);
    }
    let end = line.find([',', ')']).unwrap_or(line.len());
    let (name, after) = line.split_at(end);
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'));
    !plain || after.starts_with(',') || name.is_empty() || MAKES_NAMES.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_dotted_names_between_quotes() {
        let text = "a = 'shop.tasks'\nb = \"x.y.Z\"\nc = 'no'\nd = 'a b.c'\ne = '.rel.x'\nf = 'one.'\n";
        assert_eq!(dotted_literals(text).collect::<Vec<_>>(), ["shop.tasks", "x.y.Z"]);
    }

    #[test]
    fn names_that_are_made_open_what_is_loaded() {
        let cases = [
            ("import_module('shop.tasks')", false),
            ("import_module(settings.PLUGIN)", false),
            ("import_module(name)", false),
            ("import_module('shop.' + name)", true),
            ("import_module('shop.%s' % name)", true),
            ("import_module('{}.tasks'.format(app))", true),
            ("import_module(f'{app}.tasks')", true),
            ("import_module(name, __package__)", true),
            ("for name in os.listdir('.'):\n    import_module(name)", true),
            ("for it in pkgutil.iter_modules(path): pass", true),
            ("exec(code)", true),
            ("session.exec(statement)", false),
            ("def import_module(name): ...", false),
        ];
        for (text, expected) in cases {
            assert_eq!(opens(text), expected, "{text}");
        }
    }
}
