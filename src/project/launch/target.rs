//! What `celery -A` finds: `find_app` of Celery, on the modules of the project.

use rustc_hash::FxHashMap;

use crate::project::link::Linking;
use crate::project::objects::{Sure, is_app};
use crate::python::{Eval, ModuleId, Ref, Value, ValueKind};

/// What an app's path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    App,
    /// Something else, which Celery takes for an app and stumbles over.
    Other(&'static str),
    /// There is no module of that name.
    NoModule(String),
    /// The module has nothing of that name.
    NoAttribute {
        module: String,
        name: String,
    },
    Unknown,
}

/// What a name leads to.
#[derive(Debug, Clone)]
enum Symbol {
    Module(Place),
    Value(Box<Value>),
    Unknown,
}

#[derive(Debug, Clone)]
enum Place {
    Module(ModuleId),
    /// A directory without an `__init__.py`.
    Namespace,
}

/// Looks up paths of apps, each once.
pub(super) struct Targets<'a> {
    linking: &'a Linking<'a>,
    eval: Eval<'a>,
    /// Every directory with Python below it, by the names that stand directly in it.
    tops: FxHashMap<&'a str, Vec<&'a str>>,
    known: FxHashMap<String, Lookup>,
}

/// How often a package leads to its `celery` module.
const MAX_DEPTH: u32 = 2;

