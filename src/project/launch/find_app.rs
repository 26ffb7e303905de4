//! `celery.app.utils.find_app`, on the modules of the project: what `-A` leads to in a process that imports from one directory.

mod importing;
mod naming;

use rustc_hash::{FxHashMap, FxHashSet};

use super::target::Lookup;
use crate::project::Project;
use crate::project::link::Linking;
use crate::python::eval::Eval;
use crate::python::{ModuleId, Value};

/// What cannot be imported where a `celery.py` stands before the library.
pub(super) const LIBRARY: &str = "celery.app";

/// How often a package leads to its `celery` module.
const MAX_DEPTH: u32 = 2;

/// What an import finds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Module(ModuleId),
    /// A directory without an `__init__.py`, by its path.
    Namespace(String),
    /// A module that is not the project's, by its dotted name.
    Outside(String),
}

/// What a name leads to.
#[derive(Debug, Clone)]
enum Symbol {
    Module(Place),
    Value(Box<Value>),
    /// Something that is not known.
    Unknown,
    /// Something, or nothing.
    Perhaps,
}

/// Why there is no symbol: what Python raises.
#[derive(Debug, Clone)]
enum Raised {
    ImportError(Lookup),
    AttributeError(Lookup),
    /// It cannot be told whether anything is raised.
    Unknown,
}

impl Raised {
    fn lookup(self) -> Lookup {
        match self {
            Self::ImportError(lookup) | Self::AttributeError(lookup) => lookup,
            Self::Unknown => Lookup::Unknown,
        }
    }
}

/// A process that has started with `root` as the directory it imports from: what it has imported so far.
pub(super) struct Process<'a> {
    linking: &'a Linking<'a>,
    eval: &'a Eval<'a>,
    root: &'a str,
    /// Whether a module that is not the project's can be imported, by its first name.
    outside: fn(&str) -> bool,
    /// The modules that have run or are running, with what the failed ones raised.
    ran: FxHashMap<ModuleId, Option<Lookup>>,
    running: FxHashSet<ModuleId>,
    /// Paths (without `.py`) of modules that were imported and so are attributes of their packages.
    attached: FxHashSet<String>,
    /// How many modules may still be run; what they import is looked at.
    budget: usize,
    /// There is code that may have imported more.
    open: bool,
    asks_current_app: bool,
    /// One app among the values that a name may have will do.
    lenient: bool,
}

impl<'a> Process<'a> {
    pub(super) fn new(linking: &'a Linking<'a>, eval: &'a Eval<'a>, root: &'a str) -> Self {
        Self {
            linking,
            eval,
            root,
            outside: |_| true,
            ran: FxHashMap::default(),
            running: FxHashSet::default(),
            attached: FxHashSet::default(),
            budget: 0,
            open: true,
            asks_current_app: false,
            lenient: true,
        }
    }

    /// Looks at what up to that many modules import, which tells what is surely not there.
    pub(super) fn following(self, budget: usize) -> Self {
        Self { budget, open: false, lenient: false, ..self }
    }

    /// In an environment of which it is known what it has.
    fn with_outside(self, outside: fn(&str) -> bool) -> Self {
        Self { outside, ..self }
    }

    /// What Celery finds under that path.
    pub(super) fn find_app(&mut self, app: &str) -> Lookup {
        if self.file(&self.below("celery")).is_some() {
            // It stands before the library, which cannot be imported then.
            return Lookup::Broken(LIBRARY.to_owned());
        }
        self.find(app, 0).unwrap_or_else(Raised::lookup)
    }

    fn find(&mut self, app: &str, depth: u32) -> Result<Lookup, Raised> {
        let symbol = match self.symbol_by_name(app) {
            Err(Raised::AttributeError(missing)) => match self.import(app) {
                Ok(place) => Symbol::Module(place),
                // `shop:nothing` is tried as a module, which no name with a colon can be.
                Err(Raised::ImportError(_)) if app.contains(':') || !self.is_inside_package(app) => {
                    return Err(Raised::ImportError(missing));
                }
                Err(raised) => return Err(raised),
            },
            found => found?,
        };
        match symbol {
            Symbol::Unknown | Symbol::Perhaps => Err(Raised::Unknown),
            Symbol::Value(value) => Ok(self.classify(&value)),
            Symbol::Module(_) if app.contains(':') => Ok(Lookup::Other("a module")),
            Symbol::Module(place) => self.app_of_module(app, &place, depth),
        }
    }

    /// Whether the path up to its last dot is a package, which may have a module of the last name.
    fn is_inside_package(&mut self, app: &str) -> bool {
        let package = app.rsplit_once('.').map(|(package, _)| self.import(package));
        matches!(package, Some(Ok(place)) if self.is_package(&place))
    }