impl<'a> Targets<'a> {
    pub(super) fn new(linking: &'a Linking<'a>) -> Self {
        let mut tops: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let python = linking.sources.files.iter().filter(|file| file.path.ends_with(".py"));
        for path in python.map(|file| file.path.as_str()) {
            let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
            for start in starts {
                let rest = path.get(start..).unwrap_or_default();
                let name = rest.split('/').next().unwrap_or_default().trim_end_matches(".py");
                let root = path.get(..start).unwrap_or_default().trim_end_matches('/');
                let roots = tops.entry(name).or_default();
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
        }
        Self { linking, eval: linking.eval(), tops, known: FxHashMap::default() }
    }

    /// What the path leads to from wherever it may be imported. Unknown unless every directory that holds its first part
    /// leads nowhere; the first part may also be the name that a directory has in a container.
    pub(super) fn lookup(&mut self, app: &str) -> Lookup {
        if let Some(known) = self.known.get(app) {
            return known.clone();
        }
        let found = self.anywhere(app);
        self.known.insert(app.to_owned(), found.clone());
        found
    }

    fn anywhere(&self, app: &str) -> Lookup {
        let mut wrong = None;
        for root in self.roots(app) {
            match self.find_app(root, app, 0) {
                found @ (Lookup::App | Lookup::Unknown) => return found,
                found => drop(wrong.get_or_insert(found)),
            }
        }
        // Mounted under another name.
        let inner = app.split_once('.').map(|(_, rest)| rest).unwrap_or_default();
        let mounted = self
            .roots(inner)
            .iter()
            .any(|root| !inner.is_empty() && matches!(self.find_app(root, inner, 0), Lookup::App | Lookup::Unknown));
        wrong.filter(|_| !mounted).unwrap_or(Lookup::Unknown)
    }

    fn roots(&self, app: &str) -> &[&'a str] {
        let first = app.split(['.', ':']).next().unwrap_or_default();
        self.tops.get(first).map(Vec::as_slice).unwrap_or_default()
    }

    /// `celery.app.utils.find_app` with `root` as the directory that is imported from.
    pub(super) fn find_app(&self, root: &str, app: &str, depth: u32) -> Lookup {
        let symbol = match self.symbol(root, app) {
            Ok(symbol) => symbol,
            Err(lookup) => return lookup,
        };
        match symbol {
            Symbol::Unknown => Lookup::Unknown,
            Symbol::Value(value) => classify(&value),
            Symbol::Module(_) if app.contains(':') => Lookup::Other("a module"),
            Symbol::Module(place) => self.app_of_module(root, app, &place, depth),
        }
    }

    fn app_of_module(&self, root: &str, app: &str, place: &Place, depth: u32) -> Lookup {
        for name in ["app", "celery"] {
            match self.attribute(place, name) {
                Some(Symbol::Value(value)) => return classify(&value),
                Some(Symbol::Unknown) => return Lookup::Unknown,
                Some(Symbol::Module(_)) | None => {}
            }
        }
        let package = match place {
            Place::Module(id) => self.linking.modules.is_package(*id),
            Place::Namespace => true,
        };
        if package && depth < MAX_DEPTH {
            match self.find_app(root, &format!("{app}.celery"), depth + 1) {
                Lookup::NoModule(_) => {}
                found => return found,
            }
        }
        let nothing = || Lookup::NoAttribute { module: app.to_owned(), name: "app".to_owned() };
        let Place::Module(id) = place else { return nothing() };
        let module = self.linking.modules.get(*id);
        let values: Vec<Option<Value>> = module.scope.names.keys().map(|name| self.eval.global(*id, name)).collect();
        let open = is_open(self.linking.modules.text(*id)) || !module.scope.stars.is_empty();
        let surely = |value: &Option<Value>| value.as_ref().is_some_and(is_surely_none);
        match values.iter().flatten().map(is_app).max() {
            Some(Sure::Yes) => Lookup::App,
            _ if open || !values.iter().all(surely) => Lookup::Unknown,
            _ => nothing(),
        }
    }

    /// `symbol_by_name`, and the import that follows when there is no such attribute.
    fn symbol(&self, root: &str, app: &str) -> Result<Symbol, Lookup> {
        let sign = if app.contains(':') { ':' } else { '.' };
        let Some((module, name)) = app.rsplit_once(sign).filter(|(module, _)| !module.is_empty()) else {
            return Ok(Symbol::Module(self.import(root, app.trim_start_matches(sign))?));
        };
        let place = self.import(root, module)?;
        if let Some(symbol) = self.attribute(&place, name) {
            return Ok(symbol);
        }
        let nothing = Lookup::NoAttribute { module: module.to_owned(), name: name.to_owned() };
        match self.import(root, app) {
            Ok(place) if sign == '.' => Ok(Symbol::Module(place)),
            Err(missing @ Lookup::NoModule(_)) if self.is_package(&place) && sign == '.' => Err(missing),
            _ => Err(nothing),
        }
    }

    fn is_package(&self, place: &Place) -> bool {
        match place {
            Place::Module(id) => self.linking.modules.is_package(*id),
            Place::Namespace => true,
        }
    }

    fn import(&self, root: &str, dotted: &str) -> Result<Place, Lookup> {
        let mut folder = root.to_owned();
        let mut found = None;
        for part in dotted.split('.') {
            let below = if folder.is_empty() { part.to_owned() } else { format!("{folder}/{part}") };
            let missing = || Lookup::NoModule(dotted.to_owned());
            if matches!(&found, Some(Place::Module(id)) if !self.linking.modules.is_package(*id)) || part.is_empty() {
                return Err(missing());
            }
            let sources = self.linking.sources;
            let file =
                sources.by_path(&format!("{below}/__init__.py")).or_else(|| sources.by_path(&format!("{below}.py")));
            found = Some(match file.and_then(|file| self.linking.modules.of_file(file.id)) {
                Some(id) => Place::Module(id),
                None if file.is_some() => return Err(Lookup::Unknown),
                None if self.is_directory(&below) => Place::Namespace,
                None => return Err(missing()),
            });
            folder = below;
        }
        found.ok_or(Lookup::Unknown)
    }

    fn is_directory(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.linking.sources.files.iter().any(|file| file.path.starts_with(&inside) && file.path.ends_with(".py"))
    }

    /// An attribute of a module; none when there surely is none.
    fn attribute(&self, place: &Place, name: &str) -> Option<Symbol> {
        let Place::Module(id) = place else { return None };
        let module = self.linking.modules.get(*id);
        if module.scope.names.contains_key(name) {
            let Some(value) = self.eval.global(*id, name) else { return Some(Symbol::Unknown) };
            return Some(match value.kind {
                ValueKind::Ref(Ref::Module(inner)) => Symbol::Module(Place::Module(inner)),
                ValueKind::Unknown => Symbol::Unknown,
                _ => Symbol::Value(Box::new(value)),
            });
        }
        let text = self.linking.modules.text(*id);
        if !module.scope.stars.is_empty() || is_open(text) {
            return Some(Symbol::Unknown);
        }
        // What a package imports from its own modules makes them attributes of it.
        let Some(Ref::Module(child)) = self.linking.modules.child(&Ref::Module(*id), name) else { return None };
        let imported = text.contains(&format!(".{name} import")) || text.contains(&format!(".{name}\n"));
        imported.then_some(Symbol::Module(Place::Module(child)))
    }
}

/// Code that may give a module names which are not seen.
fn is_open(text: &str) -> bool {
    ["__getattr__", "globals()", "setattr(", "exec("].iter().any(|word| text.contains(word))
}

/// Whether a value is known well enough to be no app.
fn is_surely_none(value: &Value) -> bool {
    const OTHERS: &[&str] =
        &["logging", "os", "sys", "re", "pathlib", "json", "datetime", "time", "flask", "fastapi", "dotenv"];
    let other = |path: &str| OTHERS.iter().any(|top| path.split('.').next() == Some(top));
    match &value.kind {
        ValueKind::Ref(Ref::External(path)) => other(path) || path.starts_with("celery.") || !path.contains('.'),
        ValueKind::Made(made) => other(&made.callee),
        ValueKind::Ref(_) | ValueKind::Text(_) | ValueKind::None | ValueKind::Bool(_) | ValueKind::Int(_) => true,
        ValueKind::Float(_) | ValueKind::List { .. } | ValueKind::Dict(_) | ValueKind::Env(_) => true,
        _ => false,
    }
}

fn classify(value: &Value) -> Lookup {
    if is_app(value) == Sure::Yes {
        return Lookup::App;
    }
    match &value.kind {
        ValueKind::None => Lookup::Other("None"),
        ValueKind::Ref(Ref::Function(..)) => Lookup::Other("a function"),
        ValueKind::Ref(Ref::Module(_)) => Lookup::Other("a module"),
        ValueKind::Made(made) if is_web_app(&made.callee) => Lookup::Other("a web application"),
        _ => Lookup::Unknown,
    }
}

fn is_web_app(callee: &str) -> bool {
    matches!(
        callee,
        "flask.Flask" | "fastapi.FastAPI" | "flask.app.Flask" | "quart.Quart" | "fastapi.applications.FastAPI"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::project::Project;
    use crate::source::{FileKind, SourceFile, Sources};

    /// Layouts in which a module of a library, or Celery itself, fails to be imported: what others do is not known here.
    const OUTSIDE: &[&str] = &[
        "celery.py at the top level",
        "package whose __init__ fails to import",
        "package whose celery.py fails to import",
    ];

    #[test]
    fn paths_lead_where_the_real_package_finds_them() {
        let table: Json = serde_json::from_str(include_str!("../../../fixtures/facts/app_lookup.json")).unwrap();
        let cases = table["cases"].as_array().unwrap();
        let (mut wrong, mut silent, mut asked) = (Vec::new(), Vec::new(), 0);
        for (layout, files) in table["layouts"].as_object().unwrap() {
            if OUTSIDE.contains(&layout.as_str()) {
                continue;
            }
            let own: Vec<&Json> = cases.iter().filter(|case| case["layout"] == layout.as_str()).collect();
            let script: String =
                own.iter().map(|case| format!("celery -A '{}' worker\n", case["argument"].as_str().unwrap())).collect();
            let mut sources = vec![SourceFile::new("run.sh", FileKind::Shell, script)];
            for (path, text) in files.as_object().unwrap() {
                sources.push(SourceFile::new(path.as_str(), FileKind::Python, text.as_str().unwrap()));
            }
            let project = Project::link(Sources::new("/p".into(), None, sources), &Default::default());
            assert_eq!(project.launches.len(), own.len());
            for (launch, case) in project.launches.iter().zip(own) {
                asked += 1;
                let agrees = match &launch.lookup {
                    Lookup::App => case["outcome"] == "app",
                    Lookup::Unknown => {
                        silent.push(format!("{layout}: {}", case["argument"]));
                        true
                    }
                    _ => case["outcome"] != "app",
                };
                if !agrees {
                    wrong.push(format!("{case}: {:?}", launch.lookup));
                }
            }
        }
        assert_eq!(wrong, [""; 0], "{silent:?}");
        // Names outside the project, paths of files, and objects that are not known.
        assert_eq!((asked, silent.len()), (313, 46), "{silent:#?}");
    }
}