    fn app_of_module(&mut self, app: &str, place: &Place, depth: u32) -> Result<Lookup, Raised> {
        for name in ["app", "celery"] {
            match self.attribute(place, name) {
                Some(Symbol::Value(value)) => return Ok(self.classify(&value)),
                Some(Symbol::Unknown | Symbol::Perhaps) => return Err(Raised::Unknown),
                Some(Symbol::Module(_)) | None => {}
            }
        }
        if self.is_package(place) && depth < MAX_DEPTH {
            match self.find(&format!("{app}.celery"), depth + 1) {
                Err(Raised::ImportError(_)) => {}
                found => return found,
            }
        }
        let nothing = Lookup::NoAttribute { module: app.to_owned(), name: "app".to_owned() };
        match place {
            Place::Namespace(_) => Err(Raised::AttributeError(nothing)),
            // Code that has asked for the current app has put it among the names of the library.
            Place::Outside(path) if path == "celery" && !self.open && !self.asks_current_app => {
                Err(Raised::AttributeError(nothing))
            }
            Place::Outside(_) => Err(Raised::Unknown),
            Place::Module(id) => self.any_app(*id).unwrap_or(Err(Raised::AttributeError(nothing))),
        }
    }

    /// The first Celery app among the names of a module, whatever it is called. None when there surely is none.
    fn any_app(&self, id: ModuleId) -> Option<Result<Lookup, Raised>> {
        let place = Place::Module(id);
        let module = self.linking.modules.get(id);
        let mut unknown = !module.scope.stars.is_empty() || self.is_open(id);
        for name in module.scope.names.keys() {
            match self.attribute(&place, name) {
                Some(Symbol::Value(value)) if self.is_found(&value) => return Some(Ok(Lookup::App)),
                Some(Symbol::Value(value)) => unknown |= !self.is_no_app(&value),
                Some(Symbol::Unknown | Symbol::Perhaps) => unknown = true,
                Some(Symbol::Module(_)) | None => {}
            }
        }
        unknown.then_some(Err(Raised::Unknown))
    }

    /// `kombu.utils.imports.symbol_by_name`
    fn symbol_by_name(&mut self, app: &str) -> Result<Symbol, Raised> {
        let sign = if app.contains(':') { ':' } else { '.' };
        let (module, name) = app.rsplit_once(sign).unwrap_or_default();
        if module.is_empty() {
            let alone = app.strip_prefix(sign).unwrap_or(app);
            return self.import(alone).map(Symbol::Module);
        }
        let place = self.import(module)?;
        if name.is_empty() {
            return Ok(Symbol::Module(place));
        }
        let missing = || Lookup::NoAttribute { module: module.to_owned(), name: name.to_owned() };
        self.attribute(&place, name).ok_or_else(|| Raised::AttributeError(missing()))
    }
}

/// What Celery finds under a path when it imports from the directory `root`, in an environment of which it is known which modules
/// (by their first name) it has.
pub fn lookup(project: &Project, root: &str, app: &str, is_installed: fn(&str) -> bool) -> Lookup {
    project.relinked(|linking| {
        let eval = linking.eval();
        Process::new(linking, &eval, root).with_outside(is_installed).following(usize::MAX).find_app(app)
    })
}

fn stem(path: &str) -> &str {
    path.strip_suffix("/__init__.py").or_else(|| path.strip_suffix(".py")).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::source::{FileKind, SourceFile, Sources};

    /// What the environment has in which the table was made.
    fn is_installed(top: &str) -> bool {
        top == "celery"
    }

    #[test]
    fn paths_lead_where_the_real_package_finds_them() {
        let table: Json = serde_json::from_str(include_str!("../../../fixtures/facts/app_lookup.json")).unwrap();
        let (mut wrong, mut asked) = (Vec::new(), 0);
        for (layout, files) in table["layouts"].as_object().unwrap() {
            let file = |(path, text): (&String, &Json)| {
                SourceFile::new(path.as_str(), FileKind::Python, text.as_str().unwrap())
            };
            let sources = files.as_object().unwrap().iter().map(file).collect();
            let project = Project::link(Sources::new("/p".into(), None, sources), &Default::default());
            for case in table["cases"].as_array().unwrap().iter().filter(|case| case["layout"] == layout.as_str()) {
                asked += 1;
                let found = lookup(&project, "", case["argument"].as_str().unwrap(), is_installed);
                let outcome = match &found {
                    Lookup::App => "app",
                    Lookup::Other(_) => "not-an-app",
                    Lookup::Broken(name) if name == "celery.app" => "crash",
                    Lookup::NoModule(_) | Lookup::NoAttribute { .. } | Lookup::Broken(_) => "error",
                    Lookup::Unknown => "unknown",
                };
                if case["outcome"] != outcome {
                    wrong.push(format!("{case}: {found:?}"));
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
        assert_eq!(asked, 343);
    }
}
